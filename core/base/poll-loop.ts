// Looks at a table again and again: one look at a time, at once when asked, otherwise after a pause.
import type { Clock, Timer } from './clock.ts'

/** What a loop looks at, and how often. */
export interface PollLoopOptions {
  readonly clock: Clock
  /** One look; the next never begins before it has ended. Must not reject. False: it failed, and what was asked for meanwhile waits for the pause. */
  readonly look: () => Promise<boolean>
  /** ms until the next look where nobody asks for one; asked after each look. */
  readonly pause: () => number
}

/** A look that is asked for during another one follows it at once, however often it was asked for. */
export class PollLoop {
  readonly #options: PollLoopOptions
  #timer: Timer | undefined
  #looking: Promise<void> | undefined
  #asked = false
  #held = false
  #stopped = false

  constructor(options: PollLoopOptions) {
    this.#options = options
  }

  /** The look under way, if there is one. */
  get looking(): Promise<void> | undefined {
    return this.#looking
  }

  /** Whether a look follows at once. */
  get asked(): boolean {
    return this.#asked
  }

  /** There may be something to do. Harmless at any time. */
  ask(): void {
    if (this.#stopped || this.#held) return
    if (this.#looking) {
      this.#asked = true
      return
    }
    this.#timer?.cancel()
    this.#looking = this.#options.look().then((well) => {
      this.#looking = undefined
      if (this.#stopped) return
      const again = this.#asked && well
      this.#asked = false
      if (again) this.ask()
      else this.#timer = this.#options.clock.setTimer(this.#options.pause(), () => this.ask())
    })
  }

  /** While held there are no looks. */
  hold(held: boolean): void {
    this.#held = held
    if (!held) this.ask()
  }

  /** No more looks; resolves when the one under way has ended. Harmless twice. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#looking
  }
}
