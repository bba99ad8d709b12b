// Counts for people and metrics: what waits, what is stuck.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { intakeJob } from './inbound.ts'
import type { CaseStatus, Tables } from './tables.ts'

/** How many rows of a table wait in a state; `jobs_due` are those of `jobs` whose time has come. */
export interface Backlog {
  readonly what: 'inbound' | 'jobs' | 'outbox' | 'jobs_due'
  readonly state: string
  readonly count: number
}

const unfinished = ['queued', 'sending', 'failed', 'unknown', 'held'] as const

/** Rows per state of the tables that work waits in, states without a row too; finished states are left out. */
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
    .where('state', 'in', unfinished)
    .groupBy('state')
    .execute()
  const counted = (rows: readonly { readonly state: string; readonly n: number | string }[], state: string): number =>
    Number(rows.find((r) => r.state === state)?.n ?? 0)
  return [
    ...['queued', 'parked'].map((state) => ({ what: 'inbound' as const, state, count: counted(inbound, state) })),
    ...['ready', 'running', 'parked'].map((state) => ({ what: 'jobs' as const, state, count: counted(jobs, state) })),
    { what: 'jobs_due', state: 'ready', count: Number(due?.n ?? 0) },
    ...unfinished.map((state) => ({ what: 'outbox' as const, state, count: counted(outbox, state) })),
  ]
}

/** How many cases have which status. */
export async function casesByStatus(db: Kysely<Tables>): Promise<readonly { readonly status: CaseStatus; readonly n: number }[]> {
  const rows = await db
    .selectFrom('cases')
    .select(['status', (eb) => eb.fn.countAll<number>().as('n')])
    .groupBy('status')
    .execute()
  return rows.map((r) => ({ status: r.status, n: Number(r.n) }))
}

/** When the oldest mail that still waits to be taken in was received, ms UTC, or null. */
export async function oldestWaitingAt(db: Kysely<Tables>): Promise<number | null> {
  const row = await db
    .selectFrom('inbound')
    .select((eb) => eb.fn.min('received_at').as('at'))
    .where('state', '=', 'queued')
    .executeTakeFirst()
  return row?.at === undefined || row.at === null ? null : Number(row.at)
}

/** Since when (ms UTC) the oldest waits that could be done by now, or null: mail to be taken in, jobs since they were due, mail to be sent since it was written. */
export async function waitingSince(
  db: Kysely<Tables>,
  now: number,
): Promise<readonly { readonly what: 'inbound' | 'jobs' | 'outbox'; readonly sinceMs: number | null }[]> {
  const job = await db
    .selectFrom('jobs')
    .select((eb) => eb.fn.min('run_at').as('at'))
    .where('state', '=', 'ready')
    .where('run_at', '<=', now)
    .executeTakeFirst()
  const mail = await db
    .selectFrom('outbox_recipients')
    .select((eb) => eb.fn.min('created_at').as('at'))
    .where('state', 'in', ['queued', 'sending'])
    .executeTakeFirst()
  const ms = (at: unknown): number | null => (at === undefined || at === null ? null : Number(at))
  return [
    { what: 'inbound', sinceMs: await oldestWaitingAt(db) },
    { what: 'jobs', sinceMs: ms(job?.at) },
    { what: 'outbox', sinceMs: ms(mail?.at) },
  ]
}

/** When the newest mail was accepted, ms UTC; 0: none yet. Ids ascend with the time, so this reads one row of however many. */
export async function newestAcceptedAt(db: Kysely<Tables>): Promise<number> {
  const row = await db.selectFrom('inbound').select('received_at').orderBy('id', 'desc').limit(1).executeTakeFirst()
  return Number(row?.received_at ?? 0)
}

/** When the newest mail was received, ms UTC; 0: none yet. */
export async function newestReceivedAt(db: Kysely<Tables>): Promise<number> {
  const row = await db
    .selectFrom('inbound')
    .select((eb) => eb.fn.max('received_at').as('at'))
    .executeTakeFirst()
  return Number(row?.at ?? 0)
}

/** Ready jobs that should have run before that instant (ms UTC). */
export async function jobsDueBefore(db: Kysely<Tables>, before: number): Promise<number> {
  const row = await db
    .selectFrom('jobs')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('state', '=', 'ready')
    .where('run_at', '<', before)
    .executeTakeFirst()
  return Number(row?.n ?? 0)
}

/** Since when the oldest row of a table waits in a state (ms UTC), and the last thing that went wrong with it. */
export interface OldestWaiting {
  readonly at: number
  readonly reason: string | null
}

/** The oldest of what `backlog` counts; null where there is none. */
export async function oldestWaiting(
  db: Kysely<Tables>,
  { what, state }: Pick<Backlog, 'what' | 'state'>,
  now: number,
): Promise<OldestWaiting | null> {
  if (what === 'inbound') {
    const row = await db
      .selectFrom('inbound')
      .select(['id', 'received_at', 'error'])
      .where('state', 'in', [state === 'parked' ? 'parked' : 'queued'])
      .orderBy('received_at')
      .limit(1)
      .executeTakeFirst()
    if (!row) return null
    // Why the last try failed stands with the job until the mail is parked.
    const job = await db.selectFrom('jobs').select('error').where('key', '=', `${intakeJob}:${row.id}`).executeTakeFirst()
    return { at: Number(row.received_at), reason: row.error ?? job?.error ?? null }
  }
  if (what === 'outbox') {
    const row = await db
      .selectFrom('outbox_recipients')
      .select(['created_at', 'reply'])
      .where(sql<string>`state`, '=', state)
      .orderBy('created_at')
      .limit(1)
      .executeTakeFirst()
    return row ? { at: Number(row.created_at), reason: row.reply } : null
  }
  const due = what === 'jobs_due'
  const row = await db
    .selectFrom('jobs')
    .select(['run_at', 'kind', 'error'])
    .where(sql<string>`state`, '=', due ? 'ready' : state)
    .where((eb) => eb.or([eb('state', '!=', 'parked'), eb('kind', '!=', intakeJob)]))
    .where('run_at', '<=', due ? now : Number.MAX_SAFE_INTEGER)
    .orderBy('run_at')
    .limit(1)
    .executeTakeFirst()
  return row ? { at: Number(row.run_at), reason: row.error === null ? row.kind : `${row.kind}: ${row.error}` } : null
}

/** Who reads the feed of events for a work of its own (the search index), by name: how many events it has still to deal with, and when the first of them came (ms UTC). */
export async function readersBehind(db: Kysely<Tables>) {
  const rows = await db.selectFrom('meta').select(['key', 'value']).where('key', 'like', 'reader.%').orderBy('key').execute()
  return Promise.all(
    rows.map(async ({ key, value }) => {
      const behind = db.selectFrom('events').where('position', '>', Number(value))
      const count = await behind.select((eb) => eb.fn.countAll().as('n')).executeTakeFirst()
      const oldest = await behind.select('created_at').orderBy('position').limit(1).executeTakeFirst()
      return { name: key.slice('reader.'.length), events: Number(count?.n ?? 0), oldestAt: oldest?.created_at ?? null }
    }),
  )
}
