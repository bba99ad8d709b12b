// What agents have chosen about a case: to follow it, or to hear nothing of it for a time.
import type { Migration } from '../migrate.ts'

/** Once released it never changes. */
export const core0006: Migration = {
  name: '0006-watchers',
  async up(db) {
    await db.schema
      .createTable('case_watchers')
      .addColumn('case_id', 'text', (c) => c.notNull().references('cases.id').onDelete('cascade'))
      .addColumn('agent', 'text', (c) => c.notNull())
      .addColumn('follows', 'integer', (c) => c.notNull())
      .addColumn('muted_until', 'bigint')
      .addPrimaryKeyConstraint('case_watchers_pk', ['case_id', 'agent'])
      .execute()
    await db.schema.createIndex('case_watchers_by_agent').on('case_watchers').columns(['agent', 'case_id']).execute()
  },
}
