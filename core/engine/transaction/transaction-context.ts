// What all books of one transaction share: the database, the instant, the events that were emitted, and whether it is still open.
import type { KyselyPlugin } from 'kysely'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import { PosternError } from '../../base/errors.ts'
import { madeSafe, withImages } from '../../mail/safe-html.ts'
import type { SafeHtml, SafeHtmls } from '../../mail/safe-html.ts'
import type { TokenKeys } from '../../mail/token.ts'
import type { Database } from '../../store/database.ts'
import type { ReservedNumbers } from '../../store/case-numbers.ts'
import { behindSavepoint } from '../../store/savepoint.ts'
import type { CaseRow, Tx as StoreTx } from '../../store/tables.ts'
import type { EventType, EventTypes, PosternEvent } from '../../contract/events.ts'
import type { HookObserver } from './hook-call.ts'
import type { Origin } from '../../contract/origin.ts'
import { KnownRows } from './known-rows.ts'
import type { Registry } from '../registry.ts'
import type { ExplainEntry, Tx } from '../../contract/tx.ts'

/** Counts for the metrics. */
export interface EngineCounters {
  inc(name: string, labels?: Readonly<Record<string, string>>): void
}

/** What the engine gives to every transaction. */
export interface EngineServices {
  readonly database: Database
  readonly ids: Ids
  readonly log: Log
  readonly tokens: TokenKeys
  readonly counters: EngineCounters
  readonly hooks: HookObserver
  /** The registry in force; a reload swaps it between transactions. */
  registry(): Registry
  /** Kinds of jobs that commits of this process have left due; the job runner takes them out. */
  readonly dueKinds: Set<string>
  /** HTML that was made safe beforehand, for the transaction that it comes with. */
  readonly safe?: SafeHtmls
  /** Of a dry run: hears what is decided and why. */
  readonly explain?: (entry: ExplainEntry) => void
}

/** One transaction from the inside. */
export class TransactionContext {
  readonly now: number
  readonly registry: Registry
  readonly parts: EngineServices
  readonly #db: StoreTx
  /** Rows that are known already, and those that are written at the end. */
  readonly rows: KnownRows
  #open = true
  /** Emitted and not yet heard, in order. */
  readonly queue: PosternEvent[] = []
  /** Everything emitted, for the end. */
  readonly events: PosternEvent[] = []
  /** Depth that an event emitted now gets. */
  depth = 0
  #locked = new Set<string>()
  #gone = new Set<string>()
  readonly #safe = new Map<string, SafeHtml>()
  /** Case numbers taken for this transaction; undefined where it counts them itself. */
  readonly numbers: ReservedNumbers | undefined
  #asked = 0
  #answered = 0
  /** Kinds of the jobs put here that are due at once. */
  readonly dueKinds = new Set<string>()

  constructor(parts: EngineServices, db: StoreTx, now: number, numbers?: ReservedNumbers) {
    this.parts = parts
    this.numbers = numbers
    this.registry = parts.registry()
    this.now = now
    const guard: KyselyPlugin = {
      transformQuery: ({ node }) => {
        this.#check()
        this.#asked += 1
        return node
      },
      transformResult: ({ result }) => {
        this.#answered += 1
        return Promise.resolve(result)
      },
    }
    const guarded = db.withPlugin(guard) as StoreTx // a plugin keeps the transaction what it is
    this.rows = new KnownRows(guarded, parts.database, () => this.#check())
    this.#db = guarded.withPlugin(this.rows.watch) as StoreTx
  }

  /** The database, as long as the transaction is open: a hook that outlived its timeout must not write any more. */
  get db(): StoreTx {
    this.#check()
    return this.#db
  }

  #check(): void {
    if (!this.#open) throw new PosternError('internal', 'a transaction was used after its end (a hook that was too slow?)')
  }

  /** A statement has been sent and not been answered (or it failed). */
  get waitsForDatabase(): boolean {
    return this.#asked > this.#answered
  }

  close(): void {
    this.#open = false
  }

  /** See `Tx.attempt`. What was only asked for (ids, counts, hints of due jobs) is not taken back: it promises nothing. */
  async attempt<T>(work: () => Promise<T>, keeps: (value: T) => boolean): Promise<T> {
    const [heard, told, locked, gone] = [this.queue.length, this.events.length, new Set(this.#locked), new Set(this.#gone)]
    let rejected: { readonly value: T } | undefined
    try {
      return await behindSavepoint(this.db, async () => {
        try {
          const value = await work()
          await this.rows.write()
          if (keeps(value)) return value
          rejected = { value }
          throw new TakenBack()
        } catch (error) {
          throw (await this.rows.discard()) ?? error
        }
      })
    } catch (error) {
      // A lock that was taken since is gone with the savepoint, and so is its version.
      this.queue.length = heard
      this.events.length = told
      this.#locked = locked
      this.#gone = gone
      if (rejected && error instanceof TakenBack) return rejected.value
      throw error
    }
  }

  /** See `Tx.safeHtml`. */
  safeHtml(html: string, { longest, images }: Parameters<Tx['safeHtml']>[1]): SafeHtml | null {
    const known = this.#safe.get(html) ?? this.parts.safe?.get(html)
    if (known === undefined && html.length > longest) return null
    const whole = known ?? madeSafe({ html, images: 'cid', cids: 'kept' })
    const safe = images ? withImages(whole, images) : whole
    this.#safe.set(html, whole)
    // What came out may be handed on, to an action or to the notifications of others, and is not looked at again.
    if (!this.#safe.has(safe.html)) this.#safe.set(safe.html, { ...safe, blockedImages: 0, limit: null })
    return safe
  }

  /** Takes the case's lock, once; the case as it is then. Throws `not_found`. */
  async lock(caseId: string): Promise<CaseRow> {
    const row = this.#locked.has(caseId) ? await this.rows.case(caseId) : await this.rows.lockCase(caseId)
    if (!row) throw new PosternError('not_found', `case ${caseId}`)
    this.#locked.add(caseId)
    return row
  }

  /** A case was deleted: what was emitted of it is neither heard nor kept. */
  gone(caseId: string): void {
    this.#gone.add(caseId)
    this.rows.dropCase(caseId)
  }

  /** Whether it was deleted in this transaction. */
  isGone(caseId: string | null): boolean {
    return caseId !== null && this.#gone.has(caseId)
  }

  /** A case made in this transaction needs no lock: nobody else sees it. */
  created(caseId: string): void {
    this.#locked.add(caseId)
  }

  /** The next number of the case's timeline; takes the lock. */
  async seq(caseId: string): Promise<number> {
    await this.lock(caseId)
    return this.rows.nextSeq(caseId)
  }

  async emit<T extends EventType>(
    origin: Origin,
    type: T,
    caseId: string | null,
    data: EventTypes[T],
    mailbox: string | null,
  ): Promise<void> {
    const caseSeq = caseId === null ? null : await this.seq(caseId)
    const event: PosternEvent<T> = {
      id: this.parts.ids.next(),
      type,
      caseId,
      caseSeq,
      mailbox,
      data,
      origin,
      depth: this.depth,
      at: this.now,
    }
    this.queue.push(event)
    this.events.push(event)
  }
}

class TakenBack extends Error {}
