// Sends what lies in the outbox: claim, one attempt, complete. What a crash leaves behind comes back as "outcome unknown".
//
//   queued --claim--> sending --complete--> sent | failed | unknown | queued (later)
//                        |  renewed every 60 s; cannot be renewed: called off before the final dot
//                        +-- lease ran out: we died, nobody knows on which side of the dot --recover--> decided as `unknown`
import type { Clock } from '../../base/clock.ts'
import { sleep } from '../../base/clock.ts'
import { PosternError, describeError } from '../../base/errors.ts'
import { PollLoop } from '../../base/poll-loop.ts'
import type { Log } from '../../base/log.ts'
import { checkedAddress } from '../../mail/address.ts'
import type { EnvelopeAddress } from '../../mail/address.ts'
import { assemble } from '../../mail/compose/segments.ts'
import { lanesOf, sameLane } from './lane.ts'
import type { ClaimedRecipient, ClaimedSend, Held, Lane, Transports } from './lane.ts'
import { Lease, defaultLeaseTimes } from './lease.ts'
import type { LeaseTimes } from './lease.ts'
import { decide } from './retry-schedule.ts'
import type { SendPolicy, Verdict } from './retry-schedule.ts'
import type { RecipientOutcome } from './transport.ts'

/** What became of one recipient in an attempt, as it is written to its row. */
export type RecipientResult = Verdict & { readonly recipient: ClaimedRecipient }

/** What the worker needs of the store. Each call is a short transaction of its own. */
export interface OutboxStore {
  /**
   * Takes up to `limit` mails with due recipients, oldest first: state = sending, a lease of `leaseMs`, token + 1. `only` one transport, or
   * all `except` those named.
   */
  claim(
    from: { readonly only: string } | { readonly except: readonly string[] },
    limit: number,
    leaseMs: number,
  ): Promise<readonly ClaimedSend[]>
  /** Extends the lease of all its recipients; false: fenced off (the token of at least one is not the current one any more). */
  renew(send: ClaimedSend, leaseMs: number): Promise<boolean>
  /** Writes the results with the events that follow from them, and ends the lease; false: fenced off, and nothing was written. */
  complete(send: ClaimedSend, results: readonly RecipientResult[]): Promise<boolean>
  /** Claims recipients whose lease ran out while sending: token + 1, a new lease, still sending. */
  recover(limit: number, leaseMs: number): Promise<readonly ClaimedSend[]>
  readBlob(id: string): Promise<Uint8Array>
}

/** What sending works with. */
export interface OutboxWorkerOptions {
  readonly clock: Clock
  readonly log: Log
  readonly store: OutboxStore
  /** By the name that outbox rows carry. */
  readonly transports: Transports
  readonly policy: SendPolicy
  readonly leaseTimes?: LeaseTimes
  /** In [0, 1). */
  readonly random: () => number
  /** For metrics: called for each result that was written. */
  readonly onResult?: (transport: string, result: RecipientResult) => void
}

/** ms between looks at the store: the shorter one after work, growing to the longer one in silence. Wake-ups are hints only. */
const shortestPoll = 1000
const maxPollMs = 5000
const recoverEvery = 30_000
const recoverBatch = 100
/** ms after which an attempt that was called off at shutdown is no longer waited for. */
const lastGrace = 5000

/** Sends what is due, from `start` to `stop`, for each transport so many mails at once as it says. */
export class OutboxWorker {
  readonly #options: OutboxWorkerOptions
  readonly #times: LeaseTimes
  #transports: Transports
  #lanes: readonly Lane[]
  /** Of lanes that were replaced: their last mails are on the way, or their transports are being stopped. */
  readonly #leaving = new Set<Promise<void>>()
  readonly #held = new Set<Held>()
  readonly #halt = new AbortController()
  readonly #loop: PollLoop
  #poll = shortestPoll
  #recoveredAt = -Infinity
  #stopping: Promise<void> | undefined
  #settled: (() => void) | undefined

  constructor(options: OutboxWorkerOptions) {
    this.#options = options
    this.#times = options.leaseTimes ?? defaultLeaseTimes
    this.#loop = new PollLoop({ clock: options.clock, look: () => this.#look(), pause: () => this.#poll })
    this.#transports = options.transports
    this.#lanes = lanesOf(options.transports)
  }

  /**
   * From now on mail leaves by these. A transport that is still among them goes on as it is; one that is not gets nothing more, ends what
   * it has begun, and is stopped. What waited for it goes by the one that has its name now.
   */
  replaceTransports(transports: Transports): void {
    const before = this.#lanes
    this.#transports = transports
    this.#lanes = lanesOf(transports).map((lane) => before.find((old) => sameLane(old, lane)) ?? lane)
    for (const old of before.filter((lane) => !this.#lanes.includes(lane))) {
      const heir = this.#heirOf(old)
      for (const held of old.queued.splice(0)) heir.queued.push(held)
      const left = this.#retire(old).finally(() => this.#leaving.delete(left))
      this.#leaving.add(left)
      this.#advance(heir)
    }
    this.wake()
  }

  /** Itself; of one that was replaced, the lane that has its mail now. */
  #heirOf(lane: Lane): Lane {
    if (this.#lanes.includes(lane)) return lane
    return this.#lanes.find((other) => other.name === lane.name) ?? this.#lanes.at(-1) ?? lane
  }

  async #retire(lane: Lane): Promise<void> {
    if (lane.active > 0) await new Promise<void>((resolve) => (lane.emptied = resolve))
    await lane.transport?.stop()
  }

  start(): void {
    this.wake()
  }

  /** There may be something to send. */
  wake(): void {
    this.#loop.ask()
  }

  /** Resolves when nothing that was due is left to send; for tests and tools that move the clock. */
  async idle(): Promise<void> {
    for (;;) {
      this.wake()
      while (this.#loop.looking) await this.#loop.looking
      if (this.#held.size === 0) return
      await new Promise<void>((resolve) => (this.#settled = resolve))
    }
  }

  /** Claims nothing more, lets attempts under way finish for `graceMs`, then calls off those before their final dot. Harmless twice. */
  stop(graceMs = 20_000): Promise<void> {
    this.#stopping ??= this.#drain(graceMs)
    return this.#stopping
  }

  async #drain(graceMs: number): Promise<void> {
    await this.#loop.stop()
    for (const lane of this.#lanes) for (const held of lane.queued.splice(0)) this.#begin(lane, held, true)
    const quiet = new Promise<void>((resolve) => (this.#settled = resolve))
    if (this.#held.size === 0) return this.#left()
    const waited = new AbortController()
    void quiet.then(() => waited.abort())
    await sleep(this.#options.clock, graceMs, waited.signal)
    for (const held of this.#held) held.lease.callOff()
    await sleep(this.#options.clock, lastGrace, waited.signal)
    this.#halt.abort()
    for (const held of this.#held) held.lease.end()
    await this.#left()
  }

  async #left(): Promise<void> {
    await Promise.race([Promise.all(this.#leaving), sleep(this.#options.clock, lastGrace)])
  }

  /** One look at the store: give back what the dead left, then fill the free places. Errors wait for the next look. */
  async #look(): Promise<boolean> {
    let found = 0
    try {
      const now = this.#options.clock.monotonic()
      if (now >= this.#recoveredAt + recoverEvery) {
        await this.#recover()
        // Not the time of its end: what ran out while it looked is for the next one.
        this.#recoveredAt = now
      }
      for (const lane of this.#lanes) found += await this.#fill(lane)
      this.#poll = found > 0 ? shortestPoll : Math.min(maxPollMs, this.#poll * 1.5)
    } catch (error) {
      this.#poll = maxPollMs
      this.#options.log.warn({ error: describeError(error) }, 'the outbox cannot be read, trying again')
    }
    return true
  }

  /** Twice as many as are sent at a time are held, so that one claim serves several mails. */
  async #fill(lane: Lane): Promise<number> {
    const waiting = lane.active + lane.queued.length
    if (this.#stopping || waiting > lane.concurrency) return 0
    const limit = lane.concurrency * 2 - waiting
    const since = this.#options.clock.monotonic()
    const sends = await this.#options.store.claim(lane.from, limit, this.#times.lease)
    lane.more = sends.length >= limit
    // It may have been replaced while the store was asked.
    const heir = this.#heirOf(lane)
    for (const send of sends) {
      const held: Held = {
        send,
        lease: new Lease(this.#options.clock, this.#times, since, () => this.#options.store.renew(send, this.#times.lease)),
      }
      this.#held.add(held)
      heir.queued.push(held)
    }
    this.#advance(heir)
    return sends.length
  }

  #advance(lane: Lane): void {
    while (lane.active < lane.concurrency) {
      const held = lane.queued.shift()
      if (!held) break
      this.#begin(lane, held, false)
    }
    if (lane.more && lane.active + lane.queued.length <= lane.concurrency) this.wake()
  }

  #begin(lane: Lane, held: Held, calledOff: boolean): void {
    if (calledOff) held.lease.callOff()
    lane.active++
    let placeFree = false
    const freePlace = (): void => {
      if (placeFree) return
      placeFree = true
      lane.active--
      this.#advance(lane)
      if (lane.active === 0) lane.emptied?.()
    }
    void this.#work(lane, held, freePlace).finally(() => {
      held.lease.end()
      this.#held.delete(held)
      if (this.#held.size === 0) this.#settled?.()
      freePlace()
    })
  }

  async #work(lane: Lane, { send, lease }: Held, freePlace: () => void): Promise<void> {
    const outcomes = await this.#attempt(lane, send, lease)
    await this.#complete(send, outcomes, lease.signal.aborted, freePlace)
  }

  /** An outcome for each recipient whose address is sound; never rejects. */
  async #attempt(lane: Lane, send: ClaimedSend, lease: Lease): Promise<Outcomes> {
    const from = send.envelopeFrom === '' ? '' : checkedAddress(send.envelopeFrom)
    const rcpts = soundRecipients(send)
    if (from === null || rcpts.length === 0) return new Map()
    const all = (reply: string, status: string): Outcomes => byAddress(rcpts.map((rcpt) => ({ outcome: 'retry', rcpt, reply, status })))
    if (lease.signal.aborted) return all('called off', '4.3.2')
    if (!lane.transport) return all(`no transport named ${send.transport} is configured`, '4.3.5')
    let raw: Buffer
    try {
      raw = await assemble(send.segments, (id) => this.#options.store.readBlob(id))
    } catch (error) {
      this.#options.log.error({ outbox: send.id, error: describeError(error) }, 'an outgoing mail cannot be put together')
      const reply = `the mail cannot be put together: ${describeError(error)}`
      // `retention` or `forget` took the bytes: waiting brings nothing back.
      if (error instanceof PosternError && error.code === 'gone')
        return byAddress(rcpts.map((rcpt) => ({ outcome: 'failed', rcpt, reply, status: '5.3.0' })))
      return all(reply, '4.3.0')
    }
    const unknown = (reason: string): RecipientOutcome[] => rcpts.map((rcpt) => ({ outcome: 'unknown', rcpt, reason }))
    try {
      const outcomes = await lane.transport.send(
        { id: send.id, envelopeFrom: from, rcpts, envid: send.envid, raw, smtputf8: send.smtputf8 },
        lease.signal,
        () => lease.holds(),
      )
      return byAddress([...unknown('the transport gave no answer'), ...outcomes])
    } catch (error) {
      // A fault of ours: nothing says on which side of the dot.
      this.#options.log.error({ outbox: send.id, error: describeError(error) }, 'a transport failed')
      return byAddress(unknown(describeError(error)))
    }
  }

  /**
   * Writes what became of it, and goes on trying while the store is away: what is known must not turn into "unknown". Meanwhile its place is
   * free for others, so that a plugin that cannot bear an event holds up nobody else.
   */
  async #complete(send: ClaimedSend, outcomes: Outcomes, calledOff: boolean, freePlace: () => void): Promise<void> {
    const idempotent = this.#transports.get(send.transport)?.transport.idempotent ?? false
    const at = { now: this.#options.clock.now(), jitter: this.#options.random(), calledOff, idempotent }
    const results = send.recipients.map((recipient): RecipientResult => {
      const outcome = outcomes.get(checkedAddress(recipient.address)?.address ?? '')
      if (!outcome) return { recipient, state: 'failed', why: 'refused', reply: 'an address of the envelope is not valid', status: '5.1.3' }
      return { recipient, ...decide(outcome, { ...recipient, createdAt: send.createdAt }, this.#options.policy, at) }
    })
    for (let pause = 1000; !this.#halt.signal.aborted; pause = Math.min(30_000, pause * 2)) {
      try {
        const written = await this.#options.store.complete(send, results)
        for (const result of results) this.#tell(send, result, written)
        return
      } catch (error) {
        this.#options.log.error({ outbox: send.id, error: describeError(error) }, 'the outcome of a send cannot be written, trying again')
        freePlace()
        await sleep(this.#options.clock, pause, this.#halt.signal)
      }
    }
  }

  #tell(send: ClaimedSend, result: RecipientResult, written: boolean): void {
    const { recipient, state, ...rest } = result
    const facts = { outbox: send.id, transport: send.transport, to: recipient.address, attempt: recipient.attempts + 1, state, ...rest }
    if (!written) return this.#options.log.warn(facts, 'a send was finished by somebody else')
    this.#options.onResult?.(send.transport, result)
    if (state === 'failed' || state === 'unknown') this.#options.log.warn(facts, 'a mail was not sent')
    else this.#options.log.info(facts, state === 'sent' ? 'a mail was sent' : 'a mail will be tried again')
  }

  /** Those who died while sending: their mail may have left or not. */
  async #recover(): Promise<void> {
    for (;;) {
      const sends = await this.#options.store.recover(recoverBatch, this.#times.lease)
      for (const send of sends) {
        const reason = 'the process ended while it was sending'
        await this.#complete(
          send,
          byAddress(soundRecipients(send).map((rcpt) => ({ outcome: 'unknown', rcpt, reason }))),
          false,
          () => undefined,
        )
      }
      if (sends.length < recoverBatch) return
    }
  }
}

/** Checked address to outcome. */
type Outcomes = ReadonlyMap<string, RecipientOutcome>

const byAddress = (outcomes: readonly RecipientOutcome[]): Outcomes => new Map(outcomes.map((o) => [o.rcpt.address, o]))

/** Each address once, and only those that may stand in an envelope (REL-13). */
function soundRecipients(send: ClaimedSend): readonly EnvelopeAddress[] {
  const checked = send.recipients.flatMap((r) => checkedAddress(r.address) ?? [])
  return [...new Map(checked.map((c) => [c.address, c])).values()]
}
