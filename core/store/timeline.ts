// The timeline of a case page by page: messages, notes, notices and events share one sequence, so a page costs its length and not the case's.
import { sql } from 'kysely'
import type { Kysely, SelectQueryBuilder } from 'kysely'
import type { EventRow, MessageRow, NoteRow, NoticeRow, NoticeTable, Tables } from './tables.ts'

/** Which part of a timeline is read. */
export interface TimelinePage {
  readonly direction: 'asc' | 'desc'
  readonly limit: number
  /** The last entry of the page before. */
  readonly after?: { readonly seq: number; readonly id: string }
}

/** One entry of a timeline: its place, and its row by what it is. */
export type TimelineEntry = { readonly seq: number; readonly id: string } & (
  | { readonly what: 'message'; readonly row: MessageRow }
  | { readonly what: 'note'; readonly row: NoteRow }
  | { readonly what: 'notice'; readonly row: NoticeRow }
  | { readonly what: 'event'; readonly row: EventRow }
)

/** Everything of a case in its order; `events`: what happened as well. */
export async function timelineOf(
  db: Kysely<Tables>,
  caseId: string,
  page: TimelinePage,
  events: boolean,
): Promise<readonly TimelineEntry[]> {
  const found: TimelineEntry[] = [
    ...(await messagePage(db, caseId, page)).map((row): TimelineEntry => ({ seq: row.seq, id: row.id, what: 'message', row })),
    ...(await notePage(db, caseId, page)).map((row): TimelineEntry => ({ seq: row.seq, id: row.id, what: 'note', row })),
    ...(await noticePage(db, caseId, page)).map((row): TimelineEntry => ({ seq: row.seq, id: row.id, what: 'notice', row })),
    ...(events ? await eventPage(db, caseId, page) : []).map((row): TimelineEntry => ({
      seq: row.case_seq ?? 0,
      id: row.id,
      what: 'event',
      row,
    })),
  ]
  const sign = page.direction === 'desc' ? -1 : 1
  return found.sort((a, b) => sign * (a.seq - b.seq || (a.id < b.id ? -1 : 1))).slice(0, page.limit)
}

/** Messages of a case along its timeline, those in one `state` or all. */
export async function messagePage(db: Kysely<Tables>, caseId: string, page: TimelinePage, state?: string): Promise<readonly MessageRow[]> {
  const q = db.selectFrom('messages').selectAll().where('case_id', '=', caseId)
  return sliced(state === undefined ? q : q.where('state', '=', state), 'seq', page).execute()
}

/** Notes of a case along its timeline. */
export async function notePage(db: Kysely<Tables>, caseId: string, page: TimelinePage): Promise<readonly NoteRow[]> {
  return sliced(db.selectFrom('notes').selectAll().where('case_id', '=', caseId), 'seq', page).execute()
}

/** Notices of a case along its timeline, those in one `state` or all. */
export async function noticePage(
  db: Kysely<Tables>,
  caseId: string,
  page: TimelinePage,
  state?: NoticeTable['state'],
): Promise<readonly NoticeRow[]> {
  const q = db.selectFrom('notices').selectAll().where('case_id', '=', caseId)
  return sliced(state === undefined ? q : q.where('state', '=', state), 'seq', page).execute()
}

async function eventPage(db: Kysely<Tables>, caseId: string, page: TimelinePage): Promise<readonly EventRow[]> {
  return sliced(db.selectFrom('events').selectAll().where('case_id', '=', caseId), 'case_seq', page).execute()
}

/** Along the index (case_id, place). A number is given once in a case; the id decides where an undone split has put one back. */
function sliced<TB extends keyof Tables, O>(
  q: SelectQueryBuilder<Tables, TB, O>,
  place: 'seq' | 'case_seq',
  { direction, limit, after }: TimelinePage,
): SelectQueryBuilder<Tables, TB, O> {
  const [at, id] = [sql.ref<number>(place), sql.ref<string>('id')]
  const [reaches, beyond] = direction === 'desc' ? [sql`<=`, sql`<`] : [sql`>=`, sql`>`]
  // Written so that the index bounds the search; an `or` alone would be read as two lists to sort.
  const rest = after
    ? q.where(sql<boolean>`${at} ${reaches} ${after.seq} and (${at} ${beyond} ${after.seq} or ${id} ${beyond} ${after.id})`)
    : q
  return rest.orderBy(at, direction).orderBy(id, direction).limit(limit)
}
