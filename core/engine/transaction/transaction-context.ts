// What all books of one transaction share: the database, the instant, the events that were emitted, and whether it is still open.
import type { KyselyPlugin } from 'kysely'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import { PosternError } from '../../base/errors.ts'
import { madeSafe, withImages } from '../../mail/safe-html.ts'
import type { SafeHtml, SafeHtmls } from '../../mail/safe-html.ts'
import type { TokenKeys } from '../../mail/token.ts'
import type { Database } from '../../store/database.ts'
import { lockCase } from '../../store/cases.ts'
import type { CaseRow, Tx as StoreTx } from '../../store/tables.ts'
import { nextCaseSeq } from '../../store/events.ts'
import type { EventType, EventTypes, PosternEvent } from '../../contract/events.ts'
import type { HookObserver } from './hook-call.ts'
import type { Origin } from '../../contract/origin.ts'
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
  #open = true
  /** Emitted and not yet heard, in order. */
  readonly queue: PosternEvent[] = []
  /** Everything emitted, for the end. */
  readonly events: PosternEvent[] = []
  /** Depth that an event emitted now gets. */
  depth = 0
  readonly #locked = new Map<string, number>()
  readonly #safe = new Map<string, SafeHtml>()
  /** Kinds of the jobs put here that are due at once. */
  readonly dueKinds = new Set<string>()

  constructor(parts: EngineServices, db: StoreTx, now: number) {
    this.parts = parts
    this.registry = parts.registry()
    this.now = now
    const guard: KyselyPlugin = {
      transformQuery: ({ node }) => {
        this.#check()
        return node
      },
      transformResult: ({ result }) => Promise.resolve(result),
    }
    this.#db = db.withPlugin(guard) as StoreTx // a plugin keeps the transaction what it is
  }

  /** The database, as long as the transaction is open: a hook that outlived its timeout must not write any more. */
  get db(): StoreTx {
    this.#check()
    return this.#db
  }

  #check(): void {
    if (!this.#open) throw new PosternError('internal', 'a transaction was used after its end (a hook that was too slow?)')
  }

  close(): void {
    this.#open = false
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

  /** Takes the case's lock once; later calls only read on. Throws `not_found`. */
  async lock(caseId: string): Promise<CaseRow | undefined> {
    if (this.#locked.has(caseId)) return undefined
    const row = await lockCase(this.db, caseId)
    if (!row) throw new PosternError('not_found', `case ${caseId}`)
    this.#locked.set(caseId, row.version)
    return row
  }

  /** A case made in this transaction needs no lock: nobody else sees it. */
  created(caseId: string): void {
    this.#locked.set(caseId, 1)
  }

  /** The next number of the case's timeline; takes the lock. */
  async seq(caseId: string): Promise<number> {
    await this.lock(caseId)
    return nextCaseSeq(this.db, caseId)
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
