// Facts about this installation that must survive with its data: instance id and token keys.
import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** The value under `key`, if there is one. */
export async function readMeta(db: Kysely<Tables>, key: string): Promise<string | undefined> {
  return (await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst())?.value
}

/** The value under `key`; the first to ask stores its proposal, everybody gets the same. */
export async function settleMeta(db: Kysely<Tables>, key: string, proposal: () => string): Promise<string> {
  const there = await readMeta(db, key)
  if (there !== undefined) return there
  await db
    .insertInto('meta')
    .values({ key, value: proposal() })
    .onConflict((c) => c.doNothing())
    .execute()
  return (await readMeta(db, key)) ?? proposal()
}

/** Sets the value under `key`, whatever was there. */
export async function writeMeta(db: Kysely<Tables>, key: string, value: string): Promise<void> {
  await db
    .insertInto('meta')
    .values({ key, value })
    .onConflict((c) => c.column('key').doUpdateSet({ value }))
    .execute()
}

/** Takes the value under `key` away, if there is one. */
export async function dropMeta(db: Kysely<Tables>, key: string): Promise<void> {
  await db.deleteFrom('meta').where('key', '=', key).execute()
}
