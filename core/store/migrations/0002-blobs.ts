// Where raw mail lies that has left the database.
import type { Migration } from '../migrate.ts'

/** The table of objects outside; the blobs themselves stay as they are. */
export const core0002: Migration = {
  name: '0002-blobs',
  async up(db) {
    await db.schema
      .createTable('blob_places')
      .addColumn('blob_id', 'text', (c) => c.primaryKey())
      .addColumn('storage', 'text', (c) => c.notNull())
      .addColumn('object', 'text', (c) => c.notNull())
      .addColumn('moved_at', 'bigint')
      .addColumn('removed_at', 'bigint')
      .execute()
    await db.schema.createIndex('blob_places_by_removal').on('blob_places').columns(['removed_at']).execute()
  },
}
