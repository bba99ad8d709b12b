// Deliveries as a queue: claimed with a lease, ended once, tried again by the schedule.
import type { Kysely, SelectQueryBuilder } from 'kysely'
import { PosternError } from '../../core/plugin.ts'
import type { Tables, Tx } from '../../core/plugin.ts'
import type { AttemptResult } from './attempt.ts'
import type { WebhookHost } from './endpoints.ts'
import { pauseAfter, retryAfterMs } from './schedule.ts'
import { disable } from './state.ts'
import type { DeliveryRow } from './tables.ts'
import { afresh } from './delivery-store.ts'

/** ms by which a claim outlives the longest attempt; a process that dies loses it after that. */
const leaseMargin = 15_000

interface Due {
  readonly endpoint: string
  readonly ordered: boolean
  readonly now: number
  /** ms that an attempt may take. */
  readonly timeout: number
}

/** Whether something waits for this endpoint that may be sent now. */
export async function isDue(db: Kysely<Tables>, due: Due): Promise<boolean> {
  return (await dueRows(db, due, 1).executeTakeFirst()) !== undefined
}

/** Claims up to `limit` deliveries, oldest first. */
export async function claim(tx: Tx, due: Due, limit: number): Promise<readonly DeliveryRow[]> {
  if (limit <= 0) return []
  const rows = await tx.db
    .updateTable('webhooks_deliveries')
    .set((eb) => ({
      state: 'sending' as const,
      token: eb('token', '+', 1),
      attempts: eb('attempts', '+', 1),
      lease_until: due.now + due.timeout + leaseMargin,
    }))
    .where('id', 'in', dueRows(tx.db, due, limit))
    .where('state', '=', 'queued')
    .returningAll()
    .execute()
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1))
}

function dueRows(
  db: Kysely<Tables>,
  { endpoint, ordered, now }: Due,
  limit: number,
): SelectQueryBuilder<Tables & { due: Tables['webhooks_deliveries'] }, 'due', { id: string }> {
  return db
    .selectFrom('webhooks_deliveries as due')
    .select('due.id')
    .where('due.endpoint', '=', endpoint)
    .where('due.state', '=', 'queued')
    .where('due.next_at', '<=', now)
    .$if(ordered, (q) =>
      q.where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('webhooks_deliveries as before')
              .select('before.id')
              .whereRef('before.case_id', '=', 'due.case_id')
              .whereRef('before.endpoint', '=', 'due.endpoint')
              .where('before.state', 'in', ['queued', 'sending'])
              .whereRef('before.case_seq', '<', 'due.case_seq'),
          ),
        ),
      ),
    )
    .orderBy('due.next_at')
    .orderBy('due.id')
    .limit(limit)
}

/** Whether a process may have died while it sent. */
export async function anyLost(db: Kysely<Tables>, endpoint: string, now: number): Promise<boolean> {
  const row = await db
    .selectFrom('webhooks_deliveries')
    .select('id')
    .where('endpoint', '=', endpoint)
    .where('state', '=', 'sending')
    .where('lease_until', '<=', now)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Gives back what a dead process had claimed: whose lease is over, or all of it where only one process can have claimed anything. */
export async function giveBackLost(tx: Tx, before: number): Promise<void> {
  await tx.db
    .updateTable('webhooks_deliveries')
    .set((eb) => ({ state: 'queued' as const, lease_until: 0, token: eb('token', '+', 1) }))
    .where('state', '=', 'sending')
    .where('lease_until', '<=', before)
    .execute()
}

/** An attempt that ended. */
export interface Ended {
  readonly delivery: DeliveryRow
  /** null: it was broken off by our own stopping and counts for nothing. */
  readonly result: AttemptResult | null
  /** ms UTC. */
  readonly at: number
}

/** Writes down how an attempt ended and what follows from it. Does nothing where somebody else holds the delivery now. */
export async function settle(host: WebhookHost, tx: Tx, { delivery: d, result, at }: Ended, random: number): Promise<void> {
  const mine = tx.db.updateTable('webhooks_deliveries').where('id', '=', d.id).where('token', '=', d.token).where('state', '=', 'sending')
  if (!result) {
    await mine.set({ state: 'queued', lease_until: 0, attempts: d.attempts - 1 }).execute()
    return
  }
  const { status } = result
  const good = status !== null && status >= 200 && status < 300
  const pause =
    good || status === 410
      ? null
      : pauseAfter(d.failed + 1, random, status === 429 || status === 503 ? retryAfterMs(result.retryAfter, at) : null)
  const error = good ? null : (result.error ?? `the receiver answered ${status}`)
  const rows = await mine
    .set({
      status,
      error,
      lease_until: 0,
      ...(good
        ? { state: 'delivered', finished_at: tx.now }
        : pause === null
          ? { state: 'failed', failed: d.failed + 1, finished_at: tx.now }
          : { failed: d.failed + 1, state: 'queued', next_at: tx.now + pause }),
    })
    .returning('id')
    .execute()
  if (rows.length === 0) return
  await tx.db
    .insertInto('webhooks_attempts')
    .values({
      delivery_id: d.id,
      number: d.attempts,
      at,
      ms: result.ms,
      status,
      error,
      response: good ? null : result.response.replaceAll('\0', ''),
    })
    .execute()
  host.count('postern_webhook_attempts_total', {
    endpoint: d.endpoint,
    outcome: good ? 'delivered' : pause === null ? 'given-up' : 'failed',
  })
  const endpoint = tx.db.updateTable('webhooks_endpoints').where('name', '=', d.endpoint)
  if (good) {
    await endpoint.set({ failing_since: null }).where('failing_since', 'is not', null).execute()
    return
  }
  await endpoint.set({ failing_since: at }).where('failing_since', 'is', null).execute()
  const since =
    (await tx.db.selectFrom('webhooks_endpoints').select('failing_since').where('name', '=', d.endpoint).executeTakeFirst())
      ?.failing_since ?? at
  if (status === 410) await disable(host, tx, d.endpoint, 'the receiver answered 410: it wants nothing any more', since)
  else if (at - since >= host.settings.disable_after)
    await disable(host, tx, d.endpoint, `every attempt since ${new Date(since).toISOString()} failed, the last one: ${error}`, since)
}

/** Sends a finished or waiting delivery again, now, with a new round of attempts. Throws `not_found`. */
export async function retry(tx: Tx, id: string): Promise<void> {
  const row = await tx.db
    .updateTable('webhooks_deliveries')
    .set(afresh(tx.now))
    .where('id', '=', id)
    .where('state', '!=', 'sending')
    .returning('id')
    .executeTakeFirst()
  if (row) return
  const there = await tx.db.selectFrom('webhooks_deliveries').select('state').where('id', '=', id).executeTakeFirst()
  throw there
    ? new PosternError('conflict', `delivery ${id} is being sent at this moment`)
    : new PosternError('not_found', `there is no delivery ${id}`)
}
