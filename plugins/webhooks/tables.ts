// Endpoints and deliveries: a row for each event and endpoint, written with the event, its body fixed; a row for each attempt.
import type { Insertable, Selectable } from 'kysely'
import type { Migration } from '../../core/plugin.ts'

declare module '../../core/store/tables.ts' {
  interface Tables {
    webhooks_endpoints: EndpointTable
    webhooks_deliveries: DeliveryTable
    webhooks_attempts: AttemptTable
  }
}

/** One row for each endpoint that was ever in the file or was made over the API; times are ms UTC. */
export interface EndpointTable {
  name: string
  /** config: its settings stand in the file; api: in `settings`. */
  source: 'config' | 'api'
  /** JSON: EndpointSettings as the API takes them. */
  settings: string
  /** JSON: [{ secret, until }], the newest first; `until` null for the one in force. */
  secrets: string
  state: 'active' | 'disabled'
  /** Why it is disabled, for people. */
  reason: string | null
  /** First failure since the last success. */
  failing_since: number | null
  disabled_at: number | null
  created_at: number
}

/**
 * queued: waits for `next_at`. sending: claimed until `lease_until`, then anybody may claim it again (the process died; the receiver
 * may get it twice under the same id). delivered. failed: given up, a dead letter that can be retried or replayed.
 */
export type DeliveryState = 'queued' | 'sending' | 'delivered' | 'failed'

/** One row for each event and endpoint; times are ms UTC. */
export interface DeliveryTable {
  /** The webhook-id. */
  id: string
  endpoint: string
  event_id: string
  type: string
  mailbox: string | null
  case_id: string | null
  case_seq: number | null
  /** What is sent, to the byte, in every attempt. */
  body: string
  state: DeliveryState
  /** Failed attempts of this round; a manual retry begins a new one. */
  failed: number
  attempts: number
  next_at: number
  lease_until: number
  /** Grows with every claim: the result of an earlier claim is not written. */
  token: number
  /** Status and error of the last attempt. */
  status: number | null
  error: string | null
  created_at: number
  finished_at: number | null
}

/** One row for each attempt of a delivery; `at` is ms UTC, `ms` how long it took. */
export interface AttemptTable {
  delivery_id: string
  number: number
  at: number
  ms: number
  status: number | null
  error: string | null
  /** The first characters of what a refusal said. */
  response: string | null
}

/** An endpoint as it is read. */
export type EndpointRow = Selectable<EndpointTable>

/** A delivery as it is read. */
export type DeliveryRow = Selectable<DeliveryTable>

/** A delivery as it is stored. */
export type NewDelivery = Insertable<DeliveryTable>

/** Makes these tables, in order. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-webhooks',
    async up(db) {
      await db.schema
        .createTable('webhooks_endpoints')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('source', 'text', (c) => c.notNull())
        .addColumn('settings', 'text', (c) => c.notNull())
        .addColumn('secrets', 'text', (c) => c.notNull())
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('reason', 'text')
        .addColumn('failing_since', 'bigint')
        .addColumn('disabled_at', 'bigint')
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .execute()
      await db.schema
        .createTable('webhooks_deliveries')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('endpoint', 'text', (c) => c.notNull())
        .addColumn('event_id', 'text', (c) => c.notNull())
        .addColumn('type', 'text', (c) => c.notNull())
        .addColumn('mailbox', 'text')
        .addColumn('case_id', 'text')
        .addColumn('case_seq', 'integer')
        .addColumn('body', 'text', (c) => c.notNull())
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('failed', 'integer', (c) => c.notNull())
        .addColumn('attempts', 'integer', (c) => c.notNull())
        .addColumn('next_at', 'bigint', (c) => c.notNull())
        .addColumn('lease_until', 'bigint', (c) => c.notNull())
        .addColumn('token', 'integer', (c) => c.notNull())
        .addColumn('status', 'integer')
        .addColumn('error', 'text')
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('finished_at', 'bigint')
        .addUniqueConstraint('webhooks_one_per_event', ['endpoint', 'event_id'])
        .execute()
      await db.schema.createIndex('webhooks_due').on('webhooks_deliveries').columns(['endpoint', 'state', 'next_at', 'id']).execute()
      await db.schema.createIndex('webhooks_by_case').on('webhooks_deliveries').columns(['case_id', 'endpoint', 'state']).execute()
      await db.schema.createIndex('webhooks_by_age').on('webhooks_deliveries').columns(['finished_at']).execute()
      await db.schema
        .createTable('webhooks_attempts')
        .addColumn('delivery_id', 'text', (c) => c.notNull().references('webhooks_deliveries.id').onDelete('cascade'))
        .addColumn('number', 'integer', (c) => c.notNull())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addColumn('ms', 'integer', (c) => c.notNull())
        .addColumn('status', 'integer')
        .addColumn('error', 'text')
        .addColumn('response', 'text')
        .addPrimaryKeyConstraint('webhooks_attempts_key', ['delivery_id', 'number'])
        .execute()
    },
  },
]
