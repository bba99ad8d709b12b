// A listening SMTP or LMTP server: lets in whom it may, holds the sessions, and stops without breaking a message off.
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { Clock } from '../../base/clock.ts'
import { sleep } from '../../base/clock.ts'
import type { Bind } from '../../base/config/types.ts'
import type { Counters } from '../../base/counters.ts'
import { PosternError, describeError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { replyTo } from './dialogue.ts'
import type { Accepting } from './dialogue.ts'
import type { FreeSpace } from './free-space.ts'
import { listen } from './listen.ts'
import type { Inherited } from './listen.ts'
import { mailMemory } from './memory.ts'
import type { Memory } from './memory.ts'
import { Session } from './session.ts'
import type { SessionContext } from './session.ts'

export interface SmtpServerOptions {
  readonly protocol: 'smtp' | 'lmtp'
  readonly bind: Bind
  /** Sockets that systemd handed over, for a bind of kind `systemd`. */
  readonly inherited?: Inherited
  /** Our name in the greeting. */
  readonly hostname: string
  /** Whether a peer with this IP address may speak to us; asked at connect, so a reload works at once. Unix sockets are always let in: their file mode decides. */
  readonly allowed: (address: string) => boolean
  readonly maxSizeBytes: number
  readonly acceptor: Accepting
  readonly freeSpace: FreeSpace
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
  readonly tls?: SecureContext
  /** 5 min by default (RFC 5321 §4.5.3.2.7). */
  readonly idleMs?: number
  /** Recipients of one mail; 500 by default (RFC 5321 §4.5.3.1.8 asks for 100). More are answered 452, and the sender sends another mail. */
  readonly maxRecipients?: number
  /** 100 by default; more are answered 421. */
  readonly maxConnections?: number
  /** What bounds the mail being received or committed, where several servers share it; by default one of its own. */
  readonly memory?: Memory
}

export class SmtpServer {
  readonly #options: SmtpServerOptions
  readonly #memory: Memory
  readonly #sessions = new Set<Session>()
  #servers: readonly Server[] = []
  #stopped: Promise<void> | undefined
  #idle: (() => void) | undefined

  private constructor(options: SmtpServerOptions) {
    this.#options = options
    this.#memory = options.memory ?? mailMemory(options.maxSizeBytes)
  }

  /** Resolves when connections are taken; throws `config_invalid` where the place cannot be had. */
  static async start(options: SmtpServerOptions): Promise<SmtpServer> {
    const server = new SmtpServer(options)
    const make = (): Server => {
      // Half-open: a peer that closes its side behind the last dot still gets its reply.
      const made = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.#connected(socket, isUnix(made)))
      return made
    }
    server.#servers = await listen(options.bind, options.inherited ?? new Map<string, number[]>(), make)
    for (const one of server.#servers) one.on('error', (error) => options.log.error({ reason: describeError(error) }, 'listener failed'))
    return server
  }

  /** The port it listens on; undefined for a unix socket. */
  get port(): number | undefined {
    const address = this.#servers[0]?.address()
    return typeof address === 'object' ? address?.port : undefined
  }

  /** Open conversations. */
  get connections(): number {
    return this.#sessions.size
  }

  /**
   * Takes no more connections, lets each session bring one more mail to its reply, says 421 to silent peers, cuts after `graceMs`. Harmless twice.
   */
  stop(graceMs = 20_000): Promise<void> {
    this.#stopped ??= this.#stop(graceMs)
    return this.#stopped
  }

  async #stop(graceMs: number): Promise<void> {
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
    const idle = new Promise<void>((resolve) => (this.#idle = resolve))
    for (const session of this.#sessions) session.stop()
    const patience = new AbortController()
    if (this.#sessions.size > 0) await Promise.race([idle, sleep(this.#options.clock, graceMs, patience.signal)])
    patience.abort()
    for (const session of this.#sessions) session.destroy()
    await Promise.all(closed)
  }

  #connected(socket: Socket, unix: boolean): void {
    const { counters, log, allowed, maxConnections = 100 } = this.#options
    const address = socket.remoteAddress ?? ''
    const refuse = (line: string, reason: string): void => {
      counters.inc('postern_smtp_connections_total', { result: reason })
      log.warn({ peer: address, reason }, 'connection refused')
      socket.on('error', () => {})
      socket.end(`${line}\r\n`, () => socket.destroy())
    }
    if (!unix && !allowed(address)) return refuse(replyTo(new PosternError('peer_refused')), 'peer_refused')
    if (this.#stopped) return refuse(replyTo(new PosternError('stopping')), 'stopping')
    if (this.#sessions.size >= maxConnections) return refuse('421 4.3.2 Too many connections, try again later', 'too_many')
    counters.inc('postern_smtp_connections_total', { result: 'accepted' })
    const session: Session = new Session(socket, unix ? 'unix' : address, this.#context(), () => {
      this.#sessions.delete(session)
      if (this.#sessions.size === 0) this.#idle?.()
    })
    this.#sessions.add(session)
  }

  #context(): SessionContext {
    const { maxRecipients = 500, idleMs = 300_000 } = this.#options
    return { ...this.#options, maxRecipients, idleMs, memory: this.#memory }
  }
}

/** Only TCP has an address to Node's mind: a unix socket has a path, an inherited one not even that. Asked of the listener, for a peer that is gone already has no address either. */
const isUnix = (server: Server): boolean => typeof server.address() !== 'object' || server.address() === null
