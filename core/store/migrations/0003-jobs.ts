// What a process had in hand when it died.
import type { Migration } from '../migrate.ts'

/** Jobs know whether their work had begun. */
export const core0003: Migration = {
  name: '0003-jobs',
  async up(db) {
    await db.schema
      .alterTable('jobs')
      .addColumn('begun', 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
  },
}
