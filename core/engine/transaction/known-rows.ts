// What one transaction knows of rows and has yet to write: a row is asked for once, a case is updated once, rows of one table go in together.
import type { Insertable, KyselyPlugin, RootOperationNode } from 'kysely'
import { countAutomatic, recordAutomatic } from '../../store/automatic.ts'
import type { AutomaticFilter } from '../../store/automatic.ts'
import { caseById, insertCase, lockCase, peopleOf, tagsOf, writeCase } from '../../store/cases.ts'
import type { CasePatch, NewCase, Person } from '../../store/cases.ts'
import { attachmentsOf, messageById, putThreadKeys } from '../../store/messages.ts'
import { noticesOf } from '../../store/notes.ts'
import { insertMails, insertRecipients } from '../../store/outbox.ts'
import type { AttachmentRow, CaseRow, MessageRow, NoticeRow, Tables, Tx as StoreTx } from '../../store/tables.ts'

/** Rows that are written at the end, or before a query that may see them; in the order of their references. */
interface Waiting {
  readonly outbox: Insertable<Tables['outbox']>[]
  readonly outbox_recipients: Insertable<Tables['outbox_recipients']>[]
  readonly thread_keys: Insertable<Tables['thread_keys']>[]
  readonly sent_automatic: Insertable<Tables['sent_automatic']>[]
}

/** Columns of a case that are not written yet. */
type Unwritten = CasePatch & { readonly seq?: number }

/**
 * The rows of one transaction. Queries that were not made here pass by `watch`: what they may see is written before, what they may
 * change is read anew afterwards. So this never answers anything but what the database would.
 */
export class KnownRows {
  readonly #db: StoreTx
  readonly #check: () => void
  readonly #cases = new Map<string, CaseRow>()
  readonly #unwritten = new Map<string, Unwritten>()
  readonly #waiting: Waiting = { outbox: [], outbox_recipients: [], thread_keys: [], sent_automatic: [] }
  readonly #people = new Map<string, readonly Person[]>()
  readonly #tags = new Map<string, readonly string[]>()
  readonly #notices = new Map<string, readonly NoticeRow[]>()
  readonly #messages = new Map<string, MessageRow>()
  readonly #files = new Map<string, readonly AttachmentRow[]>()
  #writing: Promise<unknown> = Promise.resolve()
  #failure: unknown

  /** `db`: without `watch`. `check`: throws once the transaction is over. */
  constructor(db: StoreTx, check: () => void) {
    this.#db = db
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
    const row = await caseById(this.#db, id)
    if (row) this.#cases.set(id, row)
    return row
  }

  /** The row as this transaction has it, where it was read elsewhere. */
  current(row: CaseRow): CaseRow {
    const known = this.#cases.get(row.id)
    if (known) return known
    this.#cases.set(row.id, row)
    return row
  }

  /** Takes the lock of a case; what was read of it before is asked for again. */
  async lockCase(id: string): Promise<CaseRow | undefined> {
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

  async #change(id: string, patch: Unwritten): Promise<CaseRow> {
    this.#check()
    const row = await this.case(id)
    if (!row) throw new Error(`there is no case ${id}`)
    const after = { ...row, ...patch }
    this.#cases.set(id, after)
    this.#unwritten.set(id, { ...this.#unwritten.get(id), ...patch })
    return after
  }

  /** People in copy, in the order in which they were added. */
  async people(caseId: string): Promise<readonly Person[]> {
    return this.#once(this.#people, caseId, () => peopleOf(this.#db, caseId))
  }

  /** Tags in alphabetical order. */
  async tags(caseId: string): Promise<readonly string[]> {
    return this.#once(this.#tags, caseId, () => tagsOf(this.#db, caseId))
  }

  /** Open notices in the order of the timeline. */
  async openNotices(caseId: string): Promise<readonly NoticeRow[]> {
    return this.#once(this.#notices, caseId, () => noticesOf(this.#db, caseId, 'open'))
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
  }

  /** How many automatic mails left after each of these instants (ms UTC), those of this transaction included. */
  async countAutomatic(where: AutomaticFilter, since: readonly number[]): Promise<readonly number[]> {
    const { recipient, domain, kinds } = where
    const own = this.#waiting.sent_automatic.filter(
      (mail) =>
        (recipient === undefined || mail.recipient === recipient) &&
        (domain === undefined || mail.domain === domain) &&
        (kinds === undefined || kinds.includes(mail.kind)),
    )
    const written = await countAutomatic(this.#db, where, since)
    return since.map((at, i) => (written[i] ?? 0) + own.filter((mail) => mail.sent_at > at).length)
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
    if (sent_automatic.length > 0) begun.push(recordAutomatic(this.#db, sent_automatic.splice(0)))
    if (begun.length === 0) return
    this.#writing = Promise.all([this.#writing, ...begun])
    this.#writing.catch((error: unknown) => (this.#failure ??= error))
  }

  #before(node: RootOperationNode): void {
    const changed = changedTable(node)
    const waits = this.#unwritten.size > 0 || Object.values(this.#waiting).some((rows) => rows.length > 0)
    if (waits && (changed === '' || this.#isSeenBy(node))) this.#write()
    if (changed === undefined) return
    if (changed === 'cases') this.#cases.clear()
    else if (changed === 'case_people') this.#people.clear()
    else if (changed === 'case_tags') this.#tags.clear()
    else if (changed === 'notices') this.#notices.clear()
    else if (changed === 'messages') this.#messages.clear()
    else if (changed === 'attachments') this.#files.clear()
    else if (changed === '') for (const known of this.#everything()) known.clear()
  }

  #isSeenBy(node: RootOperationNode): boolean {
    const tables = tablesIn(node)
    if (tables.has('')) return true
    if (this.#unwritten.size > 0 && tables.has('cases')) return true
    return Object.entries(this.#waiting).some(([table, rows]) => rows.length > 0 && tables.has(table))
  }

  #everything() {
    return [this.#cases, this.#people, this.#tags, this.#notices, this.#messages, this.#files]
  }

  #forgetPartsOf(caseId: string): void {
    this.#people.delete(caseId)
    this.#tags.delete(caseId)
    this.#notices.delete(caseId)
    for (const [id, row] of this.#messages) if (row.case_id === caseId) this.#messages.delete(id)
  }
}

/** The table that a query changes; '' for a query in plain SQL, which may change any. */
function changedTable(node: RootOperationNode): string | undefined {
  if (node.kind === 'SelectQueryNode') return undefined
  if (node.kind === 'InsertQueryNode') return node.into?.table.identifier.name
  if (node.kind === 'UpdateQueryNode') return [...tablesIn(node.table ?? node)][0]
  if (node.kind === 'DeleteQueryNode') return [...tablesIn(node.from)][0]
  return ''
}

/** Every table that a query names, in subqueries too; '' for plain SQL. Values are not looked into. */
function tablesIn(node: object, found = new Set<string>()): ReadonlySet<string> {
  const kind = 'kind' in node ? node.kind : undefined
  if (kind === 'ValuesNode' || kind === 'PrimitiveValueListNode' || kind === 'ValueNode') return found
  if (kind === 'RawNode' && 'sqlFragments' in node && Array.isArray(node.sqlFragments) && node.sqlFragments.some(namesTables)) found.add('')
  if (kind === 'SchemableIdentifierNode' && 'identifier' in node && isNamed(node.identifier)) found.add(node.identifier.name)
  else for (const part of Object.values(node) as readonly unknown[]) if (typeof part === 'object' && part !== null) tablesIn(part, found)
  return found
}

/** Plain SQL in which a table may stand; `desc` is plain SQL too. */
const namesTables = (text: unknown): boolean => /\b(?:from|join|into|update|table)\b/i.test(String(text))

const isNamed = (node: unknown): node is { readonly name: string } =>
  typeof node === 'object' && node !== null && 'name' in node && typeof node.name === 'string'
