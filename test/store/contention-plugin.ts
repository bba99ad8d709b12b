// A plugin that needs a row of its own for some cases, and gives up waiting for it soon: for tests of contention.
import { sql } from 'kysely'
import Type from 'typebox'
import { definePlugin } from '../../core/plugin.ts'

/** How often each subject was tried, and what is thrown for some. */
export const tries = new Map<string, number>()
export const faults: { code: string; wrapped: boolean }[] = []

export default definePlugin({
  name: 'contention',
  description: 'Waits for a lock.',
  config: Type.Object({}),
  setup: () => ({
    on: {
      'case.created': async (tx, event) => {
        const c = await tx.cases.get(event.caseId ?? '')
        const subject = c?.subject ?? ''
        tries.set(subject, (tries.get(subject) ?? 0) + 1)
        const fault = subject === 'faults' ? faults.shift() : undefined
        if (fault) {
          const cause = Object.assign(new Error('as the server says it'), { code: fault.code })
          throw fault.wrapped ? new Error('a plugin says so', { cause }) : cause
        }
        if (subject !== 'locked') return
        await sql`set local lock_timeout = '40ms'`.execute(tx.db)
        await sql`update meta set value = value where key = 'locked'`.execute(tx.db)
      },
    },
  }),
})
