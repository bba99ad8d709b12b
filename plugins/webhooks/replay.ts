// Sends again, or for the first time, what happened in a span of time.
import { PosternError, parseDuration, systemOrigin } from '../../core/plugin.ts'
import type { EventType, Origin, PosternEvent, Tx } from '../../core/plugin.ts'
import { endpointNamed } from './endpoints.ts'
import type { WebhookHost } from './endpoints.ts'
import { deliveriesOf } from './record.ts'
import { deliveriesOfEvents, eventsBetween, insertDeliveries, queueAgain } from './delivery-store.ts'

/** Which events an endpoint (by name) is to get again. */
export interface Replay {
  readonly endpoint: string
  /** ms UTC. */
  readonly since: number
  readonly until: number
  /** What was delivered as well. */
  readonly all: boolean
}

/** Events in one transaction, so that nobody else waits long. */
const batch = 200

/** Queues dead letters and what was never sent (the endpoint was disabled or not there); how many. The ids of deliveries stay what they were. */
export async function replay(host: WebhookHost, order: Replay): Promise<number> {
  let after = idAt(order.since)
  let queued = 0
  for (;;) {
    const done = await host.transact(systemOrigin, (tx) => oneBatch(host, tx, order, after))
    queued += done.queued
    if (done.last === null) return queued
    after = done.last
  }
}

async function oneBatch(
  host: WebhookHost,
  tx: Tx,
  order: Replay,
  after: string,
): Promise<{ readonly queued: number; readonly last: string | null }> {
  const endpoint = await endpointNamed(host, tx, order.endpoint)
  if (endpoint.state === 'disabled') throw new PosternError('conflict', `"${order.endpoint}" is disabled; enable it first`)
  const rows = await eventsBetween(tx, after, idAt(order.until + 1), batch)
  const known = await deliveriesOfEvents(
    tx,
    order.endpoint,
    rows.map((r) => r.id),
  )
  const again = known.filter((d) => d.state === 'failed' || (order.all && d.state === 'delivered'))
  await queueAgain(
    tx,
    again.map((d) => d.id),
  )
  const have = new Set(known.map((d) => d.event_id))
  let made = 0
  for (const row of rows) {
    if (have.has(row.id)) continue
    // Both columns are written by the engine from typed events.
    const event: PosternEvent = {
      id: row.id,
      type: row.type as EventType,
      caseId: row.case_id,
      caseSeq: row.case_seq,
      mailbox: row.mailbox,
      data: JSON.parse(row.data) as PosternEvent['data'],
      origin: JSON.parse(row.origin) as Origin,
      depth: row.depth,
      at: row.created_at,
    }
    const deliveries = await deliveriesOf(host, tx, event, [endpoint])
    await insertDeliveries(tx, deliveries)
    made += deliveries.length
  }
  return { queued: again.length + made, last: rows.length < batch ? null : (rows.at(-1)?.id ?? null) }
}

/** Smaller than every id made at or after this ms, not smaller than any made before (UUIDv7). */
function idAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}

/** ms UTC of an ISO time, or of a duration before now. Throws `invalid`. */
export function timeOf(text: string, now: number): number {
  const ago = parseDuration(text)
  const at = ago === undefined ? Date.parse(text) : now - ago
  if (Number.isNaN(at)) throw new PosternError('invalid', `"${text}" is neither a time nor a duration`)
  return Math.max(0, at)
}
