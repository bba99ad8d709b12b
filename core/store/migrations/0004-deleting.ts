// Indexes by which a case is deleted without looking at whole tables. Mail that was accepted a moment ago is in none of them.
import type { Migration } from '../migrate.ts'

/** Once released it never changes. */
export const core0004: Migration = {
  name: '0004-deleting',
  async up(db) {
    await db.schema.createIndex('inbound_by_case').on('inbound').column('case_id').where('case_id', 'is not', null).execute()
    await db.schema.createIndex('messages_by_raw').on('messages').column('raw_id').where('raw_id', 'is not', null).execute()
    await db.schema.createIndex('attachments_by_blob').on('attachments').column('blob_id').where('blob_id', 'is not', null).execute()
  },
}
