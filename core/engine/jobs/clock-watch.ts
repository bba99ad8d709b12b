// Notices when the wall clock jumps against the time that really passed, and tells the plugins before anything that came due by it is done (SCH-4).
import type { Clock } from '../../base/clock.ts'
import { callHook } from '../transaction/hook-call.ts'
import { inTransaction } from '../transaction/transaction.ts'
import type { EngineServices } from '../transaction/transaction-context.ts'

/** Slewing and the granularity of suspends stay below it. */
const jumpMs = 60_000

/** Compares the wall clock with the monotonic one each time it is asked; a difference of more than a minute is a jump. */
export class ClockWatch {
  readonly #parts: EngineServices
  readonly #clock: Clock
  #offset: number
  #telling: Promise<void> = Promise.resolve()

  constructor(parts: EngineServices, clock: Clock) {
    this.#parts = parts
    this.#clock = clock
    this.#offset = clock.now() - clock.monotonic()
  }

  /** Call before work is claimed by the wall clock; rejects where a plugin could not be told (and tells it again at the next call). */
  check(): Promise<void> {
    const before = this.#offset
    const offset = this.#clock.now() - this.#clock.monotonic()
    const by = offset - before
    if (Math.abs(by) <= jumpMs) return this.#telling
    this.#offset = offset
    this.#parts.counters.inc('postern_clock_jumps_total', { direction: by > 0 ? 'forward' : 'back' })
    this.#parts.log.error({ byMs: Math.round(by) }, 'the clock of this machine jumped; check its time synchronisation')
    this.#telling = this.#telling
      .catch(() => {})
      .then(() => this.#tell(Math.round(by)))
      .catch((error: unknown) => {
        this.#offset -= by
        this.#telling = Promise.resolve()
        throw error
      })
    return this.#telling
  }

  async #tell(by: number): Promise<void> {
    const hearing = this.#parts.registry().plugins.filter(({ hooks }) => hooks.clockJumped)
    if (hearing.length === 0) return
    await inTransaction(this.#parts, this.#clock, { kind: 'system', id: null, via: 'system' }, async (tx) => {
      for (const { definition, hooks } of hearing)
        await callHook(this.#parts.hooks, definition.name, 'clockJumped', () => hooks.clockJumped?.(tx, by))
    })
  }
}
