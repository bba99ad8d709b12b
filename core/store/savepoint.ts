// A part of a transaction that can be taken back while the rest goes on.
import { sql } from 'kysely'
import type { Tx } from './tables.ts'

/**
 * Runs `work` behind a savepoint (SQLite and PostgreSQL name it alike, and nest them by name). Where it throws, everything that it wrote is
 * taken back and the error is thrown on. Where even that fails, for instance because SQLite has rolled back the whole transaction by itself
 * (disk full), that error is thrown, with the first one as its cause.
 */
export async function behindSavepoint<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
  await sql`savepoint attempt`.execute(tx)
  let value: T
  try {
    value = await work()
  } catch (error) {
    try {
      await sql`rollback to savepoint attempt`.execute(tx)
      await sql`release savepoint attempt`.execute(tx)
    } catch (failed) {
      throw new Error('a part of a transaction could not be taken back', { cause: [error, failed] })
    }
    throw error
  }
  await sql`release savepoint attempt`.execute(tx)
  return value
}
