// A limit on how many things begin in a second: a bucket of tokens by monotonic time.
import type { Clock } from '../base/clock.ts'

export class Pace {
  readonly #clock: Clock
  readonly #perMs: number
  readonly #most: number
  #tokens: number
  #filledAt: number

  /** At most `perSecond` in any second. The bucket is small and its refill slower by as much, so that a burst at its beginning is within the limit. */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock
    this.#most = Math.max(1, Math.floor(perSecond / 10))
    this.#perMs = Math.max(1, perSecond - this.#most) / 1000
    this.#tokens = this.#most
    this.#filledAt = clock.monotonic()
  }

  /** How many may begin now. */
  get free(): number {
    const now = this.#clock.monotonic()
    this.#tokens = Math.min(this.#most, this.#tokens + (now - this.#filledAt) * this.#perMs)
    this.#filledAt = now
    return Math.floor(this.#tokens)
  }

  /** ms until the bucket is full. */
  get fullIn(): number {
    return Math.ceil((this.#most - this.#tokens) / this.#perMs)
  }

  take(n: number): void {
    this.#tokens -= n
  }
}
