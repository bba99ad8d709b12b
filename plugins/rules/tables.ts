// Tables of the plugin: which rule fired for what, receipts, automatic answers for the caps, bytes of template files.
import type { Migration } from '../../core/plugin.ts'

declare module '../../core/store/tables.ts' {
  interface Tables {
    /** The last time that a rule with `once_per` fired for a case or sender. */
    rules_fired: { rule: string; key: string; at: number }
    /** One row a case: sent, waiting (put off, with the reason), refused (with the reason) or none (a rule said so). Its key is what makes a receipt the only one. */
    rules_receipts: { case_id: string; state: string; reason: string | null; at: number }
    /** Automatic answers to messages, for the caps. */
    rules_answers: { id: string; sender: string; text_hash: string; at: number }
    /** Files of templates as blobs, by the hash of their bytes. */
    rules_files: { hash: string; blob_id: string }
    /** Whose turn it was last in a group. */
    rules_turns: { group_id: string; agent: string }
    /** Rules that somebody has made live or put on watch, by the hash of what is written: another text is another rule. */
    rules_modes: { rule: string; hash: string; mode: string; at: number; by: string }
    /** What rules on watch would have done: the conditions as they were asked, the actions and what would have come of them, as JSON. */
    rules_watched: {
      id: string
      rule: string
      hash: string
      case_id: string
      message_id: string | null
      event: string
      at: number
      asked: string
      did: string
    }
  }
}

/** Makes these tables, in order. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-rules',
    async up(db) {
      await db.schema
        .createTable('rules_fired')
        .addColumn('rule', 'text', (c) => c.notNull())
        .addColumn('key', 'text', (c) => c.notNull())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('rules_fired_pk', ['rule', 'key'])
        .execute()
      await db.schema
        .createTable('rules_receipts')
        .addColumn('case_id', 'text', (c) => c.primaryKey().references('cases.id').onDelete('cascade'))
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('reason', 'text')
        .addColumn('at', 'bigint', (c) => c.notNull())
        .execute()
      await db.schema
        .createTable('rules_answers')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('sender', 'text', (c) => c.notNull())
        .addColumn('text_hash', 'text', (c) => c.notNull())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('rules_answers_sender').on('rules_answers').columns(['sender', 'at']).execute()
      await db.schema.createIndex('rules_answers_text').on('rules_answers').columns(['text_hash', 'at']).execute()
      await db.schema.createIndex('rules_answers_at').on('rules_answers').column('at').execute()
      await db.schema
        .createTable('rules_files')
        .addColumn('hash', 'text', (c) => c.primaryKey())
        .addColumn('blob_id', 'text', (c) => c.notNull())
        .execute()
      await db.schema
        .createTable('rules_turns')
        .addColumn('group_id', 'text', (c) => c.primaryKey())
        .addColumn('agent', 'text', (c) => c.notNull())
        .execute()
    },
  },
  {
    name: '0002-watch',
    async up(db) {
      await db.schema
        .createTable('rules_modes')
        .addColumn('rule', 'text', (c) => c.notNull())
        .addColumn('hash', 'text', (c) => c.notNull())
        .addColumn('mode', 'text', (c) => c.notNull())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addColumn('by', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('rules_modes_pk', ['rule', 'hash'])
        .execute()
      await db.schema
        .createTable('rules_watched')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('rule', 'text', (c) => c.notNull())
        .addColumn('hash', 'text', (c) => c.notNull())
        .addColumn('case_id', 'text', (c) => c.notNull().references('cases.id').onDelete('cascade'))
        .addColumn('message_id', 'text')
        .addColumn('event', 'text', (c) => c.notNull())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addColumn('asked', 'text', (c) => c.notNull())
        .addColumn('did', 'text', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('rules_watched_rule').on('rules_watched').columns(['rule', 'at']).execute()
      await db.schema.createIndex('rules_watched_case').on('rules_watched').column('case_id').execute()
      await db.schema.createIndex('rules_watched_at').on('rules_watched').column('at').execute()
    },
  },
]
