// Bytes as files of a directory: written beside their name, flushed, and renamed into place.
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { StorageAway } from './storage.ts'
import type { BlobStorage } from './storage.ts'

/** Storage in a directory, which is made when the first object is put. Files can be read by their owner only. */
export function directoryStorage(folder: string): BlobStorage {
  const fileOf = (key: string): string => path.join(folder, key)
  return {
    kind: 'directory',
    place: folder,
    async put(key, bytes) {
      const file = fileOf(key)
      const part = `${file}.${randomBytes(6).toString('hex')}.part`
      try {
        await mkdir(path.dirname(file), { recursive: true, mode: 0o750 })
        try {
          await flushed(part, 'wx', bytes)
          await rename(part, file)
        } catch (error) {
          await rm(part, { force: true })
          throw error
        }
        // The names as well: that of the file, and that of its folder where it is new.
        for (const one of [path.dirname(file), folder]) await flushed(one, 'r')
      } catch (error) {
        throw new StorageAway(folder, error)
      }
    },
    get: (key) => orNull(folder, () => readFile(fileOf(key))),
    range: (key, start, end) =>
      orNull(folder, async () => {
        const handle = await open(fileOf(key), 'r')
        try {
          const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(0, end - start)), 0, Math.max(0, end - start), start)
          return buffer.subarray(0, bytesRead)
        } finally {
          await handle.close()
        }
      }),
    async remove(key) {
      try {
        await rm(fileOf(key), { force: true })
      } catch (error) {
        throw new StorageAway(folder, error)
      }
    },
  }
}

/** Opens it, writes what there is to write, and waits until it is on the disk. */
async function flushed(file: string, flags: string, bytes?: Uint8Array): Promise<void> {
  const handle = await open(file, flags, 0o600)
  try {
    if (bytes) await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A file that is not there is an answer; a directory that cannot be read is not. */
async function orNull(folder: string, read: () => Promise<Uint8Array>): Promise<Uint8Array | null> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new StorageAway(folder, error)
  }
}
