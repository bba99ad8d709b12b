// A plugin whose jobs say how many of them run at a time, for tests of what happens after a process died.
import Type from 'typebox'
import { definePlugin } from '../../core/plugin.ts'

/** Most that ran at once, and how many have. */
export const seen = { most: 0, done: 0 }
let running = 0

export default definePlugin({
  name: 'crowd',
  description: 'Counts its jobs.',
  config: Type.Object({}),
  setup: () => ({
    jobs: {
      one: {
        concurrency: 8,
        async io() {
          seen.most = Math.max(seen.most, (running += 1))
          await new Promise((resolve) => setImmediate(resolve))
          running -= 1
        },
        run() {
          seen.done += 1
          return Promise.resolve()
        },
      },
    },
  }),
})
