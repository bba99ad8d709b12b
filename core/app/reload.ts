// Taking over a changed configuration while the gateway runs: on SIGHUP, or because `postern reload` asked for it through the database.
import { compareConfigs, takeOver } from '../base/config/compare.ts'
import { formatProblem } from '../base/config/problems.ts'
import { wordsOf } from '../base/config/removals.ts'
import type { Config } from '../base/config/types.ts'
import type { Clock } from '../base/clock.ts'
import { describeError, PosternError } from '../base/errors.ts'
import type { RootLog } from '../base/log.ts'
import { PollLoop } from '../base/poll-loop.ts'
import { readOrder } from '../store/config-record.ts'
import type { ReloadOrder, ReloadOutcome } from '../store/config-record.ts'
import type { EnginePlugin } from '../contract/plugin.ts'
import type { Gateway } from './gateway.ts'
import { loadSettled } from './load-settled.ts'
import { answerOrder, openOrder } from './reload-order.ts'

/** What a reload works with. */
export interface ReloaderOptions {
  readonly file: string
  readonly log: RootLog
  readonly clock: Clock
  readonly gateway: Gateway
  /** The config and plugins of the start: what is bound or opened by them stays. */
  readonly started: Config
  readonly plugins: readonly EnginePlugin[]
}

type Outcome = Pick<ReloadOutcome, 'ok'> & Partial<ReloadOutcome>

/** ms between looks for an order. */
const lookEvery = 1000

/** Reloads one at a time. */
export class Reloader {
  readonly #options: ReloaderOptions
  readonly #orders: PollLoop
  /** The order that was done last, or had been answered before the start. */
  #done: string | undefined
  #last: Promise<unknown> = Promise.resolve()
  #stale = false

  private constructor(options: ReloaderOptions, done: string | undefined) {
    this.#options = options
    this.#done = done
    this.#orders = new PollLoop({ clock: options.clock, look: () => this.#look(), pause: () => lookEvery })
  }

  /** Follows the orders that are given from now on. */
  static async start(options: ReloaderOptions): Promise<Reloader> {
    const { database } = options.gateway
    const open = await openOrder(database, options.clock)
    const reloader = new Reloader(options, open ? undefined : (await readOrder(database.read))?.id)
    reloader.#orders.ask()
    return reloader
  }

  /** Takes the file over as it is now: all of a good one, or nothing of a wrong one. Never rejects. */
  reload(order?: ReloadOrder): Promise<Outcome> {
    const done = this.#last.then(async () => {
      const outcome = await this.#reload(order?.remove ?? [])
      this.#stale = !outcome.ok || (outcome.needsRestart ?? []).length > 0
      return outcome
    })
    this.#last = done
    return done
  }

  /** The file was refused when it was last read, or some of it needs a restart. */
  get isStale(): boolean {
    return this.#stale
  }

  /** Follows no more orders; resolves when the reload under way has ended. */
  async stop(): Promise<void> {
    await this.#orders.stop()
    await this.#last
  }

  async #look(): Promise<boolean> {
    const { gateway, log } = this.#options
    try {
      const order = await readOrder(gateway.database.read)
      if (!order || order.id === this.#done) return true
      this.#done = order.id
      await answerOrder(gateway.database, order, await this.reload(order))
      return true
    } catch (error) {
      log.warn({ error: describeError(error) }, 'orders to reload could not be read or answered')
      return false
    }
  }

  async #reload(remove: readonly string[]): Promise<Outcome> {
    const { file, log, clock, gateway, started } = this.#options
    const refused = (problems: readonly string[], why: string): Outcome => {
      log.error({ problems }, `${why}; the old one stays in force`)
      return { ok: false, problems }
    }
    try {
      const loaded = await loadSettled(file, clock)
      if ('changing' in loaded) return refused([`${loaded.changing} keeps changing`], 'the changed configuration is still being written')
      if (!loaded.ok) return refused(loaded.problems.map(formatProblem), 'the changed configuration is wrong and not taken over')
      for (const warning of loaded.warnings) log.warn({ place: formatProblem(warning) }, 'the configuration is doubtful here')
      const next = takeOver(started, loaded.config)
      const changed = compareConfigs(gateway.config, next).reloadable
      const { needsRestart } = compareConfigs(started, loaded.config)
      // The file as a whole is what the next start will find.
      const { removals, undo } = await gateway.inForce.take(loaded.config, loaded.plugins, remove)
      try {
        this.#putInForce(next)
      } catch (error) {
        await undo()
        throw error
      }
      const removed = removals.map(wordsOf)
      log.info({ changed, ...(removed.length > 0 && { removed }) }, 'the changed configuration is in force')
      if (needsRestart.length > 0) log.warn({ keys: needsRestart }, 'some changes of the configuration need a restart')
      return { ok: true, changed, needsRestart, removed }
    } catch (error) {
      if (error instanceof PosternError && error.code === 'config_invalid')
        return refused(
          [error.detail],
          'the changed configuration takes away what is in force, or a plugin refuses it: it is not taken over',
        )
      log.error({ error: describeError(error) }, 'the changed configuration could not be taken over; the old one stays in force')
      return { ok: false, problems: [describeError(error)] }
    }
  }

  /** Plugins that are new have no tables yet and those that went have work under way: the list changes with a restart. */
  #putInForce(next: Config): void {
    const { gateway, log, plugins, started } = this.#options
    const settings = new Map(next.plugins.map((p) => [p.name, p.settings]))
    gateway.reload(
      next,
      plugins.map((p, i) => ({ definition: p.definition, settings: settings.get(started.plugins[i]?.name ?? '') })),
    )
    log.level = next.log.level
  }
}
