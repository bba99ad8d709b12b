// The only file that names the wall clock and the timers: everything else is handed a Clock, so that a test can set the time.
import { performance } from 'node:perf_hooks'

/** Something that was set going and can be called off; `cancel` is harmless twice. */
export interface Timer {
  cancel(): void
}

/** The time: ms since the epoch, UTC. */
export interface Clock {
  /** Wall clock, ms UTC; may jump. */
  now(): number
  /** Monotonic ms from an arbitrary origin; never jumps. */
  monotonic(): number
  /** Calls `fn` once after `ms`. Spans over 24.8 days work (the platform's own timer overflows there). */
  setTimer(ms: number, fn: () => void, options?: TimerOptions): Timer
}

/** How a timer behaves beside the process that it runs in. */
export interface TimerOptions {
  /** Let the process end while this timer is pending (default: it keeps the process alive). */
  readonly background?: boolean
}

/** The platform's timers hold a signed 32-bit count of ms: 2^31 - 1 is 24.8 days. */
const maxMs = 2_147_483_647

/** The clock of the operating system. Timers may be longer than the 2^31 ms that Node's own take. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(ms, fn, options) {
    let left = Math.max(0, ms)
    let handle: NodeJS.Timeout
    const arm = (): void => {
      const step = Math.min(left, maxMs)
      left -= step
      handle = setTimeout(() => (left > 0 ? arm() : fn()), step)
      if (options?.background) handle.unref()
    }
    arm()
    return { cancel: () => clearTimeout(handle) }
  },
}

/** Resolves after `ms`, or at once when `signal` is aborted; never rejects. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = (): void => {
      timer.cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = clock.setTimer(ms, done)
    signal?.addEventListener('abort', done, { once: true })
  })
}

/** A clock that stands still until it is told to move; due timers run in the order of their time. */
export class TestClock implements Clock {
  #now: number
  #mono = 0
  #timers: { at: number; order: number; fn: () => void }[] = []
  #order = 0
  constructor(start: number | string = '2026-09-21T09:00:00Z') {
    this.#now = typeof start === 'number' ? start : Date.parse(start)
  }
  now(): number {
    return this.#now
  }
  monotonic(): number {
    return this.#mono
  }
  setTimer(ms: number, fn: () => void): Timer {
    const entry = { at: this.#mono + Math.max(0, ms), order: this.#order++, fn }
    this.#timers.push(entry)
    return { cancel: () => void (this.#timers = this.#timers.filter((t) => t !== entry)) }
  }
  /** Moves wall and monotonic time forward by `ms` and runs what came due on the way. */
  advance(ms: number): void {
    const end = this.#mono + ms
    for (;;) {
      const next = this.#timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0]
      if (!next) break
      this.#timers = this.#timers.filter((t) => t !== next)
      this.#now += next.at - this.#mono
      this.#mono = next.at
      next.fn()
    }
    this.#now += end - this.#mono
    this.#mono = end
  }
  /** Moves both by `ms` at once, however far; of the timers that came due meanwhile each runs once, at the end. */
  leap(ms: number): void {
    this.#now += ms
    this.#mono += ms
    const due = this.#timers.filter((t) => t.at <= this.#mono).sort((a, b) => a.at - b.at || a.order - b.order)
    this.#timers = this.#timers.filter((t) => t.at > this.#mono)
    for (const { fn } of due) fn()
  }
  /** Sets the wall clock alone, as an administrator or NTP would. */
  jump(now: number | string): void {
    this.#now = typeof now === 'number' ? now : Date.parse(now)
  }
}
