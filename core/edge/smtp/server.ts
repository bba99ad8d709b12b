// Listening for SMTP and LMTP: the dialogue is that of smtp-server; who may connect, how long a peer may take and how it all stops is told here.
import type { Server, Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { sleep } from '../../base/clock.ts'
import type { Timer } from '../../base/clock.ts'
import type { Bind } from '../../base/config/types.ts'
import { PosternError, describeError } from '../../base/errors.ts'
import { MailMemory } from './body.ts'
import { listen } from './listen.ts'
import type { Inherited } from './listen.ts'
import { Session, replyError, replyTo } from './session.ts'
import type { SessionContext } from './session.ts'

/** Where mail is received, from whom, and within which limits. */
export interface SmtpServerOptions extends Omit<SessionContext, 'memory' | 'maxRecipients'> {
  readonly bind: Bind
  /** Sockets that systemd handed over, for a bind of kind `systemd`. */
  readonly inherited?: Inherited
  /** Our name in the greeting. */
  readonly hostname: string
  /** Whether a peer with this IP address may speak to us; asked at connect, so a reload works at once. Unix sockets are always let in: their file mode decides. */
  readonly allowed: (address: string) => boolean
  /** PEM; offers STARTTLS. */
  readonly tls?: { readonly cert: Buffer | string; readonly key: Buffer | string }
  /** How long a peer may take for a command, and for each part of a message; 5 min by default (RFC 5321 §4.5.3.2.7). */
  readonly idleMs?: number
  /** 500 by default (RFC 5321 §4.5.3.1.8 asks for 100). */
  readonly maxRecipients?: number
  /** 100 by default; more are answered 421, as are more than three quarters of them from one address. */
  readonly maxConnections?: number
  /** What bounds the mail being received or committed, where several servers share it; by default one of its own. */
  readonly memory?: MailMemory
}

/** Share of the connections that one address may hold, so that it never holds them all. */
const peerShare = 0.75
/** Who has kept us waiting for so long gives up its place to a newcomer where there is none left, ms; the timeout of Postfix under stress. */
const patienceMs = 10_000
/**
 * Silence after which a session is closed while we stop. Postfix keeps an idle session for 2 s (lmtp_connection_cache_time_limit) and puts
 * the mail off for which it finds one closed, so each may bring one more mail or be closed by its peer first.
 */
const stoppingMs = 3000

/** Receives mail at one configured place, from binding to its end: the listening sockets and their sessions. */
export class SmtpServer {
  readonly #options: SmtpServerOptions
  readonly #context: SessionContext
  readonly #idleMs: number
  readonly #listeners: SMTPServer[] = []
  /** By the id of their connection; a session that smtp-server has closed stays until its socket is. */
  readonly #sessions = new Map<string, Session>()
  #watch: Timer | undefined
  #stopping = false
  #stopped: Promise<void> | undefined

  private constructor(options: SmtpServerOptions) {
    const { maxRecipients = 500, memory = MailMemory.forMails(options.maxSizeBytes), idleMs = 300_000 } = options
    this.#options = options
    this.#idleMs = idleMs
    this.#context = { ...options, maxRecipients, memory }
  }

  /** Resolves when connections are taken; throws `config_invalid` where the place cannot be had. */
  static async start(options: SmtpServerOptions): Promise<SmtpServer> {
    const server = new SmtpServer(options)
    await listen(options.bind, options.inherited ?? new Map<string, number[]>(), () => server.#listener().server)
    return server
  }

  /** The port it listens on; undefined for a unix socket. */
  get port(): number | undefined {
    const address = this.#listeners[0]?.server.address()
    return typeof address === 'object' ? address?.port : undefined
  }

  /** Open conversations. */
  get connections(): number {
    return this.#open().length
  }

  /**
   * Takes no more connections, lets each session bring one more mail to its reply, says 421 to silent peers, cuts after `graceMs`. Harmless twice.
   */
  stop(graceMs = 20_000): Promise<void> {
    this.#stopping = true
    this.#stopped ??= this.#stop(graceMs)
    return this.#stopped
  }

  /** Not by smtp-server's own close (3.21.6), which answers every command of an open session with 421. */
  async #stop(graceMs: number): Promise<void> {
    const closed = this.#listeners.map(({ server }) => new Promise<void>((resolve) => server.close(() => resolve())))
    this.#look()
    const patience = new AbortController()
    await Promise.race([Promise.all(closed), sleep(this.#options.clock, graceMs, patience.signal)])
    patience.abort()
    for (const { connection } of this.#open()) connection.close()
  }

  #listener(): SMTPServer {
    const { protocol, hostname, maxSizeBytes, tls, log } = this.#options
    const listener = new SMTPServer({
      name: hostname,
      banner: 'Postern',
      heloResponse: '%s',
      lmtp: protocol === 'lmtp',
      size: maxSizeBytes,
      disabledCommands: ['AUTH', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL', ...(tls ? [] : ['STARTTLS'])],
      hideENHANCEDSTATUSCODES: false,
      lenientAddressParsing: true,
      disableReverseLookup: true,
      socketTimeout: this.#idleMs,
      logger: false,
      // A peer that closes its side behind the last dot still gets its reply.
      allowHalfOpen: true,
      ...(tls && { ...tls, minVersion: 'TLSv1.2' }),
      onSecure: (socket, { id }, callback) => {
        this.#sessions.get(id)?.endWith(socket)
        queueMicrotask(callback)
      },
      onMailFrom: (address, { id, envelope }, callback) =>
        this.#answer(id, callback, (session) => session.mail(address, envelope.smtpUtf8 === true)),
      onRcptTo: (address, { id }, callback) => this.#answer(id, callback, (session) => session.rcpt(address)),
      onData: (stream, { id }, callback) => {
        const session = this.#sessions.get(id)
        session?.data(stream, callback).then(
          () => this.#stopping && session.connection.send(421, stoppingText),
          (error: unknown) => {
            log.error({ peer: session.peer, reason: describeError(error) }, 'a session failed')
            session.connection.close()
          },
        )
      },
      onClose: ({ id }) => {
        this.#sessions.get(id)?.end()
        this.#sessions.delete(id)
      },
    })
    const connect = listener.connect.bind(listener)
    listener.connect = (socket, options) => {
      const peer = isUnix(listener.server) ? 'unix' : (socket.remoteAddress ?? '')
      if (socket.destroyed || !this.#admits(peer, socket)) return
      connect(socket, options)
      const connection = [...listener.connections].at(-1)
      if (connection) this.#sessions.set(connection.id, new Session(connection, socket, peer, this.#context))
      if (!this.#watch) this.#look()
    }
    listener.on('error', (error) =>
      log[listener.server.listening && !('remoteAddress' in error) ? 'error' : 'debug'](
        { reason: describeError(error) },
        'connection failed',
      ),
    )
    this.#listeners.push(listener)
    return listener
  }

  /** Calls back in a turn of its own: smtp-server 3.21.6 hangs on pipelined mails where a handler calls back before it returns. A bug of ours is a temporary fault (REL-4). */
  #answer(
    id: string,
    callback: (error?: Error | null) => void,
    judge: (session: Session) => Error | undefined | Promise<Error | undefined>,
  ): void {
    const judged = async (): Promise<Error | undefined> => {
      try {
        const session = this.#sessions.get(id)
        if (!session) throw new Error('the session is gone')
        return await judge(session)
      } catch (error) {
        this.#options.log.error({ reason: describeError(error) }, 'a command failed')
        return replyError(replyTo(new PosternError('internal')))
      }
    }
    void judged().then(callback)
  }

  /** While we stop nobody new is accepted; smtp-server 3.21.6 brings one a turn after its acceptance, and who was accepted before the stop is served like the others. */
  #admits(peer: string, socket: Socket): boolean {
    const { counters, log, allowed } = this.#options
    const refuse = (line: string, reason: string): boolean => {
      counters.inc('postern_smtp_connections_total', { result: reason })
      log.warn({ peer, reason }, 'connection refused')
      socket.on('error', () => {})
      socket.end(`${line}\r\n`, () => socket.destroy())
      return false
    }
    if (peer !== 'unix' && !allowed(peer)) return refuse(replyTo(new PosternError('peer_refused')), 'peer_refused')
    if (!this.#hasPlace(peer)) return refuse('421 4.3.2 Too many connections, try again later', 'too_many')
    counters.inc('postern_smtp_connections_total', { result: 'accepted' })
    return true
  }

  /** Where the places are taken, whoever has kept us waiting longest gives one up. */
  #hasPlace(peer: string): boolean {
    const { maxConnections = 100 } = this.#options
    const open = this.#open()
    const own = peer === 'unix' ? [] : open.filter((session) => session.peer === peer)
    const crowd = own.length >= maxConnections * peerShare ? own : open.length >= maxConnections ? open : undefined
    if (!crowd) return true
    const slowest = crowd.reduce((a, b) => (b.late(patienceMs) > a.late(patienceMs) ? b : a))
    if (slowest.late(patienceMs) < 0) return false
    slowest.connection.send(421, '4.3.2 Too slow, try again later')
    return true
  }

  /** Says 421 to those who are late, for as long as there are sessions. */
  #look(): void {
    this.#watch?.cancel()
    this.#watch = undefined
    for (const session of this.#open()) {
      const allowedMs = (this.#stopping && session.state === 'command') || session.ended ? stoppingMs : this.#idleMs
      if (session.late(allowedMs) >= 0) session.connection.send(421, this.#stopping ? stoppingText : '4.4.2 Timeout, closing connection')
    }
    if (this.#sessions.size === 0) return
    this.#watch = this.#options.clock.setTimer(this.#stopping ? 250 : Math.min(10_000, this.#idleMs / 10), () => this.#look(), {
      background: true,
    })
  }

  #open(): readonly Session[] {
    return this.#listeners.flatMap(({ connections }) => [...connections].flatMap(({ id }) => this.#sessions.get(id) ?? []))
  }
}

const stoppingText = replyTo(new PosternError('stopping')).slice(4)

/** Only TCP has an address to Node's mind: a unix socket has a path, an inherited one not even that. Asked of the listener, for a peer that is gone already has no address either. */
const isUnix = (server: Server): boolean => typeof server.address() !== 'object' || server.address() === null
