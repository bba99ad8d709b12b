// The transports that the configuration names: `default`, and `copy:<mailbox id>` for each mailbox with a copy.
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import XOAuth2 from 'nodemailer/lib/xoauth2'
import type { Clock } from '../../base/clock.ts'
import type { Config, MailServerConfig, OAuthConfig, TransportConfig } from '../../base/config/types.ts'
import type { Transport } from '../../engine/outbox/transport.ts'
import { directoryTransport } from './directory.ts'
import { defaultTimeouts } from './next-hop.ts'
import type { NextHop } from './next-hop.ts'
import { SmtpPool } from './pool.ts'

/**
 * Name (the `transport` column of the outbox) to transport. Those `before` that would be built the same are kept with their connections.
 * Connects to nobody yet; throws where the file of `tls_ca` cannot be read.
 */
export function transportsFrom(
  clock: Clock,
  config: Pick<Config, 'hostname' | 'outgoing' | 'mailboxes'>,
  before: ReadonlyMap<string, NamedTransport> = new Map(),
): ReadonlyMap<string, NamedTransport> {
  const copies = [...config.mailboxes.values()].flatMap((mailbox) => {
    if (!mailbox.copy) return []
    // For whom and when is told with each mail.
    const { to: _to, when: _when, ...server } = mailbox.copy
    return [[`copy:${mailbox.id}`, server] as const]
  })
  return new Map(
    [['default', config.outgoing.transport] as const, ...copies].map(([name, to]) => {
      const madeOf = hash('sha256', JSON.stringify([config.hostname, to, caOf(to)]), 'hex')
      const old = before.get(name)
      return [name, old?.madeOf === madeOf ? old : transportFrom(clock, config.hostname, to, madeOf)]
    }),
  )
}

/** A transport and how many mails it takes at a time. */
export interface NamedTransport {
  readonly transport: Transport
  readonly concurrency: number
  /** Equal for those that are built of the same; says nothing of the secrets among it. */
  readonly madeOf: string
}

function transportFrom(clock: Clock, localName: string, to: TransportConfig, madeOf: string): NamedTransport {
  if (to.transport === 'directory') return { transport: directoryTransport(to.path), concurrency: 4, madeOf }
  const transport = new SmtpPool(clock, nextHopFrom(localName, to))
  return { transport, concurrency: to.connections, madeOf }
}

const caOf = (to: TransportConfig): string => ('tls_ca' in to && to.tls_ca !== undefined ? readFileSync(to.tls_ca, 'utf8') : '')

/** `connect_timeout` bounds the connection and, at the usual 10 s, three times as long its greeting; the reply to the final dot may take five times `reply_timeout`. */
export function nextHopFrom(localName: string, to: MailServerConfig): NextHop {
  return {
    protocol: to.transport,
    at: to.server.kind === 'unix' ? { path: to.server.path } : { host: to.server.host, port: to.server.port },
    localName,
    tls: to.tls,
    verify: to.tls === 'required' || to.tls === 'implicit',
    ...(to.tls_ca === undefined ? {} : { ca: readFileSync(to.tls_ca, 'utf8') }),
    ...(to.auth ? { auth: 'oauth' in to.auth ? { user: to.auth.user, oauth2: tokensOf(to.auth.user, to.auth.oauth) } : to.auth } : {}),
    timeouts: {
      ...defaultTimeouts,
      connect: to.connect_timeout,
      greeting: to.connect_timeout * 3,
      command: to.reply_timeout,
      dot: to.reply_timeout * 5,
    },
  }
}

/** Fetches access tokens and keeps each as long as it is good, for all connections to this hop. */
function tokensOf(user: string, from: OAuthConfig): XOAuth2 {
  return new XOAuth2({
    user,
    accessUrl: from.token_url,
    clientId: from.client_id,
    clientSecret: from.client_secret,
    refreshToken: from.refresh_token,
  })
}
