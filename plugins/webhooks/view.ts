// Endpoints and deliveries as the API and the command line show them; secrets never among them.
import { PosternError } from '../../core/plugin.ts'
import type { Tables } from '../../core/plugin.ts'
import type { Kysely } from 'kysely'
import { readEndpoints } from './endpoints.ts'
import type { WebhookHost } from './endpoints.ts'
import { handedOver } from './signature.ts'
import type { DeliveryRow } from './tables.ts'
import { attemptsOf, countWaiting, deliveryById, deliveryRows } from './delivery-store.ts'
import type { DeliveryQuery } from './delivery-store.ts'

/**
 * All endpoints with how many deliveries wait and failed; times are ISO 8601, and `gone` is the state of one that no longer stands in the
 * file.
 */
export async function endpointViews(host: WebhookHost, db: Kysely<Tables>) {
  const waiting = await countWaiting(db)
  const count = (name: string, states: readonly string[]): number =>
    waiting.filter((w) => w.endpoint === name && states.includes(w.state)).reduce((sum, w) => sum + Number(w.n), 0)
  return [...(await readEndpoints(host, db)).values()].map(
    ({ name, source, settings, secrets, state, reason, failingSince, disabledAt }) => ({
      ...{
        name,
        source,
        state: settings ? state : ('gone' as const),
        reason,
        failing_since: iso(failingSince),
        disabled_at: iso(disabledAt),
      },
      ...{
        url: settings?.url ?? null,
        events: settings?.events ?? [],
        mailboxes: settings?.mailboxes ?? [],
        tags: settings?.tags ?? [],
        payload: settings?.payload ?? 'full',
        ordered: settings?.ordered ?? false,
        // As they were written: secrets stand there by their names.
        headers: settings?.headers ?? {},
        format: settings?.format ?? ('standard' as const),
      },
      ...{ signature: settings?.signature ?? 'v1', public_key: publicKeyOf(secrets[0]?.secret ?? '') },
      waiting: count(name, ['queued', 'sending']),
      failed: count(name, ['failed']),
    }),
  )
}

/** Newest first, without bodies. */
export async function listDeliveries(db: Kysely<Tables>, query: DeliveryQuery) {
  return (await deliveryRows(db, query)).map(deliveryView)
}

/** With its body and its attempts. Throws `not_found`. */
export async function deliveryDetail(db: Kysely<Tables>, id: string) {
  const row = await deliveryById(db, id)
  if (!row) throw new PosternError('not_found', `there is no delivery ${id}`)
  const attempts = await attemptsOf(db, id)
  // Written by payload.ts.
  return {
    ...deliveryView(row),
    body: JSON.parse(row.body) as unknown,
    log: attempts.map((a) => ({ ...a, at: new Date(a.at).toISOString() })),
  }
}

function deliveryView(d: DeliveryRow) {
  const { id, endpoint, type, mailbox, state, attempts, status, error } = d
  return {
    id,
    endpoint,
    event: d.event_id,
    type,
    mailbox,
    case: d.case_id,
    state,
    attempts,
    next_at: iso(state === 'queued' ? d.next_at : null),
    status,
    error,
    created_at: new Date(d.created_at).toISOString(),
    finished_at: iso(d.finished_at),
  }
}

function publicKeyOf(secret: string): string | null {
  const handed = handedOver(secret)
  return 'public_key' in handed ? handed.public_key : null
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())
