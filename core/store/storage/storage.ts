// Where bytes can lie besides the database: objects under keys, each written once and never changed.
import { PosternError } from '../../base/errors.ts'

/** What kind of storage it is; noted with each object, so that another kind is never asked for it. */
export type StorageKind = 'directory' | 's3'

/** Where an installation keeps bytes that have left the database. Rejects with `store_unavailable` where the place does not answer. */
export interface BlobStorage {
  readonly kind: StorageKind
  /** The directory or the URL, for people; no secrets. */
  readonly place: string
  /** Resolves when the bytes are durable. The same key is only ever given the same bytes. */
  put(key: string, bytes: Uint8Array): Promise<void>
  /** All bytes, or null: there is no such object. */
  get(key: string): Promise<Uint8Array | null>
  /** A part, `end` exclusive, or null: there is no such object. */
  range(key: string, start: number, end: number): Promise<Uint8Array | null>
  /** Harmless where there is none. */
  remove(key: string): Promise<void>
}

/** The name of an object: what it must hold, and whose it is. Two blobs with the same bytes have an object each, so that removing one never takes the other's. */
export function objectKey(blob: { readonly id: string; readonly sha256: string }): string {
  return `${blob.sha256.slice(0, 2)}/${blob.sha256}-${blob.id}`
}

/** The storage does not answer, or not as it should: temporary, and no fault of what was asked for. */
export class StorageAway extends PosternError {
  constructor(place: string, cause: unknown) {
    super('store_unavailable', `the blob storage ${place} does not answer`, { cause })
  }
}
