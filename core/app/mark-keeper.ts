// Keeps the high-water mark of this node: compares it with the database at the start, and writes it down as mail is accepted.
import type { Clock, Timer } from '../base/clock.ts'
import { describeError, PosternError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { InboundStore } from '../engine/accept/acceptor.ts'
import type { Database } from '../store/database.ts'
import { acceptedBy, countAccepted, missingSince, newMark, readMark, writeMark } from '../store/high-water-mark.ts'
import type { HighWaterMark } from '../store/high-water-mark.ts'

/** The file lags behind what was accepted by so much (ms): one small commit and one fsync in this time. */
const lagMs = 1000

/** What the mark is kept with. */
export interface MarkOptions {
  readonly file: string
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  /** Begin anew from what the database knows, where it went back. */
  readonly acceptLoss: boolean
}

/** The mark of a running gateway. */
export class MarkKeeper {
  readonly #options: MarkOptions
  #mark: HighWaterMark
  #fresh = 0
  #last: string | null
  #timer: Timer | undefined
  #writing: Promise<void> = Promise.resolve()

  private constructor(options: MarkOptions, mark: HighWaterMark) {
    this.#options = options
    this.#mark = mark
    this.#last = mark.inbound
  }

  /** Compares. Throws `conflict` where the database went back and the loss is not accepted. */
  static async start(options: MarkOptions): Promise<MarkKeeper> {
    const { file, database, clock, log, acceptLoss } = options
    const found = readMark(file)
    if (found === 'unreadable')
      log.error({ file }, 'the mark beside the database cannot be read and begins anew: what was lost before now is not noticed')
    const mark = found === undefined || found === 'unreadable' ? newMark(clock.now()) : found
    const known = await acceptedBy(database.read, mark.node)
    const missing = missingSince(mark, known)
    if (missing === null) return new MarkKeeper(options, mark)
    if (!acceptLoss)
      throw new PosternError(
        'conflict',
        `${missing}. Stop here, keep the database's files as they are, and put back a newer copy (postern restore); or start once with --accept-loss to go on without them`,
      )
    log.error({ file, known, accepted: mark.accepted, last: mark.inbound }, `${missing}; the loss was accepted (--accept-loss)`)
    const anew = { ...mark, accepted: known }
    await writeMark(file, anew)
    return new MarkKeeper(options, anew)
  }

  /** The same store, with what it accepts counted. */
  watching(store: InboundStore): InboundStore {
    return {
      insertAll: async (batch) => {
        const inserted = await store.insertAll(batch)
        const fresh = inserted.filter((one) => !one.duplicate)
        if (fresh.length > 0) this.#accepted(fresh.length, fresh.at(-1)?.id ?? null)
        return inserted
      },
    }
  }

  /** Writes down what is not yet; harmless twice. */
  async stop(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    await this.#write()
  }

  #accepted(count: number, last: string | null): void {
    this.#fresh += count
    this.#last = last
    this.#timer ??= this.#options.clock.setTimer(
      lagMs,
      () => {
        this.#timer = undefined
        void this.#write()
      },
      { background: true },
    )
  }

  #write(): Promise<void> {
    return (this.#writing = this.#writing.then(async () => {
      const { database, file, clock, log } = this.#options
      const fresh = this.#fresh
      if (fresh === 0) return
      try {
        const inbound = this.#last
        const at = clock.now()
        this.#fresh = 0
        const accepted = await countAccepted(database.write, this.#mark.node, fresh)
        await writeMark(file, (this.#mark = { node: this.#mark.node, accepted, inbound, at }))
      } catch (error) {
        // With the next mail it is tried again; until then the mark lags behind.
        log.warn({ file, error: describeError(error) }, 'the mark beside the database could not be written')
      }
    }))
  }
}
