// One open database, whichever it is, and the transaction that everything which changes anything runs in.
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Clock } from '../base/clock.ts'
import { sleep } from '../base/clock.ts'
import type { Accepting } from './sqlite/accept-rows.ts'
import type { GroupCommit } from './sqlite/group-commit.ts'
import type { DialectTypes } from './migrate.ts'
import type { Tables, Tx } from './tables.ts'

/** An open database. */
export interface Database {
  readonly kind: 'sqlite' | 'postgres'
  /** For transactions and for whatever must see its own writes. */
  readonly write: Kysely<Tables>
  /** For pages, API and lists; on SQLite a connection of its own. */
  readonly read: Kysely<Tables>
  readonly types: DialectTypes
  /** Commits accepted mail beside the event loop, where the database has no server that does (a SQLite file); see `insertInbound`. */
  readonly accepting?: Accepting
  /** Lets transactions share a commit (SQLite). */
  readonly grouped?: GroupCommit
  /** Whether claims may use FOR UPDATE SKIP LOCKED: an optimisation, never what correctness stands on. */
  readonly skipLocked: boolean
  /** SQLite: online copy into a file. */
  backup(target: string): Promise<void>
  /** Once a minute: checkpoint. */
  maintain(): void
  stop(): Promise<void>
}

/** Serialization failure and deadlock: the transaction did nothing and may be tried again (PostgreSQL appendix A). */
const retryable = new Set(['40001', '40P01'])

/**
 * Runs `work` in one transaction: BEGIN IMMEDIATE on SQLite (perhaps sharing its commit with others), READ COMMITTED on PostgreSQL. A deadlock or serialization
 * failure is tried five times with jitter; `work` must therefore do nothing but read and write through `tx`.
 */
export async function transact<T>(database: Database, clock: Clock, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await (database.grouped ? database.grouped.run(work) : database.write.transaction().execute(work))
    } catch (error) {
      if (attempt >= 5 || !retryable.has(sqlState(error))) throw error
      await sleep(clock, 5 * attempt + Math.random() * 20 * attempt)
    }
  }
}

const sqlState = (error: unknown): string => (typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '')

/** Whether the database answers: one row, nothing written. */
export async function ping(database: Database): Promise<boolean> {
  try {
    await sql`select 1`.execute(database.read)
    return true
  } catch {
    return false
  }
}
