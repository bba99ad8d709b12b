// Ticks of recurring work, claimed by compare-and-set.
import type { Kysely } from 'kysely'
import type { Database } from './database.ts'
import type { Tables } from './tables.ts'

/** When the named work is due next; the first to ask writes `first()`. */
export async function settleCron(database: Database, name: string, now: number, first: () => number): Promise<number> {
  const row = await database.write.selectFrom('crons').select('next_at').where('name', '=', name).executeTakeFirst()
  if (row) return row.next_at
  const next = first()
  await database.write
    .insertInto('crons')
    .values({ name, last_at: now, next_at: next })
    .onConflict((c) => c.doNothing())
    .execute()
  return next
}

/** Moves the tick from `due` to `next`; false where another node was first. */
export async function claimTick(db: Kysely<Tables>, name: string, due: number, next: number): Promise<boolean> {
  const row = await db
    .updateTable('crons')
    .set({ last_at: due, next_at: next })
    .where('name', '=', name)
    .where('next_at', '=', due)
    .returning('name')
    .executeTakeFirst()
  return row !== undefined
}

/** The tick that was done last (ms UTC), or when the name was first asked for; 0 where it never was. */
export async function lastTick(db: Kysely<Tables>, name: string): Promise<number> {
  return (await db.selectFrom('crons').select('last_at').where('name', '=', name).executeTakeFirst())?.last_at ?? 0
}

/** Plans the tick of `due` for another time; false where another node was first. */
export async function moveTick(db: Kysely<Tables>, name: string, due: number, next: number): Promise<boolean> {
  const row = await db
    .updateTable('crons')
    .set({ next_at: next })
    .where('name', '=', name)
    .where('next_at', '=', due)
    .returning('name')
    .executeTakeFirst()
  return row !== undefined
}
