// The last notification that each agent got of each case: the next one answers it, so that a mail program shows one thread. And what agents
// are told later.
import type { Migration } from '../../core/plugin.ts'

declare module '../../core/store/tables.ts' {
  interface Tables {
    notify_threads: NotifyThreadTable
    notify_pending: NotifyPendingTable
  }
}

/** One row for each case and agent (by id). */
export interface NotifyThreadTable {
  case_id: string
  agent: string
  /** Message-ID without angle brackets. */
  header_id: string
}

/** Makes this table. */
export const notify0001: Migration = {
  name: '0001-threads',
  async up(db) {
    await db.schema
      .createTable('notify_threads')
      .addColumn('case_id', 'text', (c) => c.notNull().references('cases.id').onDelete('cascade'))
      .addColumn('agent', 'text', (c) => c.notNull())
      .addColumn('header_id', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('notify_threads_pk', ['case_id', 'agent'])
      .execute()
  },
}

/** One thing that an agent is told later; times are ms UTC. */
export interface NotifyPendingTable {
  id: string
  agent: string
  /** The case in which it happened; where it is now, what it names says. */
  case_id: string
  /** `own`: for him alone; `case`: for all who hear of the case. */
  concern: string
  /** JSON of Item. */
  item: string
  due_at: number
  created_at: number
}

/** Makes the table of what is told later. */
export const notify0002: Migration = {
  name: '0002-pending',
  async up(db) {
    await db.schema
      .createTable('notify_pending')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('agent', 'text', (c) => c.notNull())
      .addColumn('case_id', 'text', (c) => c.notNull().references('cases.id').onDelete('cascade'))
      .addColumn('concern', 'text', (c) => c.notNull())
      .addColumn('item', 'text', (c) => c.notNull())
      .addColumn('due_at', 'bigint', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .execute()
    await db.schema.createIndex('notify_pending_by_agent').on('notify_pending').columns(['agent', 'due_at']).execute()
    await db.schema.createIndex('notify_pending_by_case').on('notify_pending').column('case_id').execute()
  },
}
