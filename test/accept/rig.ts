// A whole accepting side over a real socket: server, acceptor and a store that can be told to fail, hang and count.
import { once } from 'node:events'
import { connect } from 'node:net'
import type { NetConnectOpts, Socket } from 'node:net'
import { TestClock, systemClock } from '../../core/base/clock.ts'
import type { Clock } from '../../core/base/clock.ts'
import type { Counters } from '../../core/base/counters.ts'
import { idsFrom } from '../../core/base/ids.ts'
import { silentLog } from '../../core/base/silent-log.ts'
import { SmtpServer } from '../../core/edge/smtp/server.ts'
import type { SmtpServerOptions } from '../../core/edge/smtp/server.ts'
import { unwatchedSpace } from '../../core/edge/smtp/free-space.ts'
import { Acceptor } from '../../core/engine/accept/acceptor.ts'
import type { AcceptorLimits, InboundStore } from '../../core/engine/accept/acceptor.ts'
import { mailboxTable } from '../../core/mail/recipient.ts'
import type { MailboxTable } from '../../core/mail/recipient.ts'
import type { Inserted, NewInbound } from '../../core/store/sqlite/accept-rows.ts'

/** Keeps what it is given; `before` may throw or hang in place of a commit. */
export class MemoryStore implements InboundStore {
  readonly rows: NewInbound[] = []
  readonly batches: number[] = []
  before: (batch: readonly NewInbound[]) => void | Promise<void> = () => {}
  async insertAll(batch: readonly NewInbound[]): Promise<readonly Inserted[]> {
    await this.before(batch)
    this.batches.push(batch.length)
    return batch.map((m) => {
      const known = this.rows.find((r) => r.hash === m.hash && r.mailFrom === m.mailFrom && r.rcpt === m.rcpt)
      if (known) return { id: known.id, duplicate: true }
      this.rows.push({ ...m, raw: Buffer.from(m.raw) })
      return { id: m.id, duplicate: false }
    })
  }
}

/** Counts by name and label values: `postern_smtp_refused_total mail_loop`. */
export class CountingCounters implements Counters {
  readonly counts = new Map<string, number>()
  inc(name: string, labels: Readonly<Record<string, string>> = {}): void {
    const key = [name, ...Object.values(labels)].join(' ')
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1)
  }
}

export const mailboxes: MailboxTable = mailboxTable([
  { id: 'support', addresses: ['support@example.org', 'help@example.org', 'postmaster@example.org', 'bounce@gate.example.org'] },
  { id: 'sales', addresses: ['sales@example.org', 'sales+de@example.org'] },
  { id: 'büro', addresses: ['büro@bücher.example'] },
])

export interface Rig {
  readonly server: SmtpServer
  readonly acceptor: Acceptor
  readonly store: MemoryStore
  readonly counters: CountingCounters
  /** Connects and reads the greeting. */
  client(): Promise<Client>
  stop(): Promise<void>
}

export interface RigOptions {
  readonly protocol?: 'smtp' | 'lmtp'
  readonly clock?: Clock
  readonly limits?: Partial<AcceptorLimits>
  readonly store?: InboundStore
  readonly server?: Partial<SmtpServerOptions>
}

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const clock = options.clock ?? systemClock
  const store = new MemoryStore()
  const counters = new CountingCounters()
  const acceptor = new Acceptor({
    store: options.store ?? store,
    mailboxes,
    clock,
    ids: idsFrom(systemClock),
    log: silentLog,
    counters,
    ...(options.limits && { limits: options.limits }),
  })
  const server = await SmtpServer.start({
    protocol: options.protocol ?? 'smtp',
    bind: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    hostname: 'gate.example.org',
    allowed: (address) => address === '127.0.0.1',
    maxSizeBytes: 1_000_000,
    acceptor,
    freeSpace: unwatchedSpace,
    clock,
    log: silentLog,
    counters,
    ...options.server,
  })
  const clients: Client[] = []
  return {
    server,
    acceptor,
    store,
    counters,
    async client() {
      const client = await Client.connect({ host: '127.0.0.1', port: server.port ?? 0 })
      clients.push(client)
      await client.reply()
      return client
    },
    async stop() {
      for (const client of clients) client.destroy()
      await server.stop(clock instanceof TestClock ? 0 : 1000)
    },
  }
}

/** A peer that says exactly what it is told to say. */
export class Client {
  readonly socket: Socket
  #heard = ''
  #ended = false
  #wake: () => void = () => {}
  private constructor(socket: Socket) {
    this.socket = socket
    this.#listen(socket)
  }
  static async connect(to: NetConnectOpts): Promise<Client> {
    const socket = connect(to)
    await once(socket, 'connect')
    return new Client(socket)
  }
  /** The same conversation over another socket, e.g. after STARTTLS. */
  static over(socket: Socket): Client {
    return new Client(socket)
  }
  #listen(socket: Socket): void {
    socket.setNoDelay(true)
    const end = (): void => {
      this.#ended = true
      this.#wake()
    }
    socket.on('data', (d: Buffer) => {
      this.#heard += d.toString('utf8')
      this.#wake()
    })
    socket.on('end', end)
    socket.on('close', end)
    socket.on('error', end)
  }
  send(data: string | Buffer): void {
    this.socket.write(data)
  }
  /** The next whole reply (all its lines joined by a line feed), or '' at the end of the connection. */
  async reply(): Promise<string> {
    const lines: string[] = []
    for (;;) {
      const end = this.#heard.indexOf('\r\n')
      if (end >= 0) {
        const line = this.#heard.slice(0, end)
        this.#heard = this.#heard.slice(end + 2)
        lines.push(line)
        if (line[3] !== '-') return lines.join('\n')
      } else if (this.#ended) return lines.join('\n')
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
  async replies(count: number): Promise<readonly string[]> {
    const out: string[] = []
    for (let i = 0; i < count; i++) out.push(await this.reply())
    return out
  }
  /** Sends a line and returns its reply. */
  async ask(line: string): Promise<string> {
    this.send(`${line}\r\n`)
    return this.reply()
  }
  /** Everything up to the 354 in one write; throws where that is not reached. */
  async envelope(from: string, to: readonly string[], hello = 'EHLO peer.example'): Promise<readonly string[]> {
    this.send([hello, `MAIL FROM:<${from}>`, ...to.map((t) => `RCPT TO:<${t}>`), 'DATA', ''].join('\r\n'))
    return this.replies(to.length + 3)
  }
  /** Envelope, body (stuffed already) and its ending dot; returns the replies to the body. */
  async deliver(from: string, to: readonly string[], body: string | Buffer, hello = 'EHLO peer.example'): Promise<readonly string[]> {
    const replies = await this.envelope(from, to, hello)
    const accepted = replies.slice(2, -1).filter((r) => r.startsWith('2')).length
    if (!replies.at(-1)?.startsWith('354')) throw new Error(`no 354 but: ${replies.join(' / ')}`)
    this.send(body)
    this.send('\r\n.\r\n')
    return this.replies(hello.startsWith('LHLO') ? accepted : 1)
  }
  destroy(): void {
    this.socket.destroy()
  }
}
