// Moves raw mail that has been taken in out of the database, or back into it, and removes objects whose blob is gone.
//
//   noted   -> a row in blob_places, so that whatever is put can be found and removed
//   put     -> the object is durable; the database still has the bytes
//   checked -> it was read back and has the stored hash
//   moved   -> one transaction: moved_at is set, and the bytes leave the database
//
// A crash between any two of them costs nothing: the next look begins again with the same key and the same bytes.
import type { Clock } from '../base/clock.ts'
import { PosternError } from '../base/errors.ts'
import { kindWords, readBlob, sha256Of } from './blobs.ts'
import type { Database } from './database.ts'
import { transact } from './database.ts'
import type { BlobStorage } from './storage/storage.ts'
import { objectKey } from './storage/storage.ts'
import type { Tx } from './tables.ts'

/** Rows of one look at the table of accepted mail. */
const page = 500

/** Hears of each mail that was moved, and says whether to go on. */
export interface Moving {
  readonly count: () => void
  readonly going: () => boolean
}

/**
 * Moves what is larger than so many bytes and was accepted before that time (ms UTC). Begins behind the accepted mail `after`; resolves with the
 * one before the first that may still have to leave. Rejects where the storage fails: what was moved stays so.
 */
export async function moveOut(
  database: Database,
  storage: BlobStorage,
  clock: Clock,
  which: Moving & { readonly largerThan: number; readonly before: number; readonly after: string },
): Promise<string> {
  let at = which.after
  let settled: string | undefined
  for (;;) {
    const rows = await database.read
      .selectFrom('inbound')
      .select(['id', 'raw_id', 'size', 'state', 'received_at'])
      .where('id', '>', at)
      .orderBy('id')
      .limit(page)
      .execute()
    for (const row of rows) {
      if (row.received_at >= which.before || !which.going()) return settled ?? at
      const done = row.state === 'done' || row.state === 'dropped'
      // Whoever waits may be taken in without asking anybody outside; he is looked at again.
      if (!done) settled ??= at
      else if (row.raw_id !== null && row.size > which.largerThan && (await moveOne(database, storage, clock, row.raw_id))) which.count()
      at = row.id
    }
    if (rows.length < page) return settled ?? at
  }
}

/** Whether it left: it may be gone, have left before, or have to be taken in for another recipient. */
async function moveOne(database: Database, storage: BlobStorage, clock: Clock, id: string): Promise<boolean> {
  const blob = await database.read.selectFrom('blobs').selectAll().where('id', '=', id).executeTakeFirst()
  if (!blob || blob.bytes.byteLength !== blob.size || blob.size === 0) return false
  const object = objectKey(blob)
  const noted = await transact(database, clock, async (tx) => {
    if (await isNeeded(tx, id, blob.sha256)) return false
    await tx
      .insertInto('blob_places')
      .values({ blob_id: id, storage: storage.kind, object, moved_at: null, removed_at: null })
      .onConflict((c) => c.column('blob_id').doNothing())
      .execute()
    const place = await tx.selectFrom('blob_places').selectAll().where('blob_id', '=', id).executeTakeFirst()
    // An object of before is removed first, so that none is left behind where nobody looks.
    return place?.storage === storage.kind && place.removed_at === null
  })
  if (!noted) return false
  await storage.put(object, blob.bytes)
  const back = await storage.get(object)
  if (back === null || sha256Of(back) !== blob.sha256)
    throw new PosternError(
      'store_unavailable',
      `${storage.place} did not give back what was put there (${object}); the mail stays in the database`,
    )
  const left = await transact(database, clock, async (tx) => {
    if (await isNeeded(tx, id, blob.sha256)) return false
    const place = await tx
      .updateTable('blob_places')
      .set({ moved_at: clock.now() })
      .where('blob_id', '=', id)
      .where('removed_at', 'is', null)
      .returning('blob_id')
      .executeTakeFirst()
    if (!place) return false
    const row = await tx
      .updateTable('blobs')
      .set({ bytes: Buffer.alloc(0) })
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst()
    return row !== undefined
  })
  // Retention or `forget` took it meanwhile, and perhaps its object was removed before it was put.
  if (!left && !(await stillThere(database, id))) await storage.remove(object)
  return left
}

/** One blob may stand behind several recipients; they are found by the hash, which has an index. */
async function isNeeded(tx: Tx, id: string, hash: string): Promise<boolean> {
  const waiting = await tx
    .selectFrom('inbound')
    .select('id')
    .where('hash', '=', hash)
    .where('raw_id', '=', id)
    .where('state', 'in', ['queued', 'parked'])
    .executeTakeFirst()
  return waiting !== undefined
}

async function stillThere(database: Database, id: string): Promise<boolean> {
  return (await database.write.selectFrom('blobs').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
}

/** Brings everything back that has left; the objects are then removed. Rejects as `readBlob` does: what came back stays so. */
export async function moveBack(database: Database, storage: BlobStorage, clock: Clock, { count, going }: Moving): Promise<void> {
  for (;;) {
    const rows = await outside(database).limit(page).execute()
    for (const { blob_id } of rows) {
      if (!going()) return
      await bringBack(database, storage, clock, blob_id)
      count()
    }
    if (rows.length === 0) return
  }
}

/** Brings those of these blobs back that have left. Rejects as `readBlob` does. */
export async function bringBackAll(database: Database, clock: Clock, ids: readonly string[]): Promise<void> {
  for (let i = 0; i < ids.length; i += page)
    for (const { blob_id } of await outside(database)
      .where('blob_id', 'in', ids.slice(i, i + page))
      .execute())
      await bringBack(database, database.storage, clock, blob_id)
}

async function bringBack(database: Database, storage: BlobStorage | undefined, clock: Clock, id: string): Promise<void> {
  const bytes = await readBlob({ db: database.write, storage }, id)
  await transact(database, clock, async (tx) => {
    await tx.updateTable('blobs').set({ bytes }).where('id', '=', id).execute()
    await tx.updateTable('blob_places').set({ removed_at: clock.now() }).where('blob_id', '=', id).execute()
  })
}

/** Removes the objects of blobs that are gone or have come back. Rejects where the storage fails: the rest is removed by the next look. */
export async function removeObjects(database: Database, storage: BlobStorage, count: () => void = () => {}): Promise<void> {
  for (;;) {
    const rows = await database.write
      .selectFrom('blob_places')
      .select(['blob_id', 'object'])
      .where('removed_at', 'is not', null)
      .where('storage', '=', storage.kind)
      .limit(100)
      .execute()
    for (const { blob_id, object } of rows) {
      await storage.remove(object)
      await database.write.deleteFrom('blob_places').where('blob_id', '=', blob_id).where('removed_at', 'is not', null).execute()
      count()
    }
    if (rows.length === 0) return
  }
}

/** Where mail was moved to that the configuration no longer names, as a sentence with its remedy; null: nowhere. */
export async function foreignStorage(database: Database, storage: BlobStorage | undefined): Promise<string | null> {
  const places = outside(database)
  const other = await (storage ? places.where('storage', '!=', storage.kind) : places).limit(1).executeTakeFirst()
  if (!other) return null
  return `raw mail has been moved to ${kindWords[other.storage]}, which the configuration does not name: name it again, and bring the mail back with \`blobs: { move: back }\` before it is given up`
}

/** Whether the storage holds what was moved last, as a sentence where not; null: it does. Rejects where it does not answer. */
export async function emptyStorage(database: Database, storage: BlobStorage): Promise<string | null> {
  const newest = await outside(database).where('storage', '=', storage.kind).orderBy('blob_id', 'desc').limit(1).executeTakeFirst()
  if (!newest || (await storage.range(newest.object, 0, 1)) !== null) return null
  return `${storage.place} does not hold what was moved there (${newest.object}): is it mounted, and is it the right one? Nothing more is moved until it does`
}

function outside(database: Database) {
  return database.write.selectFrom('blob_places').selectAll().where('moved_at', 'is not', null).where('removed_at', 'is', null)
}
