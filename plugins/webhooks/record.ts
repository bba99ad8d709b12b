// Writes a delivery for each event and endpoint that wants it, in the transaction of the event.
import type { PosternEvent, Tx } from '../../core/plugin.ts'
import { publicUrl } from '../../core/plugin.ts'
import { endpointsOf, matches } from './endpoints.ts'
import type { Endpoint, WebhookHost } from './endpoints.ts'
import { Bodies } from './payload.ts'
import type { NewDelivery } from './tables.ts'
import { insertDeliveries } from './delivery-store.ts'

/** Stores them; disabled endpoints get none. */
export async function recordDeliveries(host: WebhookHost, tx: Tx, events: readonly PosternEvent[]): Promise<void> {
  const endpoints = [...(await endpointsOf(host, tx)).values()].filter((e) => e.state === 'active')
  if (endpoints.length === 0) return
  const rows: NewDelivery[] = []
  for (const event of events) for (const one of await deliveriesOf(host, tx, event, endpoints)) rows.push(one)
  await insertDeliveries(tx, rows)
}

/** New rows for those of the endpoints that want the event. */
export async function deliveriesOf(
  host: WebhookHost,
  tx: Tx,
  event: PosternEvent,
  endpoints: readonly Endpoint[],
): Promise<readonly NewDelivery[]> {
  const bodies = new Bodies(tx, event, host.registry.events.get(event.type)?.version ?? 1, publicUrl(host.config))
  const rows: NewDelivery[] = []
  let tags: readonly string[] | undefined
  const only = event.type === 'webhook.called' && 'endpoint' in event.data ? event.data.endpoint : null
  for (const { name, settings } of endpoints) {
    if (only !== null && name !== only) continue
    if (!settings?.events.some((pattern) => matches(pattern, event.type))) continue
    if (settings.mailboxes.length > 0 && (event.mailbox === null || !settings.mailboxes.includes(event.mailbox))) continue
    if (settings.tags.length > 0) {
      tags ??= event.caseId === null ? [] : await tx.cases.tags(event.caseId)
      if (!settings.tags.some((tag) => tags?.includes(tag.trim().toLowerCase()))) continue
    }
    rows.push({
      ...{
        id: `msg_${host.ids.next()}`,
        endpoint: name,
        event_id: event.id,
        type: event.type,
        mailbox: event.mailbox,
        case_id: event.caseId,
        case_seq: event.caseSeq,
        body: await bodies.in(settings.format, settings.payload),
      },
      ...{
        state: 'queued',
        failed: 0,
        attempts: 0,
        next_at: tx.now,
        lease_until: 0,
        token: 0,
        status: null,
        error: null,
        created_at: tx.now,
        finished_at: null,
      },
    })
  }
  return rows
}
