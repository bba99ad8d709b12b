// An SMTP and LMTP client that knows its phase: before the final dot an attempt can be repeated freely, behind it only the peer knows.
//
//   connect, greeting, EHLO/LHLO [, STARTTLS, EHLO] [, AUTH]      trouble here says nothing about the mail      -> retry for all
//   [RSET,] MAIL, RCPT x n      (one packet with PIPELINING)       4yz, 5yz per recipient; broken               -> retry
//   DATA, text without the dot  (each block flushed)               broken, timed out, aborted                   -> retry
//   CRLF.CRLF handed to the socket ------------------------------- from here on the peer may have the mail
//   reply (LMTP: one per accepted recipient)                       2yz sent, 4yz retry, 5yz failed; none        -> unknown
//
// Our own, and not nodemailer's: its pooled transport hides on which side of the dot a connection broke, its SMTPConnection gives one reply
// for all recipients at the dot in LMTP and does not pipeline, and its address parser turned one recipient into two (REL-13).
import { isAscii } from 'node:buffer'
import { domainToASCII } from 'node:url'
import type { Clock } from '../../base/clock.ts'
import type { OutgoingMail, RecipientOutcome } from '../../engine/outbox/transport.ts'
import type { EnvelopeAddress } from '../../mail/address.ts'
import { dotStuffed } from './dot-stuff.ts'
import { LineSocket } from './line-socket.ts'
import { hopName } from './next-hop.ts'
import type { NextHop } from './next-hop.ts'
import { replyText } from './reply.ts'
import type { Reply } from './reply.ts'
import { SessionFault, faultStatus } from './session-fault.ts'
import { authenticate } from './smtp-auth.ts'

/** 64 kB: small enough to notice an abort soon, large enough not to matter. */
const blockBytes = 65_536

/** One connection, ready for mail after mail. */
export class SmtpSession {
  readonly #socket: LineSocket
  readonly #hop: NextHop
  readonly #offers: ReadonlyMap<string, string>
  #mails = 0

  private constructor(socket: LineSocket, hop: NextHop, offers: ReadonlyMap<string, string>) {
    this.#socket = socket
    this.#hop = hop
    this.#offers = offers
  }

  /** Connects, greets, encrypts, authenticates. Rejects with a SessionFault. An aborted `signal` ends it. */
  static async open(clock: Clock, hop: NextHop, signal: AbortSignal): Promise<SmtpSession> {
    const socket = await LineSocket.open(clock, hop)
    const release = endOnAbort(socket, signal)
    try {
      expect(await socket.read(hop.timeouts.greeting), 220, 'the greeting')
      let offers = await hello(socket, hop)
      if (!socket.secure && (hop.tls === 'required' || hop.tls === 'opportunistic')) {
        if (offers.has('STARTTLS')) {
          expect(await ask(socket, hop, 'STARTTLS'), 220, 'STARTTLS')
          await socket.startTls()
          offers = await hello(socket, hop)
        } else if (hop.tls === 'required') throw new SessionFault('tls', `${hopName(hop)} does not offer STARTTLS, and TLS is required`)
      }
      if (hop.auth) {
        if (!socket.secure && hop.tls !== 'off')
          throw new SessionFault('tls', `the connection to ${hopName(hop)} is not encrypted: the password stays here`)
        await authenticate((line) => ask(socket, hop, line), hop.auth, offers.get('AUTH') ?? '')
      }
      return new SmtpSession(socket, hop, offers)
    } catch (error) {
      socket.destroy('broken', 'the session could not be opened')
      throw error
    } finally {
      release()
    }
  }

  /** Mails handed over on this connection. */
  get mails(): number {
    return this.#mails
  }

  /** Fit for another mail. */
  get usable(): boolean {
    return !this.#socket.unquiet
  }

  /** Called once when the connection ends. */
  onBreak(fn: () => void): void {
    this.#socket.onBreak(fn)
  }

  idle(is: boolean): void {
    this.#socket.idle(is)
  }

  close(): Promise<void> {
    return this.#socket.quit()
  }

  /** Ends it at once, whatever it is doing. */
  destroy(reason: string): void {
    this.#socket.destroy('aborted', reason)
  }

  /**
   * One mail transaction: one outcome per recipient, in order. undefined: a kept connection turned out to be dead before its peer
   * answered anything, which is no attempt at all; take a fresh one.
   */
  async send(mail: OutgoingMail, signal: AbortSignal, mayCommit: () => boolean): Promise<readonly RecipientOutcome[] | undefined> {
    const unfit = refusal(mail, this.#offers)
    if (unfit) return mail.rcpts.map((rcpt) => ({ outcome: 'failed', rcpt, ...unfit }))
    const outcomes = new Map<EnvelopeAddress, RecipientOutcome>()
    const reused = this.#mails > 0
    this.#mails++
    const phase: Phase = { answered: false, dot: false }
    const release = endOnAbort(this.#socket, signal, phase)
    try {
      await this.#transaction(mail, phase, mayCommit, (o) => outcomes.set(o.rcpt, o))
    } catch (error) {
      const fault = error instanceof SessionFault ? error : new SessionFault('protocol', String(error), { cause: error })
      this.#socket.destroy(fault.kind, fault.message)
      if (reused && !phase.answered && (fault.kind === 'broken' || fault.kind === 'timeout')) return undefined
      // A peer that refuses in the middle of the text and hangs up has given its verdict.
      const last = this.#socket.takeUnread()[0]
      for (const rcpt of mail.rcpts) {
        if (outcomes.has(rcpt)) continue
        if (last && last.code >= 400) outcomes.set(rcpt, verdict(rcpt, last))
        else if (phase.dot) outcomes.set(rcpt, { outcome: 'unknown', rcpt, reason: fault.message })
        else outcomes.set(rcpt, { outcome: 'retry', rcpt, reply: fault.message, status: faultStatus(fault.kind) })
      }
    } finally {
      release()
    }
    return mail.rcpts.flatMap((rcpt) => outcomes.get(rcpt) ?? [])
  }

  async #transaction(
    mail: OutgoingMail,
    phase: Phase,
    mayCommit: () => boolean,
    decide: (outcome: RecipientOutcome) => void,
  ): Promise<void> {
    const socket = this.#socket
    const { timeouts, protocol } = this.#hop
    const heard = (reply: Reply): Reply => {
      // 421 may answer anything (RFC 5321 §3.8): the peer goes. Before MAIL on a kept connection it counts as a dead one.
      if (reply.code === 421 && !phase.answered && this.#mails > 1) throw new SessionFault('broken', replyText(reply))
      phase.answered = true
      if (reply.code >= 300 && reply.code < 400) throw this.#nonsense(reply)
      return reply
    }
    const commands = [
      ...(this.#mails > 1 ? ['RSET'] : []),
      mailFrom(mail, this.#offers),
      ...mail.rcpts.map((rcpt) => rcptTo(rcpt, mail, this.#offers)),
    ]
    const pipelining = this.#offers.has('PIPELINING')
    if (pipelining) await socket.write(commands.map(commandLine).join(''), timeouts.command)
    const next = async (): Promise<Reply> => {
      const command = commands.shift()
      if (!pipelining && command !== undefined) await socket.write(commandLine(command), timeouts.command)
      return heard(await socket.read(timeouts.command))
    }
    if (this.#mails > 1) expect(await next(), 250, 'RSET')
    const from = await next()
    const accepted: EnvelopeAddress[] = []
    if (from.code >= 300) for (const rcpt of mail.rcpts) decide(verdict(rcpt, from))
    if (from.code >= 300 && !pipelining) return
    for (const rcpt of mail.rcpts) {
      const reply = await next()
      if (from.code >= 300) continue
      if (reply.code < 300) accepted.push(rcpt)
      // 552 in answer to RCPT means "too many recipients" (RFC 5321 §4.5.3.1.10).
      else decide(reply.code === 552 ? { outcome: 'retry', rcpt, reply: replyText(reply), status: '4.5.3' } : verdict(rcpt, reply))
    }
    if (accepted.length === 0) return
    await socket.write('DATA\r\n', timeouts.command)
    const data = await socket.read(timeouts.command)
    if (data.code !== 354) {
      if (data.code < 400) throw this.#nonsense(data)
      for (const rcpt of accepted) decide(verdict(rcpt, data))
      return
    }
    const text = dotStuffed(mail.raw)
    for (let at = 0; at < text.length; at += blockBytes) await socket.write(text.subarray(at, at + blockBytes), timeouts.block)
    if (socket.broken) throw new SessionFault('broken', `${hopName(this.#hop)} closed the connection before the final dot`)
    if (!mayCommit()) throw new SessionFault('aborted', 'called off before the final dot')
    // Its own write, behind a flushed text: what fails before this line cannot have been taken as a whole mail.
    phase.dot = true
    await socket.write('.\r\n', timeouts.dot)
    // SMTP has one reply for all, LMTP one for each accepted recipient (RFC 2033 §4.2).
    let reply: Reply | undefined
    for (const rcpt of accepted) {
      if (!reply || protocol === 'lmtp') reply = await socket.read(timeouts.dot)
      if (reply.code >= 300 && reply.code < 400) throw this.#nonsense(reply)
      decide(verdict(rcpt, reply))
    }
  }

  #nonsense(reply: Reply): SessionFault {
    return new SessionFault('protocol', `${hopName(this.#hop)} gave a reply out of place: ${replyText(reply)}`)
  }
}

interface Phase {
  /** The peer has answered something in this transaction. */
  answered: boolean
  /** The final dot has been handed to the socket. */
  dot: boolean
}

function endOnAbort(socket: LineSocket, signal: AbortSignal, phase?: Phase): () => void {
  const abort = (): void => {
    if (!phase?.dot) socket.destroy('aborted', 'called off before the final dot')
  }
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  return () => signal.removeEventListener('abort', abort)
}

/** Sends EHLO (LHLO); gives the offered extensions, keyword in upper case to its parameters. A peer without EHLO gets HELO and offers nothing. */
async function hello(socket: LineSocket, hop: NextHop): Promise<ReadonlyMap<string, string>> {
  const reply = await ask(socket, hop, `${hop.protocol === 'lmtp' ? 'LHLO' : 'EHLO'} ${hop.localName}`)
  if (reply.code >= 500 && hop.protocol === 'smtp') {
    expect(await ask(socket, hop, `HELO ${hop.localName}`), 250, 'HELO')
    return new Map()
  }
  expect(reply, 250, 'EHLO')
  return new Map(
    reply.lines.slice(1).map((line) => {
      const [keyword = '', ...parameters] = line.trim().split(/[ =]+/)
      return [keyword.toUpperCase(), parameters.join(' ')]
    }),
  )
}

async function ask(socket: LineSocket, hop: NextHop, line: string): Promise<Reply> {
  await socket.write(commandLine(line), hop.timeouts.command)
  return socket.read(hop.timeouts.command)
}

function expect(reply: Reply, code: number, what: string): void {
  if (reply.code !== code) throw new SessionFault('refused', `${what} was answered with ${replyText(reply)}`)
}

/** Nothing that reaches the socket as a command holds a line end, whoever made it. */
function commandLine(line: string): string {
  if (/[\r\n\0]/.test(line)) throw new SessionFault('protocol', 'a line end inside of a command')
  return `${line}\r\n`
}

/** What 2yz, 4yz, 5yz mean for a recipient. 530 and 538 (RFC 4954 §6) speak of our session and not of the mail: an admin can mend that. */
function verdict(rcpt: EnvelopeAddress, reply: Reply): RecipientOutcome {
  const text = replyText(reply)
  if (reply.code < 300) return { outcome: 'sent', rcpt, reply: text }
  const session = reply.code === 530 || reply.code === 538
  if (reply.code >= 500 && !session)
    return { outcome: 'failed', rcpt, reply: text, status: reply.status.startsWith('5') ? reply.status : '5.0.0' }
  return { outcome: 'retry', rcpt, reply: text, status: reply.status.startsWith('4') ? reply.status : '4.0.0' }
}

/** Why this mail can never pass this peer, before anything is sent. */
function refusal(mail: OutgoingMail, offers: ReadonlyMap<string, string>): { readonly reply: string; readonly status: string } | undefined {
  const limit = Number(offers.get('SIZE') ?? 0)
  if (limit > 0 && mail.raw.length > limit)
    return { reply: `the mail has ${mail.raw.length} bytes, the next hop takes at most ${limit}`, status: '5.3.4' }
  if (offers.has('SMTPUTF8')) return undefined
  const senders = mail.envelopeFrom === '' ? [] : [mail.envelopeFrom]
  const beyond = [...senders, ...mail.rcpts].find((a) => !/^[\x21-\x7e]*$/.test(onWire(a, offers)))
  if (beyond) return { reply: `the next hop does not offer SMTPUTF8, which the address ${beyond.address} needs`, status: '5.6.7' }
  if (mail.smtputf8) return { reply: 'the next hop does not offer SMTPUTF8, which the header of this mail needs', status: '5.6.7' }
  return undefined
}

function mailFrom(mail: OutgoingMail, offers: ReadonlyMap<string, string>): string {
  const from = mail.envelopeFrom === '' ? '' : onWire(mail.envelopeFrom, offers)
  const utf8 = mail.smtputf8 || mail.rcpts.some((r) => r.smtpUtf8) || (mail.envelopeFrom !== '' && mail.envelopeFrom.smtpUtf8)
  const parameters = [
    offers.has('SIZE') ? ` SIZE=${mail.raw.length}` : '',
    // Where 8BITMIME is missing, 8-bit text goes out as it is: every attempt sends identical bytes, and what we compose is 7-bit.
    offers.has('8BITMIME') && !isAscii(mail.raw) ? ' BODY=8BITMIME' : '',
    offers.has('SMTPUTF8') && utf8 ? ' SMTPUTF8' : '',
    offers.has('DSN') ? ' RET=HDRS' : '',
    offers.has('DSN') && mail.envid !== '' ? ` ENVID=${xtext(mail.envid).slice(0, 100)}` : '',
  ]
  return `MAIL FROM:<${from}>${parameters.join('')}`
}

function rcptTo(rcpt: EnvelopeAddress, mail: OutgoingMail, offers: ReadonlyMap<string, string>): string {
  const notify = mail.envelopeFrom === '' ? 'NEVER' : 'FAILURE,DELAY'
  return `RCPT TO:<${onWire(rcpt, offers)}>${offers.has('DSN') ? ` NOTIFY=${notify}` : ''}`
}

/** The address as the command carries it: a domain beyond ASCII as A-labels where SMTPUTF8 is missing (RFC 5890). */
function onWire(a: EnvelopeAddress, offers: ReadonlyMap<string, string>): string {
  if (!a.smtpUtf8 || offers.has('SMTPUTF8')) return a.address
  const at = a.address.lastIndexOf('@')
  return `${a.address.slice(0, at)}@${domainToASCII(a.address.slice(at + 1)) || a.address.slice(at + 1)}`
}

/** RFC 3461 §4. */
function xtext(text: string): string {
  return [...Buffer.from(text)]
    .map((b) =>
      b > 0x20 && b < 0x7f && b !== 0x2b && b !== 0x3d ? String.fromCharCode(b) : `+${b.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('')
}
