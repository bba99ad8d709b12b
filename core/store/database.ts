// One open database, whichever it is, and the transaction that everything which changes anything runs in.
import { describeError } from '../base/errors.ts'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Clock } from '../base/clock.ts'
import { sleep, systemClock } from '../base/clock.ts'
import type { CaseNumbers } from './case-numbers.ts'
import { storeFault } from './store-fault.ts'
import type { Accepting } from './sqlite/accept-rows.ts'
import type { AutomaticMemory } from './sqlite/automatic-memory.ts'
import type { BlobStorage } from './storage/storage.ts'
import type { GroupCommit } from './sqlite/group-commit.ts'
import type { DialectTypes } from './migrate.ts'
import type { Tables, Tx } from './tables.ts'

/** An open database. */
export interface Database {
  readonly kind: 'sqlite' | 'postgres'
  /** For transactions and for whatever must see its own writes. */
  readonly write: Kysely<Tables>
  /** For pages, API and lists; on SQLite a connection of its own. */
  readonly read: Kysely<Tables>
  readonly types: DialectTypes
  /** Commits accepted mail beside the event loop, where the database has no server that does (a SQLite file); see `insertInbound`. */
  readonly accepting?: Accepting
  /** Lets transactions share a commit (SQLite). */
  readonly grouped?: GroupCommit
  /** What automatic mail has left, where one process writes nearly all of it (SQLite). */
  readonly automatic?: AutomaticMemory
  /** Where transactions run side by side: case numbers taken before they begin. */
  readonly caseNumbers?: CaseNumbers
  /** Where raw mail lies that has left the database, if the configuration names a place. */
  readonly storage?: BlobStorage
  /** Whether claims may use FOR UPDATE SKIP LOCKED: an optimisation, never what correctness stands on. */
  readonly skipLocked: boolean
  /** SQLite: online copy into a file. */
  backup(target: string): Promise<void>
  /** Once a minute: checkpoint. */
  maintain(): void
  stop(): Promise<void>
}

/** Deadlocks end at once; whoever waits for a lock gives up after 5 s, and must not wait much longer than its caller expects. */
const triesAtOnce = 5
const triesWithinMs = 8000

/**
 * Runs `work` in one transaction: BEGIN IMMEDIATE on SQLite (perhaps sharing its commit with others), READ COMMITTED on PostgreSQL. Under
 * contention it is tried again at once, five times and for about 10 s in all; jobs go on for ever by being put back. `work` must therefore
 * do nothing but read and write through `tx`.
 */
export async function transact<T>(database: Database, clock: Clock, work: (tx: Tx) => Promise<T>): Promise<T> {
  const begun = clock.monotonic()
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await (database.grouped ? database.grouped.run(work) : database.write.transaction().execute(work))
    } catch (error) {
      const late = attempt >= triesAtOnce || clock.monotonic() - begun > triesWithinMs
      if (late || storeFault(error) !== 'contention') throw error
      // The server's time, whatever the clock of a test says.
      await sleep(systemClock, 5 * attempt + Math.random() * 20 * attempt)
    }
  }
}

/** Whether a change can be written, as far as one can know without one: a change of nothing, taken back. The reason why not, or null. */
export async function whyNotWritable(database: Database): Promise<string | null> {
  try {
    await database.write.transaction().execute(async (tx) => {
      await tx
        .updateTable('meta')
        .set((eb) => ({ value: eb.ref('value') }))
        .execute()
      throw new TakenBack()
    })
    return null
  } catch (error) {
    return error instanceof TakenBack ? null : describeError(error)
  }
}

class TakenBack extends Error {}

/** Whether the database answers: one row, nothing written. */
export async function ping(database: Database): Promise<boolean> {
  try {
    await sql`select 1`.execute(database.read)
    return true
  } catch {
    return false
  }
}
