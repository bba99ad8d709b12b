// SQLite: one writer connection (BEGIN IMMEDIATE, WAL, synchronous=FULL), a read-only one for pages and API, and one in a thread that accepts mail.
import { closeSync, existsSync, mkdirSync, openSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { PosternError } from '../../base/errors.ts'
import { systemClock } from '../../base/clock.ts'
import { AcceptThread } from './accept-thread.ts'
import { AutomaticMemory } from './automatic-memory.ts'
import type { Database } from '../database.ts'
import { GroupCommit } from './group-commit.ts'
import type { DialectTypes } from '../migrate.ts'
import { backupSqlite, openSqliteFile } from './sqlite-binding.ts'
import { connect } from './sqlite-connect.ts'
import { sqliteDialect } from './sqlite-driver.ts'
import type { Tables } from '../tables.ts'

/** Linux magic numbers of file systems on which WAL's shared memory does not work (statfs(2)). */
const networkFileSystems = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x517b, 'SMB'],
  [0x65735546, 'FUSE'],
])

const types: DialectTypes = { kind: 'sqlite', bytes: 'blob' }

/** Which SQLite database is opened, and how. */
export interface SqliteOptions {
  /** File path, or `:memory:` (then there is no second connection). */
  readonly path: string
  /** Open on a network file system all the same. */
  readonly allowNetworkFileSystem?: boolean
  /** Take the exclusive lock that keeps a second daemon away. Tools that only read leave it out. */
  readonly exclusive?: boolean
  /** How to find the file system's type; for tests. */
  readonly fileSystemType?: (folder: string) => number
}

/** Opens (and creates) the database file. Throws `config_invalid` with the remedy where the place or a pragma is wrong. */
export function openSqlite(options: SqliteOptions): Database {
  const inMemory = options.path === ':memory:'
  let lock: DatabaseSync | undefined
  if (!inMemory) {
    atPlace(dirname(options.path), () => mkdirSync(dirname(options.path), { recursive: true, mode: 0o750 }))
    refuseNetwork(options)
    // Created by us with a tight mode: it holds everybody's mail.
    atPlace(options.path, () => closeSync(openSync(options.path, 'a', 0o600)))
    if (options.exclusive) lock = lockFile(`${options.path}.lock`)
  }
  const writer = connect(options.path)
  const write = new Kysely<Tables>({ dialect: sqliteDialect(writer) })
  const reader = inMemory ? undefined : connect(options.path, true)
  const read = reader ? new Kysely<Tables>({ dialect: sqliteDialect(reader) }) : write
  const accepting = inMemory ? undefined : new AcceptThread(options.path, write)
  return {
    kind: 'sqlite',
    write,
    read,
    ...(accepting && { accepting }),
    grouped: new GroupCommit(write, systemClock.monotonic, () => accepting?.waits ?? false),
    automatic: new AutomaticMemory(),
    types,
    skipLocked: false,
    backup: async (target) => backupSqlite(writer, target),
    maintain: () => checkpoint(writer, options.path),
    async stop() {
      await accepting?.stop()
      // The writer last: it takes the log into the file when nobody else has it open.
      if (reader) await read.destroy()
      // Kysely closes only what it has used.
      if (reader?.isOpen) reader.close()
      await write.destroy()
      if (writer.isOpen) writer.close()
      if (lock?.isOpen) lock.close()
    },
  }
}

/** Does it, or says in the words of an admin why the database cannot lie there and what to do. */
function atPlace(place: string, make: () => unknown): void {
  try {
    make()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const user = process.getuid ? `user ${process.getuid()}` : 'this user'
    const reasons: Readonly<Record<string, string>> = {
      EACCES: `${user} may not read and write it: make it theirs (chown -R), or run as the user to whom it belongs`,
      EPERM: `${user} may not read and write it: make it theirs (chown -R), or run as the user to whom it belongs`,
      EROFS: 'the file system is mounted read-only: name another folder (`data`), or mount it for writing',
      EEXIST: 'it is a file where a folder is needed: move it away, or name another folder (`data`)',
      ENOTDIR: 'a part of it is a file where a folder is needed: move it away, or name another folder (`data`)',
      EISDIR: 'it is a folder where the file of the database is needed: move it away, or name another file (`database: { sqlite: ... }`)',
      ENOSPC: 'the disk is full: make room on it',
    }
    const why = reasons[String(code)] ?? (cause instanceof Error ? cause.message : String(cause))
    throw new PosternError('config_invalid', `the database cannot be at ${place}: ${why}`, { cause })
  }
}

/** A second process on the same file is refused by a lock that dies with its holder (IDM-10). The patience is for `sqliteInUse`, which holds it for a moment. */
function lockFile(path: string, patienceMs = 500): DatabaseSync {
  const db = openSqliteFile(path, { patienceMs })
  try {
    db.exec('pragma locking_mode = EXCLUSIVE')
    db.exec('begin exclusive')
    return db
  } catch (cause) {
    db.close()
    throw new PosternError(
      'store_unavailable',
      `another postern already runs on this database (${path} is locked); stop it first, or give this one a database of its own`,
      { cause },
    )
  }
}

/** Whether a daemon holds the database of this file. */
export function sqliteInUse(path: string): boolean {
  if (!existsSync(`${path}.lock`)) return false
  try {
    lockFile(`${path}.lock`, 0).close()
    return false
  } catch {
    return true
  }
}

/** Keeps daemons away until the returned function is called. Throws `store_unavailable` where one runs. */
export function holdSqlite(path: string): () => void {
  const lock = lockFile(`${path}.lock`)
  return () => lock.close()
}

function refuseNetwork(options: SqliteOptions): void {
  if (options.allowNetworkFileSystem) return
  const type = (options.fileSystemType ?? ((folder) => Number(statfsSync(folder).type)))(dirname(options.path))
  const name = networkFileSystems.get(type)
  if (name)
    throw new PosternError(
      'config_invalid',
      `${options.path} lies on ${name}, where SQLite cannot keep its promises; use a local disk or PostgreSQL`,
    )
}

/** PASSIVE every time; TRUNCATE once the log has grown over 64 MiB. */
function checkpoint(db: DatabaseSync, path: string): void {
  if (!db.isOpen || path === ':memory:') return
  const size = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  db.exec(`pragma wal_checkpoint(${size > 64 * 1024 * 1024 ? 'TRUNCATE' : 'PASSIVE'})`)
}
