// Notes (internal) and notices (raised for agents, with actions and an end).
import type { Insertable, Kysely } from 'kysely'
import type { NoteRow, NoteTable, NoticeRow, NoticeTable, Tables, Tx } from './tables.ts'

/** Writes a note; its place in the timeline was given by the caller. */
export async function insertNote(tx: Tx, note: Insertable<NoteTable>): Promise<NoteRow> {
  return tx.insertInto('notes').values(note).returningAll().executeTakeFirstOrThrow()
}

/** Notes of a case in the order of its timeline. */
export async function notesOf(db: Kysely<Tables>, caseId: string): Promise<readonly NoteRow[]> {
  return db.selectFrom('notes').selectAll().where('case_id', '=', caseId).orderBy('seq').execute()
}

/** A note by its id. */
export async function noteById(db: Kysely<Tables>, id: string): Promise<NoteRow | undefined> {
  return db.selectFrom('notes').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Changes text or data of a note; what is left out stays. Throws for an unknown id. */
export async function updateNote(tx: Tx, id: string, patch: { readonly text?: string; readonly data?: string }): Promise<NoteRow> {
  return tx
    .updateTable('notes')
    .set((eb) => ({ ...patch, id: eb.ref('id') }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Writes a notice; its place in the timeline was given by the caller. */
export async function insertNotice(tx: Tx, notice: Insertable<NoticeTable>): Promise<NoticeRow> {
  return tx.insertInto('notices').values(notice).returningAll().executeTakeFirstOrThrow()
}

/** A notice by its id, open or ended. */
export async function noticeById(db: Kysely<Tables>, id: string): Promise<NoticeRow | undefined> {
  return db.selectFrom('notices').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Notices of a case in the order of its timeline, all or those in one state. */
export async function noticesOf(db: Kysely<Tables>, caseId: string, state?: NoticeTable['state']): Promise<readonly NoticeRow[]> {
  const q = db.selectFrom('notices').selectAll().where('case_id', '=', caseId).orderBy('seq')
  return state ? q.where('state', '=', state).execute() : q.execute()
}

/** How a notice ends: by which of its actions, if by one, by whom, and when (ms UTC). */
export interface NoticeEnd {
  readonly state: Exclude<NoticeTable['state'], 'open'>
  readonly action?: string
  readonly by: string
  readonly at: number
}

/** Ends an open notice; undefined if it was not open any more (somebody else was first). */
export async function endNotice(tx: Tx, id: string, end: NoticeEnd): Promise<NoticeRow | undefined> {
  return tx
    .updateTable('notices')
    .set({ state: end.state, taken_action: end.action ?? null, resolved_by: end.by, resolved_at: end.at })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .returningAll()
    .executeTakeFirst()
}

/** Opens a notice again (undo). */
export async function reopenNotice(tx: Tx, id: string): Promise<NoticeRow | undefined> {
  return tx
    .updateTable('notices')
    .set({ state: 'open', taken_action: null, resolved_by: null, resolved_at: null })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
}

/** Puts a note into another case, at this place of its timeline. Throws for an unknown id. */
export async function moveNote(tx: Tx, id: string, caseId: string, seq: number): Promise<NoteRow> {
  return tx.updateTable('notes').set({ case_id: caseId, seq }).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** Puts a notice into another case, at this place of its timeline. Throws for an unknown id. */
export async function moveNotice(tx: Tx, id: string, caseId: string, seq: number): Promise<NoticeRow> {
  return tx.updateTable('notices').set({ case_id: caseId, seq }).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** The open notices about a message, for a case that it goes to; they keep their numbers. */
export async function moveOpenNotices(tx: Tx, messageId: string, toCaseId: string): Promise<void> {
  await tx.updateTable('notices').set({ case_id: toCaseId }).where('message_id', '=', messageId).where('state', '=', 'open').execute()
}

/** Open notices of these mailboxes (null: of all), in the order of their making; `after`: id of the last one of the page before. */
export async function openNotices(
  db: Kysely<Tables>,
  filter: { readonly mailboxes: readonly string[] | null; readonly after?: string; readonly limit: number },
): Promise<readonly NoticeRow[]> {
  if (filter.mailboxes?.length === 0) return []
  let q = db
    .selectFrom('notices')
    .innerJoin('cases', 'cases.id', 'notices.case_id')
    .selectAll('notices')
    .where('notices.state', '=', 'open')
    .orderBy('notices.id')
    .limit(filter.limit)
  if (filter.after !== undefined) q = q.where('notices.id', '>', filter.after)
  if (filter.mailboxes) q = q.where('cases.mailbox', 'in', [...filter.mailboxes])
  return q.execute()
}
