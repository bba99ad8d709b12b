// Puts the checked parts together: what the file leaves to defaults elsewhere is filled in, alternatives become tagged.
import { retentionOf } from './retention-schema.ts'
import os from 'node:os'
import path from 'node:path'
import { localeOf } from '../locale.ts'
import type { Locale } from '../locale.ts'
import type { CheckedConfig } from './schema.ts'
import type { Bind, BlobStorageConfig, Config, MailServerConfig, PluginConfig, TransportConfig } from './types.ts'

/** The Config of a checked file; deeply frozen. The file has passed checkReferences, so its alternatives are complete. */
export function buildConfig(checked: CheckedConfig, file: string, plugins: readonly PluginConfig[]): Config {
  const entries = <T, U>(record: Readonly<Record<string, T>>, make: (id: string, item: T) => U): ReadonlyMap<string, U> =>
    new Map(Object.entries(record).map(([id, item]) => [id, deepFreeze(make(id, item))]))
  const { timezone } = checked
  const language = checked.locale
  const spoken = (tag = language): { readonly locale: Locale; readonly language: string } => ({
    locale: localeOf(tag) ?? 'en',
    language: tag,
  })
  const { message_size, free_space } = checked.limits
  return deepFreeze({
    file,
    name: checked.name,
    hostname: checked.hostname ?? machineName(),
    ...spoken(),
    timezone,
    data: checked.data,
    log: checked.log,
    listeners: checked.listeners.map((listener) => ({
      protocol: listener.protocol,
      bind: bindOf(listener),
      peers: listener.peers,
      ...(listener.tls && { tls: listener.tls }),
    })),
    http: checked.http,
    database:
      checked.database.postgres !== undefined
        ? { kind: 'postgres', url: checked.database.postgres, pool: checked.database.pool }
        : { kind: 'sqlite', path: checked.database.sqlite ?? path.join(checked.data, 'postern.db') },
    blobs: {
      storage: storageOf(checked.blobs),
      move: checked.blobs.move,
      larger_than: checked.blobs.larger_than,
      older_than: checked.blobs.older_than,
    },
    limits: { ...checked.limits, free_space: Math.max(free_space, Math.ceil(message_size * 1.5)) },
    intake: checked.intake,
    outgoing: {
      transport: transportOf(checked.outgoing, checked.data),
      ...(checked.outgoing.bounce_address !== undefined && { bounce_address: checked.outgoing.bounce_address }),
      retry: checked.outgoing.retry,
      give_up: checked.outgoing.give_up,
      delay_notice: checked.outgoing.delay_notice,
      unknown: checked.outgoing.unknown,
    },
    mailboxes: entries(checked.mailboxes, (id, { copy, ...mailbox }) => ({
      ...mailbox,
      id,
      name: mailbox.name ?? id,
      ...spoken(mailbox.locale),
      timezone: mailbox.timezone ?? timezone,
      ...(copy && { copy: { ...mailServer(copy.transport, copy), to: copy.to ?? mailbox.address, when: copy.when } }),
    })),
    agents: entries(checked.agents, (id, agent) => ({
      ...agent,
      id,
      ...spoken(agent.locale),
      timezone: agent.timezone ?? timezone,
    })),
    groups: entries(checked.groups, (id, group) => ({
      ...group,
      id,
      name: group.name ?? id,
      mailboxes: group.mailboxes ?? Object.keys(checked.mailboxes),
    })),
    budget: checked.budget,
    retention: retentionOf(checked.retention),
    reload: checked.reload,
    plugins,
  })
}

type Server = Pick<
  CheckedConfig['outgoing'],
  'host' | 'port' | 'path' | 'tls' | 'tls_ca' | 'auth' | 'connections' | 'connect_timeout' | 'reply_timeout'
>

function transportOf(outgoing: CheckedConfig['outgoing'], data: string): TransportConfig {
  if (outgoing.transport === 'directory') return { transport: 'directory', path: outgoing.path ?? path.join(data, 'outgoing') }
  return mailServer(outgoing.transport, outgoing)
}

function mailServer(transport: 'smtp' | 'lmtp', from: Server): MailServerConfig {
  return {
    transport,
    server:
      from.path !== undefined
        ? { kind: 'unix', path: from.path }
        : { kind: 'tcp', host: from.host ?? '127.0.0.1', port: from.port ?? (transport === 'smtp' ? 25 : 24) },
    tls: from.path !== undefined ? 'off' : from.tls,
    ...(from.tls_ca !== undefined && { tls_ca: from.tls_ca }),
    ...(from.auth && { auth: authOf(from.auth) }),
    connections: from.connections,
    connect_timeout: from.connect_timeout,
    reply_timeout: from.reply_timeout,
  }
}

/** One of the two is there, and not both: see references.ts. */
function authOf({ user, pass, oauth }: NonNullable<Server['auth']>): NonNullable<MailServerConfig['auth']> {
  return oauth ? { user, oauth } : { user, pass: pass ?? '' }
}

/** Not both are there: see references.ts. */
function storageOf({ directory, s3 }: CheckedConfig['blobs']): BlobStorageConfig | null {
  if (s3) return { kind: 's3', ...s3 }
  return directory === undefined ? null : { kind: 'directory', path: directory }
}

function bindOf(listener: CheckedConfig['listeners'][number]): Bind {
  if (listener.path !== undefined) return { kind: 'unix', path: listener.path, mode: Number.parseInt(listener.mode, 8) }
  if (listener.socket !== undefined) return { kind: 'systemd', name: listener.socket }
  return { kind: 'tcp', host: listener.host, port: listener.port ?? 0 }
}

function machineName(): string {
  const name = os.hostname()
  return /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/.test(name) ? name : 'localhost'
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value) && !(value instanceof Map)) {
    Object.freeze(value)
    for (const item of Object.values(value)) deepFreeze(item)
  }
  return value
}
