// Writes and reads the index: the documents of cases, the words of each in the way of its database, and how far it has come.
import { batchesOf } from '../../core/plugin.ts'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Tables } from '../../core/plugin.ts'
import type { CaseContent, Document, IndexedDocument } from './document.ts'
import { placeOf, thingAt } from './tables.ts'
import type { DocKind } from './tables.ts'

/** Which of the two databases it is. */
export type Kind = 'sqlite' | 'postgres'

type Db = Kysely<Tables>

/** Everything of these cases that is indexed; a hundred or so at a time. */
export async function readContents(db: Db, refs: readonly (string | number)[], by: 'id' | 'number'): Promise<readonly CaseContent[]> {
  if (refs.length === 0) return []
  const cases = await db
    .selectFrom('cases')
    .selectAll()
    .where(by, 'in', [...refs])
    .execute()
  const ids = cases.map((c) => c.id)
  if (ids.length === 0) return []
  const tags = await db.selectFrom('case_tags').select(['case_id', 'tag']).where('case_id', 'in', ids).orderBy('tag').execute()
  const people = await db
    .selectFrom('case_people')
    .select(['case_id', 'address', 'name'])
    .where('case_id', 'in', ids)
    .orderBy('address')
    .execute()
  const messages = await db
    .selectFrom('messages')
    .select(['id', 'case_id', 'seq', 'subject', 'author_address', 'author_name', 'agent', 'recipients', 'text', 'created_at'])
    .where('case_id', 'in', ids)
    .where('state', '!=', 'cancelled')
    .execute()
  const files = await db
    .selectFrom('attachments')
    .innerJoin('messages', 'messages.id', 'attachments.message_id')
    .select(['message_id', 'filename'])
    .where('messages.case_id', 'in', ids)
    .orderBy('position')
    .execute()
  const notes = await db
    .selectFrom('notes')
    .select(['case_id', 'seq', 'author', 'agent', 'text', 'created_at'])
    .where('case_id', 'in', ids)
    .execute()
  const of = <R extends { readonly case_id: string }>(rows: readonly R[], id: string): readonly R[] => rows.filter((r) => r.case_id === id)
  return cases.map((c) => ({
    ...{ id: c.id, number: Number(c.number), version: c.version, subject: c.subject, custom: c.custom, createdAt: c.created_at },
    requester: `${c.requester_name} ${c.requester_address}`,
    tags: of(tags, c.id).map((t) => t.tag),
    people: of(people, c.id).map((p) => `${p.name} ${p.address}`),
    messages: of(messages, c.id).map((m) => ({
      ...{ seq: Number(m.seq), subject: m.subject, recipients: m.recipients, text: m.text, at: m.created_at },
      author: `${m.author_name} ${m.author_address} ${m.agent ?? ''}`,
      files: files.filter((f) => f.message_id === m.id).map((f) => f.filename),
    })),
    notes: of(notes, c.id).map((n) => ({ seq: Number(n.seq), author: n.agent ?? n.author, text: n.text, at: n.created_at })),
  }))
}

/** Names a row of the index. */
export interface DocKey {
  readonly caseNumber: number
  readonly place: number
}

/** A document as the index has it. */
export type Indexed = DocKey & Pick<Document, 'item' | 'digest'> & { readonly kind: DocKind }

/** What is indexed of the cases with these numbers, by number. */
export async function indexedOf(db: Db, numbers: readonly number[]): Promise<ReadonlyMap<number, readonly Indexed[]>> {
  if (numbers.length === 0) return new Map()
  const rows = await db.selectFrom('search_docs').select(['case_number', 'place', 'digest']).where('case_number', 'in', numbers).execute()
  return Map.groupBy(
    rows.map((r) => ({ caseNumber: Number(r.case_number), place: r.place, digest: r.digest, ...thingAt(r.place) })),
    (d) => d.caseNumber,
  )
}

/** Takes all documents of these cases out of the index. */
export async function dropCases(tx: Db, cases: readonly string[]): Promise<void> {
  for (const some of batchesOf(cases))
    await tx
      .deleteFrom('search_docs')
      .where('case_number', 'in', (eb) => eb.selectFrom('cases').select('number').where('id', 'in', some))
      .execute()
}

/**
 * Takes the rows of these cases so that nobody changes them before the commit, and says which no longer are as they were read: words that a
 * person had taken out meanwhile must not come back.
 */
export async function changedSince(
  tx: Db,
  kind: Kind,
  cases: readonly Pick<CaseContent, 'id' | 'version'>[],
): Promise<ReadonlySet<string>> {
  const ids = [...new Set(cases.map((c) => c.id))]
  const rows = tx.selectFrom('cases').select(['id', 'version']).where('id', 'in', ids).orderBy('id')
  const now = new Map((await (kind === 'postgres' ? rows.forShare() : rows).execute()).map((row) => [row.id, row.version]))
  return new Set(cases.filter((c) => now.get(c.id) !== c.version).map((c) => c.id))
}

/** Takes documents out of the index. */
export async function dropDocs(tx: Db, docs: readonly DocKey[]): Promise<void> {
  const cases = new Map<number, number[]>()
  for (const { caseNumber, place } of docs) cases.set(caseNumber, [...(cases.get(caseNumber) ?? []), place])
  for (const [number, places] of cases)
    for (const some of batchesOf(places))
      await tx.deleteFrom('search_docs').where('case_number', '=', number).where('place', 'in', some).execute()
}

/** Puts a document into the index; an older form of it must have been taken out. */
export async function putDoc(tx: Db, kind: Kind, caseNumber: number, document: IndexedDocument): Promise<void> {
  const row = {
    case_number: caseNumber,
    place: placeOf(document.kind, document.item),
    digest: document.digest,
  }
  const insert = tx.insertInto('search_docs').values(row)
  if (kind === 'postgres') {
    // The words are made by the expression of its index.
    await insert.execute()
    return
  }
  const { id } = await insert.returning('id').executeTakeFirstOrThrow()
  await sql`insert into search_words(rowid, words) values (${id}, ${document.lexemes.join(' ')})`.execute(tx)
}

/** After words were taken out that must not be found by anybody who reads the file: writes the index without what was deleted. */
export async function purge(tx: Db, kind: Kind): Promise<void> {
  if (kind === 'sqlite') await sql`insert into search_words(search_words) values ('optimize')`.execute(tx)
}

/** Where `postern status` looks for those who read the feed of events: up to which position this one has. */
const reader = 'reader.search'

/** The position of the last event that has been dealt with; null: none was ever. */
export async function positionOf(db: Db): Promise<number | null> {
  const row = await db.selectFrom('meta').select('value').where('key', '=', reader).executeTakeFirst()
  return row ? Number(row.value) : null
}

/** Moves it. */
export async function setPosition(tx: Db, position: number): Promise<void> {
  const value = String(position)
  await tx
    .insertInto('meta')
    .values({ key: reader, value })
    .onConflict((c) => c.column('key').doUpdateSet({ value }))
    .execute()
}

/** A value of the state; null where there is none. */
export async function stateOf(db: Db, name: Tables['search_state']['name']): Promise<number | null> {
  const row = await db.selectFrom('search_state').select('value').where('name', '=', name).executeTakeFirst()
  return row ? Number(row.value) : null
}

/** Sets a value of the state; null takes it out. */
export async function setState(tx: Db, name: Tables['search_state']['name'], value: number | null): Promise<void> {
  if (value === null) await tx.deleteFrom('search_state').where('name', '=', name).execute()
  else
    await tx
      .insertInto('search_state')
      .values({ name, value })
      .onConflict((c) => c.column('name').doUpdateSet({ value }))
      .execute()
}

/** Takes the work for this node until then; false where another one has it. */
export async function claim(tx: Db, now: number, until: number): Promise<boolean> {
  await tx
    .insertInto('search_state')
    .values({ name: 'claim', value: 0 })
    .onConflict((c) => c.doNothing())
    .execute()
  const taken = await tx
    .updateTable('search_state')
    .set({ value: until })
    .where('name', '=', 'claim')
    .where('value', '<=', now)
    .returning('name')
    .executeTakeFirst()
  return taken !== undefined
}

/** Position of the newest event that has one. */
export async function newestPosition(db: Db): Promise<number> {
  const row = await db
    .selectFrom('events')
    .select('position')
    .where('position', 'is not', null)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst()
  return Number(row?.position ?? 0)
}

/** Which cases the events behind a position speak of, and the position up to which they were read. */
export async function changedCases(
  db: Db,
  after: number,
  most: number,
): Promise<{ readonly cases: readonly string[]; readonly upTo: number }> {
  const rows = await db
    .selectFrom('events')
    .select(['position', 'case_id'])
    .where('position', '>', after)
    .orderBy('position')
    .limit(most)
    .execute()
  const cases = new Set<string>()
  for (const { case_id } of rows) if (case_id !== null) cases.add(case_id)
  return { cases: [...cases], upTo: Number(rows.at(-1)?.position ?? after) }
}

/** Cases that have to be indexed anew, some of them. */
export async function todo(db: Db, most: number): Promise<readonly string[]> {
  return (await db.selectFrom('search_todo').select('case_id').orderBy('case_id').limit(most).execute()).map((r) => r.case_id)
}

/** Has cases indexed anew. */
export async function putTodo(tx: Db, cases: readonly string[]): Promise<void> {
  for (const case_id of cases)
    await tx
      .insertInto('search_todo')
      .values({ case_id })
      .onConflict((c) => c.doNothing())
      .execute()
}

/** They have been. */
export async function dropTodo(tx: Db, cases: readonly string[]): Promise<void> {
  if (cases.length > 0)
    await tx
      .deleteFrom('search_todo')
      .where('case_id', 'in', [...cases])
      .execute()
}

/** Cases with a number behind this one, in order. */
export async function casesBehind(db: Db, number: number, most: number) {
  return db.selectFrom('cases').select(['id', 'number']).where('number', '>', number).orderBy('number').limit(most).execute()
}

/** How many documents there are, how many cases a rebuild has still to go through, and when the oldest event came that was not dealt with (ms UTC). */
export async function backlog(db: Db) {
  const count = (n: number | string | bigint | undefined): number => Number(n ?? 0)
  const documents = await db
    .selectFrom('search_docs')
    .select((eb) => eb.fn.countAll().as('n'))
    .executeTakeFirst()
  const position = await positionOf(db)
  const rebuild = await stateOf(db, 'rebuild')
  const newest = await newestPosition(db)
  const oldest = await db
    .selectFrom('events')
    .select('created_at')
    .where('position', '>', position ?? 0)
    .orderBy('position')
    .limit(1)
    .executeTakeFirst()
  const left =
    position !== null && rebuild === null
      ? undefined
      : await db
          .selectFrom('cases')
          .select((eb) => eb.fn.countAll().as('n'))
          .where('number', '>', rebuild ?? 0)
          .executeTakeFirst()
  const again = await db
    .selectFrom('search_todo')
    .select((eb) => eb.fn.countAll().as('n'))
    .executeTakeFirst()
  return {
    documents: count(documents?.n),
    events: position === null ? 0 : newest - position,
    oldestAt: position === null ? null : (oldest?.created_at ?? null),
    cases: count(left?.n) + count(again?.n),
  }
}
