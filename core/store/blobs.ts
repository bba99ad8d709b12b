// Bytes behind a small interface: in the database, so that one commit accepts a mail; what has left it later is fetched from where it lies.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { PosternError } from '../base/errors.ts'
import type { Database } from './database.ts'
import type { BlobStorage } from './storage/storage.ts'
import type { BlobPlaceTable, Tables } from './tables.ts'

/** Bytes to be stored under an id of the caller's. */
export interface NewBlob {
  readonly id: string
  readonly bytes: Uint8Array
  /** sha256 in hex; computed if absent. */
  readonly sha256?: string
}

/** Where bytes are read: a connection, and the storage of this installation where it has one. */
export interface BlobSource {
  readonly db: Kysely<Tables>
  readonly storage: BlobStorage | undefined
}

/** The bytes of a database, by the connection that writes or by the one that reads. */
export function blobsOf(database: Pick<Database, 'write' | 'read' | 'storage'>, by: 'write' | 'read' = 'write'): BlobSource {
  return { db: database[by], storage: database.storage }
}

/** Stores bytes with their size and SHA-256. Rejects for an id that is taken. */
export async function putBlob(db: Kysely<Tables>, blob: NewBlob, now: number): Promise<void> {
  const sha256 = blob.sha256 ?? sha256Of(blob.bytes)
  await db.insertInto('blobs').values({ id: blob.id, bytes: blob.bytes, size: blob.bytes.byteLength, sha256, created_at: now }).execute()
}

/** The bytes of a blob; `gone` when retention or `forget` has removed them, `store_unavailable` when they lie outside and cannot be read there. */
export async function readBlob(from: BlobSource, id: string): Promise<Uint8Array> {
  const row = await from.db.selectFrom('blobs').select(['bytes', 'size', 'sha256']).where('id', '=', id).executeTakeFirst()
  if (!row) throw gone(id)
  if (row.bytes.byteLength === row.size) return row.bytes
  const { storage, place } = await placeOf(from, id)
  const bytes = await storage.get(place.object)
  if (bytes === null) throw new BlobMissing(id, place, 'missing')
  if (sha256Of(bytes) !== row.sha256) throw new BlobMissing(id, place, 'damaged')
  return bytes
}

/** How many bytes a blob has. Throws `gone`. */
export async function blobSize({ db }: Pick<BlobSource, 'db'>, id: string): Promise<number> {
  const row = await db.selectFrom('blobs').select('size').where('id', '=', id).executeTakeFirst()
  if (!row) throw gone(id)
  return row.size
}

/** A part of the bytes; `end` exclusive. Throws as `readBlob` does; of bytes outside, the hash of a part cannot be checked. */
export async function readBlobRange(from: BlobSource, id: string, start: number, end: number): Promise<Uint8Array> {
  // Casts, since PostgreSQL cannot tell the types of parameters here.
  const part = sql<Uint8Array>`substr(bytes, cast(${start + 1} as integer), cast(${Math.max(0, end - start)} as integer))`
  const here = sql<number>`length(bytes)`
  const row = await from.db
    .selectFrom('blobs')
    .select(['size', part.as('part'), here.as('here')])
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) throw gone(id)
  if (row.here === row.size) return row.part
  const { storage, place } = await placeOf(from, id)
  const bytes = await storage.range(place.object, start, Math.min(end, row.size))
  if (bytes === null) throw new BlobMissing(id, place, 'missing')
  return bytes
}

/** Deletes blobs; what lies outside is marked, and removed by the next look (`removeObjects`). */
export async function deleteBlobs(tx: Kysely<Tables>, ids: readonly string[], now: number): Promise<void> {
  if (ids.length === 0) return
  await tx.updateTable('blob_places').set({ removed_at: now }).where('blob_id', 'in', ids).where('removed_at', 'is', null).execute()
  await tx.deleteFrom('blobs').where('id', 'in', ids).execute()
}

/** SHA-256 in hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function placeOf(
  { db, storage }: BlobSource,
  id: string,
): Promise<{ readonly storage: BlobStorage; readonly place: BlobPlaceTable }> {
  const place = await db.selectFrom('blob_places').selectAll().where('blob_id', '=', id).executeTakeFirst()
  if (!place) throw new PosternError('store_unavailable', `the database has no bytes of ${id}, and does not say where they are`)
  if (storage?.kind !== place.storage)
    throw new PosternError(
      'store_unavailable',
      `the bytes ${id} were moved to ${kindWords[place.storage]}, which \`blobs\` no longer names; name it again`,
    )
  return { storage, place }
}

/** Kinds of storage, as the configuration calls them. */
export const kindWords = { directory: 'the directory of `blobs.directory`', s3: 'the bucket of `blobs.s3`' } as const

const gone = (id: string): PosternError => new PosternError('gone', `the bytes ${id} are no longer kept`)

/** The storage answers, and has not (or no longer) what was put there: a person has to bring it back. */
export class BlobMissing extends PosternError {
  constructor(id: string, { storage, object }: Pick<BlobPlaceTable, 'storage' | 'object'>, what: 'missing' | 'damaged') {
    const is = what === 'missing' ? `are missing from ${kindWords[storage]}` : `in ${kindWords[storage]} are not what was put there`
    super('store_unavailable', `the bytes ${id} ${is}: put ${object} back from a copy of it`)
  }
}
