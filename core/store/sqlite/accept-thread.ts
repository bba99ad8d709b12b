// Accepting beside the event loop: a thread with a connection of its own commits and waits for the disk, while sessions go on being read.
//
// It writes only while it has the writer's turn, which transactions of this process wait for in their order: so neither meets
// SQLITE_BUSY for the other, and nobody blocks the event loop by waiting in the database. A thread that dies takes its connection with
// it, whose transaction is rolled back, or was committed (the sender tries again and is answered as known); the next batch gets a new one.
import { Worker } from 'node:worker_threads'
import type { Kysely } from 'kysely'
import { moduleExtension } from '../../base/module-extension.ts'
import { PosternError } from '../../base/errors.ts'
import type { AcceptedRows, Accepting, Inserted } from './accept-rows.ts'
import type { AcceptAnswer, AcceptOrder } from './accept-worker.ts'
import type { Tables } from '../tables.ts'

/** The thread and its commits, one at a time. `commit` throws what SQLite said, by its `code`; `stopping` once it was stopped. */
export class AcceptThread implements Accepting {
  readonly #path: string
  readonly #write: Kysely<Tables>
  #worker: Worker | undefined
  #waiting: ((answer: AcceptAnswer) => void) | undefined
  #stopped = false
  #pending = 0

  /** Starts nothing yet: the first mail does. `write`: whose turn it takes. */
  constructor(path: string, write: Kysely<Tables>) {
    this.#path = path
    this.#write = write
  }

  /** Whether mail waits to be committed, or is. */
  get waits(): boolean {
    return this.#pending > 0
  }

  async commit(rows: readonly AcceptedRows[], now: number): Promise<readonly Inserted[]> {
    const { order, transfer } = orderOf(rows, now)
    this.#pending += 1
    const answer = await this.#write
      .connection()
      .execute(() => this.#ask(order, transfer))
      .finally(() => (this.#pending -= 1))
    if (!answer.ok) throw Object.assign(new Error(answer.message), { code: answer.code })
    return rows.map(({ mail }, i) => ({ id: answer.known[i] ?? mail.id, duplicate: typeof answer.known[i] === 'string' }))
  }

  /** Ends the thread; harmless twice. */
  async stop(): Promise<void> {
    this.#stopped = true
    const worker = this.#worker
    this.#worker = undefined
    if (!worker) return
    // Asked to, it closes its connection in order.
    const gone = new Promise((resolve) => worker.once('exit', resolve))
    worker.ref()
    worker.postMessage('close')
    await gone
  }

  /** One order at a time: the writer's turn sees to that. */
  #ask(order: AcceptOrder, transfer: readonly ArrayBuffer[]): Promise<AcceptAnswer> {
    if (this.#stopped) throw new PosternError('stopping')
    const worker = (this.#worker ??= this.#start())
    return new Promise((resolve) => {
      this.#waiting = (answer) => {
        this.#waiting = undefined
        worker.unref()
        resolve(answer)
      }
      worker.ref()
      worker.postMessage(order, transfer)
    })
  }

  #start(): Worker {
    // The parent's flags (a test runner's loaders) are none of its business.
    const worker = new Worker(new URL(`./accept-worker${moduleExtension}`, import.meta.url), {
      workerData: this.#path,
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    })
    worker.unref()
    const failed = (why: string): void => {
      if (this.#worker === worker) this.#worker = undefined
      this.#waiting?.({ ok: false, message: `the thread that accepts mail ended: ${why}`, code: 'ACCEPT_THREAD' })
    }
    worker.on('message', (answer: AcceptAnswer) => this.#waiting?.(answer))
    worker.on('error', (error) => failed(error.message))
    worker.on('exit', (code) => failed(`exit ${code}`))
    return worker
  }
}

/** Bytes of all mails in one buffer of their own, which is given away; what a mail's bytes were cut from may be in use. */
function orderOf(rows: readonly AcceptedRows[], now: number): { readonly order: AcceptOrder; readonly transfer: readonly ArrayBuffer[] } {
  const blobs = new Map(rows.map(({ mail }) => [mail.rawId, mail]))
  let size = 0
  for (const mail of blobs.values()) size += mail.raw.byteLength
  const bytes = new Uint8Array(size)
  const ranges = new Map<string, readonly [start: number, end: number]>()
  let at = 0
  for (const mail of blobs.values()) {
    bytes.set(mail.raw, at)
    ranges.set(mail.rawId, [at, (at += mail.raw.byteLength)])
  }
  const mails = rows.map(({ mail, inbound, job, companion }) => {
    const [start, end] = ranges.get(mail.rawId) ?? [0, 0]
    return {
      start,
      end,
      blob: { id: mail.rawId, size: end - start, sha256: mail.hash, created_at: now },
      known: [mail.hash, mail.mailFrom, mail.rcpt] as const,
      inbound,
      job,
      companion,
    }
  })
  return { order: { bytes, mails }, transfer: [bytes.buffer] }
}
