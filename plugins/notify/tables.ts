// The last notification that each agent got of each case: the next one answers it, so that a mail program shows one thread.
import type { Migration } from '../../core/plugin.ts'

declare module '../../core/store/tables.ts' {
  interface Tables {
    notify_threads: NotifyThreadTable
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
