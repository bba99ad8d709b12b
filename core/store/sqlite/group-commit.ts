// Transactions of one SQLite file that wait at the same time share a commit: its fsync, and the index pages that each of them touches.
//
//   begin immediate -> [savepoint -> one transaction's work -> release | rollback to] * n -> commit -> all of them are answered
// Each remains all or nothing: one that throws is undone to its savepoint and the others go on. None is answered before the commit, and
// if that fails, all of the group are told. Nobody waits for a group to fill: it is whoever waits when the turn comes.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Tables, Tx } from '../tables.ts'

/** Most transactions of a group, and ms for which it holds the writer: no further one begins then; sooner where mail waits to be accepted. */
const maxTogether = 16
const maxMs = 20
const maxMsUrgent = 8

interface Entry {
  readonly work: (tx: Tx) => Promise<unknown>
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/** Runs the transactions of one writer connection, those that wait together under one commit. */
export class GroupCommit {
  readonly #write: Kysely<Tables>
  readonly #monotonic: () => number
  readonly #urgent: () => boolean
  #waiting: Entry[] = []
  #running = false
  readonly #listeners: ((size: number) => void)[] = []

  /** `monotonic`: ms. `urgent`: whether somebody else waits for the writer's turn, who should not wait for long. */
  constructor(write: Kysely<Tables>, monotonic: () => number, urgent: () => boolean) {
    this.#write = write
    this.#monotonic = monotonic
    this.#urgent = urgent
  }

  /** Runs `work` in a transaction of its own to everybody who looks; resolves when it is on the disk, rejects when nothing of it is there. */
  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject })
      if (this.#running) return
      this.#running = true
      // What comes in the same turn of the event loop goes along.
      setImmediate(() => void this.#drain())
    })
  }

  /** Tells of each commit how many transactions shared it. */
  observe(listener: (size: number) => void): void {
    this.#listeners.push(listener)
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#group()
      await new Promise(setImmediate)
    }
    this.#running = false
  }

  async #group(): Promise<void> {
    let group: readonly Entry[] = []
    const done = new Map<Entry, unknown>()
    try {
      await this.#write.transaction().execute(async (tx) => {
        const start = this.#monotonic()
        group = this.#waiting.splice(0, maxTogether)
        const [alone] = group
        if (group.length === 1 && alone) {
          done.set(alone, await alone.work(tx))
          return
        }
        for (const [i, entry] of group.entries()) {
          if (i > 0 && this.#monotonic() - start > (this.#urgent() ? maxMsUrgent : maxMs)) {
            this.#waiting = [...group.slice(i), ...this.#waiting]
            group = group.slice(0, i)
            return
          }
          await undoable(tx, entry, done)
        }
      })
    } catch (error) {
      // The one that stood alone failed, or there was no begin or no commit.
      const failed = group.length > 0 ? group : this.#waiting.splice(0)
      for (const entry of failed) entry.reject(error)
      return
    }
    // What was kept is what this entry's own work gave. Whoever failed has been told.
    for (const [entry, value] of done) entry.resolve(value as never)
    if (done.size > 0) for (const listener of this.#listeners) listener(done.size)
  }
}

async function undoable(tx: Tx, entry: Entry, done: Map<Entry, unknown>): Promise<void> {
  await sql`savepoint one`.execute(tx)
  try {
    done.set(entry, await entry.work(tx))
  } catch (error) {
    // Throws where SQLite has rolled back everything by itself (disk full, I/O error): then the group has failed.
    await sql`rollback to one`.execute(tx)
    entry.reject(error)
  }
  await sql`release one`.execute(tx)
}
