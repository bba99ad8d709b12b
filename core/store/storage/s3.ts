// Bytes as objects of an S3 bucket, by s3mini (Signature Version 4 over fetch).
import { S3mini } from 's3mini'
import { StorageAway } from './storage.ts'
import type { BlobStorage } from './storage.ts'

/** Which bucket, and as whom. */
export interface S3Options {
  /** URL of the server with the bucket as its path (https://s3.eu-central-1.amazonaws.com/bucket) or as a part of the host name. */
  readonly url: string
  readonly region: string
  readonly access_key: string
  readonly secret_key: string
}

/** Longest wait for one answer with all its bytes. */
const timeoutMs = 120_000

/** Storage in a bucket that is there already. */
export function s3Storage({ url, region, access_key, secret_key }: S3Options): BlobStorage {
  const s3 = new S3mini({ endpoint: url, region, accessKeyId: access_key, secretAccessKey: secret_key, requestAbortTimeout: timeoutMs })
  const asking = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask()
    } catch (error) {
      throw new StorageAway(url, error)
    }
  }
  return {
    kind: 's3',
    place: url,
    put: (key, bytes) =>
      asking(async () => {
        await s3.putObject(key, bytes, 'message/rfc822')
      }),
    get: (key) =>
      asking(async () => {
        const bytes = await s3.getObjectArrayBuffer(key)
        return bytes === null ? null : Buffer.from(bytes)
      }),
    range: (key, start, end) => {
      if (end <= start) return Promise.resolve(Buffer.alloc(0))
      return asking(async () => {
        const answer = await s3.getObjectRaw(key, false, start, end).catch(notThere)
        return answer === null ? null : partOf(Buffer.from(await answer.arrayBuffer()), answer.status, start, end)
      })
    },
    remove: (key) =>
      asking(async () => {
        await s3.deleteObject(key).catch(notThere)
      }),
  }
}

/** Some servers answer with everything where a part was asked for (RFC 9110 §14.2). */
function partOf(bytes: Buffer, status: number, start: number, end: number): Buffer {
  return status === 206 ? bytes : bytes.subarray(start, end)
}

/** For `catch`: null where the server says that there is no such object; anything else is thrown on. */
function notThere(error: unknown): null {
  if (error instanceof Error && 'status' in error && error.status === 404) return null
  throw error
}
