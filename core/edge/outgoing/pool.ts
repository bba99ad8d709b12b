// A few kept-alive connections to one next hop, shared by all mails that go there. How many mails are sent at a time is for the outbox worker.
import type { Clock, Timer } from '../../base/clock.ts'
import { describeError } from '../../base/errors.ts'
import type { OutgoingMail, RecipientOutcome, Transport } from '../../engine/outbox/transport.ts'
import type { NextHop } from './next-hop.ts'
import { SessionFault, faultStatus } from './session-fault.ts'
import { SmtpSession } from './session.ts'

/** For how long and for how much one connection is used. */
export interface PoolLimits {
  /** Mails on one connection before it is replaced. */
  readonly mailsPerConnection: number
  /** ms after which an unused connection is closed; less than the peer's own patience (Postfix: 300 s). */
  readonly idle: number
  /** Recipients in one transaction (RFC 5321 §4.5.3.1.8: a peer takes at least 100). */
  readonly rcptsPerMail: number
}

/** Fits Postfix as it is shipped. */
export const defaultPoolLimits: PoolLimits = { mailsPerConnection: 100, idle: 30_000, rcptsPerMail: 100 }

/** ms for attempts under way when the pool is stopped; whoever wants them to take longer stops the sender first. */
const lastGrace = 5000

/** The `smtp` and `lmtp` transport. */
export class SmtpPool implements Transport {
  readonly idempotent = false
  readonly #clock: Clock
  readonly #hop: NextHop
  readonly #limits: PoolLimits
  readonly #idle: { readonly session: SmtpSession; readonly timer: Timer }[] = []
  readonly #sending = new Set<SmtpSession>()
  readonly #attempts = new Set<Promise<unknown>>()
  #stopping: Promise<void> | undefined

  constructor(clock: Clock, hop: NextHop, limits: PoolLimits = defaultPoolLimits) {
    this.#clock = clock
    this.#hop = hop
    this.#limits = limits
  }

  async send(mail: OutgoingMail, signal: AbortSignal, mayCommit: () => boolean = () => true): Promise<readonly RecipientOutcome[]> {
    const outcomes: RecipientOutcome[] = []
    for (let at = 0; at < mail.rcpts.length; at += this.#limits.rcptsPerMail) {
      const attempt = this.#attempt({ ...mail, rcpts: mail.rcpts.slice(at, at + this.#limits.rcptsPerMail) }, signal, mayCommit)
      this.#attempts.add(attempt)
      for (const one of await attempt) outcomes.push(one)
      this.#attempts.delete(attempt)
    }
    return outcomes
  }

  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      const patience = this.#clock.setTimer(lastGrace, () => this.#sending.forEach((s) => s.destroy('shutting down')))
      await Promise.all(this.#attempts)
      patience.cancel()
      await Promise.all(this.#idle.splice(0).map((kept) => closeKept(kept)))
    })()
    return this.#stopping
  }

  /** Never rejects. */
  async #attempt(mail: OutgoingMail, signal: AbortSignal, mayCommit: () => boolean): Promise<readonly RecipientOutcome[]> {
    let session: SmtpSession | undefined
    try {
      if (this.#stopping) throw new SessionFault('aborted', 'shutting down')
      session = (await this.#takeIdle(signal)) ?? (await openSession(this.#clock, this.#hop, signal))
      this.#sending.add(session)
      return await session.send(mail, signal, mayCommit)
    } catch (error) {
      const status = faultStatus(error instanceof SessionFault ? error.kind : 'broken')
      return mail.rcpts.map((rcpt) => ({ outcome: 'retry', rcpt, reply: describeError(error), status }))
    } finally {
      if (session) this.#keep(session)
    }
  }

  /** The connection used last, so that those not needed grow old. One that turns out to be dead costs no attempt. */
  async #takeIdle(signal: AbortSignal): Promise<SmtpSession | undefined> {
    for (let kept = this.#idle.pop(); kept; kept = this.#idle.pop()) {
      kept.timer.cancel()
      kept.session.idle(false)
      if (await kept.session.revive(signal)) return kept.session
    }
    return undefined
  }

  #keep(session: SmtpSession): void {
    this.#sending.delete(session)
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
}

/** A session with this hop, in clear where TLS is opportunistic and fails. Rejects with a SessionFault. */
export async function openSession(clock: Clock, hop: NextHop, signal: AbortSignal): Promise<SmtpSession> {
  try {
    return await SmtpSession.open(clock, hop, signal)
  } catch (error) {
    const clear = hop.tls === 'opportunistic' && !hop.auth && error instanceof SessionFault && error.kind === 'tls'
    if (!clear) throw error
    return SmtpSession.open(clock, { ...hop, tls: 'off' }, signal)
  }
}

function closeKept(kept: { readonly session: SmtpSession; readonly timer: Timer }): Promise<void> {
  kept.timer.cancel()
  return kept.session.close()
}
