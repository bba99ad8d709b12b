// Composition root of the daemon: opens the store, sets up the plugins, starts the workers and the listeners, and takes it all down again.
import { systemOrigin } from '../contract/origin.ts'
import path from 'node:path'
import { hostname as machineName } from 'node:os'
import { readFileSync } from 'node:fs'
import { addressMatcher } from '../base/cidr.ts'
import type { Clock } from '../base/clock.ts'
import { systemClock } from '../base/clock.ts'
import { wordsOf } from '../base/config/removals.ts'
import type { Config } from '../base/config/types.ts'
import { PosternError } from '../base/errors.ts'
import { idsFrom } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { unwatchedSpace, watchFreeSpace } from '../edge/smtp/free-space.ts'
import { MailMemory } from '../edge/smtp/body.ts'
import { inheritedSockets } from '../edge/smtp/socket-activation.ts'
import { SmtpServer } from '../edge/smtp/server.ts'
import { transportsFrom } from '../edge/outgoing/from-config.ts'
import { HttpServer } from '../edge/http/server.ts'
import type { ScenarioRunner } from '../edge/http/route.ts'
import { Metrics } from '../edge/http/metrics.ts'
import { Acceptor } from '../engine/accept/acceptor.ts'
import { BlobMover } from '../engine/blob-mover.ts'
import { Engine } from '../engine/engine.ts'
import { createParsePool } from '../engine/intake/parse-pool.ts'
import type { ParsePool } from '../engine/intake/parse-pool.ts'
import type { Transport } from '../engine/outbox/transport.ts'
import type { TokenKeys } from '../mail/token.ts'
import type { Database } from '../store/database.ts'
import { releaseLeases } from '../store/jobs.ts'
import { foreignStorage } from '../store/move-blobs.ts'
import { ConfigInForce } from './config-in-force.ts'
import { installationKeys, openStore } from './open-store.ts'
import { answerOrder, openOrder } from './reload-order.ts'
import { maintain } from './upkeep.ts'
import { MarkKeeper } from './mark-keeper.ts'
import { markPath } from '../store/high-water-mark.ts'
import type { EnginePlugin } from '../contract/plugin.ts'

/** What a gateway is built from: the checked config, its loaded plugins, and what tests may put in the place of the real thing. */
export interface GatewayOptions {
  readonly config: Config
  readonly plugins: readonly EnginePlugin[]
  readonly log: Log
  readonly clock?: Clock
  /** In [0, 1); jitter of retries. */
  readonly random?: () => number
  /** Instead of the transports of the config; for tests and dry runs. */
  readonly transports?: ReadonlyMap<string, { readonly transport: Transport; readonly concurrency: number }>
  /** Reads mail instead of worker threads, and ends with the gateway; for tests. */
  readonly pool?: ParsePool
  /** Runs the scenario tests that come by the API; without it they are refused. */
  readonly scenarios?: ScenarioRunner
  /** Whether the file says something else than what is in force; /readyz and a metric tell. */
  readonly configIsStale?: () => boolean
  /** Start no listeners and no workers by themselves. */
  readonly quiet?: boolean
  /** Go on where the database knows of less mail than this node has accepted. */
  readonly acceptLoss?: boolean
}

/** A running gateway. */
export interface Gateway {
  readonly engine: Engine
  readonly database: Database
  readonly acceptor: Acceptor
  readonly metrics: Metrics
  readonly tokens: TokenKeys
  readonly config: Config
  /** Ports of the listeners in the order of the config; undefined for unix sockets. */
  readonly ports: readonly (number | undefined)[]
  readonly http: { readonly port: number } | undefined
  /** What is kept of the configuration in force beyond this process. */
  readonly inForce: ConfigInForce
  /** Moves raw mail out of the database; by itself where the gateway is not quiet. */
  readonly mover: BlobMover
  /** Puts a checked config in force; listeners, database and name keep their old values until a restart. */
  reload(config: Config, plugins: readonly EnginePlugin[]): void
  /** Drains and ends everything; harmless twice. */
  stop(): Promise<void>
}

/** Starts everything. Throws, and leaves nothing behind, where a part cannot start. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, plugins, log } = options
  const clock = options.clock ?? systemClock
  const stops: (() => Promise<void> | void)[] = []
  let stopped: Promise<void> | undefined
  let takeBack: (() => Promise<void>) | undefined
  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      for (const end of stops.reverse()) await end()
    })())
  try {
    const database = await openStore(config, plugins, clock, true, log)
    stops.push(() => database.stop())
    const mark = options.quiet
      ? undefined
      : await MarkKeeper.start({
          file: markPath(config.database, config.data),
          ...{ database, clock, log, acceptLoss: options.acceptLoss === true },
        })
    stops.push(() => mark?.stop())
    const foreign = await foreignStorage(database, database.storage)
    if (foreign !== null) throw new PosternError('config_invalid', foreign)
    if (database.kind === 'sqlite' && !options.quiet) await releaseLeases(database)
    const inForce = new ConfigInForce(database, clock, log)
    if (!options.quiet) {
      const order = await openOrder(database, clock)
      const { removals, undo } = await inForce.take(config, plugins, order?.remove ?? [])
      takeBack = undo
      if (removals.length > 0) log.warn({ removed: removals.map(wordsOf) }, 'the configuration no longer has what was in force before')
      if (order) await answerOrder(database, order, { ok: true, removed: removals.map(wordsOf) })
    }
    const tokens = await installationKeys(database, config.name)
    const ids = idsFrom(clock)
    const disk =
      config.database.kind === 'sqlite' ? { folder: path.dirname(config.database.path), floorBytes: config.limits.free_space } : null
    const metrics = new Metrics({ database, clock, log, disk, configIsStale: options.configIsStale ?? (() => false) })
    const pool =
      options.pool ??
      createParsePool({ timeoutMs: config.intake.parse_timeout, heapMb: Math.round(config.intake.parse_memory / 1024 / 1024) })
    stops.push(() => pool.stop())
    let built = options.transports ? undefined : transportsFrom(clock, config)
    const transports = built ?? options.transports ?? new Map()
    stops.push(async () => {
      for (const { transport } of (built ?? transports).values()) await transport.stop()
    })
    const engine = new Engine({
      ...{ config, plugins, database, clock, ids, log, tokens, pool, transports },
      configFolder: path.dirname(config.file),
      counters: metrics,
      observeHook: (...seen) => metrics.hook(...seen),
      ...(options.random && { random: options.random }),
    })
    stops.push(() => engine.stop())
    const acceptor = new Acceptor({
      store: mark?.watching(engine) ?? engine,
      mailboxes: engine.registry.mailboxes,
      clock,
      ids,
      log,
      counters: metrics,
    })
    engine.serve(acceptor)
    const show = (): void =>
      metrics.declare(
        engine.registry.plugins.map(({ definition, hooks }) => ({
          plugin: definition.name,
          counters: definition.counters ?? {},
          gauges: hooks.gauges ?? {},
        })),
      )
    show()
    let current = config
    const mover = new BlobMover({ database, clock, log, counters: metrics, blobs: config.blobs })
    stops.push(() => mover.stop())
    const servers: SmtpServer[] = []
    let http: HttpServer | undefined
    if (!options.quiet) {
      engine.start()
      await inForce.follow((former) => acceptor.replaceFormer(former))
      stops.push(() => inForce.stop())
      const freeSpace = disk ? watchFreeSpace({ ...disk, clock, log }) : unwatchedSpace
      const inherited = inheritedSockets(process.env, process.pid)
      const memory = MailMemory.forMails(config.limits.message_size)
      for (const [index, listener] of config.listeners.entries()) {
        const server = await SmtpServer.start({
          protocol: listener.protocol,
          bind: listener.bind,
          inherited,
          hostname: config.hostname || machineName(),
          allowed: (address) => addressMatcher(current.listeners[index]?.peers ?? listener.peers)(address),
          maxSizeBytes: config.limits.message_size,
          maxRecipients: config.limits.recipients,
          maxConnections: config.limits.connections,
          idleMs: config.limits.idle_timeout,
          ...{ acceptor, freeSpace, memory, clock, log, counters: metrics },
          refuses: (envelope) => engine.refuses(envelope),
          ...(listener.tls && { tls: { cert: readFileSync(listener.tls.cert), key: readFileSync(listener.tls.key) } }),
        })
        servers.push(server)
        stops.push(() => server.stop())
      }
      http = await HttpServer.start({
        config: config.http,
        engine,
        database,
        metrics,
        pool,
        clock,
        log,
        scenarios: options.scenarios ?? noScenarios,
        freeSpace,
        ...(options.configIsStale && { configIsStale: options.configIsStale }),
      })
      stops.push(() => http?.stop())
      const upkeep = maintain(
        database,
        clock,
        log,
        () => current.retention,
        mover,
        (id, how) => engine.transact(systemOrigin, (tx) => tx.cases[how](id)),
      )
      stops.push(() => upkeep.cancel())
    }
    return {
      ...{ engine, database, acceptor, metrics, tokens, inForce, mover },
      get config() {
        return current
      },
      ports: servers.map((s) => s.port),
      http: http && { port: http.port },
      reload(next, nextPlugins) {
        const nextTransports = built && transportsFrom(clock, next, built)
        engine.reload(next, nextPlugins, nextTransports ?? transports)
        built = nextTransports
        current = next
        show()
      },
      stop,
    }
  } catch (error) {
    // What did not start is not in force. Where the database is gone, the next start compares with it all the same.
    await takeBack?.().catch(() => {})
    await stop()
    throw error
  }
}

const noScenarios: ScenarioRunner = () => Promise.reject(new PosternError('not_found', 'this gateway runs no scenario tests'))
