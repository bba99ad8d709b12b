// When a mail is tried again, when people are told, and when it is over (REL-7, IDM-6): pure decisions about one recipient after one attempt.
import type { RecipientOutcome } from './transport.ts'

/** The part of the configuration that decides; times in ms. */
export interface SendPolicy {
  /** Pauses before the 2nd, 3rd ... attempt; the last one repeats. */
  readonly retry: readonly number[]
  /** Counted from the first attempt, so that a mail that waited while we were down gets its fair share. */
  readonly give_up: number
  /** Counted from the writing of the row; null: no notice. */
  readonly delay_notice: number | null
  readonly unknown: 'resend' | 'hold'
}

/** Tries at 1, 5, 15 and 30 min, 1, 2 and then every 4 h, for five days; a notice after four hours. */
export const defaultSendPolicy: SendPolicy = {
  retry: [60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000],
  give_up: 5 * 86_400_000,
  delay_notice: 4 * 3_600_000,
  unknown: 'resend',
}

/** A peer that broke behind the dot may still be working on the mail. */
const resendAfter = 600_000
const maxResends = 1

/** What is known of a recipient before the attempt that just ended. */
export interface SendHistory {
  /** ms UTC. */
  readonly createdAt: number
  /** ms UTC; null: this was the first. */
  readonly firstAttemptAt: number | null
  /** Attempts that counted, without this one. */
  readonly attempts: number
  /** Automatic resends after an unknown outcome. */
  readonly resends: number
  readonly delayNoticed: boolean
}

/** What becomes of a recipient. Times are ms from now, so that the store can count them on the clock it judges leases by. */
export type Verdict =
  | { readonly state: 'sent'; readonly reply: string }
  /** Over: people see it, and an event says so. */
  | { readonly state: 'failed'; readonly why: 'refused' | 'gave-up'; readonly reply: string; readonly status: string }
  /** Due again. `counts`: add one to `attempts`. `delayNotice`: tell people now, once. */
  | {
      readonly state: 'queued'
      readonly retryIn: number
      readonly counts: boolean
      readonly delayNotice: boolean
      readonly reply: string
      readonly status: string
    }
  /** resendIn: due again then, and add one to `resends`; null: stays unknown, people see it and decide. */
  | { readonly state: 'unknown'; readonly resendIn: number | null; readonly reason: string }

/**
 * Decides. `jitter` is in [0, 1), drawn once per attempt, so that the recipients of one mail stay together. `calledOff`: we ended the attempt
 * ourselves, which does not count. `idempotent`: the transport keeps one copy however often it is sent.
 */
export function decide(
  outcome: RecipientOutcome,
  history: SendHistory,
  policy: SendPolicy,
  at: { readonly now: number; readonly jitter: number; readonly calledOff: boolean; readonly idempotent: boolean },
): Verdict {
  if (outcome.outcome === 'sent') return { state: 'sent', reply: outcome.reply }
  if (outcome.outcome === 'failed') return { state: 'failed', why: 'refused', reply: outcome.reply, status: outcome.status }
  if (outcome.outcome === 'unknown' && !at.idempotent) {
    const resend = policy.unknown === 'resend' && history.resends < maxResends
    return { state: 'unknown', resendIn: resend ? Math.round(resendAfter * (1 + 0.2 * at.jitter)) : null, reason: outcome.reason }
  }
  const { reply, status } = outcome.outcome === 'unknown' ? { reply: outcome.reason, status: '4.4.2' } : outcome
  if (at.calledOff) return { state: 'queued', retryIn: 0, counts: false, delayNotice: false, reply, status }
  const deadline = (history.firstAttemptAt ?? at.now) + policy.give_up
  if (at.now >= deadline) return { state: 'failed', why: 'gave-up', reply, status }
  const pause = policy.retry[Math.min(history.attempts, policy.retry.length - 1)] ?? policy.give_up
  const noticeAt = policy.delay_notice === null || history.delayNoticed ? Infinity : history.createdAt + policy.delay_notice
  const delayNotice = at.now >= noticeAt
  // One try at the very instant of the notice, so that nobody is alarmed by old news; and a last one at the deadline.
  const latest = Math.min(deadline, delayNotice ? Infinity : noticeAt) - at.now
  return { state: 'queued', retryIn: Math.min(jittered(pause, at.jitter), latest), counts: true, delayNotice, reply, status }
}

/** ± 20 %, so that a herd spreads out. */
function jittered(ms: number, jitter: number): number {
  return Math.round(ms * (0.8 + 0.4 * jitter))
}
