// Opens the database that a config names, brings it up to date, and keeps the installation's signing keys in it.
import type { Config, DatabaseConfig } from '../base/config/types.ts'
import type { Database } from '../store/database.ts'
import { openSqlite } from '../store/sqlite/sqlite.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { migrationLines } from '../engine/migration-lines.ts'
import { migrate, pendingMigrations } from '../store/migrate.ts'
import { existsSync } from 'node:fs'
import { openStorage } from '../store/storage/open-storage.ts'
import { copySqlite } from '../store/sqlite/backup.ts'
import type { TokenKeys } from '../mail/token.ts'
import { settleMeta } from '../store/meta.ts'
import { randomBytes } from 'node:crypto'
import { tokenKeys } from '../mail/token.ts'
import type { EnginePlugin } from '../contract/plugin.ts'

/** Opens the database of a config without bringing it up to date. `exclusive`: as the daemon. */
export async function openDatabase(config: Pick<Config, 'database' | 'blobs'>, exclusive: boolean): Promise<Database> {
  const storage = config.blobs.storage === null ? undefined : await openStorage(config.blobs.storage)
  const database = await openTables(config.database, exclusive)
  return storage ? { ...database, storage } : database
}

async function openTables(config: DatabaseConfig, exclusive: boolean): Promise<Database> {
  if (config.kind === 'sqlite') return openSqlite({ path: config.path, exclusive })
  // Its client stays out of a process that does not use it: 10 MB.
  const { openPostgres } = await import('../store/postgres.ts')
  return openPostgres({ url: config.url, pool: config.pool })
}

/** Opens it and applies all migrations: the core's and one line per plugin. A SQLite database that is upgraded is copied first. */
export async function openStore(
  config: Config,
  plugins: readonly EnginePlugin[],
  clock: Clock,
  exclusive: boolean,
  log: Log,
): Promise<Database> {
  const database = await openDatabase(config, exclusive)
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
export async function copyBefore(path: string, step: string, log: Log): Promise<void> {
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
