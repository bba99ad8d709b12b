// One connection to a SQLite file, with the settings that mail needs.
import type { DatabaseSync } from 'node:sqlite'
import { PosternError } from '../../base/errors.ts'
import { losesLog, openSqliteFile, pragma } from './sqlite-binding.ts'

/** Set on every open and read back; a mismatch refuses to start (SQL-1). */
const pragmas: readonly (readonly [name: string, value: string, readBack: string | number])[] = [
  ['journal_mode', 'WAL', 'wal'],
  ['synchronous', 'FULL', 2],
  ['busy_timeout', '5000', 5000],
  ['foreign_keys', 'ON', 1],
  ['wal_autocheckpoint', '1000', 1000],
  // Savepoints keep what they would undo: in a file of its own it would be written once more.
  ['temp_store', 'MEMORY', 2],
  ['journal_size_limit', String(64 * 1024 * 1024), 64 * 1024 * 1024],
  // KiB. SQLite's own 2 MB would read the pages of indexes again and again.
  ['cache_size', '-16000', -16000],
]

/** Opens the file, or `:memory:`. Throws `config_invalid` where a setting does not hold, or this `version` of SQLite is not to be trusted with a file. */
export function connect(path: string, readOnly = false, version = process.versions.sqlite): DatabaseSync {
  const inMemory = path === ':memory:'
  if (!inMemory && (version === undefined || losesLog(version)))
    throw new PosternError(
      'config_invalid',
      `Node ${process.versions.node} brings SQLite ${String(version)}, which can damage a database that several connections use (mended in 3.51.3): ` +
        'run "npm start" and "npm run -s postern -- COMMAND", which use the Node that npm installed, or use PostgreSQL',
    )
  const db = openSqliteFile(path, { readOnly })
  for (const [name, value, want] of pragmas) {
    if (readOnly && name === 'journal_mode') continue
    db.exec(`pragma ${name} = ${value}`)
    const got = pragma(db, name)
    if (got === want || (inMemory && (name === 'journal_mode' || name === 'journal_size_limit'))) continue
    throw new PosternError(
      'config_invalid',
      `SQLite answers ${name}=${String(got)} where ${value} was set; this build or file system cannot be trusted with mail`,
    )
  }
  return db
}
