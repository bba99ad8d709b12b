// A lease on a send, kept alive while the work goes on, and a signal that says early enough that it cannot be kept (IDM-5).
import type { Clock, Timer } from '../../base/clock.ts'

/** How long a lease holds and how it is kept, in ms. */
export interface LeaseTimes {
  /** ms for which a claim holds. */
  readonly lease: number
  readonly renewEvery: number
  /** The work is called off so long before the end of a lease that could not be renewed. */
  readonly margin: number
}

/** Five minutes, renewed each minute, given up half a minute before its end. */
export const defaultLeaseTimes: LeaseTimes = { lease: 300_000, renewEvery: 60_000, margin: 30_000 }

/** After an error of the store. */
const renewAgain = 5000

/** One lease while the work goes on; `end` has to be called when the work is over. */
export class Lease {
  readonly #clock: Clock
  readonly #times: LeaseTimes
  readonly #renew: () => Promise<boolean>
  readonly #abort = new AbortController()
  #until: number
  #guard: Timer
  #renewal: Timer
  #ended = false

  /** `since`: monotonic ms from before the claim was asked for. `renew` gives false where somebody else holds the lease now. */
  constructor(clock: Clock, times: LeaseTimes, since: number, renew: () => Promise<boolean>) {
    this.#clock = clock
    this.#times = times
    this.#renew = renew
    this.#until = since + times.lease
    this.#guard = this.#armGuard()
    this.#renewal = clock.setTimer(times.renewEvery, () => void this.#tryRenew())
  }

  /** Aborted when the work has to end: the lease is lost or cannot be kept, or `callOff` was called. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /**
   * Whether an irrevocable step may be made now. Looks at the clock itself: a process that was stopped for minutes reads its sockets
   * before its timers when it goes on.
   */
  holds(): boolean {
    return !this.#abort.signal.aborted && this.#clock.monotonic() < this.#until - this.#times.margin
  }

  callOff(): void {
    this.#abort.abort()
  }

  /** The work is done; harmless twice. */
  end(): void {
    this.#ended = true
    this.#guard.cancel()
    this.#renewal.cancel()
  }

  async #tryRenew(): Promise<void> {
    const since = this.#clock.monotonic()
    let next = this.#times.renewEvery
    try {
      if (!(await this.#renew())) {
        this.#abort.abort()
        return this.end()
      }
      if (this.#ended) return
      this.#until = since + this.#times.lease
      this.#guard.cancel()
      this.#guard = this.#armGuard()
    } catch {
      // The store is away; it is asked again until the guard ends the work.
      next = renewAgain
    }
    if (!this.#ended) this.#renewal = this.#clock.setTimer(next, () => void this.#tryRenew())
  }

  #armGuard(): Timer {
    return this.#clock.setTimer(this.#until - this.#times.margin - this.#clock.monotonic(), () => this.#abort.abort())
  }
}
