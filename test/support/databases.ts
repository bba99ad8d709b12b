// Every store and plugin test runs on SQLite and on PostgreSQL: a loop over both, each test with databases of its own.
import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { afterEach, describe, inject } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import type { DatabaseConfig } from '../../core/base/config/types.ts'
import type { Database } from '../../core/store/database.ts'
import { migrate } from '../../core/store/migrate.ts'
import type { MigrationLine } from '../../core/store/migrate.ts'
import { coreMigrations } from '../../core/engine/migration-lines.ts'
import { openPostgres } from '../../core/store/postgres.ts'
import { openSqlite } from '../../core/store/sqlite/sqlite.ts'
import { copySqliteImage, postgresTemplate } from './database-images.ts'
import { freshFolder } from './fresh-folder.ts'

const coreLines: readonly MigrationLine[] = [{ owner: 'core', migrations: coreMigrations }]

export type DatabaseKind = Database['kind']

export interface OpenOptions {
  /** Lines besides the core's. */
  readonly lines?: readonly MigrationLine[]
}

const chosen = process.env.POSTERN_TEST_DATABASES?.split(',') as readonly DatabaseKind[] | undefined // as README says

/** Both, or those of POSTERN_TEST_DATABASES (`sqlite`, `postgres`): for what a database decides, which is queries, locks, races, order. */
export const databaseKinds: readonly DatabaseKind[] = chosen ?? ['sqlite', 'postgres']

/**
 * SQLite, or those of POSTERN_TEST_DATABASES: for what plugins do by queries that other tests hold on both. `.ci/run` runs every file
 * that names this on PostgreSQL as well.
 */
export const behaviourKinds: readonly DatabaseKind[] = chosen ?? ['sqlite']

/** Opens an empty database with its tables; it is closed and removed after the test. */
export type OpenDatabase = (options?: OpenOptions) => Promise<Database>

/** A place for a database, as a config names it. */
export interface Place {
  readonly config: DatabaseConfig
  /** The `database:` section of a YAML file. */
  readonly yaml: string
  /** Removes the database and everything beside it; harmless twice. */
  drop(): Promise<void>
}

/**
 * Declares the same tests for both databases: `eachDatabase((kind, open) => { test('...', async () => { const db = await open() ... }) })`.
 * Only `kinds` run; the others count as skipped.
 */
export function eachDatabase(define: (kind: DatabaseKind, open: OpenDatabase) => void, kinds = databaseKinds): void {
  for (const kind of ['sqlite', 'postgres'] as const) {
    describe.skipIf(!kinds.includes(kind))(kind, () => {
      const opened: (() => Promise<void>)[] = []
      afterEach(async () => {
        for (const close of opened.splice(0).reverse()) await close()
      })
      define(kind, async (options = {}) => {
        const place = await freshPlace(kind, coreLines)
        opened.push(() => place.drop())
        const database = await openPlace(place.config)
        opened.push(() => database.stop())
        if (options.lines) await migrate(database.write, [...coreLines, ...options.lines], database.types, systemClock)
        return database
      })
    })
  }
}

/** Opens a place as the program does, without the daemon's exclusive lock. */
export async function openPlace(config: DatabaseConfig): Promise<Database> {
  return config.kind === 'sqlite' ? openSqlite({ path: config.path }) : openPostgres({ url: config.url, pool: config.pool })
}

/**
 * A place of its own: a new folder for SQLite, a new database on the run's server for PostgreSQL; empty, or with the tables of `lines`.
 * The caller drops it.
 */
export async function freshPlace(kind: DatabaseKind, lines?: readonly MigrationLine[]): Promise<Place> {
  if (kind === 'sqlite') {
    const folder = freshFolder('postern-db-')
    const file = path.join(folder, 'postern.db')
    if (lines) await copySqliteImage(lines, file)
    return {
      config: { kind, path: file },
      yaml: `database: { sqlite: ${JSON.stringify(file)} }`,
      drop: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
    }
  }
  const server = await postgresServer()
  const name = `t_${randomBytes(8).toString('hex')}`
  await administer(server, `create database ${name}${lines ? ` template ${await postgresTemplate(server, lines)}` : ''}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    config: { kind, url: url.href, pool: 5 },
    yaml: `database: { postgres: ${JSON.stringify(url.href)}, pool: 5 }`,
    drop: () => administer(server, `drop database if exists ${name} with (force)`),
  }
}

async function administer(server: string, statement: string): Promise<void> {
  const database = await openPostgres({ url: server, pool: 1 })
  try {
    await sql.raw(statement).execute(database.write)
  } finally {
    await database.stop()
  }
}

let server: Promise<string> | undefined

/** URL of the run's server; the first to ask waits for its start. Throws where there is no PostgreSQL for this machine. */
function postgresServer(): Promise<string> {
  server ??= new Promise((resolve, reject) => {
    let answer = ''
    connect(inject('postgresDoor'))
      .on('data', (chunk: Buffer) => (answer += chunk.toString()))
      .on('end', () => (answer.startsWith('postgres://') ? resolve(answer) : reject(new Error(answer))))
      .on('error', reject)
  })
  return server
}
