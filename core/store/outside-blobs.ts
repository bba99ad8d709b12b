// Bytes that have left the database, as a backup lists them and `verify` reads them.
import { BlobMissing, kindWords, sha256Of } from './blobs.ts'
import type { Database } from './database.ts'
import type { BlobStorage, StorageKind } from './storage/storage.ts'

/** A blob whose bytes lie outside, and what they must be. */
export interface OutsideBlob {
  readonly id: string
  readonly storage: StorageKind
  readonly object: string
  /** In hex. */
  readonly sha256: string
}

/** All of a database. */
export async function outsideBlobs(database: Database): Promise<readonly OutsideBlob[]> {
  return database.read
    .selectFrom('blob_places')
    .innerJoin('blobs', 'blobs.id', 'blob_places.blob_id')
    .select(['blobs.id', 'blob_places.storage', 'blob_places.object', 'blobs.sha256'])
    .where('moved_at', 'is not', null)
    .where('removed_at', 'is', null)
    .orderBy('blobs.id')
    .execute()
}

/** Reads them all; what is wrong as a sentence each, at most 50. Rejects where the storage does not answer. */
export async function outsideProblems(blobs: readonly OutsideBlob[], storage: BlobStorage | undefined): Promise<readonly string[]> {
  const problems: string[] = []
  for (const kind of ['directory', 's3'] as const) {
    const foreign = blobs.filter((blob) => blob.storage === kind && storage?.kind !== kind).length
    if (foreign > 0) problems.push(`the bytes of ${foreign} blobs lie in ${kindWords[kind]}, which the configuration does not name`)
  }
  for (const blob of blobs) {
    if (problems.length >= 50) break
    if (!storage || storage.kind !== blob.storage) continue
    const bytes = await storage.get(blob.object)
    if (bytes === null || sha256Of(bytes) !== blob.sha256)
      problems.push(new BlobMissing(blob.id, blob, bytes === null ? 'missing' : 'damaged').detail)
  }
  return problems
}

/** A list as `sha256sum -c` reads it, run in the folder that holds the objects. */
export function manifestOf(blobs: readonly OutsideBlob[]): string {
  return blobs.map(({ sha256, object }) => `${sha256}  ${object}\n`).join('')
}
