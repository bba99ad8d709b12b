// What this plugin remembers: answers that took effect (so that one mail has one effect), notices it has sent, wrong tokens by source.
import type { Migration } from '../../core/plugin.ts'

declare module '../../core/store/tables.ts' {
  interface Tables {
    agent_reply_mails: AgentReplyMailTable
    agent_reply_notices: AgentReplyNoticeTable
    agent_reply_rejects: AgentReplyRejectTable
    agent_reply_signatures: AgentReplySignatureTable
    agent_reply_addresses: AgentReplyAddressTable
  }
}

/** One mail of an agent that was taken. */
export interface AgentReplyMailTable {
  /** sha256 of the raw mail. */
  hash: string
  case_id: string
  agent: string
  /** Message that he answered. */
  about: string | null
  header_id: string | null
  /** sha256 of the words for the customer, '' where there were none. */
  words: string
  at: number
}

/** What stood at the end of an agent's answers and was left off. */
export interface AgentReplySignatureTable {
  agent: string
  /** sha256 of its letters and digits. */
  signature: string
  at: number
}

/** The personal address of an agent at a mailbox; `ref` is the lookup key of its token, `at` ms UTC. */
export interface AgentReplyAddressTable {
  agent: string
  mailbox: string
  ref: string
  at: number
}

/** One error notice per cause, address and day. */
export interface AgentReplyNoticeTable {
  cause: string
  address: string
  day: number
}

/** One row for each wrong token; `source` is where it came from, `at` ms UTC. */
export interface AgentReplyRejectTable {
  id: string
  source: string
  at: number
}

/** Makes the tables of answers, notices and wrong tokens. */
export const agentReply0001: Migration = {
  name: '0001-answers',
  async up(db) {
    await db.schema
      .createTable('agent_reply_mails')
      .addColumn('hash', 'text', (c) => c.notNull())
      .addColumn('case_id', 'text', (c) => c.notNull().references('cases.id').onDelete('cascade'))
      .addColumn('agent', 'text', (c) => c.notNull())
      .addColumn('about', 'text')
      .addColumn('header_id', 'text')
      .addColumn('words', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('agent_reply_mails_pk', ['hash', 'case_id', 'agent'])
      .execute()
    await db.schema.createIndex('agent_reply_mails_by_case').on('agent_reply_mails').columns(['case_id', 'agent']).execute()
    await db.schema
      .createTable('agent_reply_notices')
      .addColumn('cause', 'text', (c) => c.notNull())
      .addColumn('address', 'text', (c) => c.notNull())
      .addColumn('day', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('agent_reply_notices_pk', ['address', 'cause', 'day'])
      .execute()
    await db.schema
      .createTable('agent_reply_rejects')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('source', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .execute()
    await db.schema.createIndex('agent_reply_rejects_by_source').on('agent_reply_rejects').columns(['source', 'at']).execute()
  },
}

/** Makes the table of signatures. */
export const agentReply0002: Migration = {
  name: '0002-signatures',
  async up(db) {
    await db.schema
      .createTable('agent_reply_signatures')
      .addColumn('agent', 'text', (c) => c.notNull())
      .addColumn('signature', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('agent_reply_signatures_pk', ['agent', 'signature'])
      .execute()
  },
}

/** Makes the table of personal addresses. */
export const agentReply0003: Migration = {
  name: '0003-addresses',
  async up(db) {
    await db.schema
      .createTable('agent_reply_addresses')
      .addColumn('agent', 'text', (c) => c.notNull())
      .addColumn('mailbox', 'text', (c) => c.notNull())
      .addColumn('ref', 'text', (c) => c.notNull().unique())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('agent_reply_addresses_pk', ['agent', 'mailbox'])
      .execute()
  },
}
