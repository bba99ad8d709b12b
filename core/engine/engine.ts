// The running engine: the registry in force, the workers, and the transaction by which everything changes the store.
import type { Config } from '../base/config/types.ts'
import type { Clock } from '../base/clock.ts'
import { sleep, systemClock } from '../base/clock.ts'
import type { Counters } from '../base/counters.ts'
import { describeError, PosternError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { SafeHtmls } from '../mail/safe-html.ts'
import type { TokenKeys } from '../mail/token.ts'
import { blobsOf, readBlob } from '../store/blobs.ts'
import type { Database } from '../store/database.ts'
import { numberEventsIfFree } from '../store/events.ts'
import { insertInbound } from '../store/inbound.ts'
import type { Acceptor, InboundStore } from './accept/acceptor.ts'
import { copyOf, copyRow } from './outbox/copy.ts'
import { ClockWatch } from './jobs/clock-watch.ts'
import { CronRunner } from './jobs/cron-runner.ts'
import { JobRunner } from './jobs/job-runner.ts'
import type { Origin } from '../contract/origin.ts'
import type { PluginWorker } from '../contract/channels.ts'
import { outboxStoreOf } from './outbox/outbox-store.ts'
import { OutboxWorker } from './outbox/outbox-worker.ts'
import type { ParsePool } from './intake/parse-pool.ts'
import { readingOf } from './reading.ts'
import { buildRegistry, verifyRegistry } from './registry.ts'
import type { Registry } from './registry.ts'
import { asEngine, asPlugin, callHook } from './transaction/hook-call.ts'
import { inTransaction } from './transaction/transaction.ts'
import type { Transport } from './outbox/transport.ts'
import type { Tx } from '../contract/tx.ts'
import type { EngineServices } from './transaction/transaction-context.ts'
import type { EnginePlugin, Host, RegistryView } from '../contract/plugin.ts'
import type { NewInbound } from '../store/sqlite/accept-rows.ts'

/** What an engine is built from. `transports` by the name that outbox rows carry, with the mails sent at once by each. */
export interface EngineOptions {
  readonly config: Config
  /** Folder of the config file. */
  readonly configFolder: string
  readonly plugins: readonly EnginePlugin[]
  readonly database: Database
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly tokens: TokenKeys
  readonly pool: ParsePool
  readonly counters: Counters
  readonly transports: ReadonlyMap<string, { readonly transport: Transport; readonly concurrency: number }>
  /** For metrics: how long each hook took. */
  readonly observeHook?: (plugin: string, hook: string, ms: number, failed: boolean) => void
  /** In [0, 1), for jitter. */
  readonly random?: () => number
}

/** Events that get their positions in one transaction, and ms until the next look where another node is at it. */
const numberedAtOnce = 1000
const numberAgainMs = 50

/** Longest wait of a RCPT for a plugin's word, ms. */
const refusalMs = 1000

/** Everything that changes the store goes through one of these. Built without starting: it takes in and sends nothing before `start`. */
export class Engine implements InboundStore {
  readonly #options: EngineOptions
  readonly #parts: EngineServices
  readonly jobs: JobRunner
  readonly crons: CronRunner
  readonly outbox: OutboxWorker
  #registry: Registry
  #acceptor: Pick<Acceptor, 'replaceMailboxes'> | undefined
  #started = false
  #commit: PromiseWithResolvers<void> | undefined
  #numbering: Promise<unknown> = Promise.resolve()
  /** One more numbering waits for its turn. */
  #numberAgain = false
  #workers: readonly PluginWorker[] = []
  #replaced: Promise<unknown> = Promise.resolve()

  constructor(options: EngineOptions) {
    this.#options = options
    const { database, clock, ids, log, tokens, counters, pool } = options
    this.#parts = {
      ...{ database, ids, log, tokens, counters },
      hooks: { clock, timeoutMs: options.config.intake.hook_timeout, observe: (...seen) => options.observeHook?.(...seen) },
      registry: () => this.#registry,
      dueKinds: new Set(),
    }
    this.#registry = this.#build(options.config, options.plugins)
    database.grouped?.observe((size) => counters.inc('postern_commits_total', { transactions: shared(size) }))
    const onCommitted = (): void => this.#committed()
    const watch = new ClockWatch(this.#parts, clock)
    this.jobs = new JobRunner({
      parts: this.#parts,
      clock,
      pool,
      watch,
      leaseMs: options.config.intake.lease,
      intakeWorkers: options.config.intake.workers,
      onCommitted,
      afterIntake: async (tx, arrival) => {
        if (arrival.mailbox.copy?.when === 'after') await copyRow(tx.db, ids, arrival, tx.now)
      },
    })
    this.crons = new CronRunner({ parts: this.#parts, clock, watch, onCommitted })
    const { retry, give_up, delay_notice, unknown } = options.config.outgoing
    this.outbox = new OutboxWorker({
      clock,
      log,
      store: outboxStoreOf(this.#parts, clock, onCommitted),
      transports: options.transports,
      policy: { retry, give_up, delay_notice, unknown },
      leaseTimes: {
        lease: options.config.intake.lease,
        renewEvery: options.config.intake.lease / 5,
        margin: options.config.intake.lease / 10,
      },
      random: options.random ?? Math.random,
      onResult: (transport, result) => counters.inc('postern_outbox_results_total', { transport, state: result.state }),
    })
  }

  get registry(): Registry {
    return this.#registry
  }

  get parts(): EngineServices {
    return this.#parts
  }

  /** Starts taking in, sending and ticking. */
  start(): void {
    this.#started = true
    this.#number()
    this.jobs.start()
    this.crons.start()
    this.outbox.start()
    this.#workers = this.#beginWorkers(this.#options.database.kind === 'sqlite')
  }

  /** Resolves when the plugins' own workers have done what is due; for tests and tools that move the clock. */
  async workersIdle(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.idle()))
  }

  /** Stops claiming, lets what runs finish; harmless twice. */
  async stop(): Promise<void> {
    this.#started = false
    await this.crons.stop()
    await this.jobs.stop()
    await this.outbox.stop()
    await Promise.all([...this.#workers.map((worker) => worker.stop()), this.#replaced])
    await this.#numbering
  }

  /** The only way to change something from outside of a hook. `safe`: HTML that the work will ask for, made safe beforehand. */
  async transact<T>(origin: Origin, work: (tx: Tx) => Promise<T>, safe?: SafeHtmls): Promise<T> {
    const value = await inTransaction(safe ? { ...this.#parts, safe } : this.#parts, this.#options.clock, origin, work)
    this.#committed()
    return value
  }

  /** Puts a new config in force for everything that begins from now on. Throws, and changes nothing, where a plugin refuses it. `transports`: by which mail leaves then. */
  reload(config: Config, plugins: readonly EnginePlugin[], transports: EngineOptions['transports']): void {
    this.#registry = this.#build(config, plugins)
    this.outbox.replaceTransports(transports)
    this.#acceptor?.replaceMailboxes(this.#registry.mailboxes)
    if (this.#started) {
      const before = this.#workers
      this.#workers = this.#beginWorkers(false)
      this.#replaced = Promise.all([this.#replaced, ...before.map((worker) => worker.stop())])
    }
    this.#committed()
  }

  /** The acceptor whose mailboxes follow the config. */
  serve(acceptor: Pick<Acceptor, 'replaceMailboxes'>): void {
    this.#acceptor = acceptor
  }

  /** The accepting commit (see store/inbound.ts), with the mailbox copies that are made before intake. */
  async insertAll(batch: readonly NewInbound[]): ReturnType<InboundStore['insertAll']> {
    const { database, clock, ids } = this.#options
    const inserted = await insertInbound(database, clock, ids, batch, (mail) => {
      const mailbox = this.#registry.config.mailboxes.get(mail.mailbox)
      return mailbox?.copy?.when === 'before'
        ? copyOf(ids, { ...mail, inboundId: mail.id, sizeBytes: mail.raw.byteLength, mailbox }, clock.now())
        : null
    })
    if (this.#started) this.jobs.nudge()
    return inserted
  }

  /** Resolves with the next commit of this process; for those who pass on what happens. */
  nextCommit(): Promise<void> {
    this.#commit ??= Promise.withResolvers<void>()
    return this.#commit.promise
  }

  #committed(): void {
    // Whoever committed: a plugin, perhaps. What is woken is the engine's.
    asEngine(() => this.#wake())
  }

  #wake(): void {
    this.#commit?.resolve()
    this.#commit = undefined
    if (!this.#started) return
    this.jobs.nudge()
    this.outbox.wake()
    for (const worker of this.#workers) worker.wake()
    if (this.#options.database.kind !== 'sqlite') this.#number()
  }

  /**
   * Positions are given soon after the commit (on SQLite in it), for all commits that came meanwhile at once; where another node gives some
   * at this moment, a little later. A reader that is in a hurry numbers them itself.
   */
  #number(): void {
    if (this.#numberAgain) return
    this.#numberAgain = true
    this.#numbering = this.#numbering.then(() => this.#numberAll())
  }

  async #numberAll(): Promise<void> {
    const { database, clock, log } = this.#options
    try {
      for (;;) {
        this.#numberAgain = false
        const numbered = await numberEventsIfFree(database, clock, numberedAtOnce)
        if (numbered === undefined ? !this.#started : numbered < numberedAtOnce) return
        if (numbered === undefined) await sleep(systemClock, numberAgainMs)
      }
    } catch (error) {
      log.warn({ error: describeError(error) }, 'events could not be numbered yet')
    }
  }

  #beginWorkers(alone: boolean): readonly PluginWorker[] {
    return this.#registry.plugins.flatMap(({ definition, hooks }) =>
      (hooks.workers ?? []).map((worker) => asPlugin(definition.name, () => worker.start({ clock: this.#options.clock, alone }))),
    )
  }

  /** Whether a plugin refuses this sender for good; where one fails or is slow, his mail is let in: a fault of ours never bounces. */
  async refuses(envelope: { readonly mailFrom: string; readonly rcpt: string; readonly mailbox: string }): Promise<boolean> {
    for (const { definition, hooks } of this.#registry.plugins) {
      const { refuses } = hooks
      if (!refuses) continue
      try {
        const observer = { ...this.#parts.hooks, timeoutMs: Math.min(this.#parts.hooks.timeoutMs, refusalMs) }
        if (await callHook(observer, definition.name, 'refuses', () => refuses(envelope))) return true
      } catch (error) {
        this.#options.log.warn({ plugin: definition.name, error: describeError(error) }, 'a sender could not be judged; his mail is let in')
      }
    }
    return false
  }

  #build(config: Config, plugins: readonly EnginePlugin[]): Registry {
    const { log, ids, tokens, database, clock, pool, counters, configFolder } = this.#options
    const hostFor = (plugin: string, settings: unknown, registry: RegistryView): Host<never> => ({
      plugin,
      settings: settings as never, // checked against the plugin's own schema when the config was read
      config,
      configFolder,
      log: log.child({ plugin }),
      ids,
      now: () => clock.now(),
      tokens,
      registry,
      transact: (origin, work) => asEngine(() => this.transact(origin, (tx) => asPlugin(plugin, () => work(tx)))),
      look: readingOf(() => database.read),
      read: database.read,
      readBlob: (id) => readBlob(blobsOf(database, 'read'), id),
      count: (metric, labels) => counters.inc(metric, { plugin, ...labels }),
      parse: async (raw) => {
        const outcome = await asEngine(() => pool.read(raw))
        return outcome.ok ? outcome.mail : null
      },
    })
    const registry = buildRegistry(config, plugins, hostFor, this.#parts.hooks)
    const wrong = verifyRegistry(registry).filter((p) => !p.warning)
    if (wrong.length > 0)
      throw new PosternError('config_invalid', wrong.map((p) => `${p.place ?? `plugin ${p.plugin}`}: ${p.message}`).join('\n'))
    return registry
  }
}

/** Values of the label of `postern_commits_total`. */
const shared = (size: number): string => (size === 1 ? '1' : size <= 4 ? '2-4' : size <= 8 ? '5-8' : '9-16')
