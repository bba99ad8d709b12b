// One connection to a SQLite file, with the settings that mail needs.
import Sqlite from 'better-sqlite3'
import { PosternError } from '../../base/errors.ts'

/** Set on every open and read back; a mismatch refuses to start (RELIABILITY SQL-1). */
const pragmas: readonly (readonly [name: string, value: string, readBack: string | number])[] = [
  ['journal_mode', 'WAL', 'wal'],
  ['synchronous', 'FULL', 2],
  ['busy_timeout', '5000', 5000],
  ['foreign_keys', 'ON', 1],
  ['wal_autocheckpoint', '1000', 1000],
  // Savepoints keep what they would undo: in a file of its own it would be written once more.
  ['temp_store', 'MEMORY', 2],
  ['journal_size_limit', String(64 * 1024 * 1024), 64 * 1024 * 1024],
]

/** Opens the file, or `:memory:`, or a copy in memory of an image. Throws `config_invalid` where a setting does not hold. */
export function connect(path: string | Buffer, readonly = false): Sqlite.Database {
  const db = new Sqlite(path, { readonly })
  for (const [name, value, want] of pragmas) {
    if (readonly && name === 'journal_mode') continue
    db.pragma(`${name} = ${value}`)
    const got = db.pragma(name, { simple: true })
    const inMemory = (path === ':memory:' || typeof path !== 'string') && (name === 'journal_mode' || name === 'journal_size_limit')
    if (got !== want && !inMemory)
      throw new PosternError(
        'config_invalid',
        `SQLite answers ${name}=${String(got)} where ${value} was set; this build or file system cannot be trusted with mail`,
      )
  }
  return db
}
