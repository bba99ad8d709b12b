// A case that was merged into another one points to it; and the order of a conversation is that of time.
import type { Migration } from '../migrate.ts'

/** The pointer, and the indexes by which it is followed back and the newest messages are found. */
export const core0005: Migration = {
  name: '0005-merged',
  async up(db) {
    await db.schema.alterTable('cases').addColumn('merged_into', 'text').execute()
    await db.schema.createIndex('cases_by_merge').on('cases').column('merged_into').where('merged_into', 'is not', null).execute()
    await db.schema.createIndex('messages_by_time').on('messages').columns(['case_id', 'created_at', 'seq']).execute()
  },
}
