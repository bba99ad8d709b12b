// Who may write: addresses and domains that are blocked or let in, in one mailbox or in all.
import type { Selectable } from 'kysely'
import type { Migration } from '../../core/plugin.ts'

declare module '../../core/store/tables.ts' {
  interface Tables {
    senders_list: SenderTable
  }
}

/** What becomes of a sender's mail. */
export type Verdict = 'block' | 'allow'

/** One row for each pattern and mailbox; times are ms UTC. */
export interface SenderTable {
  /** `carl@shop.example`, or `@shop.example` for the domain and everything below it; lower case. */
  pattern: string
  /** Mailbox id; '' is every mailbox. */
  mailbox: string
  verdict: Verdict
  /** 1: told 550 at RCPT, where the envelope says that it is he. */
  refuse: number
  /** null: for good. */
  until: number | null
  /** Who said so: an agent's id, the name of a rule or token, or ''. */
  by: string
  why: string
  created_at: number
}

/** A row as it is read. */
export type SenderRow = Selectable<SenderTable>

/** Makes this table. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-senders',
    async up(db) {
      await db.schema
        .createTable('senders_list')
        .addColumn('pattern', 'text', (c) => c.notNull())
        .addColumn('mailbox', 'text', (c) => c.notNull())
        .addColumn('verdict', 'text', (c) => c.notNull())
        .addColumn('refuse', 'integer', (c) => c.notNull())
        .addColumn('until', 'bigint')
        .addColumn('by', 'text', (c) => c.notNull())
        .addColumn('why', 'text', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('senders_list_pk', ['pattern', 'mailbox'])
        .execute()
    },
  },
]
