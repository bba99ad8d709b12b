// A limit on how many things are done in a second: a bucket of tokens by monotonic time says when they begin, a window what may still end.
import type { Clock } from '../../base/clock.ts'

/** A limit of so many things a second: ask `free` before claiming, `begin` with each start, `end` with each end. */
export class RateLimiter {
  readonly #clock: Clock
  readonly #perMs: number
  readonly #most: number
  readonly #perSecond: number
  #tokens: number
  #filledAt: number
  #running = 0
  /** When those of the last second ended, oldest first. */
  #ends: number[] = []

  /** At most `perSecond` in any second. The bucket is small and its refill slower by as much, so that a burst at its beginning is within the limit. */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock
    this.#perSecond = Math.max(1, perSecond)
    this.#most = Math.max(1, Math.floor(perSecond / 10))
    this.#perMs = Math.max(1, perSecond - this.#most) / 1000
    this.#tokens = this.#most
    this.#filledAt = clock.monotonic()
  }

  /** The limit, as it was set. */
  get perSecond(): number {
    return this.#perSecond
  }

  /** How many may begin now, so that together with those that run, which may all end at once behind a stall, no second sees more. */
  get free(): number {
    const now = this.#clock.monotonic()
    this.#tokens = Math.min(this.#most, this.#tokens + (now - this.#filledAt) * this.#perMs)
    this.#filledAt = now
    this.#ends = this.#ends.filter((at) => at > now - 1000)
    return Math.max(0, Math.min(Math.floor(this.#tokens), this.#perSecond - this.#running - this.#ends.length))
  }

  /** ms until the bucket is full, or the oldest of the last second no longer counts where that is later. */
  get fullIn(): number {
    const [oldest] = this.#ends
    const counts =
      oldest !== undefined && this.#running + this.#ends.length >= this.#perSecond ? oldest + 1000 - this.#clock.monotonic() : 0
    return Math.ceil(Math.max((this.#most - this.#tokens) / this.#perMs, counts))
  }

  begin(n: number): void {
    this.#tokens -= n
    this.#running += n
  }

  end(): void {
    this.#running -= 1
    this.#ends.push(this.#clock.monotonic())
  }
}
