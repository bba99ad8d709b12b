// What is due next in a gateway whose clock is moved by a test or a scenario.
import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** When the next ready job is due, ms UTC; Infinity: none. */
export async function nextReadyJob(db: Kysely<Tables>): Promise<number> {
  const row = await db
    .selectFrom('jobs')
    .select((eb) => eb.fn.min('run_at').as('at'))
    .where('state', '=', 'ready')
    .executeTakeFirst()
  return Number(row?.at ?? Infinity)
}

/** When the next mail is to leave, ms UTC; Infinity: none. */
export async function nextMail(db: Kysely<Tables>): Promise<number> {
  const row = await db
    .selectFrom('outbox_recipients')
    .select((eb) => eb.fn.min('next_at').as('at'))
    .where('state', 'in', ['queued', 'unknown'])
    .executeTakeFirst()
  return Number(row?.at ?? Infinity)
}

/** When the next tick of recurring work is due, ms UTC, but of the named ones; Infinity: none. */
export async function nextTick(db: Kysely<Tables>, except: readonly string[]): Promise<number> {
  const row = await db
    .selectFrom('crons')
    .select((eb) => eb.fn.min('next_at').as('at'))
    .where('name', 'not in', [...except])
    .executeTakeFirst()
  return Number(row?.at ?? Infinity)
}

/** A job that failed, with its error. */
export async function failedJob(db: Kysely<Tables>): Promise<{ readonly kind: string; readonly error: string | null } | undefined> {
  return db.selectFrom('jobs').select(['kind', 'error']).where('error', 'is not', null).executeTakeFirst()
}
