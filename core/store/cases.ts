// Cases and what belongs to them directly: people in copy, tags, links, custom fields.
import type { Kysely } from 'kysely'
import type { CasePersonTable, CaseRow, CaseTable, Tables, Tx } from './tables.ts'

/** Columns that may be changed; version and numbers are counted by the store alone. */
export type CasePatch = Partial<Omit<CaseRow, 'id' | 'number' | 'version' | 'seq' | 'created_at'>>

/** What a case begins with; its number is given by the store. */
export interface NewCase {
  readonly id: string
  readonly mailbox: string
  readonly channel: string
  readonly subject: string
  readonly status: CaseTable['status']
  readonly assignee: string | null
  readonly groupId: string | null
  readonly requester: { readonly address: string; readonly name: string }
  readonly locale: string | null
  readonly origin: string
  readonly custom?: Record<string, unknown>
}

/** Creates the case. Its number is one taken beforehand (case-numbers.ts), or counted here, which locks the row that counts until the commit. */
export async function insertCase(tx: Tx, c: NewCase, now: number, taken?: number): Promise<CaseRow> {
  const number = taken ?? (await nextNumber(tx, 'case'))
  return tx
    .insertInto('cases')
    .values({
      id: c.id,
      number,
      mailbox: c.mailbox,
      channel: c.channel,
      subject: c.subject,
      status: c.status,
      previous_status: null,
      assignee: c.assignee,
      group_id: c.groupId,
      requester_address: c.requester.address,
      requester_name: c.requester.name,
      locale: c.locale,
      custom: JSON.stringify(c.custom ?? {}),
      version: 1,
      seq: 0,
      origin: c.origin,
      message_count: 0,
      created_at: now,
      updated_at: now,
      status_at: now,
      last_customer_at: null,
      last_agent_at: null,
      merged_into: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** The next number of a counter that people read: case numbers, event positions. Locks the counter's row until the commit, or, outside of a transaction, for an instant. */
export async function nextNumber(tx: Kysely<Tables>, name: string, by = 1): Promise<number> {
  const row = await tx
    .insertInto('counters')
    .values({ name, value: by })
    .onConflict((c) => c.column('name').doUpdateSet((eb) => ({ value: eb('counters.value', '+', by) })))
    .returning('value')
    .executeTakeFirstOrThrow()
  return row.value
}

/** Lock by writing: bumps the version, which holds the row until the commit, and answers the row as it is then. */
export async function lockCase(tx: Tx, id: string): Promise<CaseRow | undefined> {
  return tx
    .updateTable('cases')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
}

/** Changes columns of a case that the transaction has locked. */
export async function writeCase(tx: Tx, id: string, patch: CasePatch & { readonly seq?: number }): Promise<void> {
  await tx.updateTable('cases').set(patch).where('id', '=', id).execute()
}

/** A case by its id, without a lock. */
export async function caseById(db: Kysely<Tables>, id: string): Promise<CaseRow | undefined> {
  return db.selectFrom('cases').selectAll().where('id', '=', id).executeTakeFirst()
}

/** By what people type: `#12`, `12`, or the id. */
export async function caseByRef(db: Kysely<Tables>, ref: string): Promise<CaseRow | undefined> {
  const number = /^#?(\d{1,15})$/.exec(ref.trim())?.[1]
  return number
    ? db.selectFrom('cases').selectAll().where('number', '=', Number(number)).executeTakeFirst()
    : caseById(db, ref.trim().toLowerCase())
}

/** Pointers that are followed one after another at most; a merge makes each lead to its end at once, so one is usual. */
const longestChain = 16

/** Where the conversation of a case is now: in itself, or in the case that it was merged into. */
export async function followMerge(db: Kysely<Tables>, row: CaseRow): Promise<CaseRow> {
  let at = row
  for (let i = 0; at.merged_into !== null && i < longestChain; i++) {
    const next = await caseById(db, at.merged_into)
    if (!next) break
    at = next
  }
  return at
}

/** The cases that point to a case, oldest first. */
export async function mergedInto(db: Kysely<Tables>, caseId: string): Promise<readonly CaseRow[]> {
  return db.selectFrom('cases').selectAll().where('merged_into', '=', caseId).orderBy('number').execute()
}

/** What stands in the timeline of a case by its place and goes along when the timeline moves; events stay. */
const timelineTables = ['messages', 'notes', 'notices'] as const

/** Gives everything in the timeline of a case but its events to another one, `offset` places further on. */
export async function moveTimeline(tx: Tx, from: string, to: string, offset: number): Promise<void> {
  for (const table of timelineTables)
    await tx
      .updateTable(table)
      .set((eb) => ({ case_id: to, seq: eb('seq', '+', offset) }))
      .where('case_id', '=', from)
      .execute()
}

/** Takes back what `moveTimeline` gave: whatever still stands at one of the places from `offset` (exclusive) to `last` goes to its old one. */
export async function moveTimelineBack(tx: Tx, from: string, to: string, offset: number, last: number): Promise<void> {
  for (const table of timelineTables)
    await tx
      .updateTable(table)
      .set((eb) => ({ case_id: to, seq: eb('seq', '-', offset) }))
      .where('case_id', '=', from)
      .where('seq', '>', offset)
      .where('seq', '<=', last)
      .execute()
}

/** Somebody in copy of a case. */
export interface Person {
  readonly address: string
  readonly name: string
  readonly role: CasePersonTable['role']
}

/** People in copy, in the order in which they were added. */
export async function peopleOf(db: Kysely<Tables>, caseId: string): Promise<readonly Person[]> {
  return db
    .selectFrom('case_people')
    .select(['address', 'name', 'role'])
    .where('case_id', '=', caseId)
    .orderBy('added_at')
    .orderBy('address')
    .execute()
}

/** Makes the list of one role exactly `people`. Addresses are compared in lower case. */
export async function setPeople(
  tx: Tx,
  caseId: string,
  role: Person['role'],
  people: readonly Omit<Person, 'role'>[],
  now: number,
): Promise<void> {
  await tx.deleteFrom('case_people').where('case_id', '=', caseId).where('role', '=', role).execute()
  await addPeople(tx, caseId, role, people, now)
}

/** Adds people in the order given; who is there already keeps his place and name, and gets this role. */
export async function addPeople(
  tx: Tx,
  caseId: string,
  role: Person['role'],
  people: readonly Omit<Person, 'role'>[],
  now: number,
): Promise<void> {
  let at = now
  for (const p of people) {
    await tx
      .insertInto('case_people')
      .values({ case_id: caseId, address: p.address.toLowerCase(), name: p.name, role, added_at: at++ })
      .onConflict((c) => c.columns(['case_id', 'address']).doUpdateSet({ role }))
      .execute()
  }
}

/** Tags of a case in alphabetical order. */
export async function tagsOf(db: Kysely<Tables>, caseId: string): Promise<readonly string[]> {
  const rows = await db.selectFrom('case_tags').select('tag').where('case_id', '=', caseId).orderBy('tag').execute()
  return rows.map((r) => r.tag)
}

/** Returns the tags that were new. */
export async function addTags(tx: Tx, caseId: string, tags: readonly string[]): Promise<readonly string[]> {
  if (tags.length === 0) return []
  const rows = await tx
    .insertInto('case_tags')
    .values([...new Set(tags)].sort().map((tag) => ({ case_id: caseId, tag })))
    .onConflict((c) => c.doNothing())
    .returning('tag')
    .execute()
  return rows.map((r) => r.tag)
}

/** Returns the tags that were there. */
export async function removeTags(tx: Tx, caseId: string, tags: readonly string[]): Promise<readonly string[]> {
  if (tags.length === 0) return []
  const rows = await tx
    .deleteFrom('case_tags')
    .where('case_id', '=', caseId)
    .where('tag', 'in', [...tags])
    .returning('tag')
    .execute()
  return rows.map((r) => r.tag)
}

/** Links two cases, seen from each side. */
export async function linkCases(tx: Tx, a: string, kindOfB: string, b: string, kindOfA: string, now: number): Promise<void> {
  await tx
    .insertInto('case_links')
    .values([
      { case_id: a, other_id: b, kind: kindOfB, created_at: now },
      { case_id: b, other_id: a, kind: kindOfA, created_at: now },
    ])
    .onConflict((c) => c.doNothing())
    .execute()
}

/** Removes all links between two cases, in both directions. */
export async function unlinkCases(tx: Tx, a: string, b: string): Promise<void> {
  await tx
    .deleteFrom('case_links')
    .where((eb) =>
      eb.or([eb.and([eb('case_id', '=', a), eb('other_id', '=', b)]), eb.and([eb('case_id', '=', b), eb('other_id', '=', a)])]),
    )
    .execute()
}

/** The cases that a case is linked with and what each is to it, oldest link first. */
export async function linksOf(
  db: Kysely<Tables>,
  caseId: string,
): Promise<readonly { readonly other_id: string; readonly kind: string }[]> {
  return db.selectFrom('case_links').select(['other_id', 'kind']).where('case_id', '=', caseId).orderBy('created_at').execute()
}

/** Tags of several cases, each list in order; a case without tags has an empty one. */
export async function tagsOfCases(db: Kysely<Tables>, caseIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const tags = new Map<string, string[]>(caseIds.map((id) => [id, []]))
  if (caseIds.length === 0) return tags
  const rows = await db
    .selectFrom('case_tags')
    .selectAll()
    .where('case_id', 'in', [...caseIds])
    .orderBy('tag')
    .execute()
  for (const row of rows) tags.get(row.case_id)?.push(row.tag)
  return tags
}
