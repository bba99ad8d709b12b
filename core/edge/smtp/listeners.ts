// The configured listeners, started together: all of them or none.
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { SecureContext } from 'node:tls'
import { addressMatcher } from '../../base/cidr.ts'
import type { Config, ListenerConfig } from '../../base/config/types.ts'
import { PosternError, describeError } from '../../base/errors.ts'
import type { Inherited } from './listen.ts'
import { mailMemory } from './memory.ts'
import { SmtpServer } from './server.ts'
import type { SmtpServerOptions } from './server.ts'

export type ListenersOptions = Pick<SmtpServerOptions, 'acceptor' | 'freeSpace' | 'clock' | 'log' | 'counters'> & {
  readonly config: Pick<Config, 'hostname' | 'listeners' | 'limits'>
  /** From `inheritedSockets`. */
  readonly inherited: Inherited
}

/** In the order of the config. Throws `config_invalid` where one cannot be started, and then none runs. */
export async function startListeners({ config, ...options }: ListenersOptions): Promise<readonly SmtpServer[]> {
  const servers: SmtpServer[] = []
  const memory = mailMemory(config.limits.message_size)
  try {
    for (const listener of config.listeners) {
      const tls = tlsContext(listener)
      servers.push(
        await SmtpServer.start({
          ...options,
          memory,
          protocol: listener.protocol,
          bind: listener.bind,
          hostname: config.hostname,
          allowed: addressMatcher(listener.peers),
          maxSizeBytes: config.limits.message_size,
          maxRecipients: config.limits.recipients,
          maxConnections: config.limits.connections,
          idleMs: config.limits.idle_timeout,
          ...(tls && { tls }),
        }),
      )
    }
    return servers
  } catch (error) {
    await Promise.all(servers.map((server) => server.stop(0)))
    throw error
  }
}

/** Reads the certificates anew, for a reload. Throws `config_invalid` before any server has changed. */
export function renewCertificates(config: Pick<Config, 'listeners'>, servers: readonly SmtpServer[]): void {
  const contexts = config.listeners.map(tlsContext)
  servers.forEach((server, i) => {
    const tls = contexts[i]
    if (tls) server.setTls(tls)
  })
}

function tlsContext({ tls }: ListenerConfig): SecureContext | undefined {
  if (!tls) return undefined
  try {
    return createSecureContext({ cert: readFileSync(tls.cert), key: readFileSync(tls.key), minVersion: 'TLSv1.2' })
  } catch (cause) {
    throw new PosternError('config_invalid', `the certificate ${tls.cert} with the key ${tls.key} cannot be used: ${describeError(cause)}`, { cause })
  }
}
