// What is planned: reopens, deferred messages, and the heartbeat by which a downtime is noticed.
import { sql } from 'kysely'
import type { Migration } from '../../core/plugin.ts'

declare module '../../core/store/tables.ts' {
  interface Tables {
    scheduler_reopens: ReopenTable
    scheduler_mentions: ReopenMentionTable
    scheduler_deferred: DeferredTable
    scheduler_alive: HeartbeatTable
  }
}

/** One row for each reopen that was ever planned; times are ms UTC. */
export interface ReopenTable {
  id: string
  case_id: string
  /** Whose plan it is among those of the case that are still to come: agent:ID, rule:ID ...; unique while it is planned. */
  slot: string
  /** Agent id; null: a rule's or Postern's own. */
  owner: string | null
  /** Agent who planned it first, whoever has changed it since. */
  planner: string | null
  /** What the origin of the plan was: agent | rule | api | system. */
  owner_kind: string
  /** skipped: its time came and the condition did not hold. */
  state: 'planned' | 'fired' | 'skipped' | 'cancelled'
  /** ms UTC. */
  due_at: number
  /** Zone in which it was said. */
  zone: string
  note: string
  /** JSON list of Mentions. */
  mentions: string
  any_assignee: number
  /** Agent who must be the assignee then, where any_assignee is 0. */
  assignee: string | null
  /** Grows with every change of the time: a job of an earlier one finds that it is not meant. */
  rev: number
  /** Status before it fired, while it may be postponed. */
  before_status: string | null
  /** 1: it has fired and may still be postponed. */
  offered: number
  /** Note that spoke of its firing. */
  note_id: string | null
  /** JSON list of the cases that it came from by merges, each with its slot there, the last one last; null: none. */
  came_from: string | null
  created_at: number
  updated_at: number
}

/** Who is mentioned in the note of a reopen, for finding cases by it. */
export interface ReopenMentionTable {
  reopen_id: string
  /** agent:ID or group:ID. */
  who: string
}

/** One row for each message that leaves, or has left, later than it was written; times are ms UTC. */
export interface DeferredTable {
  message_id: string
  /** deferred: planned by somebody; undo: an ordinary answer that may still be taken back. */
  kind: 'deferred' | 'undo'
  state: 'planned' | 'sent' | 'held' | 'note' | 'cancelled'
  due_at: number
  zone: string
  /** When it was planned, or planned anew. */
  planned_at: number
  rev: number
  updated_at: number
}

/** One row for all nodes. */
export interface HeartbeatTable {
  id: number
  /** ms UTC of the last heartbeat. */
  at: number
  /** Deferred messages wait until then; 0: for nothing. */
  hold_until: number
  /** When the downtime was noticed. */
  noticed_at: number
}

/** Makes these tables, in order. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-scheduler',
    async up(db) {
      await db.schema
        .createTable('scheduler_reopens')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('case_id', 'text', (c) => c.notNull().references('cases.id').onDelete('cascade'))
        .addColumn('slot', 'text', (c) => c.notNull())
        .addColumn('owner', 'text')
        .addColumn('owner_kind', 'text', (c) => c.notNull())
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('due_at', 'bigint', (c) => c.notNull())
        .addColumn('zone', 'text', (c) => c.notNull())
        .addColumn('note', 'text', (c) => c.notNull())
        .addColumn('mentions', 'text', (c) => c.notNull())
        .addColumn('any_assignee', 'integer', (c) => c.notNull())
        .addColumn('assignee', 'text')
        .addColumn('rev', 'integer', (c) => c.notNull())
        .addColumn('before_status', 'text')
        .addColumn('offered', 'integer', (c) => c.notNull())
        .addColumn('note_id', 'text')
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('updated_at', 'bigint', (c) => c.notNull())
        .execute()
      await db.schema
        .createIndex('scheduler_reopens_slot')
        .unique()
        .on('scheduler_reopens')
        .columns(['case_id', 'slot'])
        .where(sql<boolean>`state = 'planned'`)
        .execute()
      await db.schema.createIndex('scheduler_reopens_by_case').on('scheduler_reopens').columns(['case_id', 'state']).execute()
      await db.schema.createIndex('scheduler_reopens_by_due').on('scheduler_reopens').columns(['state', 'due_at']).execute()
      await db.schema
        .createTable('scheduler_mentions')
        .addColumn('reopen_id', 'text', (c) => c.notNull().references('scheduler_reopens.id').onDelete('cascade'))
        .addColumn('who', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('scheduler_mentions_pk', ['reopen_id', 'who'])
        .execute()
      await db.schema.createIndex('scheduler_mentions_by_who').on('scheduler_mentions').column('who').execute()
      await db.schema
        .createTable('scheduler_deferred')
        .addColumn('message_id', 'text', (c) => c.primaryKey())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('due_at', 'bigint', (c) => c.notNull())
        .addColumn('zone', 'text', (c) => c.notNull())
        .addColumn('planned_at', 'bigint', (c) => c.notNull())
        .addColumn('rev', 'integer', (c) => c.notNull())
        .addColumn('updated_at', 'bigint', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('scheduler_deferred_by_due').on('scheduler_deferred').columns(['state', 'due_at']).execute()
      await db.schema
        .createTable('scheduler_alive')
        .addColumn('id', 'integer', (c) => c.primaryKey())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addColumn('hold_until', 'bigint', (c) => c.notNull())
        .addColumn('noticed_at', 'bigint', (c) => c.notNull())
        .execute()
    },
  },
  {
    name: '0002-planner',
    async up(db) {
      await db.schema.alterTable('scheduler_reopens').addColumn('planner', 'text').execute()
      await sql`update scheduler_reopens set planner = owner`.execute(db)
    },
  },
  {
    name: '0003-merged',
    async up(db) {
      await db.schema.alterTable('scheduler_reopens').addColumn('came_from', 'text').execute()
    },
  },
]
