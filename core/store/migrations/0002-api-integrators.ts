// What integrators need: tokens that order some actions alone, and cases by the ids of their own systems.
import type { Migration } from '../migrate.ts'

/** Second migration of the API's tables; once released it never changes. */
export const api0002: Migration = {
  name: '0002-api-integrators',
  async up(db) {
    await db.schema.alterTable('api_tokens').addColumn('actions', 'text').execute()
    await db.schema
      .createTable('api_external_ids')
      .addColumn('owner', 'text', (c) => c.notNull())
      .addColumn('external_id', 'text', (c) => c.notNull())
      .addColumn('case_id', 'text', (c) => c.notNull().references('cases.id').onDelete('cascade'))
      .addPrimaryKeyConstraint('api_external_ids_pk', ['owner', 'external_id'])
      .execute()
    await db.schema.createIndex('api_external_ids_by_case').unique().on('api_external_ids').columns(['case_id', 'owner']).execute()
  },
}
