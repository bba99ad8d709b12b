// Brings a SQLite file up to date, with a further step behind those of this version, and kills itself before statement N: node killed-upgrade-process.ts FILE N.
// It prints how many there were if it lives.
import { sql } from 'kysely'
import { loadPlugin, shippedPlugins } from '../../core/app/load-plugins.ts'
import { migrationLines } from '../../core/engine/migration-lines.ts'
import type { MigrationLine } from '../../core/store/migrate.ts'
import { migrateKilled } from './migrate-killed.ts'

/** What a later release might do: a column for what is there, filled from it, an index, and a table that is made anew under its name. */
const next = {
  name: '9999-next',
  async up(db: Parameters<MigrationLine['migrations'][number]['up']>[0]) {
    await db.schema
      .alterTable('cases')
      .addColumn('urgency', 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
    await sql`update cases set urgency = message_count`.execute(db)
    await db.schema.createIndex('cases_by_urgency').on('cases').column('urgency').execute()
    await sql`create table case_tags_new as select case_id, tag, 1 as weight from case_tags`.execute(db)
    await sql`drop table case_tags`.execute(db)
    await sql`alter table case_tags_new rename to case_tags`.execute(db)
  },
}

/** The lines of this version with all shipped plugins, and behind them that step of the core's. */
export async function linesWithNext(): Promise<readonly MigrationLine[]> {
  const lines = await linesOfNow()
  const core = lines.flatMap((line) => (line.owner === 'core' ? line.migrations : []))
  return [...lines.filter((line) => line.owner !== 'core'), { owner: 'core', migrations: [...core, next] }]
}

/** The lines of this version with all shipped plugins. */
export async function linesOfNow(): Promise<readonly MigrationLine[]> {
  const definitions = await Promise.all(shippedPlugins().map((name) => loadPlugin(name, undefined, '/')))
  return migrationLines(definitions.flatMap((definition) => (typeof definition === 'object' ? [{ definition, settings: {} }] : [])))
}

if (process.argv[1] === import.meta.filename) await migrateKilled(await linesWithNext())
