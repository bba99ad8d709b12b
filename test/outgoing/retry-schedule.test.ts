// Decisions about one recipient after one attempt.
import { describe, expect, test } from 'vitest'
import { decide, defaultSendPolicy } from '../../core/engine/outbox/retry-schedule.ts'
import type { SendHistory, SendPolicy, Verdict } from '../../core/engine/outbox/retry-schedule.ts'
import type { RecipientOutcome } from '../../core/engine/outbox/transport.ts'
import { address } from './rig.ts'

const rcpt = address('a@x.test')
const later: RecipientOutcome = { outcome: 'retry', rcpt, reply: '451 later', status: '4.3.0' }
const unknown: RecipientOutcome = { outcome: 'unknown', rcpt, reason: 'closed' }
const minute = 60_000
const hour = 60 * minute

const verdict = (
  outcome: RecipientOutcome,
  history: Partial<SendHistory> = {},
  at: Partial<Parameters<typeof decide>[3]> = {},
  policy: Partial<SendPolicy> = {},
): Verdict =>
  decide(
    outcome,
    { createdAt: 0, firstAttemptAt: null, attempts: 0, resends: 0, delayNoticed: false, ...history },
    { ...defaultSendPolicy, ...policy },
    { now: 0, jitter: 0.5, calledOff: false, idempotent: false, ...at },
  )

test('the pauses are 1 m, 5 m, 15 m, 30 m, 1 h, 2 h and then always 4 h, each within 20 %', () => {
  const pause = (attempts: number, jitter: number): unknown => {
    const v = verdict(later, { attempts }, { jitter }, { delay_notice: null })
    return v.state === 'queued' ? v.retryIn : v
  }
  const means = [1, 5, 15, 30, 60, 120, 240, 240, 240].map((m) => m * minute)
  expect(means.map((_, i) => pause(i, 0.5))).toEqual(means)
  expect(means.map((_, i) => pause(i, 0))).toEqual(means.map((m) => m * 0.8))
  for (const [i, m] of means.entries()) expect(pause(i, 0.999_999)).toBeCloseTo(m * 1.2, -2)
})

describe('giving up', () => {
  test('the last try is at the deadline, and a failure there is the end', () => {
    const started = { firstAttemptAt: 0, attempts: 30, delayNoticed: true }
    expect(verdict(later, started, { now: 119 * hour })).toMatchObject({ state: 'queued', retryIn: hour })
    expect(verdict(later, started, { now: 120 * hour })).toEqual({ state: 'failed', why: 'gave-up', reply: '451 later', status: '4.3.0' })
  })

  test('a mail that waited while we were down for a week still gets its five days', () => {
    expect(verdict(later, {}, { now: 168 * hour })).toMatchObject({ state: 'queued', retryIn: minute })
  })

  test('5yz is the end at once', () => {
    expect(verdict({ outcome: 'failed', rcpt, reply: '550 no', status: '5.1.1' })).toEqual({
      state: 'failed',
      why: 'refused',
      reply: '550 no',
      status: '5.1.1',
    })
  })
})

describe('the delay notice', () => {
  test('comes once, four hours after the mail was written, with a try at that very time', () => {
    const started = { firstAttemptAt: 0, attempts: 6 }
    expect(verdict(later, started, { now: 231 * minute })).toMatchObject({ retryIn: 9 * minute, delayNotice: false })
    expect(verdict(later, { ...started, attempts: 7 }, { now: 4 * hour })).toMatchObject({ retryIn: 4 * hour, delayNotice: true })
    expect(verdict(later, { ...started, attempts: 8, delayNoticed: true }, { now: 8 * hour })).toMatchObject({ delayNotice: false })
  })

  test('comes with the first failure of a mail that is already old', () => {
    expect(verdict(later, {}, { now: 6 * hour })).toMatchObject({ retryIn: minute, delayNotice: true })
  })

  test('can be switched off', () => {
    expect(verdict(later, {}, { now: 6 * hour }, { delay_notice: null })).toMatchObject({ delayNotice: false })
  })
})

describe('an unknown outcome', () => {
  test('is resent once, 600 to 720 s later, and then stays unknown', () => {
    expect(verdict(unknown, {}, { jitter: 0 })).toEqual({ state: 'unknown', resendIn: 600_000, reason: 'closed' })
    expect(verdict(unknown, {}, { jitter: 0.5 })).toMatchObject({ resendIn: 660_000 })
    expect(verdict(unknown, { resends: 1 })).toMatchObject({ state: 'unknown', resendIn: null })
  })

  test('is left to people with the policy "hold"', () => {
    expect(verdict(unknown, {}, {}, { unknown: 'hold' })).toMatchObject({ state: 'unknown', resendIn: null })
  })

  test('does not arise where sending twice leaves one copy', () => {
    expect(verdict(unknown, {}, { idempotent: true })).toMatchObject({ state: 'queued', retryIn: minute, counts: true })
  })
})

test('an attempt that we called off ourselves does not count and is due at once', () => {
  expect(verdict(later, { attempts: 3 }, { calledOff: true })).toMatchObject({ state: 'queued', retryIn: 0, counts: false })
  expect(verdict(unknown, {}, { calledOff: true })).toMatchObject({ state: 'unknown' })
})
