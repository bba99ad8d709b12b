// Jobs: one table, a lease claimed with one guarded update, a unique key. No leader; any node may die.
import type { Kysely } from 'kysely'
import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { Database } from './database.ts'
import { toJson } from './json.ts'
import type { JobRow, Tables } from './tables.ts'
import { judgeTime, judgeTimePlus, leaseTime, leaseTimePlus } from './time.ts'

/** Work to be done at a time. */
export interface NewJob {
  readonly kind: string
  /** Unique over all jobs; a second `put` with it moves the job. */
  readonly key: string
  /** ms UTC. */
  readonly runAt: number
  readonly payload: unknown
}

/** A lease that runs out this often without an answer means that the job kills its process: it is parked. */
const lostLimit = 3

/** Inserts the job or, if its key exists, gives it the new time and payload, fresh attempts and no owner. */
export async function putJob(db: Kysely<Tables>, ids: Ids, job: NewJob, now: number): Promise<void> {
  const fresh = {
    run_at: job.runAt,
    payload: toJson(job.payload),
    state: 'ready' as const,
    attempts: 0,
    lost: 0,
    locked_until: 0,
    error: null,
  }
  await db
    .insertInto('jobs')
    .values({ id: ids.next(), kind: job.kind, key: job.key, token: 0, created_at: now, ...fresh })
    // The token grows, so that a worker that holds the old lease finds itself fenced off.
    .onConflict((c) => c.column('key').doUpdateSet((eb) => ({ ...fresh, kind: job.kind, token: eb('jobs.token', '+', 1) })))
    .execute()
}

/** Whether there was such a job. */
export async function dropJob(db: Kysely<Tables>, key: string): Promise<boolean> {
  const row = await db.deleteFrom('jobs').where('key', '=', key).returning('id').executeTakeFirst()
  return row !== undefined
}

/**
 * Gives back jobs whose holder died; the third time a job is parked as a poison pill (IDM-9). The first death counts against all that were
 * claimed; from then on one counts only against the job that was in hand (`beginJob`), however long its process had been up. Returns those
 * that were parked.
 */
export async function sweepJobs(database: Database, clock: Clock): Promise<readonly JobRow[]> {
  const rows = await database.write
    .updateTable('jobs')
    .set((eb) => ({
      lost: eb
        .case()
        .when(eb.or([eb('lost', '=', 0), eb('begun', '=', 1)]))
        .then(eb('lost', '+', 1))
        .else(eb.ref('lost'))
        .end(),
      token: eb('token', '+', 1),
      state: eb
        .case()
        .when(eb.and([eb('lost', '>=', lostLimit - 1), eb('begun', '=', 1)]))
        .then('parked' as const)
        .else('ready' as const)
        .end(),
      error: eb
        .case()
        .when(eb.and([eb('lost', '>=', lostLimit - 1), eb('begun', '=', 1)]))
        .then('the process died three times while it ran')
        .else(eb.ref('error'))
        .end(),
    }))
    .where('state', '=', 'running')
    .where('locked_until', '<=', leaseTime(database, clock))
    .returningAll()
    .execute()
  return rows.filter((r) => r.state === 'parked')
}

/** A job is overdue when it should have run so long ago: then something was down, and not only busy. */
const overdueMs = 60_000

/** Of the due jobs. */
export interface ClaimedJobs {
  /** Only those that are overdue by more than a minute, or only the others. */
  readonly which?: 'on-time' | 'overdue' | undefined
  /** Not those that the next death with them in hand would park. */
  readonly unlessLast?: boolean
}

/** Takes up to `limit` due jobs of the given kinds for `leaseMs`, oldest first. */
export async function claimJobs(
  database: Database,
  clock: Clock,
  kinds: readonly string[],
  limit: number,
  leaseMs: number,
  { which, unlessLast = false }: ClaimedJobs = {},
): Promise<readonly JobRow[]> {
  if (kinds.length === 0 || limit <= 0) return []
  const now = judgeTime(database, clock)
  const rows = await database.write
    .updateTable('jobs')
    .set((eb) => ({
      state: 'running',
      token: eb('token', '+', 1),
      attempts: eb('attempts', '+', 1),
      begun: 0,
      locked_until: leaseTimePlus(database, clock, leaseMs),
    }))
    .where('id', 'in', (eb) => {
      const due = eb
        .selectFrom('jobs as due')
        .select('due.id')
        .where('due.state', '=', 'ready')
        .where('due.run_at', '<=', which === 'overdue' ? judgeTimePlus(database, clock, -overdueMs - 1) : now)
        .$if(which === 'on-time', (q) => q.where('due.run_at', '>=', judgeTimePlus(database, clock, -overdueMs)))
        .where('due.kind', 'in', kinds)
        .$if(unlessLast, (q) => q.where('due.lost', '<', lostLimit - 1))
        .orderBy('due.run_at')
        .orderBy('due.id')
        .limit(limit)
      return database.skipLocked ? due.forUpdate().skipLocked() : due
    })
    .where('state', '=', 'ready')
    .returningAll()
    .execute()
  return rows.sort((a, b) => a.run_at - b.run_at || (a.id < b.id ? -1 : 1))
}

/** Those of the kinds of which a job is due: one question, where a claim for each would be many. */
export async function dueKinds(database: Database, clock: Clock, kinds: readonly string[]): Promise<ReadonlySet<string>> {
  if (kinds.length === 0) return new Set()
  const now = judgeTime(database, clock)
  const row = await database.write
    .selectNoFrom((eb) =>
      kinds.map((kind, i) =>
        eb
          .exists(eb.selectFrom('jobs').select('id').where('state', '=', 'ready').where('kind', '=', kind).where('run_at', '<=', now))
          .as(String(i)),
      ),
    )
    .executeTakeFirstOrThrow()
  return new Set(kinds.filter((_, i) => Boolean(row[String(i)])))
}

/** Notes, durably, that the work of a claimed job begins now: a process that dies before that has not died of it. False: fenced off. */
export async function beginJob(db: Kysely<Tables>, job: Pick<JobRow, 'id' | 'token'>): Promise<boolean> {
  const row = await db
    .updateTable('jobs')
    .set({ begun: 1 })
    .where('id', '=', job.id)
    .where('token', '=', job.token)
    .where('state', '=', 'running')
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Removes a finished job inside the transaction of its effects. False: somebody else holds it now, so roll back. */
export async function finishJob(db: Kysely<Tables>, job: Pick<JobRow, 'id' | 'token'>): Promise<boolean> {
  const row = await db.deleteFrom('jobs').where('id', '=', job.id).where('token', '=', job.token).returning('id').executeTakeFirst()
  return row !== undefined
}

/** Puts a job back for `runAt`, or parks it. False: fenced off. */
export async function returnJob(
  db: Kysely<Tables>,
  job: Pick<JobRow, 'id' | 'token'>,
  to: { readonly runAt: number } | { readonly parked: true },
  error: string | null,
): Promise<boolean> {
  const row = await db
    .updateTable('jobs')
    .set('runAt' in to ? { state: 'ready', run_at: to.runAt, locked_until: 0, error } : { state: 'parked', locked_until: 0, error })
    .where('id', '=', job.id)
    .where('token', '=', job.token)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Puts a job back for `runAt` as if it had not been tried; `error` says why. False: fenced off. */
export async function putBackJob(db: Kysely<Tables>, job: Pick<JobRow, 'id' | 'token'>, runAt: number, error: string): Promise<boolean> {
  const row = await db
    .updateTable('jobs')
    .set((eb) => ({ state: 'ready', attempts: eb('attempts', '-', 1), run_at: runAt, locked_until: 0, error }))
    .where('id', '=', job.id)
    .where('token', '=', job.token)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Gives back jobs that were claimed and not begun, as if they had not been; those fenced off meanwhile are left alone. */
export async function unclaimJobs(db: Kysely<Tables>, jobs: readonly Pick<JobRow, 'id' | 'token'>[]): Promise<void> {
  for (const job of jobs) {
    await db
      .updateTable('jobs')
      .set((eb) => ({ state: 'ready', attempts: eb('attempts', '-', 1), locked_until: 0 }))
      .where('id', '=', job.id)
      .where('token', '=', job.token)
      .where('state', '=', 'running')
      .execute()
  }
}

/** Extends the lease. False: fenced off, or the job is being ended at this moment (on PostgreSQL its row is not waited for: each who waits takes a connection). */
export async function renewJob(database: Database, clock: Clock, job: Pick<JobRow, 'id' | 'token'>, leaseMs: number): Promise<boolean> {
  const row = await database.write
    .updateTable('jobs')
    .set({ locked_until: leaseTimePlus(database, clock, leaseMs) })
    .where('id', 'in', (eb) => {
      const own = eb.selectFrom('jobs as own').select('own.id').where('own.id', '=', job.id)
      return database.skipLocked ? own.forUpdate().skipLocked() : own
    })
    .where('token', '=', job.token)
    .where('state', '=', 'running')
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** When the next job of these kinds is due (ms UTC), or null. */
export async function nextJobAt(database: Database, kinds: readonly string[]): Promise<number | null> {
  if (kinds.length === 0) return null
  const row = await database.write
    .selectFrom('jobs')
    .select('run_at')
    .where('state', '=', 'ready')
    .where('kind', 'in', kinds)
    .orderBy('run_at')
    .limit(1)
    .executeTakeFirst()
  return row?.run_at ?? null
}

/**
 * Ends all leases at once: for a database that only one process can hold, at its start, when whoever held them is known to be dead.
 * What was being sent comes back as "outcome unknown", what was running is run again.
 */
export async function releaseLeases(database: Database): Promise<void> {
  await database.write.updateTable('jobs').set({ locked_until: 0 }).where('state', '=', 'running').execute()
  await database.write.updateTable('outbox_recipients').set({ lease_until: 0 }).where('state', '=', 'sending').execute()
}

/** A job by its key. */
export async function jobByKey(db: Kysely<Tables>, key: string): Promise<JobRow | undefined> {
  return db.selectFrom('jobs').selectAll().where('key', '=', key).executeTakeFirst()
}

/** Jobs in the order in which they are due, without those of one kind. */
export async function listJobs(
  db: Kysely<Tables>,
  filter: { readonly exceptKind: string; readonly state?: JobRow['state']; readonly limit: number },
): Promise<readonly JobRow[]> {
  const q = db.selectFrom('jobs').selectAll().where('kind', '!=', filter.exceptKind).orderBy('run_at').orderBy('id').limit(filter.limit)
  return (filter.state ? q.where('state', '=', filter.state) : q).execute()
}

/** Makes a job that does not run due now, with fresh tries; false where there is none such, or it is of that kind. */
export async function retryJob(db: Kysely<Tables>, key: string, exceptKind: string, now: number): Promise<boolean> {
  const row = await db
    .updateTable('jobs')
    .set({ state: 'ready', run_at: now, attempts: 0, lost: 0, error: null })
    .where('key', '=', key)
    .where('kind', '!=', exceptKind)
    .where('state', '!=', 'running')
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** How many jobs there are of a kind, in whatever state. */
export async function countJobs(db: Kysely<Tables>, kind: string): Promise<number> {
  const row = await db
    .selectFrom('jobs')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('kind', '=', kind)
    .executeTakeFirst()
  return Number(row?.n ?? 0)
}
