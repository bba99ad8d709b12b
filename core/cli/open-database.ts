// What a command works with that only looks into tables of the core: the config and the database. Neither plugins nor an engine are loaded,
// which is most of what a command costs, so the settings of plugins are not checked here ("postern check" does).
import { statSync } from 'node:fs'
import Type from 'typebox'
import { openDatabase } from '../app/open-store.ts'
import { systemClock } from '../base/clock.ts'
import { checkConfig, parseConfigFile } from '../base/config/load.ts'
import { formatProblem, shownAs } from '../base/config/problems.ts'
import type { Config } from '../base/config/types.ts'
import { PosternError } from '../base/errors.ts'
import { migrationLines } from '../engine/migration-lines.ts'
import type { Database } from '../store/database.ts'
import { pendingMigrations } from '../store/migrate.ts'
import type { MigrationLine } from '../store/migrate.ts'
import type { DatabaseSession } from './session.ts'
import { exit } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** Loads the config without the settings of plugins and does the work; 78 where the config is wrong. */
export async function withConfigAlone(
  configFile: string,
  terminal: Terminal,
  work: (config: Config) => Promise<number> | number,
): Promise<number> {
  const parsed = parseConfigFile(shownAs(configFile))
  const anything = { schema: Type.Object({}, { additionalProperties: true }) }
  const loaded = parsed.ok ? checkConfig(parsed.doc, new Map(parsed.doc.plugins.map(({ name }) => [name, anything]))) : parsed
  if (!loaded.ok) {
    for (const problem of loaded.problems) terminal.complain(formatProblem(problem))
    return exit.config
  }
  return work(loaded.config)
}

/** Loads the config, opens the database, does the work, closes it; the exit code. Throws `store_unavailable` where there is no database yet, or one that the daemon has still to upgrade. */
export function withDatabase(configFile: string, terminal: Terminal, work: (session: DatabaseSession) => Promise<number>): Promise<number> {
  return withConfigAlone(configFile, terminal, async (config) => {
    if (config.database.kind === 'sqlite' && !isThere(config.database.path)) throw noDatabaseYet(config.database.path)
    const database = await openDatabase(config, false)
    try {
      await requireUpToDate(database, migrationLines([]))
      return await work({ config, database, clock: systemClock, terminal })
    } finally {
      await database.stop()
    }
  })
}

/** Whether the file of a database is there. Where that cannot be seen, opening it tells why. */
export function isThere(file: string): boolean {
  try {
    statSync(file)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT')
  }
}

/** The error of a command that came before the first start. */
export function noDatabaseYet(file: string): PosternError {
  return new PosternError('store_unavailable', `there is no database at ${file} yet; it is made by the first "postern start"`)
}

/** Throws `store_unavailable` where a step of these lines is missing, which the daemon makes. */
export async function requireUpToDate(database: Database, lines: readonly MigrationLine[]): Promise<void> {
  const { empty, steps } = await pendingMigrations(database.write, lines)
  if (empty || steps.length > 0)
    throw new PosternError(
      'store_unavailable',
      `the database is ${empty ? 'empty' : `not up to date (${steps.join(', ')})`}; "postern start" brings it up to date`,
    )
}
