// What is said in SMTP and LMTP: each command with its replies, and what becomes of a body.
//
//   greeting -> EHLO|HELO|LHLO -> MAIL -> RCPT+ -> DATA -> body -> [commit] -> reply (LMTP: one per accepted RCPT) -> MAIL ...
//
// Why not smtp-server, which is one of the best kept of its kind: it holds each greeting back for 100 ms; it merges a repeated
// RCPT, so that LMTP replies come short (REL-5); it hands on what REL-9 refuses; it walks every octet in JavaScript and takes a turn of the
// event loop for each stuffed dot; it cannot say 421 to idle sessions alone when it stops. It is the floor that `npm run bench` measures against.
import type { Clock } from '../../base/clock.ts'
import type { Counters } from '../../base/counters.ts'
import { PosternError, asPosternError, describeError } from '../../base/errors.ts'
import type { ErrorCode } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Acceptance, Acceptor } from '../../engine/accept/acceptor.ts'
import type { ResolvedRecipient } from '../../mail/recipient.ts'
import { BodyReader } from './body-reader.ts'
import { parseCommand, parsePathCommand } from './commands.ts'
import type { FreeSpace } from './free-space.ts'
import { unstuff } from './line-ends.ts'
import { countReceived } from './trace.ts'

/** What the dialogue needs of the acceptor. */
export type Accepting = Pick<Acceptor, 'resolve' | 'accept' | 'expect' | 'expectNoMore'>

export interface DialogueContext {
  readonly protocol: 'smtp' | 'lmtp'
  /** Our name in the greeting. */
  readonly hostname: string
  readonly maxSizeBytes: number
  readonly maxRecipients: number
  readonly acceptor: Accepting
  readonly freeSpace: FreeSpace
  readonly clock: Clock
  readonly log: Log
  readonly counters: Counters
}

/** The other end of the dialogue: what carries it. */
export interface Wire {
  offersTls(): boolean
  /** A line without its line end. */
  reply(line: string): void
  /** The last line; the session ends behind it. */
  bye(line: string): void
  /** What comes now is a body, to be collected by `reader`. */
  body(reader: BodyReader): void
  startTls(): void
}

/** More hops than this is a loop (REL-14). */
const mostHops = 50
const mostErrors = 30

interface Transaction {
  readonly mailFrom: string
  readonly smtputf8: boolean
  readonly recipients: ResolvedRecipient[]
}

export class Dialogue {
  readonly #context: DialogueContext
  readonly #peer: string
  readonly #wire: Wire
  #helo = ''
  #transaction: Transaction | undefined
  #errors = 0
  #over = false

  constructor(peer: string, context: DialogueContext, wire: Wire) {
    this.#peer = peer
    this.#context = context
    this.#wire = wire
  }

  /** The session is over, by QUIT or otherwise. */
  end(): void {
    this.#over = true
    this.#context.acceptor.expectNoMore(this)
  }

  greet(): void {
    this.#wire.reply(`220 ${this.#context.hostname} ${this.#context.protocol === 'lmtp' ? 'LMTP' : 'ESMTP'} Postern`)
  }

  /** One line without its line end; `followed` says that more input stands behind it already. A bug of ours is a temporary fault, and said as such (REL-4). */
  command(line: Buffer, followed: boolean): void {
    try {
      this.#perform(line, followed)
    } catch (error) {
      this.#context.log.error({ peer: this.#peer, reason: describeError(error) }, 'a command failed')
      this.#transaction = undefined
      const known = asPosternError(error)
      this.#replyError(known.kind.temporary ? known : new PosternError('internal', undefined, { cause: error }))
    }
  }

  #perform(line: Buffer, followed: boolean): void {
    const command = parseCommand(line)
    if (!command) return this.refuse('500 5.5.2 Syntax error')
    switch (command.verb) {
      case 'EHLO':
      case 'HELO':
      case 'LHLO':
        return this.#hello(command.verb, command.argument)
      case 'MAIL':
        return this.#mail(command.argument)
      case 'RCPT':
        return this.#rcpt(command.argument)
      case 'DATA':
        return this.#data()
      case 'RSET':
        this.#transaction = undefined
        return this.#wire.reply('250 2.0.0 OK')
      case 'NOOP':
        return this.#wire.reply('250 2.0.0 OK')
      case 'QUIT':
        return this.#wire.bye('221 2.0.0 Bye')
      case 'VRFY':
        return this.#wire.reply('252 2.5.0 Send some mail and see')
      case 'HELP':
        return this.#wire.reply('214 2.0.0 RFC 5321, RFC 2033')
      case 'STARTTLS':
        return this.#startTls(followed)
      default:
        return this.refuse('500 5.5.1 Command not recognized')
    }
  }

  #hello(verb: string, argument: string): void {
    const { protocol, hostname, maxSizeBytes } = this.#context
    if ((verb === 'LHLO') !== (protocol === 'lmtp')) return this.refuse(`500 5.5.1 This is ${protocol.toUpperCase()}`)
    if (argument === '' || argument.length > 255) return this.refuse(`501 5.5.4 ${verb} needs a name`)
    this.#helo = argument
    this.#transaction = undefined
    if (verb === 'HELO') return this.#wire.reply(`250 ${hostname}`)
    const offers = [
      hostname,
      'PIPELINING',
      `SIZE ${maxSizeBytes}`,
      '8BITMIME',
      'SMTPUTF8',
      ...(this.#wire.offersTls() ? ['STARTTLS'] : []),
      'ENHANCEDSTATUSCODES',
    ]
    offers.forEach((offer, i) => this.#wire.reply(`250${i < offers.length - 1 ? '-' : ' '}${offer}`))
  }

  #mail(argument: string): void {
    if (this.#helo === '') return this.refuse('503 5.5.1 Say hello first')
    if (this.#transaction) return this.refuse('503 5.5.1 Nested MAIL command')
    const path = parsePathCommand(argument, 'FROM')
    if (!path) return this.refuse('501 5.1.7 Syntax error in MAIL')
    for (const [name, value] of path.params) {
      // RET, ENVID and AUTH ask for what we do not offer, and do no harm.
      const sound =
        name === 'SIZE'
          ? /^\d{1,20}$/.test(value)
          : name === 'BODY'
            ? /^(7BIT|8BITMIME)$/i.test(value)
            : ['SMTPUTF8', 'RET', 'ENVID', 'AUTH'].includes(name)
      if (!sound) return this.refuse('555 5.5.4 Parameter not recognized')
    }
    if (Number(path.params.get('SIZE') ?? 0) > this.#context.maxSizeBytes) return this.#fault('message_too_big')
    if (this.#context.freeSpace.low()) return this.#fault('storage_full')
    // A sender in UTF-8 without the keyword is a slip of the front end, no reason to lose the mail.
    this.#transaction = {
      mailFrom: path.address,
      smtputf8: path.params.has('SMTPUTF8') || /[^\x00-\x7f]/.test(path.address),
      recipients: [],
    }
    this.#context.acceptor.expect(this)
    this.#wire.reply('250 2.1.0 OK')
  }

  #rcpt(argument: string): void {
    const transaction = this.#transaction
    if (!transaction) return this.refuse('503 5.5.1 Need MAIL first')
    const path = parsePathCommand(argument, 'TO')
    if (!path || path.address === '') return this.refuse('501 5.1.3 Syntax error in RCPT')
    for (const name of path.params.keys()) {
      if (name !== 'NOTIFY' && name !== 'ORCPT') return this.refuse('555 5.5.4 Parameter not recognized')
    }
    if (transaction.recipients.length >= this.#context.maxRecipients) return this.#fault('too_many_recipients')
    const recipient = this.#context.acceptor.resolve(path.address)
    if (!recipient) return this.#fault('no_such_mailbox')
    transaction.recipients.push(recipient)
    this.#wire.reply('250 2.1.5 OK')
  }

  #data(): void {
    if (!this.#transaction) return this.refuse('503 5.5.1 Need MAIL first')
    if (this.#transaction.recipients.length === 0) return this.refuse('503 5.5.1 No valid recipients')
    this.#wire.reply('354 End data with <CR><LF>.<CR><LF>')
    this.#wire.body(new BodyReader(this.#context.maxSizeBytes))
  }

  /** The body is whole. Replies at once where it is refused; else returns a promise that ends when the replies to its commit are given. */
  received(body: BodyReader): Promise<void> | undefined {
    const transaction = this.#transaction
    this.#transaction = undefined
    if (!transaction) return undefined
    const bytes = body.bytes
    const raw = this.#judged(body)
    if (raw instanceof PosternError) {
      this.#context.counters.inc('postern_smtp_refused_total', { reason: raw.code })
      this.#context.log.info({ peer: this.#peer, reason: raw.code, bytes }, 'mail refused')
      this.#replyAll(transaction, failed(transaction, raw))
      return undefined
    }
    return this.#commit(transaction, raw)
  }

  async #commit(transaction: Transaction, raw: Buffer): Promise<void> {
    const { acceptor, protocol, log } = this.#context
    const envelope = { ...transaction, peer: this.#peer, helo: this.#helo, protocol }
    let outcomes: readonly Acceptance[]
    try {
      outcomes = await acceptor.accept(envelope, raw, this)
    } catch (error) {
      log.error({ peer: this.#peer, reason: describeError(error) }, 'accepting failed')
      outcomes = failed(transaction, new PosternError('internal', undefined, { cause: error }))
    }
    this.#note(transaction, outcomes, raw.length)
    this.#replyAll(transaction, outcomes)
    // A peer that keeps its session has more to send more often than not; QUIT takes it back.
    if (!this.#over) acceptor.expect(this)
  }

  #judged(body: BodyReader): Buffer | PosternError {
    try {
      return this.#checked(body)
    } catch (error) {
      this.#context.log.error({ peer: this.#peer, reason: describeError(error) }, 'a mail could not be read')
      return new PosternError('internal', undefined, { cause: error })
    }
  }

  /** The raw message, or why it is not taken. */
  #checked(body: BodyReader): Buffer | PosternError {
    if (body.starved) return new PosternError('too_busy')
    if (body.overflowed) return new PosternError('message_too_big')
    const raw = unstuff(body.take())
    if (raw === 'bare_line_end' || raw === 'nul_byte') return new PosternError(raw)
    if (raw.length > this.#context.maxSizeBytes) return new PosternError('message_too_big')
    return countReceived(raw) > mostHops ? new PosternError('mail_loop') : raw
  }

  #note(transaction: Transaction, outcomes: readonly Acceptance[], sizeBytes: number): void {
    const { protocol, counters, log } = this.#context
    outcomes.forEach((outcome, i) => {
      const result = outcome.ok ? (outcome.duplicate ? 'duplicate' : 'accepted') : 'deferred'
      counters.inc('postern_mail_received_total', { protocol, result })
      log.info(
        {
          peer: this.#peer,
          from: transaction.mailFrom,
          rcpt: transaction.recipients[i]?.rcpt,
          sizeBytes,
          ...(outcome.ok ? { id: outcome.id } : { reason: outcome.error.code }),
        },
        `mail ${result}`,
      )
    })
  }

  /** LMTP: a reply for each accepted RCPT, in order (RFC 2033 §4.2). SMTP: one for all, and the sender tries all again after a failure. */
  #replyAll(transaction: Transaction, outcomes: readonly Acceptance[]): void {
    const failure = outcomes.find((o) => !o.ok)
    const answers = this.#context.protocol === 'lmtp' ? transaction.recipients.map((_, i) => outcomes[i]) : [failure ?? outcomes[0]]
    for (const answer of answers) {
      if (answer?.ok) this.#wire.reply(`250 2.0.0 accepted as ${answer.id}`)
      else this.#replyError(answer?.error ?? new PosternError('internal'))
    }
  }

  #startTls(followed: boolean): void {
    if (!this.#wire.offersTls()) return this.refuse('502 5.5.1 STARTTLS is not offered')
    // What was sent in the clear behind the command may be an attacker's (RFC 3207 §6, CVE-2011-0411): no such session goes on.
    if (followed) return this.#wire.bye('501 5.5.1 Nothing may be pipelined behind STARTTLS')
    this.#wire.reply('220 2.0.0 Go ahead')
    this.#helo = ''
    this.#transaction = undefined
    this.#wire.startTls()
  }

  #fault(code: ErrorCode): void {
    this.#context.counters.inc('postern_smtp_refused_total', { reason: code })
    this.#replyError(new PosternError(code))
  }

  #replyError(error: PosternError): void {
    this.#wire.reply(replyTo(error))
  }

  /** A syntax or sequence error of the peer; too many of them end the session. */
  refuse(reply: string): void {
    this.#errors += 1
    if (this.#errors <= mostErrors) this.#wire.reply(reply)
    else this.#wire.bye('421 4.7.0 Too many errors')
  }
}

const failed = (transaction: Transaction, error: PosternError): readonly Acceptance[] =>
  transaction.recipients.map(() => ({ ok: false, error }))

/** The reply line of an error: its public sentence only. */
export const replyTo = (error: PosternError): string => `${error.kind.smtp} ${error.kind.public}`
