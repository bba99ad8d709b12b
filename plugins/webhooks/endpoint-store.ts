// Queries on the rows of endpoints: settings of those that the API made, keys and state of all.
import type { Kysely } from 'kysely'
import type { Tables, Tx } from '../../core/plugin.ts'
import type { StoredSettings } from './settings.ts'
import type { EndpointRow } from './tables.ts'

/** What a row of an endpoint begins with. */
export interface NewEndpoint {
  readonly name: string
  readonly source: 'config' | 'api'
  /** JSON of StoredSettings; '{}' for those of the file. */
  readonly settings: string
  /** JSON of StoredSecret[]. */
  readonly secrets: string
}

/** All endpoints by name. */
export async function endpointRows(db: Kysely<Tables>): Promise<readonly EndpointRow[]> {
  return db.selectFrom('webhooks_endpoints').selectAll().orderBy('name').execute()
}

/** Adds an active endpoint; false: there is one of that name. */
export async function insertEndpoint(tx: Tx, endpoint: NewEndpoint): Promise<boolean> {
  const row = await tx.db
    .insertInto('webhooks_endpoints')
    .values({ ...endpoint, state: 'active', reason: null, failing_since: null, disabled_at: null, created_at: tx.now })
    .onConflict((c) => c.doNothing())
    .returning('name')
    .executeTakeFirst()
  return row !== undefined
}

/** Takes an endpoint away with everything that was still to be sent to it. */
export async function deleteEndpoint(tx: Tx, name: string): Promise<void> {
  await tx.db.deleteFrom('webhooks_deliveries').where('endpoint', '=', name).execute()
  await tx.db.deleteFrom('webhooks_endpoints').where('name', '=', name).execute()
}

/** What stands in the row of an endpoint that the API made. */
export async function storedSettings(tx: Tx, name: string): Promise<StoredSettings> {
  const { settings } = await tx.db.selectFrom('webhooks_endpoints').select('settings').where('name', '=', name).executeTakeFirstOrThrow()
  return JSON.parse(settings) as StoredSettings // written by `setSettings` and `insertEndpoint` alone
}

/** Sets it (JSON of StoredSettings). */
export async function setSettings(tx: Tx, name: string, settings: string): Promise<void> {
  await tx.db.updateTable('webhooks_endpoints').set({ settings }).where('name', '=', name).execute()
}

/** Sets the secrets of an endpoint (JSON of StoredSecret[]). */
export async function setSecrets(tx: Tx, name: string, secrets: string): Promise<void> {
  await tx.db.updateTable('webhooks_endpoints').set({ secrets }).where('name', '=', name).execute()
}

/** Switches an active endpoint off; false: it was off. */
export async function markDisabled(tx: Tx, name: string, reason: string): Promise<boolean> {
  const row = await tx.db
    .updateTable('webhooks_endpoints')
    .set({ state: 'disabled', reason, disabled_at: tx.now })
    .where('name', '=', name)
    .where('state', '=', 'active')
    .returning('name')
    .executeTakeFirst()
  return row !== undefined
}

/** Switches a disabled endpoint on, and makes due now what waits for it; false: it was on. */
export async function markEnabled(tx: Tx, name: string): Promise<boolean> {
  const row = await tx.db
    .updateTable('webhooks_endpoints')
    .set({ state: 'active', reason: null, disabled_at: null, failing_since: null })
    .where('name', '=', name)
    .where('state', '=', 'disabled')
    .returning('name')
    .executeTakeFirst()
  if (!row) return false
  await tx.db
    .updateTable('webhooks_deliveries')
    .set({ next_at: tx.now, failed: 0 })
    .where('endpoint', '=', name)
    .where('state', '=', 'queued')
    .execute()
  return true
}
