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

/**
 * The time by which leases are judged: the database's clock on PostgreSQL, where several nodes share them; on SQLite, which one process
 * holds, the wall clock of its first look moved on by monotonic time, so that a jump of the clock ends no lease (SCH-4).
 */
export function leaseTime(database: Database, clock: Clock): number | RawBuilder<number> {
  const now = judgeTime(database, clock)
  if (typeof now !== 'number') return now
  const anchor = anchors.get(clock) ?? now - clock.monotonic()
  anchors.set(clock, anchor)
  return Math.round(anchor + clock.monotonic())
}

/** `leaseTime` plus `ms`. */
export function leaseTimePlus(database: Database, clock: Clock, ms: number): number | RawBuilder<number> {
  const now = leaseTime(database, clock)
  return typeof now === 'number' ? now + Math.round(ms) : judgeTimePlus(database, clock, ms)
}

const anchors = new WeakMap<Clock, number>()

/** What the clock of a PostgreSQL server says now, ms UTC. */
export async function serverTime(database: Database): Promise<number> {
  const { rows } = await sql<{ now: number }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(database.read)
  return Number(rows[0]?.now ?? 0)
}
