// A database in memory that can be made again what it was at first: its connection and prepared statements stay.
import { CompiledQuery, sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Database } from '../database.ts'
import type { DialectTypes } from '../migrate.ts'
import { openSqlite } from './sqlite.ts'
import type { Tables } from '../tables.ts'

/** A database in memory, for scenarios and tests. */
export interface MemoryDatabase extends Database {
  /** Takes everything out that came since it was opened. Nobody may be using it. */
  rewind(): Promise<void>
}

/** `prepare`: makes what it holds at first. */
export async function openMemory(prepare: (write: Kysely<Tables>, types: DialectTypes) => Promise<void>): Promise<MemoryDatabase> {
  const database = openSqlite({ path: ':memory:' })
  const { write } = database
  await prepare(write, database.types)
  // Names of tables are those of this database: `Tables` lists them, with those of plugins. What a virtual table (FTS5) holds goes with the
  // rows that it speaks of, by a trigger of its plugin; its own tables nobody may touch.
  const names = (
    await sql<{ readonly name: keyof Tables }>`select name from pragma_table_list where schema = 'main' and type = 'table'
      and name <> 'sqlite_schema'`.execute(write)
  ).rows.map((row) => row.name)
  // Composed once: there are 50 tables, and a gateway in memory lives for milliseconds.
  const empties = names.map((name) => CompiledQuery.raw(write.deleteFrom(name).compile().sql))
  const first = new Map<keyof Tables, readonly never[]>()
  for (const name of names) {
    const rows = await write.selectFrom(name).selectAll().execute()
    if (rows.length > 0) first.set(name, rows as never[]) // as they came out, so they go in again
  }
  return {
    ...database,
    async rewind() {
      database.automatic?.forget()
      await sql`pragma foreign_keys = off`.execute(write)
      await write.transaction().execute(async (tx) => {
        for (const empty of empties) await tx.executeQuery(empty)
        for (const [name, rows] of first) await tx.insertInto(name).values(rows).execute()
      })
      await sql`pragma foreign_keys = on`.execute(write)
    },
  }
}
