// Recurring work: croner says when, a compare-and-set on the tick's row says who, so N nodes run it once.
import { Cron } from 'croner'
import type { Clock, Timer } from '../../base/clock.ts'
import { describeError } from '../../base/errors.ts'
import { claimTick, lastTick, moveTick, settleCron } from '../../store/crons.ts'
import type { ClockWatch } from './clock-watch.ts'
import { callHook } from '../transaction/hook-call.ts'
import type { RegisteredCron } from '../registry.ts'
import { inTransaction } from '../transaction/transaction.ts'
import type { EngineServices } from '../transaction/transaction-context.ts'
import type { CronDefinition } from '../../contract/jobs.ts'

const lookEveryMs = 1000

/** What recurring work runs with. `onCommitted`: a transaction may have left something to send. */
export interface CronRunnerOptions {
  readonly parts: EngineServices
  readonly clock: Clock
  readonly watch: ClockWatch
  readonly onCommitted: () => void
}

/** Looks for ticks that are due, from `start` to `stop`. A tick that fails is tried again at the next look; those missed run once. */
export class CronRunner {
  readonly #options: CronRunnerOptions
  #timer: Timer | undefined
  #looking: Promise<void> | undefined
  #stopped = false
  /** Whose row was written by their own pattern. */
  readonly #placed = new WeakSet<RegisteredCron>()

  constructor(options: CronRunnerOptions) {
    this.#options = options
  }

  start(): void {
    this.#arm()
  }

  #arm(): void {
    if (this.#stopped) return
    this.#timer = this.#options.clock.setTimer(lookEveryMs, () => {
      this.#looking = this.look().finally(() => this.#arm())
    })
  }

  /** Runs every tick that is due. Never rejects. */
  async look(): Promise<void> {
    const { parts } = this.#options
    for (const cron of parts.registry().crons) {
      try {
        await this.#options.watch.check()
        await this.#tick(cron)
      } catch (error) {
        parts.counters.inc('postern_cron_failures_total', { cron: cron.name })
        parts.log.error({ cron: cron.name, error: describeError(error) }, 'recurring work failed, the next tick tries again')
      }
    }
  }

  /** After time was passed over: what need not have run at each of its ticks does so once (`CronDefinition.passOver`). Rejects where one fails. */
  async passOver(): Promise<void> {
    for (const cron of this.#options.parts.registry().crons) {
      const { passOver } = cron
      if (passOver) await this.#tick(cron, (tx) => (passOver === 'once' ? cron.run(tx, tx.now) : passOver(tx, tx.now)))
    }
  }

  async #tick(cron: RegisteredCron, run: CronDefinition['run'] = (tx, tick) => cron.run(tx, tick)): Promise<void> {
    const { parts, clock } = this.#options
    const now = clock.now()
    const due = await this.#due(cron, now)
    if (due > now) return
    await inTransaction(parts, clock, { kind: 'system', id: cron.plugin, via: 'job' }, async (tx) => {
      // However many ticks were missed while we were away, the work is done once.
      if (await claimTick(tx.db, cron.name, due, nextRun(cron, now)))
        await callHook(parts.hooks, cron.plugin, `cron ${cron.name}`, () => run(tx, due))
    })
    this.#options.onCommitted()
  }

  /**
   * When it is due. A reload or a start may bring another pattern than that by which the row was written, once for each registry: then it is
   * due by the new one, counted from its last tick, so that a clock that went back does nothing twice.
   */
  async #due(cron: RegisteredCron, now: number): Promise<number> {
    const { database } = this.#options.parts
    const due = await settleCron(database, cron.name, now, () => nextRun(cron, now))
    if (due <= now || this.#placed.has(cron)) return due
    const next = nextRun(cron, Math.max(now, await lastTick(database.write, cron.name)))
    const moved = next === due || (await moveTick(database.write, cron.name, due, next))
    if (moved) this.#placed.add(cron)
    return moved ? next : due
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#looking
  }
}

/** The next time (ms UTC) after `from`; a pattern without a future (a past year) never comes. */
export function nextRun(cron: { readonly pattern: string; readonly timezone?: string }, from: number): number {
  // In the hour that comes twice croner runs wildcards twice and a fixed time once; lists of hours count as fixed only by this rule.
  const next = new Cron(cron.pattern, { timezone: cron.timezone ?? 'UTC', paused: true, fixedTimeRule: 'no-wildcard' }).nextRun(
    new Date(from),
  )
  return next ? next.getTime() : Number.MAX_SAFE_INTEGER
}
