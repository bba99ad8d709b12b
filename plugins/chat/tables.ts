// Chats by the id that the bridge gave them, and which of its messages are known.
import type { Selectable } from 'kysely'
import type { Migration } from '../../core/plugin.ts'

declare module '../../core/store/tables.ts' {
  interface Tables {
    chat_chats: ChatTable
    chat_messages: ChatMessageTable
  }
}

/** One row for each conversation of a bridge; `created_at` is ms UTC. */
export interface ChatTable {
  /** The bridge's id of the conversation. */
  id: string
  mailbox: string
  /** null only inside the transaction that makes both. */
  case_id: string | null
  /** JSON: Contact. */
  contact: string
  created_at: number
}

/** Which message became of one that the bridge has numbered, so that it is recorded once. */
export interface ChatMessageTable {
  chat_id: string
  /** The bridge's id of the message. */
  external_id: string
  message_id: string
}

/** A chat as it is read. */
export type ChatRow = Selectable<ChatTable>

/** Makes these tables, in order. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-chat',
    async up(db) {
      await db.schema
        .createTable('chat_chats')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('mailbox', 'text', (c) => c.notNull())
        .addColumn('case_id', 'text')
        .addColumn('contact', 'text', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('chat_by_case').on('chat_chats').column('case_id').execute()
      await db.schema
        .createTable('chat_messages')
        .addColumn('chat_id', 'text', (c) => c.notNull())
        .addColumn('external_id', 'text', (c) => c.notNull())
        .addColumn('message_id', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('chat_messages_key', ['chat_id', 'external_id'])
        .execute()
    },
  },
]
