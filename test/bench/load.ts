// The load generator, a process of its own: kept-alive SMTP sessions that send as fast as they are answered, or at a steady rate.
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { number, template } from './mails.ts'
import type { MailKind, Template } from './mails.ts'
import { serveOrders } from './rpc.ts'
import { desks } from './shipped.ts'

export interface BurstOrder {
  readonly port: number
  readonly kinds: readonly MailKind[]
  /** Stop after so many mails, or after so long (ms), whichever is set. */
  readonly mails?: number
  readonly forMs?: number
  /** Every n-th mail is an answer of whoever wrote an earlier one, by its Message-ID; 0: none is. */
  readonly replyEvery: number
  /** Every second answer goes to one of these signed addresses instead, from the customer (by the number of his mail) that it was made for. */
  readonly signed?: readonly Signed[]
  /** MAIL, RCPT and DATA in one write, as Postfix sends them; otherwise each waits for the answer to the one before, as most programs do. */
  readonly pipelined?: boolean
}

/** The address that a customer's answers go to, and the number of the mail that he wrote. */
export interface Signed {
  readonly address: string
  readonly customer: number
}

export interface BurstAnswer {
  readonly mails: number
  /** Of them. */
  readonly answers: number
  /** From the first octet to the last reply, ms. */
  readonly ms: number
  /** When it began, ms of the wall clock, which all processes of this machine share. */
  readonly startedAt: number
  readonly refused: number
}

export interface SteadyOrder {
  readonly port: number
  readonly kind: MailKind
  readonly perSecond: number
  readonly forMs: number
}

export interface SteadyAnswer {
  /** From the final dot to its 250, ms, one per mail. */
  readonly latencies: readonly number[]
  readonly refused: number
}

const sessions = 20
/** So far behind lies the mail that a reply answers: it has been taken in, or is about to be. */
const replyDistance = 201

/** Numbers of the mail, of the one that it answers and of who writes it, and to whom. */
interface Sending {
  readonly n: number
  readonly parent: number
  readonly from: number
  readonly to: string
  readonly pipelined?: boolean | undefined
}

/** One mail at a time over one connection. */
class Session {
  readonly #socket: Socket
  #text = ''
  #waiting: ((line: string) => void)[] = []
  readonly #copies = new Map<Template, Buffer>()

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setEncoding('latin1').on('data', (chunk: string) => this.#heard(chunk))
    socket.on('error', () => this.#fail())
    socket.on('close', () => this.#fail())
  }

  static async open(port: number): Promise<Session> {
    const session = new Session(connect(port, '127.0.0.1'))
    await session.#reply()
    await session.#say('EHLO load.test')
    return session
  }

  /** The reply to the final dot and how long it took, ms; '' where the connection broke. */
  async send(
    mail: Template,
    { n, parent, from, to, pipelined = false }: Sending,
  ): Promise<{ readonly reply: string; readonly ms: number }> {
    let copy = this.#copies.get(mail)
    if (!copy) this.#copies.set(mail, (copy = Buffer.from(mail.wire)))
    number(copy, mail, n, parent)
    const commands = [`MAIL FROM:<customer.${from}@customers.test> SIZE=${copy.length}`, `RCPT TO:<${to}>`, 'DATA']
    let data = ''
    if (pipelined) {
      this.#socket.write(`${commands.join('\r\n')}\r\n`)
      for (const _ of commands) data = await this.#reply()
    } else for (const command of commands) data = await this.#say(command)
    if (!data.startsWith('354')) return { reply: data, ms: 0 }
    const start = performance.now()
    this.#socket.write(copy)
    const reply = await this.#reply()
    return { reply, ms: performance.now() - start }
  }

  close(): void {
    this.#socket.destroy()
  }

  #say(line: string): Promise<string> {
    const reply = this.#reply()
    this.#socket.write(`${line}\r\n`)
    return reply
  }

  #reply(): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#deliver()
    })
  }

  #heard(chunk: string): void {
    this.#text += chunk
    this.#deliver()
  }

  /** Hands out whole replies; of a reply of several lines, the last. */
  #deliver(): void {
    for (let end = this.#text.indexOf('\n'); end >= 0 && this.#waiting.length > 0; end = this.#text.indexOf('\n')) {
      const line = this.#text.slice(0, end)
      this.#text = this.#text.slice(end + 1)
      if (line[3] !== '-') this.#waiting.shift()?.(line)
    }
  }

  #fail(): void {
    for (const resolve of this.#waiting.splice(0)) resolve('')
  }
}

const open = new Map<number, Session[]>()
// Numbers differ between runs against one database, too: the same octets would be the same mail.
const first = (Math.floor(Date.now() / 1000) % 100_000) * 10_000
/** How many mails each server got: an answer to a mail goes where that went. */
const sent = new Map<number, number>()

/** By the number of a mail. */
const deskOf = (n: number): string => desks[(n >> 2) % desks.length]?.address ?? ''

async function sessionsTo(port: number): Promise<readonly Session[]> {
  let there = open.get(port)
  if (!there) open.set(port, (there = await Promise.all(Array.from({ length: sessions }, () => Session.open(port)))))
  return there
}

async function burst(order: BurstOrder): Promise<BurstAnswer> {
  const all = await sessionsTo(order.port)
  const fresh = order.kinds.map((kind) => template(kind, false))
  const replies = order.kinds.map((kind) => template(kind, true))
  const before = sent.get(order.port) ?? 0
  const startedAt = Date.now()
  const start = performance.now()
  const end = order.forMs === undefined ? Infinity : start + order.forMs
  let begun = 0
  let done = 0
  let answers = 0
  let refused = 0
  await Promise.all(
    all.map(async (session) => {
      while (begun < (order.mails ?? Infinity) && performance.now() < end) {
        const i = before + begun++
        const n = first + i
        const isReply = order.replyEvery > 0 && i % order.replyEvery === order.replyEvery - 1 && i >= replyDistance
        const mail = (isReply ? replies : fresh)[(i + (i >> 2)) % order.kinds.length]
        if (!mail) return
        if (isReply) answers++
        const signed = isReply && i % (2 * order.replyEvery) < order.replyEvery ? order.signed?.[answers % order.signed.length] : undefined
        const parent = signed?.customer ?? n - replyDistance
        const { reply } = await session.send(mail, {
          n,
          parent,
          from: isReply ? parent : n,
          to: signed?.address ?? deskOf(isReply ? parent : n),
          pipelined: order.pipelined,
        })
        if (reply.startsWith('250')) done++
        else if (++refused > 100) throw new Error(`refused: ${reply}`)
      }
    }),
  )
  sent.set(order.port, before + begun)
  return { mails: done, answers, ms: performance.now() - start, startedAt, refused }
}

/** Each mail leaves at its own instant, whatever became of those before it: a slow server cannot slow the load down. */
async function steady(order: SteadyOrder): Promise<SteadyAnswer> {
  const idle = [...(await sessionsTo(order.port))]
  const mail = template(order.kind, false)
  const latencies: number[] = []
  let refused = 0
  const pause = 1000 / order.perSecond
  const start = performance.now()
  const running: Promise<void>[] = []
  for (let i = 0; i * pause < order.forMs; i++) {
    const wait = start + i * pause - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    const session = idle.pop() ?? (await Session.open(order.port))
    const n = first + (sent.get(order.port) ?? 0)
    sent.set(order.port, n - first + 1)
    running.push(
      session.send(mail, { n, parent: n, from: n, to: deskOf(n) }).then(({ reply, ms }) => {
        idle.push(session)
        if (reply.startsWith('250')) latencies.push(ms)
        else refused++
      }),
    )
  }
  await Promise.all(running)
  open.set(order.port, idle)
  return { latencies, refused }
}

export interface GetOrder {
  readonly url: string
  readonly token: string
  /** Query strings; each is asked, and then the page behind its first. */
  readonly questions: readonly string[]
  readonly rounds: number
}

/** How long each answer took, ms, its body read. */
async function get({ url, token, questions, rounds }: GetOrder): Promise<readonly number[]> {
  const times: number[] = []
  const page = async (query: string): Promise<string | null> => {
    const start = performance.now()
    const response = await fetch(url + query, { headers: { authorization: `Bearer ${token}` } })
    const body = (await response.json()) as { next?: string | null } // as the API's schema says
    times.push(performance.now() - start)
    if (!response.ok) throw new Error(`${query}: ${response.status} ${JSON.stringify(body)}`)
    return body.next ?? null
  }
  const client = async (): Promise<void> => {
    for (let i = 0; i < rounds; i++) {
      for (const query of questions) {
        const next = await page(query)
        if (next !== null) await page(`${query}&cursor=${encodeURIComponent(next)}`)
      }
    }
  }
  await Promise.all([client(), client()])
  return times
}

function hangUp({ port }: { readonly port: number }): void {
  for (const session of open.get(port) ?? []) session.close()
  open.delete(port)
}

serveOrders({ burst, steady, get, hangUp }, () => undefined)
