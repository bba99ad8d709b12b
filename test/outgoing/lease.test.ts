// Leases where time does odd things.
import { expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import type { Clock } from '../../core/base/clock.ts'
import { Lease, defaultLeaseTimes } from '../../core/engine/outbox/lease.ts'

test('a process that was stopped for longer than its lease may not send the final dot, though none of its timers has run yet', () => {
  let mono = 1000
  const clock: Clock = { now: () => 0, monotonic: () => mono, setTimer: () => ({ cancel: () => undefined }) }
  const lease = new Lease(clock, defaultLeaseTimes, mono, () => Promise.resolve(true))
  mono += 269_999
  expect(lease.holds()).toBe(true)
  mono += 90_000
  expect(lease.signal.aborted).toBe(false)
  expect(lease.holds()).toBe(false)
})

test('a wall clock that jumps changes nothing', () => {
  const clock = new TestClock()
  const lease = new Lease(clock, defaultLeaseTimes, clock.monotonic(), () => Promise.resolve(true))
  clock.jump('2030-01-01T00:00:00Z')
  expect(lease.holds()).toBe(true)
  clock.jump('2001-01-01T00:00:00Z')
  expect(lease.holds()).toBe(true)
  lease.end()
})

test('the store away for a while: renewed as soon as it answers, and the work goes on', async () => {
  const clock = new TestClock()
  let failures = 20
  const lease = new Lease(clock, defaultLeaseTimes, clock.monotonic(), () =>
    failures-- > 0 ? Promise.reject(new Error('away')) : Promise.resolve(true),
  )
  for (let s = 0; s < 600; s++) {
    clock.advance(1000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(lease.holds()).toBe(true)
  lease.end()
  lease.end()
  clock.advance(3_600_000)
  expect(lease.signal.aborted).toBe(false)
})

test('a renewal that hangs does not hide the end of the lease', () => {
  const clock = new TestClock()
  const lease = new Lease(clock, defaultLeaseTimes, clock.monotonic(), () => new Promise(() => undefined))
  clock.advance(269_999)
  expect(lease.signal.aborted).toBe(false)
  clock.advance(1)
  expect(lease.signal.aborted).toBe(true)
})
