// One SMTP or LMTP session: what is answered to MAIL, RCPT and a message. The dialogue around it is that of smtp-server.
//
//   greeting -> EHLO|HELO|LHLO -> MAIL -> RCPT+ -> DATA -> message -> [commit] -> reply (LMTP: one per accepted RCPT) -> MAIL ...
import { domainToASCII } from 'node:url'
import type { Socket } from 'node:net'
import type { SMTPServer, SMTPServerAddress, SMTPServerDataStream } from 'smtp-server'
import type { Clock } from '../../base/clock.ts'
import type { Counters } from '../../base/counters.ts'
import { PosternError, asPosternError, describeError } from '../../base/errors.ts'
import type { ErrorCode } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Acceptance, Acceptor } from '../../engine/accept/acceptor.ts'
import type { ResolvedRecipient } from '../../mail/recipient.ts'
import { Body } from './body.ts'
import type { MailMemory } from './body.ts'
import type { FreeSpace } from './free-space.ts'

/** What a session needs around it. */
export interface SessionContext {
  readonly protocol: 'smtp' | 'lmtp'
  readonly maxSizeBytes: number
  /** Recipients of one mail; more are answered 452, and the sender sends another mail. */
  readonly maxRecipients: number
  readonly acceptor: Pick<Acceptor, 'resolve' | 'wasOurs' | 'accept' | 'expect' | 'expectNoMore'>
  /** Whether a sender's mail for a mailbox is refused for good; never rejects. */
  readonly refuses?: (envelope: { readonly mailFrom: string; readonly rcpt: string; readonly mailbox: string }) => Promise<boolean>
  readonly freeSpace: FreeSpace
  readonly memory: MailMemory
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
}

type Connection = SMTPServer['connections'] extends Set<infer C> ? C : never
type DataCallback = Parameters<SMTPServer['onData']>[2]

interface Transaction {
  readonly mailFrom: string
  readonly smtputf8: boolean
  readonly recipients: ResolvedRecipient[]
}

/** Longest address we take. RFC 5321 §4.5.3.1.3 allows 256; VERP and SRS senders in the wild pass that, and a refused sender is a lost mail. */
const maxAddressLength = 1000
/** Octets a second that a message must bring in the long run; the default of Postfix's smtpd_min_data_rate. */
const leastRate = 500
/** Commands without a message that a session may send beside its RCPTs: NOOP, RSET and their kind (Postfix: smtpd_junk_command_limit). */
const maxCommands = 100
/** RET, ENVID, AUTH, NOTIFY and ORCPT ask for what we do not offer, and do no harm. */
const parameters = { mail: ['SIZE', 'BODY', 'SMTPUTF8', 'RET', 'ENVID', 'AUTH'], rcpt: ['NOTIFY', 'ORCPT'] }

/** The state of one connection; a mail in it is answered 250 only once it is committed. */
export class Session {
  readonly peer: string
  readonly connection: Connection
  readonly #context: SessionContext
  /** Whom we wait for: the peer with a command or with its message, or ourselves. */
  #state: 'command' | 'message' | 'commit' = 'command'
  /** Until when the peer has kept its pace, monotonic ms. */
  #since: number
  #replies = 0
  #socket: Socket
  #ended = false
  #sender: string | undefined
  #transaction: Transaction | undefined

  constructor(connection: Connection, socket: Socket, peer: string, context: SessionContext) {
    this.connection = connection
    this.peer = peer
    this.#context = context
    this.#since = context.clock.monotonic()
    this.#socket = socket
    this.endWith(socket)
    this.#hearReplies()
    this.#takeUnusualSenders()
  }

  /** The peer has closed its side; what it sent before is still answered. */
  get ended(): boolean {
    return this.#ended
  }

  /** The end of this socket, the one of TLS from STARTTLS on, ends the session. */
  endWith(socket: Socket): void {
    this.#socket = socket
    socket.once('end', () => {
      this.#ended = true
      this.#closeIfDone()
    })
  }

  get state(): 'command' | 'message' | 'commit' {
    return this.#state
  }

  /** By how many ms more than `allowedMs` the peer keeps us waiting for its command or for the octets of its message; negative while it may. */
  late(allowedMs: number): number {
    return this.#state === 'commit' ? -Infinity : this.#context.clock.monotonic() - this.#since - allowedMs
  }

  /** Answers MAIL: undefined lets the mail come. */
  mail({ address, args }: SMTPServerAddress, smtputf8: boolean): Error | undefined {
    const { acceptor, freeSpace } = this.#context
    const mailFrom = this.#sender ?? withAsciiDomain(address)
    const refusal = this.#judged(mailFrom, args, parameters.mail) ?? (freeSpace.low() ? this.#refuse('storage_full') : undefined)
    if (refusal) return refusal
    // A sender in UTF-8 without the keyword is a slip of the front end, no reason to lose the mail.
    this.#transaction = { mailFrom, smtputf8: smtputf8 || /[^\x00-\x7f]/.test(mailFrom), recipients: [] }
    acceptor.expect(this)
    return undefined
  }

  /** Answers RCPT: undefined takes the recipient. */
  async rcpt({ address, args }: SMTPServerAddress): Promise<Error | undefined> {
    const { acceptor, maxRecipients, refuses } = this.#context
    const recipients = this.#transaction?.recipients ?? []
    const refusal = this.#judged(address, args, parameters.rcpt)
    if (refusal) return refusal
    if (recipients.length >= maxRecipients) return this.#refuse('too_many_recipients')
    const recipient = acceptor.resolve(address)
    if (!recipient) return this.#refuse(acceptor.wasOurs(address) ? 'former_mailbox' : 'no_such_mailbox')
    // A bounce has no sender.
    const mailFrom = this.#transaction?.mailFrom ?? ''
    if (refuses && mailFrom !== '' && (await refuses({ mailFrom, ...recipient }))) return this.#refuse('sender_refused')
    recipients.push(recipient)
    return undefined
  }

  /** Receives a message, and resolves when `callback` has given its replies; never where the connection breaks before its end. */
  async data(stream: SMTPServerDataStream, callback: DataCallback): Promise<void> {
    const { memory, maxSizeBytes, acceptor } = this.#context
    const body = new Body(memory, maxSizeBytes)
    this.#state = 'message'
    stream.on('data', (chunk: Buffer) => {
      body.push(chunk)
      this.#since = Math.min(this.#context.clock.monotonic(), this.#since + (chunk.length * 1000) / leastRate)
    })
    stream.on('error', () => body.release())
    await new Promise((resolve) => stream.on('end', resolve))
    this.#state = 'commit'
    const results = await this.#results(body)
    body.release()
    this.#state = 'command'
    this.#replies = 0
    const [first] = results
    if (this.#context.protocol === 'lmtp') callback(null, results)
    else if (first instanceof Error) callback(first)
    else callback(null, first)
    // A peer that keeps its session has more to send more often than not; QUIT takes it back.
    if (this.#ended) this.#closeIfDone()
    else acceptor.expect(this)
  }

  /** The session is over. */
  end(): void {
    this.#context.acceptor.expectNoMore(this)
  }

  /** LMTP: a result for each accepted RCPT, in order (RFC 2033 §4.2). SMTP: one for all, and the sender tries all again after a failure. */
  async #results(body: Body): Promise<(string | Error)[]> {
    const transaction = this.#transaction ?? { mailFrom: '', smtputf8: false, recipients: [] }
    this.#transaction = undefined
    const outcomes = await this.#outcomes(transaction, body)
    const told =
      this.#context.protocol === 'lmtp' ? transaction.recipients.map((_, i) => outcomes[i]) : [outcomes.find((o) => !o.ok) ?? outcomes[0]]
    return told.map((outcome) =>
      outcome?.ok ? `2.0.0 accepted as ${outcome.id}` : replyError(replyTo(outcome?.error ?? new PosternError('internal'))),
    )
  }

  async #outcomes(transaction: Transaction, body: Body): Promise<readonly Acceptance[]> {
    const { acceptor, protocol, log, counters } = this.#context
    try {
      const raw = body.judged()
      const envelope = { ...transaction, peer: this.peer, helo: this.connection.hostNameAppearsAs || '', protocol }
      const outcomes = await acceptor.accept(envelope, raw, this)
      this.#note(transaction, outcomes, raw.length)
      return outcomes
    } catch (error) {
      const known = asPosternError(error)
      counters.inc('postern_smtp_refused_total', { reason: known.code })
      const told = { peer: this.peer, reason: describeError(error), bytes: body.length }
      log[known.code === 'internal' ? 'error' : 'info'](told, 'mail refused')
      return transaction.recipients.map(() => ({ ok: false, error: known }))
    }
  }

  #note(transaction: Transaction, outcomes: readonly Acceptance[], sizeBytes: number): void {
    const { protocol, counters, log } = this.#context
    const { mailFrom: from, recipients } = transaction
    outcomes.forEach((outcome, i) => {
      const result = outcome.ok ? (outcome.duplicate ? 'duplicate' : 'accepted') : 'deferred'
      counters.inc('postern_mail_received_total', { protocol, result })
      const what = outcome.ok ? { id: outcome.id } : { reason: outcome.error.code }
      log.info({ peer: this.peer, from, rcpt: recipients[i]?.rcpt, sizeBytes, ...what }, `mail ${result}`)
    })
  }

  /** What smtp-server 3.21.6 does not look at: the length of an address, and parameters that it does not know (RFC 5321 §4.1.1.11). */
  #judged(address: string, args: SMTPServerAddress['args'], known: readonly string[]): Error | undefined {
    if (Object.keys(args || {}).some((name) => !known.includes(name))) return replyError('555 5.5.4 Parameter not recognized')
    return address.length > maxAddressLength ? this.#refuse('bad_address') : undefined
  }

  #refuse(code: ErrorCode): Error {
    this.#context.counters.inc('postern_smtp_refused_total', { reason: code })
    return replyError(replyTo(new PosternError(code)))
  }

  /** What was sent before the end may still be on its way through smtp-server, which needs turns of the event loop for it. */
  #closeIfDone(): void {
    if (this.#ended) setImmediate(() => this.#state === 'command' && this.connection.close())
  }

  /** Every reply gives the peer its time anew. One of ours brings its own enhanced status code, where smtp-server 3.21.6 would put another before it. */
  #hearReplies(): void {
    const { clock, counters, maxRecipients } = this.#context
    const send = this.connection.send.bind(this.connection)
    this.connection.send = (code, text, status) => {
      this.#since = clock.monotonic()
      this.#replies += 1
      // Replies of one turn leave in one write, but for the one behind which TLS takes the socket over.
      const socket = this.#socket
      if (code !== 220) {
        socket.cork()
        process.nextTick(() => socket.uncork())
      }
      if (status === 'MESSAGE_TOO_BIG') counters.inc('postern_smtp_refused_total', { reason: 'message_too_big' })
      if (this.#replies > maxCommands + 2 * maxRecipients) return send(421, '4.7.0 Too many commands without a mail', false)
      send(code, text, typeof text === 'string' && /^[245]\.\d{1,3}\.\d{1,3} /.test(text) ? false : status)
    }
  }

  /**
   * smtp-server 3.21.6 takes no sender without a domain (`MAILER-DAEMON`), and none with a blank or a second @ in its quotes: another
   * address stands in for it there, for a refused sender is a lost mail.
   */
  #takeUnusualSenders(): void {
    const { connection } = this
    const handle = connection.handler_MAIL.bind(connection)
    connection.handler_MAIL = (command, callback) => {
      const [, before = '', sender, after = ''] = unusualSender.exec(command.toString()) ?? []
      this.#sender = sender
      handle(sender === undefined ? command : Buffer.from(`${before}stand-in@sender.invalid${after}`), callback)
    }
  }
}

const unusualSender = /^(mail from:\s*<)((?:"(?:[^"\\\p{C}]|\\[^\p{C}])*"@)?[^\s"<>@\p{C}]+)(>.*)$/isu

/** smtp-server hands every domain on in Unicode; beside an ASCII local part it is the same address in ASCII, which every server takes. */
function withAsciiDomain(address: string): string {
  const [, local = '', domain] = /^([\x00-\x7f]*@)([^@]*[^\x00-\x7f@][^@]*)$/.exec(address) ?? []
  return domain === undefined ? address : local + (domainToASCII(domain) || domain)
}

/** The reply line of an error: its public sentence only. */
export const replyTo = (error: PosternError): string => `${error.kind.smtp} ${error.kind.public}`

/** A reply line as smtp-server wants it. */
export const replyError = (line: string): Error => Object.assign(new Error(line.slice(4)), { responseCode: Number(line.slice(0, 3)) })
