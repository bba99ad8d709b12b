// What `postern doctor` finds out about the place to which raw mail is moved: that it takes, gives back and removes, and holds what was moved.
import { randomBytes } from 'node:crypto'
import { sha256Of } from '../store/blobs.ts'
import type { Database } from '../store/database.ts'
import { emptyStorage, foreignStorage } from '../store/move-blobs.ts'
import type { Finding } from './finding.ts'
import { sentenceOf } from './terminal.ts'

/** Puts an object there, reads it back and removes it. Never rejects. */
export async function blobFindings(database: Database): Promise<readonly Finding[]> {
  const { storage } = database
  const error = (message: string, remedy: string): Finding => ({ level: 'error', topic: 'blobs', message, remedy })
  const foreign = await foreignStorage(database, storage)
  if (foreign !== null) return [error(foreign, 'the gateway does not start like this')]
  if (!storage) return []
  const bytes = randomBytes(1000)
  const object = `doctor/${sha256Of(bytes)}`
  try {
    await storage.put(object, bytes)
    const back = await storage.get(object)
    await storage.remove(object)
    if (back === null || sha256Of(back) !== sha256Of(bytes))
      return [error(`${storage.place} did not give back what was put there`, 'raw mail stays in the database until it does')]
    const empty = await emptyStorage(database, storage)
    if (empty !== null) return [error(empty, 'put back what was there; postern verify names what is missing')]
  } catch (cause) {
    return [
      error(sentenceOf(cause), 'check `blobs` in the configuration, its rights and its keys; raw mail stays in the database meanwhile'),
    ]
  }
  return [{ level: 'ok', topic: 'blobs', message: `${storage.place} takes raw mail and gives it back` }]
}
