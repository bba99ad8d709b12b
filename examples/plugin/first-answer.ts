// A plugin of one's own: measures how long the first answer took, keeps it in a table, and tags cases that waited too long.
// In config/postern.yaml, behind the desk:   - ../examples/plugin/first-answer.ts: { goal: 4h }
import Type from 'typebox'
import { definePlugin, duration } from '../../core/plugin.ts'

declare module '../../core/plugin.ts' {
  interface PluginTables {
    first_answer_times: { case_id: string; ms: number }
  }
}

export default definePlugin({
  name: 'first-answer',
  description: 'Measures the time to the first answer and tags cases that waited longer than the goal.',
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
      async 'message.sent'(tx, event) {
        if (event.caseId === null || event.data.author !== 'agent') return
        const c = await tx.cases.lock(event.caseId)
        const ms = tx.now - c.createdAt
        const first = await tx.db
          .insertInto('first_answer_times')
          .values({ case_id: c.id, ms })
          .onConflict((on) => on.doNothing())
          .returning('ms')
          .executeTakeFirst()
        if (first && ms > host.settings.goal) await tx.act('case.tags', c.id, { add: [host.settings.tag] })
      },
    },
  }),
})
