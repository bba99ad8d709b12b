// Databases with their tables, made once in a run for each set of migrations and then copied: migrating takes longer than most tests.
import { createHash, randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { sql } from 'kysely'
import { inject } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import type { Database } from '../../core/store/database.ts'
import { migrate } from '../../core/store/migrate.ts'
import type { MigrationLine } from '../../core/store/migrate.ts'
import { openPostgres } from '../../core/store/postgres.ts'
import { openSqlite } from '../../core/store/sqlite/sqlite.ts'

/** Puts a SQLite database with the tables of `lines` at `file`, which must not be there yet. */
export async function copySqliteImage(lines: readonly MigrationLine[], file: string): Promise<void> {
  const images = path.join(path.dirname(inject('postgresDoor')), 'images')
  const image = path.join(images, `${keyOf(lines)}.db`)
  if (!existsSync(image)) {
    mkdirSync(images, { recursive: true })
    const folder = mkdtempSync(path.join(images, 'making-'))
    const made = path.join(folder, 'image.db')
    await withTables(openSqlite({ path: made }), lines)
    // Several test processes may make the same one: whole it appears, whoever comes last.
    renameSync(made, image)
    rmSync(folder, { recursive: true })
  }
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o750 })
  copyFileSync(image, file)
}

/** Name of a database of the server with the tables of `lines`, for `create database ... template`. Nobody is connected to it. */
export async function postgresTemplate(server: string, lines: readonly MigrationLine[]): Promise<string> {
  const name = `image_${keyOf(lines)}`
  if (!templates.has(name)) templates.set(name, makeTemplate(server, name, lines))
  await templates.get(name)
  return name
}

const templates = new Map<string, Promise<void>>()

async function makeTemplate(server: string, name: string, lines: readonly MigrationLine[]): Promise<void> {
  const administration = await openPostgres({ url: server, pool: 1 })
  const order = (text: string): Promise<unknown> => sql.raw(text).execute(administration.write)
  try {
    // One test process makes it; the others wait here for as long as that takes.
    await order('set lock_timeout = 0')
    await order('set statement_timeout = 0')
    await sql`select pg_advisory_lock(hashtext(${name}))`.execute(administration.write)
    const { rows } = await sql`select 1 from pg_database where datname = ${name}`.execute(administration.write)
    if (rows.length > 0) return
    const making = `making_${randomBytes(8).toString('hex')}`
    await order(`create database ${making}`)
    const url = new URL(server)
    url.pathname = `/${making}`
    await withTables(await openPostgres({ url: url.href, pool: 1 }), lines)
    await order(`alter database ${making} rename to ${name}`)
  } finally {
    await administration.stop()
  }
}

async function withTables(database: Database, lines: readonly MigrationLine[]): Promise<void> {
  try {
    await migrate(database.write, lines, database.types, systemClock)
  } finally {
    await database.stop()
  }
}

/** The same for lines that do the same: names alone would mix up those that tests make up. */
function keyOf(lines: readonly MigrationLine[]): string {
  const hash = createHash('sha256')
  for (const { owner, migrations } of lines) hash.update(JSON.stringify([owner, migrations.map((m) => [m.name, m.up.toString()])]))
  return hash.digest('hex').slice(0, 32)
}
