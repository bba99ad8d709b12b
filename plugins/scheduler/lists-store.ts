// Queries for lists of planned reopens and deferred messages, and for finding cases by them.
import type { Kysely } from 'kysely'
import type { Tables } from '../../core/plugin.ts'

/** Cases with planned reopens, one row for each. */
export function reopens(db: Kysely<Tables>) {
  return db.selectFrom('scheduler_reopens').select('scheduler_reopens.case_id').where('scheduler_reopens.state', '=', 'planned')
}

/** Cases with deferred messages, one row for each; by the message's case: a message may have been split off. */
export function deferred(db: Kysely<Tables>) {
  return db
    .selectFrom('scheduler_deferred')
    .innerJoin('messages', 'messages.id', 'scheduler_deferred.message_id')
    .select('messages.case_id')
    .where('scheduler_deferred.state', '=', 'planned')
    .where('scheduler_deferred.kind', '=', 'deferred')
}

/** All reopens for the command line, the next one first. */
export async function reopenRows(db: Kysely<Tables>) {
  return db
    .selectFrom('scheduler_reopens as r')
    .innerJoin('cases', 'cases.id', 'r.case_id')
    .select(['r.id', 'r.case_id', 'cases.number', 'r.state', 'r.due_at', 'r.owner as agent', 'r.note as text'])
    .orderBy('r.due_at')
    .execute()
}

/** All deferred messages for the command line, the next one first. */
export async function deferredRows(db: Kysely<Tables>) {
  return db
    .selectFrom('scheduler_deferred as d')
    .innerJoin('messages', 'messages.id', 'd.message_id')
    .innerJoin('cases', 'cases.id', 'messages.case_id')
    .select(['d.message_id as id', 'messages.case_id', 'cases.number', 'd.state', 'd.due_at', 'messages.agent', 'messages.text'])
    .orderBy('d.due_at')
    .execute()
}

/** Id of a case by what people type: `#12`, `12`, or the id. */
export async function caseIdOf(db: Kysely<Tables>, ref: string): Promise<string | undefined> {
  const number = /^#?(\d{1,15})$/.exec(ref)?.[1]
  const row = await db
    .selectFrom('cases')
    .select('id')
    .where(number === undefined ? 'id' : 'number', '=', number === undefined ? ref.toLowerCase() : Number(number))
    .executeTakeFirst()
  return row?.id
}

/** One page of a list, in the order of times. */
export interface PlanPage<State extends string> {
  /** null: of all cases. */
  readonly caseId: string | null
  /** null: of all mailboxes. */
  readonly mailboxes: readonly string[] | null
  /** Behind this one. */
  readonly after: { readonly key: number | null; readonly id: string } | null
  readonly state: State | 'all'
  readonly limit: number
}

/** Reopens of a page. */
export async function reopenPage(db: Kysely<Tables>, page: PlanPage<Tables['scheduler_reopens']['state']>) {
  const { after, state } = page
  let q = db
    .selectFrom('scheduler_reopens')
    .innerJoin('cases', 'cases.id', 'scheduler_reopens.case_id')
    .selectAll('scheduler_reopens')
    .orderBy('due_at')
    .orderBy('scheduler_reopens.id')
    .limit(page.limit)
  if (page.caseId !== null) q = q.where('case_id', '=', page.caseId)
  if (page.mailboxes) q = q.where('cases.mailbox', 'in', [...page.mailboxes])
  if (after)
    q = q.where((eb) =>
      eb.or([eb('due_at', '>', after.key), eb.and([eb('due_at', '=', after.key), eb('scheduler_reopens.id', '>', after.id)])]),
    )
  if (state !== 'all') q = q.where('state', '=', state)
  return q.execute()
}

/** Deferred messages of a page, with what they say. */
export async function deferredPage(db: Kysely<Tables>, page: PlanPage<Tables['scheduler_deferred']['state']>) {
  const { after, state } = page
  let q = db
    .selectFrom('scheduler_deferred')
    .innerJoin('messages', 'messages.id', 'scheduler_deferred.message_id')
    .innerJoin('cases', 'cases.id', 'messages.case_id')
    .selectAll('scheduler_deferred')
    .select(['messages.case_id', 'messages.agent', 'messages.subject', 'messages.text'])
    .orderBy('due_at')
    .orderBy('message_id')
    .limit(page.limit)
  if (page.caseId !== null) q = q.where('messages.case_id', '=', page.caseId)
  if (page.mailboxes) q = q.where('cases.mailbox', 'in', [...page.mailboxes])
  if (after)
    q = q.where((eb) => eb.or([eb('due_at', '>', after.key), eb.and([eb('due_at', '=', after.key), eb('message_id', '>', after.id)])]))
  if (state !== 'all') q = q.where('scheduler_deferred.state', '=', state)
  return q.execute()
}

/** A reopen with the people whom its note mentions (`agent:ID` or `group:ID`). Throws where there is none. */
export async function reopenWithMentions(db: Kysely<Tables>, id: string) {
  const row = await db.selectFrom('scheduler_reopens').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const mentions = await db.selectFrom('scheduler_mentions').select('who').where('reopen_id', '=', id).orderBy('who').execute()
  return { row, mentions: mentions.map((m) => m.who) }
}

/** A deferred message with its subject, agent, data and the names of its files. Throws where there is none. */
export async function deferredWithFiles(db: Kysely<Tables>, messageId: string) {
  const row = await db
    .selectFrom('scheduler_deferred')
    .innerJoin('messages', 'messages.id', 'message_id')
    .selectAll('scheduler_deferred')
    .select(['messages.subject', 'messages.data', 'messages.agent'])
    .where('message_id', '=', messageId)
    .executeTakeFirstOrThrow()
  const files = await db.selectFrom('attachments').select('filename').where('message_id', '=', messageId).orderBy('position').execute()
  return { row, files: files.map((f) => f.filename) }
}
