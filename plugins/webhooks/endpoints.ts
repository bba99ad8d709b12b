// The endpoints in force: settings from the file or the row, keys and state from the row.
import { PosternError } from '../../core/plugin.ts'
import type { Host, Tables, Tx } from '../../core/plugin.ts'
import type { Kysely } from 'kysely'
import { complete } from './settings.ts'
import type { EndpointSettings, StoredSettings, WebhookSettings } from './settings.ts'
import { handedOver, keyOf, newSecret, schemeOf } from './signature.ts'
import type { SigningKey } from './signature.ts'
import { targetOf } from './target.ts'
import type { TargetRules } from './target.ts'
import type { EndpointRow } from './tables.ts'
import { deleteEndpoint, endpointRows, insertEndpoint, setSecrets, setSettings, storedSettings } from './endpoint-store.ts'
import { headerProblem } from './own-headers.ts'

/** The host of this plugin, with its settings. */
export type WebhookHost = Host<WebhookSettings>

/** One endpoint as it is in force; times are ms UTC. `reason` says in words why it is disabled. */
export interface Endpoint {
  readonly name: string
  readonly source: 'config' | 'api'
  /** null: it stood in the file once and does no more. */
  readonly settings: EndpointSettings | null
  readonly secrets: readonly StoredSecret[]
  readonly state: 'active' | 'disabled'
  readonly reason: string | null
  readonly failingSince: number | null
  readonly disabledAt: number | null
}

interface StoredSecret {
  readonly secret: string
  /** Old ones are good until then. */
  readonly until: number | null
}

/** How long, and how many of them, old secrets stay good after a rotation. */
const oldSecretMs = 86_400_000
const oldSecrets = 2

/** All endpoints by name. Inside a transaction those of the file that have no row yet get one. */
export async function endpointsOf(host: WebhookHost, tx: Tx): Promise<ReadonlyMap<string, Endpoint>> {
  const found = await readEndpoints(host, tx.db)
  let changed = false
  for (const [name, settings] of Object.entries(host.settings.endpoints)) {
    const row = found.get(name)
    if (!row) {
      await insertEndpoint(tx, {
        name,
        source: 'config',
        settings: '{}',
        secrets: JSON.stringify([{ secret: settings.secret ?? newSecret(settings.signature), until: null }]),
      })
    } else if (settings.secret !== undefined && row.secrets[0]?.secret !== settings.secret) {
      await storeSecrets(tx, name, rotated(row.secrets, settings.secret, tx.now))
    } else if (settings.secret === undefined && row.secrets[0] && schemeOf(row.secrets[0].secret) !== settings.signature) {
      // Signed with both for a day, so that the receiver can change over.
      await storeSecrets(tx, name, rotated(row.secrets, newSecret(settings.signature), tx.now))
    } else continue
    changed = true
  }
  return changed ? readEndpoints(host, tx.db) : found
}

/** All endpoints that have a row, by name; it writes nothing. See `endpointsOf` for those of the file that have none yet. */
export async function readEndpoints(host: WebhookHost, db: Kysely<Tables>): Promise<ReadonlyMap<string, Endpoint>> {
  const rows = await endpointRows(db)
  return new Map(rows.map((row) => [row.name, endpointOf(host, row)]))
}

/** Throws `not_found`. */
export async function endpointNamed(host: WebhookHost, tx: Tx, name: string): Promise<Endpoint> {
  const endpoint = (await endpointsOf(host, tx)).get(name)
  if (!endpoint) throw new PosternError('not_found', `there is no webhook endpoint "${name}"`)
  return endpoint
}

function endpointOf(host: WebhookHost, row: EndpointRow): Endpoint {
  const inFile = Object.hasOwn(host.settings.endpoints, row.name) ? host.settings.endpoints[row.name] : undefined
  // Both columns are written by this file only.
  const settings = inFile ?? (row.source === 'api' ? complete(JSON.parse(row.settings) as StoredSettings) : null)
  return {
    name: row.name,
    source: inFile ? 'config' : row.source,
    settings,
    secrets: JSON.parse(row.secrets) as readonly StoredSecret[],
    state: row.state,
    reason: row.reason,
    failingSince: row.failing_since,
    disabledAt: row.disabled_at,
  }
}

/** What the settings of an endpoint allow its URL. */
export function rulesOf(settings: Pick<EndpointSettings, 'url' | 'allow_http' | 'allow_private' | 'ports'>): TargetRules {
  return { url: settings.url, allowHttp: settings.allow_http, allowPrivate: settings.allow_private, ports: settings.ports }
}

/** Keys that sign now: the newest first, and those that were rotated out less than a day ago. */
export function keysAt(endpoint: Pick<Endpoint, 'secrets'>, now: number): readonly SigningKey[] {
  return endpoint.secrets.filter((s) => s.until === null || s.until > now).flatMap((s) => keyOf(s.secret) ?? [])
}

/** What a receiver is given. */
export type Handed = ReturnType<typeof handedOver>

/** Makes an endpoint; the answer is what its receiver is given, a secret is not shown again by the API. Throws `conflict`, `invalid`. */
export async function addEndpoint(host: WebhookHost, tx: Tx, name: string, stored: StoredSettings): Promise<Handed> {
  if (!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(name))
    throw new PosternError('invalid', `"${name}" is no name for an endpoint: lower-case letters, digits, - and _`)
  requireSound(host, tx, stored)
  const taken = new PosternError('conflict', `there is a webhook endpoint "${name}" already`)
  if ((await endpointsOf(host, tx)).has(name)) throw taken
  const secret = newSecret(stored.signature)
  const secrets = JSON.stringify([{ secret, until: null }])
  if (!(await insertEndpoint(tx, { name, source: 'api', settings: JSON.stringify(stored), secrets }))) throw taken
  return handedOver(secret)
}

/** Throws `invalid` for settings with which nothing could be sent. */
function requireSound(host: WebhookHost, tx: Tx, stored: StoredSettings): void {
  const target = targetOf(rulesOf(complete(stored)))
  if ('problem' in target) throw new PosternError('invalid', target.problem)
  const unknown = stored.events.find((pattern) => ![...host.registry.events.keys()].some((type) => matches(pattern, type)))
  if (unknown !== undefined) throw new PosternError('invalid', `there is no event "${unknown}"`)
  const mailbox = stored.mailboxes.find((id) => !tx.config.mailboxes.has(id))
  if (mailbox !== undefined) throw new PosternError('invalid', `there is no mailbox "${mailbox}"`)
  const header = headerProblem(stored.headers ?? {}, host.settings.header_secrets)
  if (header) throw new PosternError('invalid', header.message)
}

/**
 * Changes an endpoint that the API made: what is left out stays. What waits for it is sent by the new settings, in the body that it has. Another
 * signature takes a new secret, which is the answer; the old one signs too for a day. Throws `conflict` for one of the file.
 */
export async function changeEndpoint(host: WebhookHost, tx: Tx, name: string, patch: Partial<StoredSettings>): Promise<Handed | undefined> {
  const endpoint = await endpointNamed(host, tx, name)
  if (endpoint.source === 'config') throw new PosternError('conflict', `"${name}" stands in the configuration; change it there`)
  const before = await storedSettings(tx, name)
  const { allow_http: _http, allow_private: _private, ports: _ports, ...harmless } = before
  // What the command line allowed one URL, it did not allow another one: the API reaches no private network.
  const stored: StoredSettings = { ...(patch.url === undefined || patch.url === before.url ? before : harmless), ...patch }
  requireSound(host, tx, stored)
  await setSettings(tx, name, JSON.stringify(stored))
  if ((stored.signature ?? 'v1') === schemeOf(endpoint.secrets[0]?.secret ?? '')) return undefined
  const secret = newSecret(stored.signature)
  await storeSecrets(tx, name, rotated(endpoint.secrets, secret, tx.now))
  return handedOver(secret)
}

/** Takes an endpoint away with everything that was still to be sent to it. Those of the file go by being taken out there. */
export async function removeEndpoint(host: WebhookHost, tx: Tx, name: string): Promise<void> {
  const endpoint = await endpointNamed(host, tx, name)
  if (endpoint.source === 'config' && endpoint.settings)
    throw new PosternError('conflict', `"${name}" stands in the configuration; take it out there`)
  await deleteEndpoint(tx, name)
}

/** A new secret; the old one stays good for a day. */
export async function rotate(host: WebhookHost, tx: Tx, name: string): Promise<Handed> {
  const endpoint = await endpointNamed(host, tx, name)
  if (endpoint.settings?.secret !== undefined)
    throw new PosternError(
      'conflict',
      `the secret of "${name}" stands in the configuration; change it there, and the old one stays good for a day`,
    )
  const secret = newSecret(endpoint.settings?.signature)
  await storeSecrets(tx, name, rotated(endpoint.secrets, secret, tx.now))
  return handedOver(secret)
}

function rotated(before: readonly StoredSecret[], secret: string, now: number): readonly StoredSecret[] {
  const old = before
    .filter((s) => s.secret !== secret && (s.until === null || s.until > now))
    .map((s) => ({ secret: s.secret, until: s.until ?? now + oldSecretMs }))
  return [{ secret, until: null }, ...old.slice(0, oldSecrets)]
}

function storeSecrets(tx: Tx, name: string, secrets: readonly StoredSecret[]): Promise<void> {
  return setSecrets(tx, name, JSON.stringify(secrets))
}

/** `message.*` matches `message.sent`. Linear: the pattern has at most 100 characters and each star takes the shortest that fits. */
export function matches(pattern: string, type: string): boolean {
  const parts = pattern.split('*')
  let at = 0
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && index > 0) return type.length - part.length >= at && type.endsWith(part)
    const found = index === 0 ? (type.startsWith(part) ? 0 : -1) : type.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at === type.length
}
