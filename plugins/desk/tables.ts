// What was put right in a case (its requester, its mailbox, the address that answers), so that it can be taken back.
import type { Selectable } from 'kysely'
import type { Migration } from '../../core/plugin.ts'

declare module '../../core/store/tables.ts' {
  interface Tables {
    desk_changes: ChangeTable
    desk_senders: SenderTable
  }
}

/** One row for each change; times are ms UTC. */
export interface ChangeTable {
  id: string
  case_id: string
  kind: 'requester' | 'mailbox' | 'from'
  /** JSON, by the kind: what stood there before, and what the change made of it. */
  before: string
  after: string
  /** How many messages the case had: with more, somebody has written since. */
  messages: number
  created_at: number
  undone_at: number | null
}

/** The address of ours from which a case is answered, where one was named. */
export interface SenderTable {
  case_id: string
  address: string
}

/** A change as it is read. */
export type ChangeRow = Selectable<ChangeTable>

/** Makes the tables. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-desk',
    async up(db) {
      await db.schema
        .createTable('desk_changes')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('case_id', 'text', (c) => c.notNull().references('cases.id').onDelete('cascade'))
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('before', 'text', (c) => c.notNull())
        .addColumn('after', 'text', (c) => c.notNull())
        .addColumn('messages', 'bigint', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('undone_at', 'bigint')
        .execute()
      await db.schema.createIndex('desk_changes_by_case').on('desk_changes').columns(['case_id', 'created_at']).execute()
    },
  },
  {
    name: '0002-desk-senders',
    async up(db) {
      await db.schema
        .createTable('desk_senders')
        .addColumn('case_id', 'text', (c) => c.primaryKey().references('cases.id').onDelete('cascade'))
        .addColumn('address', 'text', (c) => c.notNull())
        .execute()
    },
  },
]
