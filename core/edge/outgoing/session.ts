// One connection to a next hop. nodemailer's SMTPConnection speaks the protocol; what became of a mail is told from the replies that it read,
// and on which side of the final dot we are from the text, which we hand over ourselves.
//
//   greeting, EHLO/LHLO [, STARTTLS, EHLO] [, AUTH]      trouble here says nothing about the mail      -> retry for all
//   MAIL, RCPT x n, DATA         (one packet with PIPELINING)      4yz, 5yz per recipient; broken      -> retry
//   text without the dot         (each block flushed)              broken, timed out, called off       -> retry
//   final dot handed to the socket ----------------------- from here on the peer may have the mail
//   reply (LMTP: one per accepted recipient)                       2yz sent, 4yz retry, 5yz failed; none -> unknown
//
// nodemailer 10.6.1 has no time limit for each phase, no replies of LMTP recipients one by one, takes 250 for a go-ahead and a 2yz before
// the dot for a success, and asks for SMTPUTF8 by the addresses alone: that is here, and test/outgoing/nodemailer.test.ts tells when it changes.
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { Clock, Timer } from '../../base/clock.ts'
import { describeError } from '../../base/errors.ts'
import type { OutgoingMail, RecipientOutcome } from '../../engine/outbox/transport.ts'
import { envelopeOf, headerAloneNeedsUtf8, offersOf, refusal } from './envelope.ts'
import type { Offers } from './envelope.ts'
import { hopName } from './next-hop.ts'
import type { NextHop } from './next-hop.ts'
import { parseReply, replyText } from './reply.ts'
import type { Reply } from './reply.ts'
import { SessionFault } from './session-fault.ts'
import type { FaultKind } from './session-fault.ts'
import { Transcript } from './transcript.ts'

/** 64 kB: small enough to notice an abort soon, large enough not to matter. */
const blockBytes = 65_536
/** ms, the longest that a timer holds: the time limits are ours. */
const never = 2_147_483_647

/** One connection, ready for mail after mail. */
export class SmtpSession {
  readonly #clock: Clock
  readonly #hop: NextHop
  readonly #socket: Socket
  readonly #connection: SMTPConnection
  #offers: Offers = new Map()
  #mails = 0
  /** ms that the peer may take for what it is doing now. */
  #limit: number
  #timer: Timer | undefined
  /** The last command, without secrets; '' before the first. */
  #asked = ''
  #heard: Reply | undefined
  #greeting: Reply | undefined
  #transcript: Transcript | undefined
  #mailParameters = ''
  #fault: SessionFault | undefined
  #giveUp: ((fault: SessionFault) => void) | undefined
  #onBreak: (() => void) | undefined

  private constructor(clock: Clock, hop: NextHop) {
    this.#clock = clock
    this.#hop = hop
    this.#limit = hop.timeouts.connect
    // Our own socket: nodemailer takes no path of a unix socket, and while idle a connection must not keep the process alive.
    this.#socket = connect(hop.at)
    this.#socket.on('error', () => undefined).once('connect', () => this.#next(hop.timeouts.greeting))
    this.#connection = new SMTPConnection({
      connection: this.#socket,
      secure: hop.tls === 'implicit',
      ignoreTLS: hop.tls === 'off',
      // A password goes over an encrypted connection or not at all.
      requireTLS: hop.tls === 'required' || (hop.tls === 'opportunistic' && hop.auth !== undefined),
      tls: { rejectUnauthorized: hop.verify && hop.tls !== 'opportunistic', ...(hop.ca === undefined ? {} : { ca: hop.ca }) },
      ...('path' in hop.at ? {} : { host: hop.at.host }),
      name: hop.localName,
      lmtp: hop.protocol === 'lmtp',
      maxResponseSize: 32_768,
      connectionTimeout: never,
      greetingTimeout: never,
      socketTimeout: never,
      socketCloseTimeout: 0,
      transactionLog: true,
      logger: { debug: (entry: { readonly tnx?: unknown }, text: string) => this.#overhear(entry.tnx, text) },
    })
    addMailParameters(this.#connection, () => this.#mailParameters)
    this.#connection.on('error', (error: Error) => this.#break(this.#faultOf(error)))
    this.#connection.on('end', () => this.#end('broken', `${hopName(hop)} closed the connection`))
  }

  /** Connects, greets, encrypts, authenticates. Rejects with a SessionFault. An aborted `signal` ends it. */
  static async open(clock: Clock, hop: NextHop, signal: AbortSignal): Promise<SmtpSession> {
    const session = new SmtpSession(clock, hop)
    try {
      await session.#abortable(signal, async () => {
        await session.#within((done) => session.#connection.connect(done))
        session.#offers = offersOf(session.#heard)
        await session.#login()
      })
      return session
    } catch (error) {
      session.destroy('the session could not be opened')
      throw error
    }
  }

  /** Mails handed over on this connection. */
  get mails(): number {
    return this.#mails
  }

  /** What the peer said first. */
  get greeting(): Reply | undefined {
    return this.#greeting
  }

  /** Fit for another mail, as far as one can know without asking. */
  get usable(): boolean {
    return this.#fault === undefined
  }

  /** Asks a kept connection whether it is alive, by RSET; false: it is not, and that is no attempt at anything. */
  async revive(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#abortable(signal, () => this.#within((done) => this.#connection.reset(done)))
      return true
    } catch {
      this.destroy('dead')
      return false
    }
  }

  /** Called once when the connection ends. */
  onBreak(fn: () => void): void {
    this.#onBreak = fn
    if (this.#fault) fn()
  }

  /** While idle, the connection does not keep the process alive. */
  idle(is: boolean): void {
    if (is) this.#socket.unref()
    else this.#socket.ref()
  }

  /** Says QUIT, and waits for the peer to close, at most 2 s. */
  async close(): Promise<void> {
    if (this.#fault) return
    const closed = new Promise<void>((resolve) => this.onBreak(resolve))
    const timer = this.#clock.setTimer(2000, () => this.destroy('closed'))
    this.#connection.quit()
    await closed
    timer.cancel()
  }

  /** Ends it at once, whatever it is doing. */
  destroy(reason: string): void {
    this.#end('aborted', reason)
  }

  /** One mail transaction: one outcome per recipient, in order. */
  async send(mail: OutgoingMail, signal: AbortSignal, mayCommit: () => boolean): Promise<readonly RecipientOutcome[]> {
    const unfit = refusal(mail, this.#offers)
    if (unfit) return mail.rcpts.map((rcpt) => ({ outcome: 'failed', rcpt, ...unfit }))
    this.#mails++
    this.#mailParameters = headerAloneNeedsUtf8(mail, this.#offers) ? ' SMTPUTF8' : ''
    const transcript = new Transcript(mail.rcpts, this.#hop.protocol)
    this.#transcript = transcript
    let begun = false
    // nodemailer pipes the text once DATA is answered: that is the moment to hand it over block by block.
    const text = Object.assign(new Readable({ read: () => undefined }), {
      pipe: <T extends NodeJS.WritableStream>(to: T): T => {
        begun = true
        void this.#handOver(mail.raw, to, transcript, mayCommit)
        return to
      },
    })
    let fault: SessionFault | undefined
    try {
      await this.#abortable(signal, () => this.#within((done) => this.#connection.send(envelopeOf(mail, this.#offers), text, done)))
    } catch (error) {
      fault = error instanceof SessionFault ? error : new SessionFault('protocol', describeError(error))
      // Refused in the middle of the text, or left without a word: out of step.
      if (begun !== transcript.dot || !transcript.complete) this.#break(fault)
    }
    this.#transcript = undefined
    return transcript.outcomes(fault)
  }

  /**
   * Whether the peer would take a mail from one address (in ASCII; '' is the null sender) to another: asked by MAIL and RCPT, and taken back
   * by RSET. The reply to RCPT, or to MAIL where that was refused. Rejects with a SessionFault.
   */
  async wouldTake(from: string, rcpt: string, signal: AbortSignal): Promise<Reply> {
    return this.#abortable(signal, async () => {
      let reply = await this.#command(`MAIL FROM:<${from}>`)
      if (reply.code < 300) reply = await this.#command(`RCPT TO:<${rcpt}>`)
      await this.#within((done) => this.#connection.reset(done))
      return reply
    })
  }

  async #command(line: string): Promise<Reply> {
    await this.#within((done) => sendCommand(this.#connection, line, () => done()))
    return this.#heard ?? { code: 0, status: '', lines: [] }
  }

  async #login(): Promise<void> {
    const { auth } = this.#hop
    if (!auth) return
    const offered = this.#offers.get('AUTH') ?? ''
    const known = 'oauth2' in auth ? ['XOAUTH2'] : ['PLAIN', 'LOGIN', 'CRAM-MD5']
    const method = known.find((m) => offered.toUpperCase().split(' ').includes(m))
    if (method === undefined) {
      const reason = `${hopName(this.#hop)} offers none of AUTH ${known.join(', ')}${offered === '' ? '' : `, but ${offered}`}`
      throw new SessionFault('refused', reason)
    }
    await this.#within((done) => this.#connection.login({ ...auth, method }, done))
  }

  /** The text in blocks, then, if we still may, the dot. What fails before the dot cannot have been taken as a whole mail. */
  async #handOver(raw: Buffer, to: NodeJS.WritableStream, transcript: Transcript, mayCommit: () => boolean): Promise<void> {
    for (let at = 0; at < raw.length; at += blockBytes) {
      this.#next(this.#hop.timeouts.block)
      to.write(raw.subarray(at, at + blockBytes))
      if (!(await this.#flushed(to))) return
    }
    if (!mayCommit()) return this.#end('aborted', 'called off before the final dot')
    transcript.dot = true
    this.#next(this.#hop.timeouts.dot)
    to.end()
  }

  /** All that was written has been handed to the kernel; false where the connection is gone. */
  async #flushed(to: NodeJS.WritableStream): Promise<boolean> {
    for (;;) {
      // What nodemailer still holds comes behind this wait, so there is one more.
      const held = to instanceof Readable && to.readableLength > 0
      const socket = this.#connection._socket
      const gone = !socket || (await new Promise<Error | null | undefined>((resolve) => socket.write('', resolve)))
      if (gone || this.#fault) return false
      if (!held) return true
    }
  }

  /** `work` with its time limits: the peer has `#limit` for each reply. Rejects with a SessionFault, which need not be the end of the session. */
  #within(work: (done: (error?: Error | null) => void) => void): Promise<void> {
    if (this.#fault) return Promise.reject(this.#fault)
    return new Promise<void>((resolve, reject) => {
      this.#giveUp = reject
      this.#next(this.#limit)
      work((error) => (error ? reject(this.#faultOf(error)) : resolve()))
    }).finally(() => {
      this.#timer?.cancel()
      this.#giveUp = undefined
      this.#limit = this.#hop.timeouts.command
    })
  }

  /** `signal` ends it, unless the final dot is out; any other fault is left to the caller. */
  async #abortable<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const abort = (): void => {
      if (!this.#transcript?.dot) this.#end('aborted', 'called off before the final dot')
    }
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    try {
      return await work()
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  /** The peer has so many ms for what comes now, and for each reply of it. */
  #next(ms: number): void {
    this.#limit = ms
    this.#timer?.cancel()
    const late = (): void => this.#end('timeout', `${hopName(this.#hop)} did not answer within ${ms / 1000} s`)
    if (this.#giveUp) this.#timer = this.#clock.setTimer(ms, late)
  }

  /** Each command and each reply, as nodemailer tells its log of them; a reply comes here before nodemailer acts on it. */
  #overhear(what: unknown, text: string): void {
    if (what === 'client') this.#asked = text
    // The rest of a reply that a closing connection cut off is none.
    const socket = this.#connection._socket
    if (what !== 'server' || this.#fault || (socket && socket.closed)) return
    this.#heard = parseReply(text)
    this.#greeting ??= this.#heard
    if (!this.#heard || (this.#transcript && !this.#transcript.hear(this.#heard)))
      return this.#end('protocol', `${hopName(this.#hop)} gave a reply out of place: ${text}`)
    this.#next(this.#asked === '' ? this.#hop.timeouts.command : this.#limit)
  }

  #faultOf(error: Error & { readonly code?: unknown; readonly response?: unknown; readonly command?: unknown }): SessionFault {
    const refused = error.code !== 'ETLS' && (error.response !== undefined || error.code === 'EAUTH')
    const handshake = error.code === 'ETLS' || this.#asked === (this.#hop.tls === 'implicit' ? '' : 'STARTTLS')
    const kind = refused ? 'refused' : handshake ? 'tls' : error.code === 'EPROTOCOL' ? 'protocol' : 'broken'
    const words =
      error.response !== undefined && this.#heard ? `${String(error.command)} was answered with ${replyText(this.#heard)}` : error.message
    return new SessionFault(kind, `${hopName(this.#hop)}: ${words}`)
  }

  #end(kind: FaultKind, reason: string): void {
    this.#break(new SessionFault(kind, reason))
  }

  #break(fault: SessionFault): void {
    if (this.#fault) return
    this.#fault = fault
    this.#timer?.cancel()
    this.#connection.close()
    this.#socket.destroy()
    this.#giveUp?.(fault)
    this.#onBreak?.()
  }
}

/** nodemailer has no public way to send a command of one's own; throws where its private one is gone. */
function sendCommand(connection: SMTPConnection, line: string, answered: () => void): void {
  const send: unknown = Reflect.get(connection, '_sendCommand')
  const waiting: unknown = Reflect.get(connection, '_responseActions')
  if (typeof send !== 'function' || !Array.isArray(waiting))
    throw new Error('nodemailer has no _sendCommand with _responseActions any more')
  waiting.push(answered)
  Reflect.apply(send, connection, [line])
}

/** nodemailer has no public place for another parameter of MAIL; throws where its private one is gone. */
function addMailParameters(connection: SMTPConnection, parameters: () => string): void {
  const send: unknown = Reflect.get(connection, '_sendCommand')
  if (typeof send !== 'function') throw new Error('nodemailer has no _sendCommand any more')
  Reflect.set(connection, '_sendCommand', (line: string, ...more: unknown[]): void => {
    Reflect.apply(send, connection, [line.startsWith('MAIL FROM:<') ? line + parameters() : line, ...more])
  })
}
