// What an error says of the database and not of the work: the work is done again, and neither it nor its mail is blamed (REL-16).
import { PosternError } from '../base/errors.ts'
import { StorageAway } from './storage/storage.ts'

/**
 * `contention`: others held what it needed, or the server was too busy for a statement; the next try may follow at once.
 * `unavailable`: the database is away, starting, stopping, still a replica, or has no connection to spare. `full`: it has no space left.
 */
export type StoreFault = 'contention' | 'unavailable' | 'full'

/** By the codes of PostgreSQL (appendix A), SQLite and Node; the first that fits. */
const byCode: readonly (readonly [RegExp, StoreFault])[] = [
  // Serialization failure, deadlock, lock_timeout, statement_timeout.
  [/^(40001|40P01|55P03|57014)$/, 'contention'],
  [/^SQLITE_(BUSY|LOCKED)/, 'contention'],
  [/^(53100|SQLITE_FULL)/, 'full'],
  // Class 08 is the connection's (PgBouncer's own errors too), 57P0x a server that stops or starts, 53 its resources, 25P03 a
  // transaction of a process that stood still, 25006 a replica that has not been promoted yet.
  [/^(08...|57P0.|53...|25P03|25006)$/, 'unavailable'],
  [/^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/, 'unavailable'],
]

/** pg says these without a code: the pool or a connection was lost, or none became free in time. */
const lostConnection =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client (was closed|has encountered a))/

/** A hook waited for an answer of the database, and for longer than a hook may. */
export class StoreTooSlow extends PosternError {
  constructor(cause: Error) {
    super('too_busy', 'the database did not answer in time', { cause })
  }
}

/** Which fault of the database stands behind an error, wherever in its causes; null: none. */
export function storeFault(thrown: unknown): StoreFault | null {
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 8; error = error.cause, depth += 1) {
    if (error instanceof StoreTooSlow) return 'contention'
    if (error instanceof StorageAway) return 'unavailable'
    const code = 'code' in error ? String(error.code) : ''
    const known = byCode.find(([pattern]) => pattern.test(code))?.[1]
    if (known) return known
    if (lostConnection.test(error.message)) return 'unavailable'
    // Several addresses of one server were tried.
    if (error instanceof AggregateError && error.errors.length > 0 && error.errors.every((e) => storeFault(e) !== null))
      return 'unavailable'
  }
  return null
}
