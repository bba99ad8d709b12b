// SQLite files as a whole: copied while they are in use, checked to the last byte, put back.
import { createHash } from 'node:crypto'
import { chmodSync, closeSync, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { sleep } from '../../base/clock.ts'
import type { Clock } from '../../base/clock.ts'
import { PosternError, describeError } from '../../base/errors.ts'
import { backupSqlite, openSqliteFile, pragma } from './sqlite-binding.ts'
import type { OutsideBlob } from '../outside-blobs.ts'
import { acceptedCounter, markPath, missingSince, readMark, removeMark } from '../high-water-mark.ts'
import { holdSqlite } from './sqlite.ts'

/**
 * A consistent copy of a database that others may be writing, as one file that needs no log beside it. It is made in one step: a
 * copy in pieces would begin anew with every commit of another process. Writers are not held up; the log grows meanwhile.
 * The target appears under its name only when it is complete and on the disk.
 */
export async function copySqlite(from: string, to: string): Promise<void> {
  const part = `${to}.part`
  for (const old of [part, `${part}-journal`]) rmSync(old, { force: true })
  const source = openSqliteFile(from, { readOnly: true })
  try {
    closeSync(openSync(part, 'w', 0o600))
    rmSync(part)
    await backupSqlite(source, part, 0x7fffffff)
  } finally {
    source.close()
  }
  chmodSync(part, 0o600)
  const copy = openSqliteFile(part)
  try {
    pragma(copy, 'journal_mode = DELETE')
  } finally {
    copy.close()
  }
  publish(part, to)
}

/** Makes a finished file durable under its name. */
function publish(part: string, to: string): void {
  for (const [what, move] of [
    [part, true],
    [path.dirname(to), false],
  ] as const) {
    const handle = openSync(what, 'r')
    fsyncSync(handle)
    closeSync(handle)
    if (move) renameSync(part, to)
  }
}

/** What checking a database file found. */
export interface Verified {
  readonly ok: boolean
  /** What is wrong, a sentence each; at most 50. */
  readonly problems: readonly string[]
  readonly counts: {
    readonly cases: number
    readonly messages: number
    readonly mails: number
    readonly blobs: number
    readonly blobBytes: number
    /** Of the blobs, those whose bytes lie outside. */
    readonly moved: number
  }
  /** These, which only their storage can answer for. */
  readonly outside: readonly OutsideBlob[]
}

/** Reads everything: the structure, the foreign keys, the hash of every blob, and that every mail that still has to be taken in has its bytes. */
export function verifySqlite(file: string): Verified {
  const problems: string[] = []
  const outside: OutsideBlob[] = []
  const counts = { cases: 0, messages: 0, mails: 0, blobs: 0, blobBytes: 0, moved: 0 }
  try {
    const db = openSqliteFile(file, { readOnly: true })
    try {
      // One snapshot for all questions, also while a daemon writes.
      db.exec('begin')
      check(db, problems, counts, outside)
    } finally {
      db.close()
    }
  } catch (error) {
    problems.push(`cannot be read as a database of postern: ${describeError(error)}`)
  }
  return { ok: problems.length === 0, problems: problems.slice(0, 50), counts, outside }
}

type Counts = { -readonly [K in keyof Verified['counts']]: number }

function check(db: DatabaseSync, problems: string[], counts: Counts, outside: OutsideBlob[]): void {
  for (const row of db.prepare('pragma integrity_check(20)').all())
    if (row.integrity_check !== 'ok') problems.push(`integrity: ${String(row.integrity_check)}`)
  for (const row of db.prepare('pragma foreign_key_check').all())
    problems.push(`a row of ${String(row.table)} refers to none of ${String(row.parent)}`)
  const count = (table: string): number => Number(db.prepare(`select count(*) as n from ${table}`).get()?.n)
  counts.cases = count('cases')
  counts.messages = count('messages')
  counts.mails = count('inbound')
  const places = placesOf(db)
  const blobs = db.prepare('select id, bytes, size, sha256 from blobs')
  for (const { id, bytes, size, sha256 } of blobs.iterate()) {
    const blob = `blob ${String(id)}`
    counts.blobs += 1
    if (!(bytes instanceof Uint8Array)) {
      problems.push(`${blob} holds no bytes`)
      continue
    }
    counts.blobBytes += bytes.byteLength
    const place = places.get(String(id))
    if (place && bytes.byteLength === 0 && Number(size) > 0) {
      counts.moved += 1
      outside.push({ ...place, id: String(id), sha256: String(sha256) })
    } else if (bytes.byteLength !== size) problems.push(`${blob} has ${bytes.byteLength} bytes instead of ${String(size)}`)
    else if (createHash('sha256').update(bytes).digest('hex') !== sha256)
      problems.push(`${blob} is not what was stored: its sha256 differs`)
  }
  const lost = db.prepare(
    "select id from inbound where state in ('queued', 'parked') and (raw_id is null or raw_id not in (select id from blobs))",
  )
  for (const { id } of lost.iterate()) problems.push(`the accepted mail ${String(id)} still has to be taken in and has no bytes`)
}

/** Where bytes lie that have left this database; a file of an older version has no such table. */
function placesOf(db: DatabaseSync): ReadonlyMap<string, Pick<OutsideBlob, 'storage' | 'object'>> {
  if (db.prepare("select name from sqlite_master where name = 'blob_places'").get() === undefined) return new Map()
  const rows = db.prepare('select blob_id, storage, object from blob_places where moved_at is not null and removed_at is null').all()
  return new Map(
    rows.map((r) => [String(r.blob_id), { storage: r.storage === 's3' ? 's3' : 'directory', object: String(r.object) } as const]),
  )
}

/** What putting a backup back did. */
export interface Restored {
  readonly verified: Verified
  /** Where the database that stood there lies now. */
  readonly replaced: string | null
  /** Recipients whose mail is held, since it may have left after the backup was made. */
  readonly held: number
}

/** Which backup is put where, and what becomes of what is there. */
export interface RestoreOptions {
  readonly from: string
  readonly to: string
  /** Replace a database that is there; it is moved aside, not deleted. */
  readonly force: boolean
  /** Send what was waiting when the backup was made, instead of holding it. */
  readonly send: boolean
  /** ms UTC. */
  readonly now: number
  /** What is wrong with bytes of the backup that lie outside, a sentence each. */
  readonly outside: (blobs: readonly OutsideBlob[]) => Promise<readonly string[]>
}

/** What the mark beside a database in use says is missing from it, as a sentence; null: nothing, or there is no mark. */
export function missingBeside(file: string): string | null {
  const mark = readMark(markPath({ kind: 'sqlite', path: file }, ''))
  if (mark === undefined || mark === 'unreadable') return null
  const db = openSqliteFile(file, { readOnly: true })
  try {
    const row = db.prepare('select value from counters where name = ?').get(acceptedCounter(mark.node))
    return missingSince(mark, Number(row?.value ?? 0))
  } finally {
    db.close()
  }
}

/** Puts a backup in the place of the database. Throws `store_unavailable` while a daemon runs, `conflict` over an existing database without `force`, `invalid` for a backup that is not sound. */
export async function restoreSqlite(options: RestoreOptions): Promise<Restored> {
  const { from, to, now } = options
  if (!existsSync(from)) throw new PosternError('not_found', `there is no file ${from}`)
  if (path.resolve(from) === path.resolve(to)) throw new PosternError('conflict', 'the backup is the database itself')
  if (existsSync(to) && !options.force) throw new PosternError('conflict', `there is a database at ${to} already; --force moves it aside`)
  mkdirSync(path.dirname(to), { recursive: true, mode: 0o750 })
  const release = holdSqlite(to)
  try {
    const verified = verifySqlite(from)
    if (!verified.ok) throw new PosternError('invalid', `${from} is not sound: ${verified.problems.join('; ')}`)
    const lost = await options.outside(verified.outside)
    if (lost.length > 0)
      throw new PosternError('invalid', `${lost.join('; ')}; put back what is missing, or restore without it: --accept-loss`)
    const part = `${to}.restoring`
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(part + suffix, { force: true })
    copyFileSync(from, part)
    chmodSync(part, 0o600)
    const held = options.send ? 0 : holdMail(part, now)
    const replaced = moveAside(to, now)
    publish(part, to)
    removeMark(markPath({ kind: 'sqlite', path: to }, ''))
    return { verified, replaced, held }
  } finally {
    release()
  }
}

/** Nobody knows which of the waiting mails left after the backup: a person decides (`outbox retry --state held`). */
function holdMail(file: string, now: number): number {
  const db = openSqliteFile(file)
  try {
    const update = db.prepare(
      "update outbox_recipients set state = 'held', token = token + 1, lease_until = 0, reply = 'restored from a backup: it may have been sent since', updated_at = ? where state in ('queued', 'sending', 'unknown')",
    )
    return Number(update.run(now).changes)
  } finally {
    db.close()
  }
}

function moveAside(to: string, now: number): string | null {
  if (!existsSync(to) || statSync(to).size === 0) return null
  const aside = `${to}.replaced-${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`
  // The log belongs to the file: they go together.
  for (const suffix of ['-wal', '-shm', '']) if (existsSync(to + suffix)) renameSync(to + suffix, aside + suffix)
  return aside
}

/** Rewrites the file, so that nothing deleted is left in free pages, and empties the log. Writers wait meanwhile. Whether the log could be emptied. */
export async function compactSqlite(file: string, clock: Clock): Promise<boolean> {
  const db = openSqliteFile(file, { patienceMs: 30_000 })
  try {
    db.exec('vacuum')
    for (let left = 50; left > 0; left--) {
      // Its first column is `busy`.
      if (pragma(db, 'wal_checkpoint(TRUNCATE)') === 0) return true
      await sleep(clock, 200)
    }
    return false
  } finally {
    db.close()
  }
}
