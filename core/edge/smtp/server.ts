// A listening SMTP or LMTP server: lets in whom it may, holds the sessions, and stops without breaking a message off.
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { Clock } from '../../base/clock.ts'
import { sleep } from '../../base/clock.ts'
import type { Counters } from '../../base/counters.ts'
import { describeError, errorKind } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Acceptor } from '../../engine/acceptor.ts'
import type { FreeSpace } from './free-space.ts'
import { listen } from './listen.ts'
import type { ListenOn } from './listen.ts'
import { memoryOf } from './memory.ts'
import { Session } from './session.ts'
import type { SessionContext } from './session.ts'

export interface SmtpServerOptions {
  readonly protocol: 'smtp' | 'lmtp'
  readonly listen: ListenOn
  /** Our name in the greeting. */
  readonly hostname: string
  /** Whether a peer with this IP address may speak to us; asked at connect, so a reload works at once. Unix sockets are always let in: their file mode decides. */
  readonly allowed: (address: string) => boolean
  readonly maxSizeBytes: number
  readonly acceptor: Pick<Acceptor, 'resolve' | 'accept'>
  readonly freeSpace: FreeSpace
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
  readonly tls?: SecureContext
  /** 5 min by default (RFC 5321 §4.5.3.2.7). */
  readonly idleMs?: number
  /** 200 by default; more are answered 421. */
  readonly maxConnections?: number
  /** Bound of all mail that is being received or committed; 256 MiB by default, and never less than one biggest mail. */
  readonly memoryBytes?: number
}

export class SmtpServer {
  readonly #options: SmtpServerOptions
  readonly #context: SessionContext
  readonly #server: Server
  readonly #sessions = new Set<Session>()
  #unix = false
  #stopped: Promise<void> | undefined
  #idle: (() => void) | undefined

  private constructor(options: SmtpServerOptions) {
    const { protocol, hostname, maxSizeBytes, acceptor, freeSpace, clock, log, counters, tls } = options
    this.#options = options
    this.#context = {
      ...{ protocol, hostname, maxSizeBytes, acceptor, freeSpace, clock, log, counters },
      memory: memoryOf(Math.max(options.memoryBytes ?? 256 * 1024 * 1024, 2 * maxSizeBytes)),
      ...(tls && { tls }),
      idleMs: options.idleMs ?? 300_000,
    }
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#connected(socket))
  }

  /** Resolves when connections are taken; throws where the place cannot be had. */
  static async start(options: SmtpServerOptions): Promise<SmtpServer> {
    const server = new SmtpServer(options)
    await listen(server.#server, options.listen)
    // An inherited unix socket has no address to Node either.
    server.#unix = typeof server.#server.address() !== 'object' || server.#server.address() === null
    server.#server.on('error', (error) => options.log.error({ reason: describeError(error) }, 'listener failed'))
    return server
  }

  /** The port it listens on; undefined for a unix socket. */
  get port(): number | undefined {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : undefined
  }

  /** Open conversations. */
  get connections(): number {
    return this.#sessions.size
  }

  /**
   * Takes no more connections, says 421 to idle peers, lets messages in flight come to their reply for at most `graceMs`, then cuts. Harmless twice.
   */
  stop(graceMs = 20_000): Promise<void> {
    this.#stopped ??= this.#stop(graceMs)
    return this.#stopped
  }

  async #stop(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    const idle = new Promise<void>((resolve) => (this.#idle = resolve))
    for (const session of this.#sessions) session.stop()
    const patience = new AbortController()
    if (this.#sessions.size > 0) await Promise.race([idle, sleep(this.#options.clock, graceMs, patience.signal)])
    patience.abort()
    for (const session of this.#sessions) session.destroy()
    await closed
  }

  #connected(socket: Socket): void {
    const { counters, log, allowed, maxConnections = 200 } = this.#options
    const address = socket.remoteAddress ?? ''
    const refuse = (line: string, reason: string): void => {
      counters.inc('postern_smtp_connections_total', { result: reason })
      log.warn({ peer: address, reason }, 'connection refused')
      socket.on('error', () => {})
      socket.end(`${line}\r\n`, () => socket.destroy())
    }
    if (!this.#unix && !allowed(address)) return refuse(`${errorKind('peer_refused').smtp} ${errorKind('peer_refused').public}`, 'peer_refused')
    if (this.#stopped) return refuse(`${errorKind('stopping').smtp} ${errorKind('stopping').public}`, 'stopping')
    if (this.#sessions.size >= maxConnections) return refuse('421 4.3.2 Too many connections, try again later', 'too_many')
    counters.inc('postern_smtp_connections_total', { result: 'accepted' })
    const session: Session = new Session(socket, this.#unix ? 'unix' : address, this.#context, () => {
      this.#sessions.delete(session)
      if (this.#sessions.size === 0) this.#idle?.()
    })
    this.#sessions.add(session)
  }
}
