// What one transaction knows of rows and has yet to write: a row is asked for once, a case is updated once, rows of one table go in together.
import type { Insertable, KyselyPlugin, RootOperationNode } from 'kysely'
import {
  countAutomatic,
  forgottenStamp,
  recordAutomatic,
  stampAutomatic,
  suppressedBecause,
  suppressedStamp,
} from '../../store/automatic.ts'
import type { AutomaticFilter, AutomaticStamp, CountedSince } from '../../store/automatic.ts'
import { caseWithParts } from '../../store/case-parts.ts'
import type { CaseWithParts } from '../../store/case-parts.ts'
import { insertCase, lockCase, writeCase } from '../../store/cases.ts'
import type { CasePatch, NewCase, Person } from '../../store/cases.ts'
import type { Database } from '../../store/database.ts'
import { attachmentsOf, findThreadKeys, messageById, putThreadKeys } from '../../store/messages.ts'
import { insertMails, insertRecipients } from '../../store/outbox.ts'
import type { AttachmentRow, CaseRow, MessageRow, NoticeRow, Tables, ThreadKeyRow, Tx as StoreTx } from '../../store/tables.ts'
import type { WatcherRow } from '../../store/watchers.ts'
import { changedTable, isSavepoint, tablesIn } from './query-tables.ts'

/** Rows that are written at the end, or before a query that may see them; in the order of their references. */
interface Waiting {
  readonly outbox: Insertable<Tables['outbox']>[]
  readonly outbox_recipients: Insertable<Tables['outbox_recipients']>[]
  readonly thread_keys: Insertable<Tables['thread_keys']>[]
  readonly sent_automatic: Insertable<Tables['sent_automatic']>[]
}

/** Columns of a case that are not written yet. */
type Unwritten = CasePatch & { readonly seq?: number; readonly version?: number }

/**
 * The rows of one transaction. Queries that were not made here pass by `watch`: what they may see is written before, what they may
 * change is read anew afterwards. So this never answers anything but what the database would.
 */
export class KnownRows {
  readonly #db: StoreTx
  readonly #database: Pick<Database, 'kind' | 'automatic'>
  readonly #check: () => void
  readonly #cases = new Map<string, CaseRow>()
  readonly #unwritten = new Map<string, Unwritten>()
  readonly #waiting: Waiting = { outbox: [], outbox_recipients: [], thread_keys: [], sent_automatic: [] }
  readonly #people = new Map<string, readonly Person[]>()
  readonly #tags = new Map<string, readonly string[]>()
  readonly #notices = new Map<string, readonly NoticeRow[]>()
  readonly #watchers = new Map<string, readonly WatcherRow[]>()
  readonly #messages = new Map<string, MessageRow>()
  readonly #files = new Map<string, readonly AttachmentRow[]>()
  /** By key, of all kinds. */
  readonly #keys = new Map<string, readonly ThreadKeyRow[]>()
  /** The memory of automatic mail has looked since this transaction wrote some. */
  #looked = false
  /** What the memory of automatic mail must read anew, in other processes too. */
  readonly #stamps = new Set<AutomaticStamp>()
  #writing: Promise<unknown> = Promise.resolve()
  #failure: unknown

  /** `db`: without `watch`; `database`: what it is a transaction of. `check`: throws once the transaction is over. */
  constructor(db: StoreTx, database: Pick<Database, 'kind' | 'automatic'>, check: () => void) {
    this.#db = db
    this.#database = database
    this.#check = check
  }

  /** For the handle of everybody else on this transaction. */
  readonly watch: KyselyPlugin = {
    transformQuery: ({ node }) => {
      this.#before(node)
      return node
    },
    transformResult: ({ result }) => Promise.resolve(result),
  }

  /** A case as it is for this transaction. */
  async case(id: string): Promise<CaseRow | undefined> {
    const known = this.#cases.get(id)
    if (known) return known
    return (await this.#parts(id))?.row
  }

  /** The row as this transaction has it, where it was read elsewhere. */
  current(row: CaseRow): CaseRow {
    const known = this.#cases.get(row.id)
    if (known) return known
    this.#cases.set(row.id, row)
    return row
  }

  /** Takes the lock of a case. What was read of it before is asked for again, but on SQLite, where nobody else writes meanwhile. */
  async lockCase(id: string): Promise<CaseRow | undefined> {
    if (this.#database.kind === 'sqlite') {
      const known = await this.case(id)
      return known && this.#change(id, { version: known.version + 1 })
    }
    this.#forgetPartsOf(id)
    const row = await lockCase(this.#db, id)
    if (row) this.#cases.set(id, row)
    return row
  }

  async insertCase(spec: NewCase, now: number, taken?: number): Promise<CaseRow> {
    const row = await insertCase(this.#db, spec, now, taken)
    this.#cases.set(row.id, row)
    // Nobody else knows of it.
    this.#people.set(row.id, [])
    this.#tags.set(row.id, [])
    this.#notices.set(row.id, [])
    this.#watchers.set(row.id, [])
    return row
  }

  /** Changes a case that this transaction has locked; it is written at the end. Throws for an unknown id. */
  async changeCase(id: string, patch: CasePatch, now: number): Promise<CaseRow> {
    return this.#change(id, { ...patch, updated_at: now })
  }

  /** The next number of the timeline of a case that this transaction has locked. */
  async nextSeq(id: string): Promise<number> {
    const { seq } = (await this.case(id)) ?? { seq: 0 }
    return (await this.#change(id, { seq: seq + 1 })).seq
  }

  /** Keeps `places` numbers of the timeline of a case that this transaction has locked for what comes into it; those behind the number returned. */
  async skipSeqs(id: string, places: number): Promise<number> {
    const { seq } = (await this.case(id)) ?? { seq: 0 }
    await this.#change(id, { seq: seq + places })
    return seq
  }

  async #change(id: string, patch: Unwritten): Promise<CaseRow> {
    this.#check()
    const row = await this.case(id)
    if (!row) throw new Error(`there is no case ${id}`)
    const after = { ...row, ...patch }
    this.#cases.set(id, after)
    this.#unwritten.set(id, { ...this.#unwritten.get(id), ...patch })
    return after
  }

  /** A case whose row is no longer there. */
  dropCase(id: string): void {
    this.#cases.delete(id)
    this.#unwritten.delete(id)
    this.#forgetPartsOf(id)
    for (const [message, row] of this.#messages) if (row.case_id === id) this.#messages.delete(message)
  }

  /** People in copy, in the order in which they were added. */
  async people(caseId: string): Promise<readonly Person[]> {
    return this.#people.get(caseId) ?? (await this.#parts(caseId))?.people ?? []
  }

  /** Tags in alphabetical order. */
  async tags(caseId: string): Promise<readonly string[]> {
    return this.#tags.get(caseId) ?? (await this.#parts(caseId))?.tags ?? []
  }

  /** Open notices in the order of the timeline. */
  async openNotices(caseId: string): Promise<readonly NoticeRow[]> {
    return this.#notices.get(caseId) ?? (await this.#parts(caseId))?.notices ?? []
  }

  /** What agents have chosen about a case, in alphabetical order of their ids. */
  async watchers(caseId: string): Promise<readonly WatcherRow[]> {
    return this.#watchers.get(caseId) ?? (await this.#parts(caseId))?.watchers ?? []
  }

  /** What is known already stays: a case may have changes that are not written. */
  async #parts(id: string): Promise<CaseWithParts | undefined> {
    const read = await caseWithParts(this.#db, this.#database.kind, id)
    if (!read) return undefined
    const row = this.#cases.get(id) ?? read.row
    this.#cases.set(id, row)
    this.#people.set(id, read.people)
    this.#tags.set(id, read.tags)
    this.#notices.set(id, read.notices)
    this.#watchers.set(id, read.watchers)
    return { ...read, row }
  }

  /** What stands behind keys of one kind, newest first. */
  async threadKeys(kind: ThreadKeyRow['kind'], keys: readonly string[]): Promise<readonly ThreadKeyRow[]> {
    if (this.#waiting.thread_keys.length > 0) this.#write()
    const wanted = [...new Set(keys)]
    const missing = wanted.filter((key) => !this.#keys.has(key))
    const found = await findThreadKeys(this.#db, missing)
    for (const key of missing)
      this.#keys.set(
        key,
        found.filter((row) => row.key === key),
      )
    return wanted
      .flatMap((key) => this.#keys.get(key) ?? [])
      .filter((row) => row.kind === kind)
      .sort((a, b) => b.created_at - a.created_at)
  }

  /** A message by its id. */
  async message(id: string): Promise<MessageRow | undefined> {
    const known = this.#messages.get(id)
    if (known) return known
    const row = await messageById(this.#db, id)
    if (row) this.#messages.set(id, row)
    return row
  }

  /** A message that was written a moment ago, with all of its files. */
  added(row: MessageRow, files?: readonly AttachmentRow[]): void {
    this.#messages.set(row.id, row)
    if (files) this.#files.set(row.id, files)
  }

  /** Files of a message in their order. */
  async files(messageId: string): Promise<readonly AttachmentRow[]> {
    return this.#once(this.#files, messageId, () => attachmentsOf(this.#db, messageId))
  }

  async #once<T>(known: Map<string, T>, id: string, ask: () => Promise<T>): Promise<T> {
    const before = known.get(id)
    if (before !== undefined) return before
    const answer = await ask()
    known.set(id, answer)
    return answer
  }

  /** Writes these rows together with others of their table, at the end at the latest. */
  later<T extends keyof Waiting>(table: T, rows: Readonly<Waiting[T]>): void {
    this.#check()
    const waiting: Waiting[T][number][] = this.#waiting[table]
    for (const row of rows) waiting.push(row)
    if (table === 'thread_keys') this.#keys.clear()
  }

  /** How many automatic mails left after each of these instants, those of this transaction included; where there are more than `most`, at least so many. */
  async countAutomatic(where: AutomaticFilter, since: readonly CountedSince[], now: number): Promise<readonly number[]> {
    const { recipient, domain, kinds } = where
    const own = this.#waiting.sent_automatic.filter(
      (mail) =>
        (recipient === undefined || mail.recipient === recipient) &&
        (domain === undefined || mail.domain === domain) &&
        (kinds === undefined || kinds.includes(mail.kind)),
    )
    const memory = await this.#automatic(now)
    const written = memory ? since.map(({ at }) => memory.count(where, at)) : await countAutomatic(this.#db, where, since)
    return since.map(({ at }, i) => (written[i] ?? 0) + own.filter((mail) => mail.sent_at > at).length)
  }

  /** Why this address (lower case) gets no automatic mail now, or null. */
  async suppressedBecause(address: string, now: number): Promise<string | null> {
    const memory = await this.#automatic(now)
    return memory ? memory.suppressedBecause(this.#db, address, now) : suppressedBecause(this.#db, address, now)
  }

  async #automatic(now: number): Promise<Database['automatic']> {
    const memory = this.#database.automatic
    if (this.#stamps.size > 0) this.#write()
    if (memory && !this.#looked) await memory.look(this.#db, now)
    this.#looked = true
    return memory
  }

  /** Why something could not be written. On PostgreSQL all that is asked afterwards fails as well, with less of a reason. */
  get failure(): unknown {
    return this.#failure
  }

  /** Resolves when everything is written; rejects where something could not be. */
  async write(): Promise<void> {
    this.#write()
    await this.#writing
  }

  /** For the end of an attempt: nothing more is written of it and nothing is known. Why something could not be written, if so. */
  async discard(): Promise<unknown> {
    await this.#writing.catch(() => undefined)
    const failure = this.#failure
    this.#writing = Promise.resolve()
    this.#failure = undefined
    this.#unwritten.clear()
    for (const rows of Object.values(this.#waiting)) rows.length = 0
    for (const known of this.#everything()) known.clear()
    this.#looked = false
    this.#stamps.clear()
    return failure
  }

  /** Begins all writes at once: the connection runs them in this order, before whatever is asked of it next. */
  #write(): void {
    const { outbox, outbox_recipients, thread_keys, sent_automatic } = this.#waiting
    const begun: Promise<unknown>[] = []
    for (const [id, patch] of this.#unwritten) begun.push(writeCase(this.#db, id, patch))
    this.#unwritten.clear()
    if (outbox.length > 0) begun.push(insertMails(this.#db, outbox.splice(0)))
    if (outbox_recipients.length > 0) begun.push(insertRecipients(this.#db, outbox_recipients.splice(0)))
    if (thread_keys.length > 0) begun.push(putThreadKeys(this.#db, thread_keys.splice(0)))
    if (sent_automatic.length > 0) {
      begun.push(recordAutomatic(this.#db, sent_automatic.splice(0)))
      this.#looked = false
    }
    for (const stamp of this.#stamps) begun.push(stampAutomatic(this.#db, stamp))
    this.#stamps.clear()
    if (begun.length === 0) return
    this.#writing = Promise.all([this.#writing, ...begun])
    this.#writing.catch((error: unknown) => (this.#failure ??= error))
  }

  #before(node: RootOperationNode): void {
    const changed = changedTable(node)
    const waits = this.#unwritten.size > 0 || Object.values(this.#waiting).some((rows) => rows.length > 0)
    // What is written behind a savepoint is taken back with it, and nothing else.
    const savepoint = isSavepoint(node)
    if (waits && (savepoint || changed === '' || this.#isSeenBy(node))) this.#write()
    if (savepoint) return
    if (changed === undefined) return
    if (changed === 'cases') this.#cases.clear()
    else if (changed === 'case_people') this.#people.clear()
    else if (changed === 'case_tags') this.#tags.clear()
    else if (changed === 'notices') this.#notices.clear()
    else if (changed === 'case_watchers') this.#watchers.clear()
    else if (changed === 'messages') this.#messages.clear()
    else if (changed === 'attachments') this.#files.clear()
    else if (changed === 'thread_keys') this.#keys.clear()
    else if (changed === 'sent_automatic' || changed === 'suppressions') {
      this.#looked = false
      if (this.#database.automatic) this.#stamps.add(changed === 'suppressions' ? suppressedStamp : forgottenStamp)
    } else if (changed === '') {
      for (const known of this.#everything()) known.clear()
      this.#looked = false
    }
  }

  #isSeenBy(node: RootOperationNode): boolean {
    const tables = tablesIn(node)
    if (tables.has('')) return true
    if (this.#unwritten.size > 0 && tables.has('cases')) return true
    return Object.entries(this.#waiting).some(([table, rows]) => rows.length > 0 && tables.has(table))
  }

  #everything() {
    return [this.#cases, this.#people, this.#tags, this.#notices, this.#watchers, this.#messages, this.#files, this.#keys]
  }

  #forgetPartsOf(caseId: string): void {
    this.#people.delete(caseId)
    this.#tags.delete(caseId)
    this.#notices.delete(caseId)
    this.#watchers.delete(caseId)
    this.#keys.clear()
    for (const [id, row] of this.#messages) if (row.case_id === caseId) this.#messages.delete(id)
  }
}
