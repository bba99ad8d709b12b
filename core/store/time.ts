// The time by which leases and due rows are judged: the database's own clock on PostgreSQL, the process's on SQLite.
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Clock } from '../base/clock.ts'
import { systemClock } from '../base/clock.ts'
import type { Database } from './database.ts'

/** ms UTC, as a value or as an SQL expression. A clock other than the system's (a test's) is always taken at its word. */
export function judgeTime(database: Database, clock: Clock): number | RawBuilder<number> {
  if (database.kind === 'sqlite' || clock !== systemClock) return clock.now()
  return sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
}

/** `judgeTime` plus `ms`. */
export function judgeTimePlus(database: Database, clock: Clock, ms: number): number | RawBuilder<number> {
  const now = judgeTime(database, clock)
  return typeof now === 'number' ? now + ms : sql<number>`${now} + ${sql.lit(Math.round(ms))}`
}
