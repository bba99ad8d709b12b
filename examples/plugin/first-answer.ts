// A plugin of one's own, as a package that uses nothing of Postern but `postern/plugin` (and `postern/testing` in its test): measures how
// long the first answer took, keeps it in a table, tags cases that waited too long, and looks again when the goal is over.
// In config/postern.yaml, behind the desk:   - ../examples/plugin/first-answer.ts: { goal: 4h }
// or, where the package is installed beside the configuration:   - postern-plugin-first-answer: { goal: 4h }
import Type from 'typebox'
import { defineAction, defineCondition, defineJob, definePlugin, duration } from 'postern/plugin'
import type { Tx } from 'postern/plugin'

declare module 'postern/plugin' {
  interface PluginTables {
    first_answer_times: { case_id: string; ms: number }
  }
}

export default definePlugin({
  name: 'first-answer',
  description: 'Measures the time to the first answer and tags cases that waited longer than the goal.',
  apiVersion: 1,
  requires: ['desk'],
  config: Type.Object({
    goal: duration({ default: '4h', description: 'A case that waits longer for its first answer gets the tag.' }),
    tag: Type.String({ default: 'late', description: 'The tag.' }),
  }),
  migrations: [
    {
      name: '0001-times',
      up: async (db) => {
        await db.schema
          .createTable('first_answer_times')
          .addColumn('case_id', 'text', (c) => c.primaryKey())
          .addColumn('ms', 'bigint', (c) => c.notNull())
          .execute()
      },
    },
  ],
  setup: (host) => ({
    on: {
      // Looked at once the goal is over, so that a case that nobody answers is tagged too.
      async 'case.created'(tx, event) {
        if (event.caseId !== null)
          await tx.jobs.put('first-answer.look', `first-answer:${event.caseId}`, tx.now + host.settings.goal, { case: event.caseId })
      },
      async 'message.sent'(tx, event) {
        if (event.caseId === null || event.data.author !== 'agent') return
        const c = await tx.cases.lock(event.caseId)
        await tx.db
          .insertInto('first_answer_times')
          .values({ case_id: c.id, ms: tx.now - c.createdAt })
          .onConflict((on) => on.doNothing())
          .execute()
        await tx.jobs.drop(`first-answer:${c.id}`)
      },
    },
    jobs: {
      look: defineJob({
        payload: Type.Object({ case: Type.String() }),
        async run(tx, payload) {
          const c = await tx.read.case(payload.case)
          if (c && (await timeOf(tx, c.id)) === undefined) await tx.act('case.tags', c.id, { add: [host.settings.tag] })
        },
      }),
    },
    conditions: {
      answered: defineCondition({
        description: 'Whether an agent has answered the case.',
        value: Type.Boolean(),
        async test(tx, { case: c }, value) {
          const ms = await timeOf(tx, c.id)
          return { holds: (ms !== undefined) === value, seen: ms === undefined ? 'no answer' : `after ${ms} ms` }
        },
      }),
    },
    actions: {
      'first-answer.report': defineAction({
        on: 'none',
        description: 'The mean time to the first answer to one person, in ms.',
        args: Type.Object({ person: Type.String({ description: 'Address of the customer' }) }),
        async run(tx, { args: { person } }) {
          const cases = await tx.read.cases({ person, limit: 500 })
          const times = (await Promise.all(cases.map((c) => timeOf(tx, c.id)))).filter((ms) => ms !== undefined)
          return { data: { answered: times.length, mean: times.length === 0 ? null : times.reduce((a, b) => a + b, 0) / times.length } }
        },
      }),
    },
  }),
})

async function timeOf(tx: Tx, caseId: string): Promise<number | undefined> {
  const row = await tx.db.selectFrom('first_answer_times').select('ms').where('case_id', '=', caseId).executeTakeFirst()
  return row?.ms
}
