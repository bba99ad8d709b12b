// SQLite as Node itself brings it (node:sqlite), opened one way, with its failures under SQLite's own names.
import path from 'node:path'
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type * as NodeSqlite from 'node:sqlite'

/** Node 22 tells users at loading that its SQLite may change. That sentence, and no other, is kept from them: our tests hold what we use. */
const announced = 'SQLite is an experimental feature'

const { DatabaseSync: Sqlite, backup } = loaded()

function loaded(): typeof NodeSqlite {
  const { emitWarning } = process
  process.emitWarning = (...said: readonly unknown[]): void => {
    if (!String(said[0]).startsWith(announced)) Reflect.apply(emitWarning, process, said)
  }
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}

/** How a file is opened. */
export interface OpenOptions {
  /** Then the file must be there. */
  readonly readOnly?: boolean
  /** How long a lock of others is waited for; default 5000. */
  readonly patienceMs?: number
}

/** Opens a file, or `:memory:`. Throws a `SqliteError` where it cannot be. */
export function openSqliteFile(file: string, { readOnly = false, patienceMs = 5000 }: OpenOptions = {}): DatabaseSync {
  // Absolute, so that no name is taken for a URI. Defensive: no statement can damage the file.
  const place = file === ':memory:' ? file : path.resolve(file)
  try {
    return new Sqlite(place, { readOnly, timeout: patienceMs, defensive: true, allowExtension: false })
  } catch (thrown) {
    throw sqliteError(thrown)
  }
}

/** Copies a database that may be written meanwhile to a new file, in steps of so many pages; a thread of its own does it. */
export async function backupSqlite(from: DatabaseSync, to: string, pagesPerStep = 100): Promise<void> {
  try {
    await backup(from, path.resolve(to), { rate: pagesPerStep })
  } catch (thrown) {
    throw sqliteError(thrown)
  }
}

/** What `pragma NAME` answers, or `pragma NAME = VALUE`; undefined where it answers nothing. The text is ours. */
export function pragma(db: DatabaseSync, text: string): unknown {
  const row = db.prepare(`pragma ${text}`).get()
  return row && Object.values(row)[0]
}

/**
 * Values for a statement: numbers, text, bytes and null, which both databases take in the same place. Throws a TypeError at anything
 * else. node:sqlite would read an object that comes first as the names of parameters, a date as none, and then bind NULL.
 */
export function bindable(parameters: readonly unknown[]): readonly SQLInputValue[] {
  for (const value of parameters)
    if (typeof value === 'boolean' || (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)))
      throw new TypeError(
        `SQLite can hold numbers, text, bytes and null, not ${typeof value === 'boolean' ? 'a boolean' : value.constructor.name}`,
      )
  return parameters as readonly SQLInputValue[] // node:sqlite refuses what else there is
}

/** A failure of SQLite; `code` is the name of its (extended) result code, such as SQLITE_FULL or SQLITE_CONSTRAINT_UNIQUE. */
export class SqliteError extends Error {
  readonly code: string
  constructor(message: string, code: string) {
    super(message)
    this.name = 'SqliteError'
    this.code = code
  }
}

/** What the binding threw, under SQLite's name for it; anything else as it is. */
export function sqliteError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !('errcode' in thrown) || typeof thrown.errcode !== 'number') return thrown
  return new SqliteError(thrown.message, nameOf(thrown.errcode))
}

/** `sqlite3.h`, "Result Codes": the low byte is the primary code. */
const primary: readonly string[] = [
  ...['OK', 'ERROR', 'INTERNAL', 'PERM', 'ABORT', 'BUSY', 'LOCKED', 'NOMEM', 'READONLY', 'INTERRUPT', 'IOERR', 'CORRUPT', 'NOTFOUND'],
  ...['FULL', 'CANTOPEN', 'PROTOCOL', 'EMPTY', 'SCHEMA', 'TOOBIG', 'CONSTRAINT', 'MISMATCH', 'MISUSE', 'NOLFS', 'AUTH', 'FORMAT'],
  ...['RANGE', 'NOTADB'],
]

/** `sqlite3.h`, "Extended Result Codes": those that tell an operator or a caller more than the primary code does. */
const extended: ReadonlyMap<number, string> = new Map([
  ...([
    [261, 'BUSY_RECOVERY'],
    [517, 'BUSY_SNAPSHOT'],
    [773, 'BUSY_TIMEOUT'],
    [262, 'LOCKED_SHAREDCACHE'],
  ] as const),
  ...([
    [266, 'IOERR_READ'],
    [522, 'IOERR_SHORT_READ'],
    [778, 'IOERR_WRITE'],
    [1034, 'IOERR_FSYNC'],
    [1290, 'IOERR_DIR_FSYNC'],
  ] as const),
  ...([
    [1546, 'IOERR_TRUNCATE'],
    [1802, 'IOERR_FSTAT'],
    [3850, 'IOERR_LOCK'],
    [4618, 'IOERR_SHMOPEN'],
    [4874, 'IOERR_SHMSIZE'],
  ] as const),
  ...([
    [5386, 'IOERR_SHMMAP'],
    [6154, 'IOERR_MMAP'],
    [1032, 'READONLY_DBMOVED'],
  ] as const),
  ...([
    [275, 'CONSTRAINT_CHECK'],
    [787, 'CONSTRAINT_FOREIGNKEY'],
    [1299, 'CONSTRAINT_NOTNULL'],
    [1555, 'CONSTRAINT_PRIMARYKEY'],
  ] as const),
  ...([
    [1811, 'CONSTRAINT_TRIGGER'],
    [2067, 'CONSTRAINT_UNIQUE'],
    [2579, 'CONSTRAINT_ROWID'],
    [3091, 'CONSTRAINT_DATATYPE'],
  ] as const),
])

const nameOf = (code: number): string => `SQLITE_${extended.get(code) ?? primary[code & 0xff] ?? String(code)}`

/**
 * Whether this version of SQLite can damage a file in WAL mode: where one connection takes the log into the file as another begins it
 * anew, committed pages can be lost (sqlite.org/wal.html, "The WAL-reset bug"). Mended in 3.51.3, and in 3.50.7 and 3.44.6.
 */
export function losesLog(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  if (major !== 3) return !(major > 3)
  const mended = new Map([
    [44, 6],
    [50, 7],
    [51, 3],
  ]).get(minor)
  return mended === undefined ? minor < 51 : patch < mended
}
