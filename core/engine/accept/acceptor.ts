// Accepting: from "the body is here" to "it is committed". Commits are grouped under load; nothing else stands between the dot and the 250.
//
//   accept() -> waiting -> one commit at a time takes all that wait, up to a bound -> per-recipient outcome
// While a commit runs (one fsync), others gather: throughput rises with load, and a lone message is committed at once. Where other
// sessions are known to be about to hand over theirs, the commit waits for them, 2 ms at most: an fsync costs as much.
// What the store makes of a batch is in accept-batch.ts. A sender that heard nothing, or a 451 after 60 s, sends again and meets UNIQUE(hash, mail_from, rcpt).
import { hash } from 'node:crypto'
import type { Clock, Timer } from '../../base/clock.ts'
import type { Counters } from '../../base/counters.ts'
import { PosternError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import { insertBatch, outcomeOf } from './accept-batch.ts'
import type { Acceptance, Entry, InboundStore, Outcome } from './accept-batch.ts'
import { mailboxTable } from '../../mail/recipient.ts'
import type { MailboxTable, ResolvedRecipient } from '../../mail/recipient.ts'
import type { NewInbound } from '../../store/sqlite/accept-rows.ts'

export type { Acceptance, InboundStore } from './accept-batch.ts'

/** The envelope of one message (RFC 5321 §2.3.1), its recipients resolved to mailboxes, and who brought it. */
export interface Envelope {
  /** Without angle brackets; '' is the null reverse-path. */
  readonly mailFrom: string
  /** In the order in which they were accepted, duplicates included. */
  readonly recipients: readonly ResolvedRecipient[]
  /** Address of the peer, or `unix`. */
  readonly peer: string
  readonly helo: string
  readonly protocol: 'smtp' | 'lmtp'
  readonly smtputf8: boolean
}

/** How much is held in memory and committed together. */
export interface AcceptorLimits {
  /** Messages that may be held (waiting or in a commit); more are answered `too_busy`. */
  readonly messages: number
  /** Their bytes. One message is always let in, however big. */
  readonly bytes: number
  /** Most rows of one commit; the store binds 18 values a row, SQLite takes 32,766. */
  readonly batchRows: number
  /** Most raw bytes of one commit. */
  readonly batchBytes: number
  /** A message not committed by then is answered as temporary (REL-3), ms. */
  readonly capMs: number
  /** Longest wait of a commit for messages that are expected, ms. */
  readonly gatherMs: number
}

const defaultAcceptorLimits: AcceptorLimits = {
  messages: 2000,
  bytes: 256 * 1024 * 1024,
  batchRows: 500,
  batchBytes: 16 * 1024 * 1024,
  capMs: 60_000,
  gatherMs: 2,
}

/** What the acceptor works with; limits that are left out have their default. */
export interface AcceptorOptions {
  readonly store: InboundStore
  readonly mailboxes: MailboxTable
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly counters: Counters
  readonly limits?: Partial<AcceptorLimits>
}

/** One message on its way into the store. */
interface Waiting extends Entry {
  readonly bytes: number
  readonly outcomes: Map<string, Acceptance>
  readonly settle: () => void
  settled: boolean
}

/** A message expected for longer than this is not waited for: its sender pauses, or it is big. */
const freshMs = 5

/** Takes messages from all sessions of this process and commits them. Every answer is given after the commit, or is temporary. */
export class Acceptor {
  readonly #options: AcceptorOptions
  readonly #limits: AcceptorLimits
  #mailboxes: MailboxTable
  #former = mailboxTable([])
  #waiting: Waiting[] = []
  /** Who is about to hand over a message, and since when (monotonic ms), oldest first. */
  readonly #expected = new Map<object, number>()
  #scheduled = false
  #gathering: Timer | undefined
  /** The commit that runs; a new object each, so that one given up on cannot end its successor. */
  #running: object | undefined
  #heldMessages = 0
  #heldBytes = 0
  #stopping = false
  #drained: (() => void)[] = []

  constructor(options: AcceptorOptions) {
    this.#options = options
    this.#limits = { ...defaultAcceptorLimits, ...options.limits }
    this.#mailboxes = options.mailboxes
  }

  /** Which mailbox a recipient belongs to; null for none of ours. */
  resolve(rcpt: string): ResolvedRecipient | null {
    return this.#mailboxes.resolve(rcpt)
  }

  /** Whether a recipient was one of ours a while ago, or is one at another node: its mail waits rather than bounces. */
  wasOurs(rcpt: string): boolean {
    return this.#former.resolve(rcpt) !== null
  }

  /** The addresses that `wasOurs` speaks of. */
  replaceFormer(former: MailboxTable): void {
    this.#former = former
  }

  /** A reloaded config: recipients are judged by it from now on. */
  replaceMailboxes(mailboxes: MailboxTable): void {
    this.#mailboxes = mailboxes
  }

  /** Messages held right now, waiting or in a commit. */
  get held(): number {
    return this.#heldMessages
  }

  /** A hint: `sender` is likely to hand over a message in a moment. A commit may wait a little for it. */
  expect(sender: object): void {
    this.#expected.delete(sender)
    this.#expected.set(sender, this.#options.clock.monotonic())
  }

  /** `sender` will not hand over a message for now. */
  expectNoMore(sender: object): void {
    if (this.#expected.delete(sender) && this.#gathering) this.#gather()
  }

  /** One outcome per recipient of the envelope, in its order; committed durably where `ok`. Never rejects. `sender` is the one that was expected. */
  async accept(envelope: Envelope, raw: Uint8Array, sender?: object): Promise<readonly Acceptance[]> {
    if (sender) this.#expected.delete(sender)
    const refusal = this.#refusal(raw.byteLength)
    if (refusal) return envelope.recipients.map(() => ({ ok: false, error: refusal }))
    const message = await new Promise<Waiting>((resolve) => {
      const rows = rowsOf(envelope, raw, this.#options)
      const entry: Waiting = {
        rows,
        bytes: raw.byteLength,
        splits: envelope.protocol === 'lmtp',
        outcomes: new Map(),
        settled: false,
        settle: () => {
          if (entry.settled) return
          entry.settled = true
          timer.cancel()
          resolve(entry)
        },
      }
      const timer = this.#options.clock.setTimer(this.#limits.capMs, () => this.#overdue(entry), { background: true })
      this.#heldMessages += 1
      this.#heldBytes += entry.bytes
      this.#waiting.push(entry)
      if (this.#gathering) this.#gather()
      else this.#schedule()
    })
    return envelope.recipients.map((r) => message.outcomes.get(r.rcpt) ?? { ok: false, error: new PosternError('internal') })
  }

  /** Takes nothing new, and resolves when what is held has been committed or given up. Harmless twice. */
  stop(): Promise<void> {
    this.#stopping = true
    if (this.#heldMessages === 0) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  #refusal(bytes: number): PosternError | undefined {
    if (this.#stopping) return new PosternError('store_unavailable')
    const full = this.#heldMessages >= this.#limits.messages || (this.#heldMessages > 0 && this.#heldBytes + bytes > this.#limits.bytes)
    if (!full) return undefined
    this.#options.counters.inc('postern_accept_busy_total')
    return new PosternError('too_busy')
  }

  /** The commit waits for the end of this turn of the event loop: what other sockets brought in the same turn goes along. */
  #schedule(): void {
    if (this.#scheduled || this.#running || this.#waiting.length === 0) return
    this.#scheduled = true
    setImmediate(() => this.#gather())
  }

  /** Begins the commit, or lets it wait for those that are expected. */
  #gather(): void {
    if (this.#waiting.length > 0 && this.#waiting.length < this.#limits.batchRows && this.#expectsMore()) {
      this.#gathering ??= this.#options.clock.setTimer(this.#limits.gatherMs, () => {
        // Whoever did not come in time is not waited for again.
        this.#expected.clear()
        this.#gather()
      })
      return
    }
    this.#gathering?.cancel()
    this.#gathering = undefined
    this.#scheduled = false
    void this.#commitNext()
  }

  #expectsMore(): boolean {
    const oldest = this.#options.clock.monotonic() - freshMs
    for (const [sender, since] of this.#expected) {
      if (since >= oldest) return true
      this.#expected.delete(sender)
    }
    return false
  }

  async #commitNext(): Promise<void> {
    const batch = this.#take()
    if (batch.length === 0) return
    const running = {}
    this.#running = running
    // A store that never answers must not hold up those that come later: they get a commit of their own, within the bounds above.
    const giveUp = this.#options.clock.setTimer(
      this.#limits.capMs,
      () => {
        this.#options.log.error({ messages: batch.length }, 'a commit of accepted mail hangs; going on without it')
        this.#release(running)
      },
      { background: true },
    )
    try {
      await insertBatch(this.#options, batch, (entry, outcome) => this.#report(entry, outcome))
    } finally {
      giveUp.cancel()
      for (const entry of batch) this.#done(entry)
      this.#release(running)
    }
  }

  #release(running: object): void {
    if (this.#running !== running) return
    this.#running = undefined
    this.#schedule()
  }

  #take(): readonly Waiting[] {
    const batch: Waiting[] = []
    let rows = 0
    let bytes = 0
    for (const entry of this.#waiting) {
      rows += entry.rows.length
      bytes += entry.bytes
      if (batch.length > 0 && (rows > this.#limits.batchRows || bytes > this.#limits.batchBytes)) break
      batch.push(entry)
    }
    this.#waiting.splice(0, batch.length)
    return batch
  }

  #report(entry: Waiting, outcome: Outcome): void {
    for (const row of entry.rows) {
      if (!entry.settled) entry.outcomes.set(row.rcpt, outcomeOf(row, outcome))
    }
    entry.settle()
  }

  /** The store has let go of the message: its memory counts no longer. */
  #done(entry: Waiting): void {
    entry.settle()
    this.#heldMessages -= 1
    this.#heldBytes -= entry.bytes
    if (this.#heldMessages > 0) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  #overdue(entry: Waiting): void {
    const error = new PosternError('store_unavailable', undefined, { cause: new Error(`not committed within ${this.#limits.capMs} ms`) })
    this.#options.counters.inc('postern_accept_overdue_total')
    for (const row of entry.rows) entry.outcomes.set(row.rcpt, { ok: false, error })
    entry.settle()
    const at = this.#waiting.indexOf(entry)
    if (at < 0) return
    this.#waiting.splice(at, 1)
    this.#done(entry)
  }
}

function rowsOf(envelope: Envelope, raw: Uint8Array, { ids, clock }: Pick<AcceptorOptions, 'ids' | 'clock'>): readonly NewInbound[] {
  const distinct = new Map(envelope.recipients.map((r) => [r.rcpt, r]))
  const shared = {
    rawId: ids.next(),
    raw,
    hash: hash('sha256', raw, 'hex'),
    mailFrom: envelope.mailFrom,
    peer: envelope.peer,
    helo: envelope.helo,
    protocol: envelope.protocol,
    smtputf8: envelope.smtputf8,
    receivedAt: clock.now(),
  }
  return [...distinct.values()].map((r) => ({ ...shared, id: ids.next(), rcpt: r.rcpt, mailbox: r.mailbox }))
}
