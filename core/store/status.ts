// Counts for people and metrics: what waits, what is stuck.
import type { Kysely } from 'kysely'
import { intakeJob } from './inbound.ts'
import type { Tables } from './tables.ts'

export interface Backlog {
  readonly what: 'inbound' | 'jobs' | 'outbox' | 'jobs_due'
  readonly state: string
  readonly count: number
}

/** Rows per state of the tables that work waits in; finished states are left out. */
export async function backlog(db: Kysely<Tables>, now: number): Promise<readonly Backlog[]> {
  const inbound = await db
    .selectFrom('inbound')
    .select(['state', (eb) => eb.fn.countAll<number>().as('n')])
    .where('state', 'in', ['queued', 'parked'])
    .groupBy('state')
    .execute()
  // The job of a parked mail is parked with it, and would count twice.
  const jobs = await db
    .selectFrom('jobs')
    .select(['state', (eb) => eb.fn.countAll<number>().as('n')])
    .where((eb) => eb.or([eb('state', '!=', 'parked'), eb('kind', '!=', intakeJob)]))
    .groupBy('state')
    .execute()
  const due = await db
    .selectFrom('jobs')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('state', '=', 'ready')
    .where('run_at', '<=', now)
    .executeTakeFirst()
  const outbox = await db
    .selectFrom('outbox_recipients')
    .select(['state', (eb) => eb.fn.countAll<number>().as('n')])
    .where('state', 'in', ['queued', 'sending', 'failed', 'unknown', 'held'])
    .groupBy('state')
    .execute()
  return [
    ...inbound.map((r) => ({ what: 'inbound' as const, state: r.state, count: Number(r.n) })),
    ...jobs.map((r) => ({ what: 'jobs' as const, state: r.state, count: Number(r.n) })),
    { what: 'jobs_due', state: 'ready', count: Number(due?.n ?? 0) },
    ...outbox.map((r) => ({ what: 'outbox' as const, state: r.state, count: Number(r.n) })),
  ]
}
