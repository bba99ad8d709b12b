// Queries on deliveries for lists, replays and upkeep; the queue has its own.
import type { Kysely, Selectable } from 'kysely'
import type { Tables, Tx } from '../../core/plugin.ts'
import type { DeliveryRow, DeliveryState, NewDelivery } from './tables.ts'

/** Rows of one insert: SQLite takes 32,766 parameters in one statement. */
const rowsAtOnce = 500

/** What a delivery is like that is sent anew, with a new round of attempts. */
export const afresh = (now: number) => ({ state: 'queued' as const, failed: 0, next_at: now, finished_at: null, error: null })

/** Queues deliveries. */
export async function insertDeliveries(tx: Tx, rows: readonly NewDelivery[]): Promise<void> {
  for (let i = 0; i < rows.length; i += rowsAtOnce)
    await tx.db
      .insertInto('webhooks_deliveries')
      .values(rows.slice(i, i + rowsAtOnce))
      .execute()
}

/** Events behind an id and before another, in the order of their making. */
export async function eventsBetween(
  tx: Tx,
  after: string,
  before: string,
  limit: number,
): Promise<readonly Selectable<Tables['events']>[]> {
  return tx.db.selectFrom('events').selectAll().where('id', '>', after).where('id', '<', before).orderBy('id').limit(limit).execute()
}

/** Deliveries to an endpoint of these events. */
export async function deliveriesOfEvents(
  tx: Tx,
  endpoint: string,
  eventIds: readonly string[],
): Promise<readonly Pick<DeliveryRow, 'id' | 'event_id' | 'state'>[]> {
  if (eventIds.length === 0) return []
  return tx.db
    .selectFrom('webhooks_deliveries')
    .select(['id', 'event_id', 'state'])
    .where('endpoint', '=', endpoint)
    .where('event_id', 'in', [...eventIds])
    .execute()
}

/** Queues deliveries again. */
export async function queueAgain(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await tx.db
    .updateTable('webhooks_deliveries')
    .set(afresh(tx.now))
    .where('id', 'in', [...ids])
    .execute()
}

/** How many deliveries of which state each endpoint has that are not over well. */
export async function countWaiting(db: Kysely<Tables>) {
  return db
    .selectFrom('webhooks_deliveries')
    .select((eb) => ['endpoint', 'state', eb.fn.countAll<number>().as('n')])
    .where('state', 'in', ['queued', 'sending', 'failed'])
    .groupBy(['endpoint', 'state'])
    .execute()
}

/** How many deliveries of each state each of these endpoints has that are not over well, states without any too, and since when (ms UTC) its oldest waits. */
export async function backlogOf(db: Kysely<Tables>, endpoints: readonly string[]) {
  const counted = await countWaiting(db)
  return Promise.all(
    endpoints.map(async (name) => {
      // Ids ascend with the time: the smallest is found in the index, and one row is read.
      const oldest = await db
        .selectFrom('webhooks_deliveries')
        .select('created_at')
        .where('id', '=', (eb) =>
          eb
            .selectFrom('webhooks_deliveries')
            .select((e) => e.fn.min('id').as('id'))
            .where('endpoint', '=', name)
            .where('state', 'in', ['queued', 'sending']),
        )
        .executeTakeFirst()
      const states = (['queued', 'sending', 'failed'] as const).map((s) => ({
        state: s,
        count: Number(counted.find((c) => c.endpoint === name && c.state === s)?.n ?? 0),
      }))
      return { endpoint: name, states, oldestAt: oldest ? Number(oldest.created_at) : null }
    }),
  )
}

/** Which deliveries a list shows. */
export interface DeliveryQuery {
  readonly endpoint?: string
  readonly state?: DeliveryState
  /** ms UTC. */
  readonly since?: number
  /** Id of the last one of the page before. */
  readonly before?: string
  readonly limit: number
}

/** Newest first. */
export async function deliveryRows(db: Kysely<Tables>, query: DeliveryQuery): Promise<readonly DeliveryRow[]> {
  const { endpoint, state, since, before } = query
  return db
    .selectFrom('webhooks_deliveries')
    .selectAll()
    .$if(endpoint !== undefined, (q) => q.where('endpoint', '=', endpoint ?? ''))
    .$if(state !== undefined, (q) => q.where('state', '=', state ?? 'queued'))
    .$if(since !== undefined, (q) => q.where('created_at', '>=', since ?? 0))
    .$if(before !== undefined, (q) => q.where('id', '<', before ?? ''))
    .orderBy('id', 'desc')
    .limit(query.limit)
    .execute()
}

/** A delivery by its id. */
export async function deliveryById(db: Kysely<Tables>, id: string): Promise<DeliveryRow | undefined> {
  return db.selectFrom('webhooks_deliveries').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Attempts of a delivery, in their order. */
export async function attemptsOf(db: Kysely<Tables>, deliveryId: string) {
  return db
    .selectFrom('webhooks_attempts')
    .select(['number', 'at', 'ms', 'status', 'error', 'response'])
    .where('delivery_id', '=', deliveryId)
    .orderBy('number')
    .execute()
}

/** Forgets deliveries that were finished before an instant (ms UTC). */
export async function pruneDeliveries(tx: Tx, before: number): Promise<void> {
  await tx.db.deleteFrom('webhooks_deliveries').where('finished_at', '<', before).execute()
}

/** Forgets what was sent of a case. */
export async function forgetCase(tx: Tx, caseId: string): Promise<void> {
  await tx.db.deleteFrom('webhooks_deliveries').where('case_id', '=', caseId).execute()
}
