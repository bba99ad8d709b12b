// A mark beside the database that says how much mail this node has accepted: a database that knows of less has gone back (REL-17).
//
// What a node has accepted is counted in a row of its own, and written down in a file when that count is committed. Whoever loses a commit of the
// database loses all that came after it, this row too: garbage in a log, an emptied file, an old copy, a replica that lagged behind. The file lags
// behind the database by up to a second, never the other way round, and is no part of a backup.
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import path from 'node:path'
import type { Kysely } from 'kysely'
import type { DatabaseConfig } from '../base/config/types.ts'
import { nextNumber } from './cases.ts'
import type { Tables } from './tables.ts'

/** What a node knows beside the database. */
export interface HighWaterMark {
  /** Names the node's row; made with the file. */
  readonly node: string
  /** Mails that the node has accepted since then. */
  readonly accepted: number
  /** Id of the last of them (see `postern inbound show`), or null. */
  readonly inbound: string | null
  /** When it was written, ms UTC. */
  readonly at: number
}

/** Where the mark of a database lies: beside a SQLite file, in the node's data folder for PostgreSQL. */
export function markPath(database: DatabaseConfig, data: string): string {
  return database.kind === 'sqlite' ? `${database.path}.mark` : path.join(data, 'postgres.mark')
}

/** The name of a node's row among the counters. */
export const acceptedCounter = (node: string): string => `accepted:${node}`

/** The mark in a file; undefined where there is none, `unreadable` where it holds something else. */
export function readMark(file: string): HighWaterMark | 'unreadable' | undefined {
  if (!existsSync(file)) return undefined
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return isMark(found) ? found : 'unreadable'
  } catch {
    return 'unreadable'
  }
}

function isMark(found: unknown): found is HighWaterMark {
  if (typeof found !== 'object' || found === null || !('node' in found) || !('accepted' in found)) return false
  const { node, accepted } = found
  return typeof node === 'string' && Number.isSafeInteger(accepted) && 'inbound' in found && 'at' in found && typeof found.at === 'number'
}

/** A mark for a node that has none. */
export const newMark = (at: number): HighWaterMark => ({ node: randomUUID(), accepted: 0, inbound: null, at })

/** Durable when it resolves; the old one stands until then. */
export async function writeMark(file: string, mark: HighWaterMark): Promise<void> {
  const part = `${file}.part`
  // A node on PostgreSQL may have had no use for its data folder before.
  await mkdir(path.dirname(file), { recursive: true, mode: 0o750 })
  const handle = await open(part, 'w', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(mark)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(part, file)
}

/** The next start compares with nothing: what is there was put there on purpose. Harmless where there is no mark. */
export function removeMark(file: string): void {
  rmSync(file, { force: true })
}

/** How many mails of this node the database knows of. */
export async function acceptedBy(db: Kysely<Tables>, node: string): Promise<number> {
  const row = await db.selectFrom('counters').select('value').where('name', '=', acceptedCounter(node)).executeTakeFirst()
  return Number(row?.value ?? 0)
}

/** Counts mails of this node; how many there are, committed when it resolves. */
export async function countAccepted(db: Kysely<Tables>, node: string, by: number): Promise<number> {
  return nextNumber(db, acceptedCounter(node), by)
}

/** What is missing, as a sentence for an admin; null where nothing is. `known`: what the database knows of this node. */
export function missingSince(mark: HighWaterMark, known: number): string | null {
  if (known >= mark.accepted) return null
  const last = mark.inbound === null ? '' : `, the last one was ${mark.inbound} of ${new Date(mark.at).toISOString()}`
  return `the database went back: this node has accepted ${mark.accepted} mails${last}, and the database knows of ${known} of them; at least ${mark.accepted - known} accepted mails are missing`
}
