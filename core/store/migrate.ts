// Migrations: one line for the core and one per plugin, each migration in its own transaction, recorded in the same transaction.
import type { ColumnDataType, Kysely } from 'kysely'
import type { sql } from 'kysely'
import { PosternError } from '../base/errors.ts'
import type { Clock } from '../base/clock.ts'

/** Types that the two databases spell differently. */
export interface DialectTypes {
  /** For tables that only one of them has. */
  readonly kind: 'sqlite' | 'postgres'
  readonly bytes: ColumnDataType | ReturnType<typeof sql>
}

/** One step of a line; never changed after a release, only followed by another. `db` has no table types: old steps must not follow new types. */
export interface Migration {
  /** Sorts within its line: `0001-what`. */
  readonly name: string
  // Kysely's own convention for schema work: a migration may touch tables that no longer exist in `Tables`.
  up(db: Kysely<Record<string, Record<string, unknown>>>, types: DialectTypes): Promise<void>
}

/** The migrations of one owner in their order; released ones never change. */
export interface MigrationLine {
  /** `core`, or the plugin's name. */
  readonly owner: string
  readonly migrations: readonly Migration[]
}

interface Ledger {
  migrations: { owner: string; name: string; applied_at: number }
}

/** What `migrate` would do. */
export interface Pending {
  /** The database has no tables of ours yet. */
  readonly empty: boolean
  /** Steps to apply, as `owner/name`. */
  readonly steps: readonly string[]
  /** Those of lines that have been applied in part: an upgrade of what is there, not tables that are new. */
  readonly upgrades: readonly string[]
}

/** Looks without changing anything. Throws as `migrate` does where a newer version wrote the database. */
export async function pendingMigrations<T>(db: Kysely<T>, lines: readonly MigrationLine[]): Promise<Pending> {
  const tables = await db.introspection.getTables()
  if (!tables.some((t) => t.name === 'migrations'))
    return { empty: true, steps: lines.flatMap((line) => line.migrations.map((m) => `${line.owner}/${m.name}`)), upgrades: [] }
  const steps: string[] = []
  const upgrades: string[] = []
  for (const line of lines) {
    const names = await appliedSteps(db as unknown as Kysely<Ledger>, line)
    const missing = line.migrations.filter((m) => !names.has(m.name)).map((m) => `${line.owner}/${m.name}`)
    for (const one of missing) steps.push(one)
    if (names.size > 0) for (const one of missing) upgrades.push(one)
  }
  return { empty: false, steps, upgrades }
}

/** Names of the steps of a line that the database has. Throws `config_invalid` where it has one that this program does not know. */
async function appliedSteps(ledger: Kysely<Ledger>, line: MigrationLine): Promise<ReadonlySet<string>> {
  const done = await ledger.selectFrom('migrations').select('name').where('owner', '=', line.owner).orderBy('name').execute()
  const known = new Set(line.migrations.map((m) => m.name))
  const foreign = done.find((d) => !known.has(d.name))
  if (foreign) {
    throw new PosternError(
      'config_invalid',
      `the database was written by a newer version: it has the step "${foreign.name}" of ${line.owner}, which this version does not know. Install that version again, or restore the backup made before the upgrade.`,
    )
  }
  return new Set(done.map((d) => d.name))
}

/** Brings every line up to date. Refuses a database that holds steps this program does not know (a newer version wrote it). */
export async function migrate<T>(
  db: Kysely<T>,
  lines: readonly MigrationLine[],
  types: DialectTypes,
  clock: Clock,
): Promise<readonly string[]> {
  // The ledger table is not part of Tables: nobody else may read or write it.
  const ledger = db as unknown as Kysely<Ledger>
  await ledger.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('owner', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('applied_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('migrations_pk', ['owner', 'name'])
    .execute()
  const applied: string[] = []
  for (const line of lines) {
    const names = await appliedSteps(ledger, line)
    for (const migration of line.migrations) {
      if (names.has(migration.name)) continue
      await ledger.transaction().execute(async (tx) => {
        // The insert comes first: of two nodes that start together one waits here and then finds the step done.
        const mine = await tx
          .insertInto('migrations')
          .values({ owner: line.owner, name: migration.name, applied_at: clock.now() })
          .onConflict((c) => c.doNothing())
          .returning('name')
          .executeTakeFirst()
        if (!mine) return
        await migration.up(tx as unknown as Kysely<Record<string, Record<string, unknown>>>, types)
        applied.push(`${line.owner}/${migration.name}`)
      })
    }
  }
  return applied
}
