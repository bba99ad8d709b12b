// A few kept-alive connections to one next hop, shared by all mails that go there.
import type { Clock, Timer } from '../../base/clock.ts'
import { describeError } from '../../base/errors.ts'
import type { OutgoingMail, RecipientOutcome, Transport } from '../../engine/outbox/transport.ts'
import type { NextHop } from './next-hop.ts'
import { SessionFault, faultStatus } from './session-fault.ts'
import { SmtpSession } from './smtp.ts'

export interface PoolLimits {
  /** Connections at the same time. */
  readonly connections: number
  /** Mails on one connection before it is replaced. */
  readonly mailsPerConnection: number
  /** ms after which an unused connection is closed; less than the peer's own patience (Postfix: 300 s). */
  readonly idle: number
  /** Recipients in one transaction (RFC 5321 §4.5.3.1.8: a peer takes at least 100). */
  readonly rcptsPerMail: number
}

export const defaultPoolLimits: PoolLimits = { connections: 5, mailsPerConnection: 100, idle: 30_000, rcptsPerMail: 100 }

/** ms for attempts under way when the pool is stopped; whoever wants them to take longer stops the sender first. */
const lastGrace = 5000

/** The `smtp` and `lmtp` transport. */
export class SmtpPool implements Transport {
  readonly idempotent = false
  readonly #clock: Clock
  readonly #hop: NextHop
  readonly #limits: PoolLimits
  readonly #idle: { readonly session: SmtpSession; readonly timer: Timer }[] = []
  readonly #waiting: (() => void)[] = []
  readonly #sending = new Set<SmtpSession>()
  #busy = 0
  #stopping: Promise<void> | undefined
  #drained: (() => void) | undefined

  constructor(clock: Clock, hop: NextHop, limits: PoolLimits = defaultPoolLimits) {
    this.#clock = clock
    this.#hop = hop
    this.#limits = limits
  }

  async send(mail: OutgoingMail, signal: AbortSignal, mayCommit: () => boolean = () => true): Promise<readonly RecipientOutcome[]> {
    const outcomes: RecipientOutcome[] = []
    for (let at = 0; at < mail.rcpts.length; at += this.#limits.rcptsPerMail) {
      const part = { ...mail, rcpts: mail.rcpts.slice(at, at + this.#limits.rcptsPerMail) }
      outcomes.push(...(await this.#sendPart(part, signal, mayCommit)))
    }
    return outcomes
  }

  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      for (const wake of this.#waiting.splice(0)) wake()
      if (this.#busy > 0) {
        const drained = new Promise<void>((resolve) => (this.#drained = resolve))
        const patience = this.#clock.setTimer(lastGrace, () => this.#sending.forEach((s) => s.destroy('shutting down')))
        await drained
        patience.cancel()
      }
      await Promise.all(this.#idle.splice(0).map((kept) => closeKept(kept)))
    })()
    return this.#stopping
  }

  async #sendPart(mail: OutgoingMail, signal: AbortSignal, mayCommit: () => boolean): Promise<readonly RecipientOutcome[]> {
    let session: SmtpSession | undefined
    const took = await this.#slot(signal)
    try {
      if (!took) throw new SessionFault('aborted', this.#stopping ? 'shutting down' : 'called off while waiting for a connection')
      for (;;) {
        session = this.#takeIdle() ?? (await this.#open(signal))
        this.#sending.add(session)
        const outcomes = await session.send(mail, signal, mayCommit)
        this.#sending.delete(session)
        if (outcomes) return outcomes
      }
    } catch (error) {
      const status = faultStatus(error instanceof SessionFault ? error.kind : 'broken')
      return mail.rcpts.map((rcpt) => ({ outcome: 'retry', rcpt, reply: describeError(error), status }))
    } finally {
      if (session) this.#keep(session)
      if (took) this.#release()
    }
  }

  /** Waits for its turn; false where the wait was called off. */
  async #slot(signal: AbortSignal): Promise<boolean> {
    while (this.#busy >= this.#limits.connections && !this.#stopping && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', calledOff)
          resolve()
        }
        const calledOff = (): void => {
          this.#waiting.splice(this.#waiting.indexOf(wake), 1)
          resolve()
        }
        this.#waiting.push(wake)
        signal.addEventListener('abort', calledOff, { once: true })
      })
    }
    if (this.#stopping || signal.aborted) {
      this.#waiting.shift()?.() // the turn that may have been ours goes to the next
      return false
    }
    this.#busy++
    return true
  }

  #release(): void {
    this.#busy--
    this.#waiting.shift()?.()
    if (this.#busy === 0) this.#drained?.()
  }

  /** The connection used last, so that those not needed grow old. */
  #takeIdle(): SmtpSession | undefined {
    for (;;) {
      const kept = this.#idle.pop()
      if (!kept) return undefined
      if (!kept.session.usable) {
        void closeKept(kept)
        continue
      }
      kept.timer.cancel()
      kept.session.idle(false)
      return kept.session
    }
  }

  #keep(session: SmtpSession): void {
    if (!session.usable) return
    if (this.#stopping || session.mails >= this.#limits.mailsPerConnection) return void session.close()
    const drop = (): void => {
      const at = this.#idle.findIndex((kept) => kept.session === session)
      const [kept] = at < 0 ? [] : this.#idle.splice(at, 1)
      if (kept) void closeKept(kept)
    }
    session.idle(true)
    this.#idle.push({ session, timer: this.#clock.setTimer(this.#limits.idle, drop, { background: true }) })
    session.onBreak(drop)
  }

  async #open(signal: AbortSignal): Promise<SmtpSession> {
    try {
      return await SmtpSession.open(this.#clock, this.#hop, signal)
    } catch (error) {
      const clear = this.#hop.tls === 'opportunistic' && !this.#hop.auth && error instanceof SessionFault && error.kind === 'tls'
      if (!clear) throw error
      return SmtpSession.open(this.#clock, { ...this.#hop, tls: 'off' }, signal)
    }
  }
}

function closeKept(kept: { readonly session: SmtpSession; readonly timer: Timer }): Promise<void> {
  kept.timer.cancel()
  return kept.session.close()
}
