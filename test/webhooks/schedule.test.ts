import fc from 'fast-check'
import { expect, test } from 'vitest'
import { attemptsAtMost, pauseAfter, retryAfterMs } from '../../plugins/webhooks/schedule.ts'
import { runs } from '../support/runs.ts'

const [s, m, h] = [1000, 60_000, 3_600_000]

test('ten attempts over three days, each pause within a fifth of its base', () => {
  const bases = [5 * s, 5 * m, 30 * m, 2 * h, 5 * h, 10 * h, 14 * h, 20 * h, 24 * h]
  expect(attemptsAtMost).toBe(10)
  bases.forEach((base, i) => {
    expect(pauseAfter(i + 1, 0, null)).toBe(base * 0.8)
    expect(pauseAfter(i + 1, 0.5, null)).toBe(base)
    expect(pauseAfter(i + 1, 0.999999, null)).toBeLessThanOrEqual(base * 1.2)
  })
  expect(pauseAfter(10, 0.5, null)).toBeNull()
})

test('what the receiver asks for is kept within once and twice the pause', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 0, max: 1e9 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (n, asked, random) => {
        const base = pauseAfter(n, 0.5, null) ?? 0
        const pause = pauseAfter(n, random, asked) ?? -1
        expect(pause).toBe(Math.min(Math.max(asked, base), 2 * base))
      },
    ),
    { numRuns: runs() },
  )
  expect(retryAfterMs('120', 0)).toBe(120_000)
  expect(retryAfterMs('Mon, 21 Sep 2026 09:01:00 GMT', Date.parse('2026-09-21T09:00:00Z'))).toBe(60_000)
  expect(retryAfterMs('soon', 0)).toBeNull()
  expect(retryAfterMs(undefined, 0)).toBeNull()
})
