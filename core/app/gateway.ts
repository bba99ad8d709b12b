// Composition root of the daemon: opens the store, sets up the plugins, starts the workers and the listeners, and takes it all down again.
import path from 'node:path'
import { hostname as machineName } from 'node:os'
import { randomBytes } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { existsSync, readFileSync } from 'node:fs'
import { addressMatcher } from '../base/cidr.ts'
import type { Clock, Timer } from '../base/clock.ts'
import { systemClock } from '../base/clock.ts'
import type { Config, DatabaseConfig } from '../base/config/types.ts'
import { describeError } from '../base/errors.ts'
import { idsFrom } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { unwatchedSpace, watchFreeSpace } from '../edge/smtp/free-space.ts'
import { mailMemory } from '../edge/smtp/memory.ts'
import { inheritedSockets } from '../edge/smtp/socket-activation.ts'
import { SmtpServer } from '../edge/smtp/server.ts'
import { transportsFrom } from '../edge/outgoing/from-config.ts'
import { HttpServer } from '../edge/http/server.ts'
import { Metrics } from '../edge/http/metrics.ts'
import { Acceptor } from '../engine/accept/acceptor.ts'
import { Engine } from '../engine/engine.ts'
import type { EnginePlugin } from '../engine/engine.ts'
import { createParsePool } from '../engine/intake/parse-pool.ts'
import { keepRetention } from '../engine/retention.ts'
import type { Transport } from '../engine/outbox/transport.ts'
import { tokenKeys } from '../mail/token.ts'
import type { TokenKeys } from '../mail/token.ts'
import { scenarioRunner } from '../scenario/posted.ts'
import { pruneCalls } from '../store/api-calls.ts'
import { pruneAutomatic } from '../store/automatic.ts'
import { copySqlite } from '../store/sqlite/backup.ts'
import type { Database } from '../store/database.ts'
import { releaseLeases } from '../store/jobs.ts'
import { settleMeta } from '../store/meta.ts'
import { api0001 } from '../store/migrations/0001-api.ts'
import { core0001 } from '../store/migrations/0001-core.ts'
import { migrate, pendingMigrations } from '../store/migrate.ts'
import type { MigrationLine } from '../store/migrate.ts'
import { openSqlite } from '../store/sqlite/sqlite.ts'

export interface GatewayOptions {
  readonly config: Config
  readonly plugins: readonly EnginePlugin[]
  readonly log: Log
  readonly clock?: Clock
  /** In [0, 1); jitter of retries. */
  readonly random?: () => number
  /** Instead of the transports of the config; for tests and dry runs. */
  readonly transports?: ReadonlyMap<string, { readonly transport: Transport; readonly concurrency: number }>
  /** Start no listeners and no workers by themselves. */
  readonly quiet?: boolean
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
  /** Puts a checked config in force; listeners, database and name keep their old values until a restart. */
  reload(config: Config, plugins: readonly EnginePlugin[]): void
  /** Drains and ends everything; harmless twice. */
  stop(): Promise<void>
}

/** Opens the database of a config without bringing it up to date. `exclusive`: as the daemon. */
export async function openDatabase(config: DatabaseConfig, exclusive: boolean): Promise<Database> {
  if (config.kind === 'sqlite') return openSqlite({ path: config.path, exclusive })
  // Its client stays out of a process that does not use it: 10 MB.
  const { openPostgres } = await import('../store/postgres.ts')
  return openPostgres({ url: config.url, pool: config.pool })
}

/** The lines of tables: the core's, and one per plugin. */
export function migrationLines(plugins: readonly EnginePlugin[]): readonly MigrationLine[] {
  return [
    { owner: 'core', migrations: [core0001] },
    { owner: 'api', migrations: [api0001] },
    ...plugins.map(({ definition }) => ({ owner: definition.name, migrations: definition.migrations ?? [] })),
  ]
}

/** Opens it and applies all migrations: the core's and one line per plugin. A SQLite database that is upgraded is copied first. */
export async function openStore(
  config: Config,
  plugins: readonly EnginePlugin[],
  clock: Clock,
  exclusive: boolean,
  log: Log,
): Promise<Database> {
  const database = await openDatabase(config.database, exclusive)
  try {
    const lines = migrationLines(plugins)
    const [step] = (await pendingMigrations(database.write, lines)).upgrades
    if (step !== undefined && config.database.kind === 'sqlite') await copyBefore(config.database.path, step, log)
    const applied = await migrate(database.write, lines, database.types, clock)
    if (applied.length > 0) log.info({ steps: applied }, 'the database was brought up to date')
    return database
  } catch (error) {
    await database.stop()
    throw error
  }
}

/** A copy made before an attempt that broke off is the one worth keeping. */
async function copyBefore(path: string, step: string, log: Log): Promise<void> {
  const copy = `${path}.before-${step.replaceAll('/', '-')}`
  if (existsSync(copy)) return
  await copySqlite(path, copy)
  log.info({ copy }, 'the database was copied before its upgrade; the copy can go when all is well')
}

/** The signing keys of this installation: made once, kept in the database, the first one signs. */
export async function installationKeys(database: Database, name: string): Promise<TokenKeys> {
  const stored = await settleMeta(database.write, 'token_secrets', () => JSON.stringify([randomBytes(32).toString('base64')]))
  const secrets = (JSON.parse(stored) as string[]).map((s) => Buffer.from(s, 'base64')) // written by the line above or by `rotate`
  const [first, ...rest] = secrets
  if (!first) throw new Error('meta.token_secrets is empty')
  return tokenKeys(name, [first, ...rest])
}

/** Starts everything. Throws, and leaves nothing behind, where a part cannot start. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, plugins, log } = options
  const clock = options.clock ?? systemClock
  const stops: (() => Promise<void> | void)[] = []
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      for (const end of stops.reverse()) await end()
    })())
  try {
    const database = await openStore(config, plugins, clock, true, log)
    stops.push(() => database.stop())
    if (database.kind === 'sqlite' && !options.quiet) await releaseLeases(database)
    const tokens = await installationKeys(database, config.name)
    const ids = idsFrom(clock)
    const metrics = new Metrics(database, clock)
    const pool = createParsePool({ timeoutMs: config.intake.parse_timeout, heapMb: Math.round(config.intake.parse_memory / 1024 / 1024) })
    stops.push(() => pool.stop())
    const transports = options.transports ?? transportsFrom(clock, config)
    stops.push(async () => {
      for (const { transport } of transports.values()) await transport.stop()
    })
    const engine = new Engine({
      ...{ config, plugins, database, clock, ids, log, tokens, pool, transports },
      configFolder: path.dirname(config.file),
      counters: metrics,
      observeHook: (...seen) => metrics.hook(...seen),
      ...(options.random && { random: options.random }),
    })
    stops.push(() => engine.stop())
    const acceptor = new Acceptor({ store: engine, mailboxes: engine.registry.mailboxes, clock, ids, log, counters: metrics })
    engine.serve(acceptor)
    let current = config
    const servers: SmtpServer[] = []
    let http: HttpServer | undefined
    if (!options.quiet) {
      engine.start()
      const freeSpace =
        config.database.kind === 'sqlite'
          ? watchFreeSpace({ folder: path.dirname(config.database.path), floorBytes: config.limits.free_space, clock, log })
          : unwatchedSpace
      const inherited = inheritedSockets(process.env, process.pid)
      const memory = mailMemory(config.limits.message_size)
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
          ...(listener.tls && { tls: createSecureContext({ cert: readFileSync(listener.tls.cert), key: readFileSync(listener.tls.key) }) }),
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
        scenarios: scenarioRunner(config.file),
      })
      stops.push(() => http?.stop())
      const upkeep = maintain(database, clock, log, () => current.retention)
      stops.push(() => upkeep.cancel())
    }
    return {
      ...{ engine, database, acceptor, metrics, tokens },
      get config() {
        return current
      },
      ports: servers.map((s) => s.port),
      http: http && { port: http.port },
      reload(next, nextPlugins) {
        engine.reload(next, nextPlugins)
        current = next
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Once a minute: checkpoint, and forget what only counted for a day. */
function maintain(database: Database, clock: Clock, log: Log, retention: () => Config['retention']): Timer {
  let timer: Timer
  const arm = (): void => {
    timer = clock.setTimer(60_000, () => {
      try {
        database.maintain()
      } catch (error) {
        log.warn({ error: describeError(error) }, 'checkpoint failed, trying again in a minute')
      }
      pruneAutomatic(database.write, clock.now() - 2 * 86_400_000).catch((error: unknown) =>
        log.warn({ error: describeError(error) }, 'old counts could not be pruned'),
      )
      pruneCalls(database.write, clock.now() - 2 * 86_400_000).catch((error: unknown) =>
        log.warn({ error: describeError(error) }, 'old answers of the API could not be pruned'),
      )
      keepRetention(database, clock, retention(), log).catch((error: unknown) =>
        log.warn({ error: describeError(error) }, 'old mail could not be deleted; the next day tries again'),
      )
      arm()
    })
  }
  arm()
  return { cancel: () => timer.cancel() }
}
