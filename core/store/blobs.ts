// Bytes behind a small interface: in the database by default, so that one commit accepts a mail and one backup is everything.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { PosternError } from '../base/errors.ts'
import type { Tables } from './tables.ts'

/** Bytes to be stored under an id of the caller's. */
export interface NewBlob {
  readonly id: string
  readonly bytes: Uint8Array
  /** sha256 in hex; computed if absent. */
  readonly sha256?: string
}

/** Stores bytes with their size and SHA-256. Rejects for an id that is taken. */
export async function putBlob(db: Kysely<Tables>, blob: NewBlob, now: number): Promise<void> {
  const sha256 = blob.sha256 ?? createHash('sha256').update(blob.bytes).digest('hex')
  await db.insertInto('blobs').values({ id: blob.id, bytes: blob.bytes, size: blob.bytes.byteLength, sha256, created_at: now }).execute()
}

/** The bytes of a blob; `gone` when retention or `forget` has removed them. */
export async function readBlob(db: Kysely<Tables>, id: string): Promise<Uint8Array> {
  const row = await db.selectFrom('blobs').select('bytes').where('id', '=', id).executeTakeFirst()
  if (!row) throw gone(id)
  return row.bytes
}

/** How many bytes a blob has. Throws `gone`. */
export async function blobSize(db: Kysely<Tables>, id: string): Promise<number> {
  const row = await db.selectFrom('blobs').select('size').where('id', '=', id).executeTakeFirst()
  if (!row) throw gone(id)
  return row.size
}

/** A part of the bytes; `end` exclusive. Throws `gone` as well. */
export async function readBlobRange(db: Kysely<Tables>, id: string, start: number, end: number): Promise<Uint8Array> {
  // Casts, since PostgreSQL cannot tell the types of parameters here.
  const part = sql<Uint8Array>`substr(bytes, cast(${start + 1} as integer), cast(${Math.max(0, end - start)} as integer))`
  const row = await db.selectFrom('blobs').select(part.as('part')).where('id', '=', id).executeTakeFirst()
  if (!row) throw gone(id)
  return row.part
}

const gone = (id: string): PosternError => new PosternError('gone', `the bytes ${id} are no longer kept`)
