// What automatic mail may still leave: counts of what left, and addresses that get none for a while.
import { randomUUID } from 'node:crypto'
import type { Insertable, Kysely } from 'kysely'
import { writeMeta } from './meta.ts'
import type { SentAutomaticTable, SuppressionRow, Tables, Tx } from './tables.ts'

/** For so long (ms) a mail is counted, before it is pruned. */
export const countedForMs = 2 * 86_400_000

/** Key of a value in `meta` that is another after each change of a suppression, for those who keep them in memory. */
export const suppressedStamp = 'automatic.suppressed'
/** The same for counts that were taken away. */
export const forgottenStamp = 'automatic.forgotten'

/** One of the two. */
export type AutomaticStamp = typeof suppressedStamp | typeof forgottenStamp

/** Tells those who keep suppressions, or counts, in memory that some are others now (SQLite). Call it in the transaction of the change. */
export async function stampAutomatic(db: Kysely<Tables>, stamp: AutomaticStamp): Promise<void> {
  await writeMeta(db, stamp, randomUUID())
}

/** Counts mails against the budgets, in the transaction that orders them. */
export async function recordAutomatic(tx: Tx, mails: readonly Insertable<SentAutomaticTable>[]): Promise<void> {
  await tx
    .insertInto('sent_automatic')
    .values([...mails])
    .execute()
}

/** Which automatic mails are counted: by recipient, by domain, by kind, or all. */
export interface AutomaticFilter {
  readonly recipient?: string
  readonly domain?: string
  readonly kinds?: readonly string[]
}

/** An instant, and the number of mails at which nobody counts further. */
export interface CountedSince {
  /** ms UTC. */
  readonly at: number
  readonly most: number
}

/**
 * How many automatic mails left after each of these instants, as far as they are written. Not more than `most` of each are looked at, so that
 * what it costs depends on what is allowed and not on how many there were.
 */
export async function countAutomatic(
  db: Kysely<Tables>,
  where: AutomaticFilter,
  since: readonly CountedSince[],
): Promise<readonly number[]> {
  if (since.length === 0) return []
  const row: Readonly<Record<string, unknown>> = await db
    .selectNoFrom((eb) =>
      since.map(({ at, most }, i) => {
        let some = eb.selectFrom('sent_automatic').select('sent_at').where('sent_at', '>', at).limit(most)
        if (where.recipient !== undefined) some = some.where('recipient', '=', where.recipient)
        if (where.domain !== undefined) some = some.where('domain', '=', where.domain)
        if (where.kinds) some = some.where('kind', 'in', [...where.kinds])
        return eb
          .selectFrom(some.as('some'))
          .select((of) => of.fn.countAll<number>().as('n'))
          .as(`n${i}`)
      }),
    )
    .executeTakeFirstOrThrow()
  return since.map((_, i) => Number(row[`n${i}`] ?? 0))
}

/**
 * When the newest but `keep` of those that left after `since` did (both ms UTC), as far as they are written: once it is no longer counted,
 * so many are left to count.
 */
export async function automaticSentAt(
  db: Kysely<Tables>,
  where: AutomaticFilter,
  since: number,
  keep: number,
): Promise<number | undefined> {
  let q = db.selectFrom('sent_automatic').select('sent_at').where('sent_at', '>', since)
  if (where.recipient !== undefined) q = q.where('recipient', '=', where.recipient)
  if (where.domain !== undefined) q = q.where('domain', '=', where.domain)
  if (where.kinds) q = q.where('kind', 'in', [...where.kinds])
  return (await q.orderBy('sent_at', 'desc').offset(keep).limit(1).executeTakeFirst())?.sent_at
}

/** Takes back what was counted at or after that instant. */
export async function rewindAutomatic(db: Kysely<Tables>, at: number): Promise<void> {
  await db.deleteFrom('sent_automatic').where('sent_at', '>=', at).execute()
}

/** Removes counts and suppressions that ended before this instant (ms UTC). */
export async function pruneAutomatic(db: Kysely<Tables>, before: number): Promise<void> {
  await db.deleteFrom('sent_automatic').where('sent_at', '<', before).execute()
  await db.deleteFrom('suppressions').where('until', '<', before).execute()
}

/** No automatic mail to this address (any case) until then (ms UTC); a second call replaces reason and end of the first. */
export async function suppress(tx: Tx, address: string, reason: string, until: number, now: number): Promise<void> {
  await tx
    .insertInto('suppressions')
    .values({ address: address.toLowerCase(), reason, until, created_at: now })
    .onConflict((c) => c.column('address').doUpdateSet({ reason, until }))
    .execute()
}

/** Addresses that get no automatic mail at `now`, those that were suppressed last first; `before`: only those suppressed before that one. */
export async function listSuppressions(
  db: Kysely<Tables>,
  page: { readonly now: number; readonly limit: number; readonly before?: string },
): Promise<readonly SuppressionRow[]> {
  let q = db.selectFrom('suppressions').selectAll().where('until', '>', page.now)
  const last = page.before === undefined ? undefined : await suppressionOf(db, page.before)
  if (last)
    q = q.where((eb) =>
      eb.or([eb('created_at', '<', last.created_at), eb.and([eb('created_at', '=', last.created_at), eb('address', '>', last.address)])]),
    )
  return q.orderBy('created_at', 'desc').orderBy('address').limit(page.limit).execute()
}

const suppressionOf = (db: Kysely<Tables>, address: string): Promise<SuppressionRow | undefined> =>
  db.selectFrom('suppressions').selectAll().where('address', '=', address.toLowerCase()).executeTakeFirst()

/** Lets automatic mail go to this address again. What was forgotten; undefined where it was not suppressed. */
export async function removeSuppression(db: Kysely<Tables>, address: string): Promise<SuppressionRow | undefined> {
  return db.deleteFrom('suppressions').where('address', '=', address.toLowerCase()).returningAll().executeTakeFirst()
}

/** Why an address (any case) gets no automatic mail, and until when (ms UTC), which may be over. */
export async function suppressionUntil(
  db: Kysely<Tables>,
  address: string,
): Promise<{ readonly reason: string; readonly until: number } | undefined> {
  return db.selectFrom('suppressions').select(['reason', 'until']).where('address', '=', address.toLowerCase()).executeTakeFirst()
}

/** Why this address gets no automatic mail now, or null. */
export async function suppressedBecause(db: Kysely<Tables>, address: string, now: number): Promise<string | null> {
  const row = await suppressionUntil(db, address)
  return row && row.until > now ? row.reason : null
}
