// Tables of the HTTP API: tokens, answers kept for repeated calls, uploads; and the orders in which cases are listed.
import type { Migration } from '../migrate.ts'

/** First migration of the API's tables; once released it never changes. */
export const api0001: Migration = {
  name: '0001-api',
  async up(db) {
    await db.schema
      .createTable('api_tokens')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull())
      .addColumn('access', 'text', (c) => c.notNull())
      .addColumn('mailboxes', 'text')
      .addColumn('agents', 'text')
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('revoked_at', 'bigint')
      .addColumn('used_at', 'bigint')
      .execute()
    await db.schema
      .createTable('api_idempotency')
      .addColumn('token_id', 'text', (c) => c.notNull())
      .addColumn('key', 'text', (c) => c.notNull())
      .addColumn('request', 'text', (c) => c.notNull())
      .addColumn('status', 'integer')
      .addColumn('headers', 'text')
      .addColumn('body', 'text')
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('api_idempotency_pk', ['token_id', 'key'])
      .execute()
    await db.schema.createIndex('api_idempotency_by_age').on('api_idempotency').column('created_at').execute()
    await db.schema
      .createTable('api_uploads')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('token_id', 'text', (c) => c.notNull())
      .addColumn('blob_id', 'text', (c) => c.notNull())
      .addColumn('filename', 'text', (c) => c.notNull())
      .addColumn('content_type', 'text', (c) => c.notNull())
      .addColumn('size', 'bigint', (c) => c.notNull())
      .addColumn('used', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .execute()
    await db.schema.createIndex('api_uploads_by_age').on('api_uploads').columns(['used', 'created_at']).execute()
    await db.schema.createIndex('cases_by_creation').on('cases').columns(['created_at', 'id']).execute()
    await db.schema.createIndex('cases_by_mailbox_update').on('cases').columns(['mailbox', 'status', 'updated_at', 'id']).execute()
    await db.schema.createIndex('cases_by_mailbox_creation').on('cases').columns(['mailbox', 'status', 'created_at', 'id']).execute()
    await db.schema.createIndex('cases_by_status_creation').on('cases').columns(['status', 'created_at', 'id']).execute()
    await db.schema.createIndex('cases_by_status_number').on('cases').columns(['status', 'number', 'id']).execute()
    await db.schema.createIndex('cases_by_mailbox_number').on('cases').columns(['mailbox', 'status', 'number', 'id']).execute()
  },
}
