// What a command works with: the config, the database beside a running daemon, and an engine that does nothing by itself.
import path from 'node:path'
import { systemClock } from '../base/clock.ts'
import { shownAs } from '../base/config/problems.ts'
import type { Config } from '../base/config/types.ts'
import { noCounters } from '../base/counters.ts'
import { idsFrom } from '../base/ids.ts'
import { silentLog } from '../base/silent-log.ts'
import { complain } from './config.ts'
import { isThere, noDatabaseYet, requireUpToDate } from './open-database.ts'
import type { DoctorOptions } from './doctor.ts'
import type { Session } from './session.ts'
import { exit } from './terminal.ts'
import type { Terminal } from './terminal.ts'
import { Engine } from '../engine/engine.ts'
import { createParsePool } from '../engine/intake/parse-pool.ts'
import { loadConfigWithPlugins } from '../app/load-plugins.ts'
import type { Database } from '../store/database.ts'
import { numberEvents } from '../store/events.ts'
import { migrate, pendingMigrations } from '../store/migrate.ts'
import { migrationLines } from '../engine/migration-lines.ts'
import { installationKeys, openDatabase } from '../app/open-store.ts'
import { loadChecked } from '../app/check-plugins.ts'
import type { EnginePlugin } from '../contract/plugin.ts'

/** How a session is opened. */
export interface OpenOptions {
  /** Before the first start: with an empty database in memory, for what changes nothing. */
  readonly orEmpty?: boolean
}

/** Loads the config, opens the session, does the work, closes it; the exit code. */
export function withSession(
  configFile: string,
  terminal: Terminal,
  work: (session: Session) => Promise<number>,
  options: OpenOptions = {},
): Promise<number> {
  return withConfig(configFile, terminal, async (config, plugins) => {
    const { session, close } = await openSession(config, plugins, terminal, options)
    try {
      return await work(session)
    } finally {
      await close()
    }
  })
}

/** Loads the config and does the work; 78 where the config is wrong. */
export async function withConfig(
  configFile: string,
  terminal: Terminal,
  work: (config: Config, plugins: readonly EnginePlugin[]) => Promise<number> | number,
): Promise<number> {
  const loaded = await loadConfigWithPlugins(shownAs(configFile))
  if (loaded.ok) return work(loaded.config, loaded.plugins)
  complain(loaded.problems, terminal)
  return exit.config
}

/** `postern doctor`: goes on without a database that cannot be opened. */
export async function withDoctor(configFile: string, terminal: Terminal, options: DoctorOptions): Promise<number> {
  const loaded = await loadChecked(shownAs(configFile))
  if (!loaded.ok) {
    complain(loaded.problems, terminal)
    return exit.config
  }
  const open = async (): Promise<{ readonly database: Database; close(): Promise<void> }> => {
    const { session, close } = await openSession(loaded.config, loaded.plugins, terminal)
    return { database: session.database, close }
  }
  const { examine } = await import('./doctor.ts')
  return examine(loaded.config, loaded.warnings, open, systemClock, options, terminal)
}

/** A database in memory that holds nothing. */
async function emptyDatabase(plugins: readonly EnginePlugin[]): Promise<Database> {
  const { openMemory } = await import('../store/sqlite/sqlite-memory.ts')
  return openMemory(async (write, types) => void (await migrate(write, migrationLines(plugins), types, systemClock)))
}

/** The same database, or one in memory where it is there and has never been used. */
async function unlessEmpty(database: Database, plugins: readonly EnginePlugin[], orEmpty: boolean): Promise<Database> {
  if (!orEmpty || !(await pendingMigrations(database.write, migrationLines(plugins))).empty) return database
  await database.stop()
  return emptyDatabase(plugins)
}

/** Needs no lock, so that it may run beside the daemon. Throws `store_unavailable` where there is no database yet, or one that the daemon has still to upgrade. */
export async function openSession(
  config: Config,
  plugins: readonly EnginePlugin[],
  terminal: Terminal,
  { orEmpty = false }: OpenOptions = {},
): Promise<{ readonly session: Session; close(): Promise<void> }> {
  const none = config.database.kind === 'sqlite' && !isThere(config.database.path)
  if (config.database.kind === 'sqlite' && none && !orEmpty) throw noDatabaseYet(config.database.path)
  const clock = systemClock
  const database = none ? await emptyDatabase(plugins) : await unlessEmpty(await openDatabase(config, false), plugins, orEmpty)
  const pool = createParsePool({ workers: 1, timeoutMs: config.intake.parse_timeout })
  try {
    await requireUpToDate(database, migrationLines(plugins))
    const engine = new Engine({
      ...{ config, plugins, database, clock, pool, log: silentLog, ids: idsFrom(clock), counters: noCounters, transports: new Map() },
      configFolder: path.dirname(config.file),
      tokens: await installationKeys(database, config.name),
    })
    const session: Session = {
      ...{ config, database, engine, clock, terminal },
      async transact(origin, change) {
        const value = await engine.transact(origin, change)
        // The daemon numbers events after commits of its own; nobody told it of this one.
        await numberEvents(database, clock)
        return value
      },
    }
    return {
      session,
      async close() {
        await pool.stop()
        await database.stop()
      },
    }
  } catch (error) {
    await pool.stop()
    await database.stop()
    throw error
  }
}
