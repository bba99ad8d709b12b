// Mail of blocked senders that was kept long enough is deleted, a few cases a transaction.
import type { JobDefinition } from '../../core/plugin.ts'
import { PosternError } from '../../core/plugin.ts'
import { keptLongEnough } from './store.ts'

/** Cases of one transaction: some ms each, in which no other mail is written on SQLite. */
const atOnce = 5

/** The job `purge`; it comes again until nothing is left. `keepMs`: how long such mail is kept. */
export const purgeJob = (keepMs: number): JobDefinition => ({
  concurrency: 1,
  async run(tx) {
    let gone = 0
    const ids = await keptLongEnough(tx, tx.now - keepMs, atOnce)
    for (const id of ids) {
      try {
        await tx.attempt(() => tx.cases.delete(id))
        gone += 1
      } catch (error) {
        // It has the tag `keep`.
        if (!(error instanceof PosternError && error.code === 'conflict')) throw error
      }
    }
    if (ids.length === atOnce && gone > 0) return { againAt: tx.now }
  },
})
