// Takes a case out of the database with everything of it: one case a transaction, whose lock the caller holds.
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { deleteBlobs } from './blobs.ts'
import type { SendState, Tables } from './tables.ts'

/** Mail that may still leave keeps its case. */
const unfinished: readonly SendState[] = ['queued', 'sending', 'held', 'unknown']

/** What goes with a case. */
export interface CaseContents {
  readonly messages: number
  readonly files: number
  readonly notes: number
  /** Mails that were accepted into it. */
  readonly acceptedMails: number
  /** Records of mails that left. */
  readonly outgoingMails: number
  readonly events: number
  /** Mails of it that may still be sent: until they have, or are cancelled, it is not deleted. */
  readonly leaving: number
}

/** Counts what `deleteCase` would take. */
export async function contentsOfCase(db: Kysely<Tables>, id: string): Promise<CaseContents> {
  const count = async (query: Promise<{ readonly n: number | string | bigint } | undefined>): Promise<number> =>
    Number((await query)?.n ?? 0)
  const all = sql<number>`count(*)`.as('n')
  const own = <T extends 'messages' | 'notes' | 'inbound' | 'outbox' | 'events'>(table: T): Promise<number> =>
    // These tables have the column in common.
    count(
      db
        .selectFrom(table as 'messages')
        .select(all)
        .where('case_id', '=', id)
        .executeTakeFirst(),
    )
  return {
    messages: await own('messages'),
    files: await count(
      db
        .selectFrom('attachments')
        .innerJoin('messages', 'messages.id', 'attachments.message_id')
        .select(all)
        .where('messages.case_id', '=', id)
        .executeTakeFirst(),
    ),
    notes: await own('notes'),
    acceptedMails: await own('inbound'),
    outgoingMails: await own('outbox'),
    events: await own('events'),
    leaving: await count(
      db
        .selectFrom('outbox')
        .innerJoin('outbox_recipients', 'outbox_recipients.outbox_id', 'outbox.id')
        .select(all)
        .where('outbox.case_id', '=', id)
        .where('outbox_recipients.state', 'in', unfinished)
        .executeTakeFirst(),
    ),
  }
}

/**
 * Deletes its rows, and the bytes that nothing else refers to; tables of plugins that refer to a case by a foreign key go along. `now`: ms UTC.
 * `stays`: puts back what is to stay of it, before its bytes are looked at; its events then stay as well.
 */
export async function deleteCase(db: Kysely<Tables>, id: string, now: number, stays?: () => Promise<void>): Promise<void> {
  const blobs = await blobsOf(db, id)
  await db.deleteFrom('outbox').where('case_id', '=', id).execute()
  await db.deleteFrom('inbound').where('case_id', '=', id).where('state', 'in', ['done', 'dropped']).execute()
  if (!stays) await db.deleteFrom('events').where('case_id', '=', id).execute()
  await db.deleteFrom('case_links').where('other_id', '=', id).execute()
  await db.deleteFrom('cases').where('id', '=', id).execute()
  await stays?.()
  const others = blobs.length > 0 ? await tablesWithBlobs(db) : []
  for (const blob of blobs) if (!(await isNeeded(db, blob, others))) await deleteBlobs(db, [blob.id], now)
}

/** Bytes that a case refers to; `hash` of a raw mail. */
interface Bytes {
  readonly id: string
  readonly hash: string | null
}

/** Raw mails of the case, and files that were stored for its messages. */
async function blobsOf(db: Kysely<Tables>, id: string): Promise<readonly Bytes[]> {
  const mails = await db.selectFrom('inbound').select(['raw_id as blob', 'hash']).where('case_id', '=', id).execute()
  const messages = await db.selectFrom('messages').select(['raw_id as blob', 'raw_hash as hash']).where('case_id', '=', id).execute()
  const files = await db
    .selectFrom('attachments')
    .innerJoin('messages', 'messages.id', 'attachments.message_id')
    .select('attachments.blob_id as blob')
    .where('messages.case_id', '=', id)
    .execute()
  const found = new Map<string, string | null>()
  for (const { blob } of files) if (blob !== null) found.set(blob, null)
  for (const { blob, hash } of [...messages, ...mails]) if (blob !== null) found.set(blob, hash)
  return [...found].map(([blob, hash]) => ({ id: blob, hash }))
}

/** Tables that are asked by an index, raw mail by its hash; and the one that says where bytes lie. */
const indexed = new Set(['inbound', 'messages', 'attachments', 'blob_places'])

/** Whether anything else refers to these bytes: another recipient of the same mail, another case, a plugin's own file, a mail that may still leave. */
async function isNeeded(db: Kysely<Tables>, { id, hash }: Bytes, others: readonly string[]): Promise<boolean> {
  const mail =
    hash === null
      ? undefined
      : await db.selectFrom('inbound').select('id').where('hash', '=', hash).where('raw_id', '=', id).executeTakeFirst()
  const message = await db.selectFrom('messages').select('id').where('raw_id', '=', id).executeTakeFirst()
  const file = await db.selectFrom('attachments').select('id').where('blob_id', '=', id).executeTakeFirst()
  if (mail ?? message ?? file) return true
  // These tables are known by their names only.
  const any = db as unknown as Kysely<Record<string, Record<string, unknown>>>
  for (const table of others)
    if (await any.selectFrom(table).select('blob_id').where('blob_id', '=', id).limit(1).executeTakeFirst()) return true
  const leaves = await db
    .selectFrom('outbox')
    .select('outbox.id')
    .where('id', 'in', (eb) => eb.selectFrom('outbox_recipients').select('outbox_id').where('state', 'in', unfinished))
    .where('segments', 'like', `%"blob":"${id}"%`)
    .limit(1)
    .executeTakeFirst()
  return leaves !== undefined
}

/** Tables besides those of mail that refer to bytes: uploads, files of plugins. */
async function tablesWithBlobs(db: Kysely<Tables>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables()
  return tables.filter((t) => !t.isView && !indexed.has(t.name) && t.columns.some((c) => c.name === 'blob_id')).map((t) => t.name)
}

/** Which cases of a status are meant; what is left out or empty leaves nobody out. */
export interface PastFilter {
  /** Ids of mailboxes. */
  readonly mailboxes?: readonly string[]
  /** With any of these tags. */
  readonly tags?: readonly string[]
  /** With none of these. */
  readonly without?: readonly string[]
  /** Leaves out what has been anonymised. */
  readonly named?: boolean
}

/** Cases whose time has come: in this status since before `before`, without the tag that holds them; oldest ids first, after `after`. */
export async function casesPast(
  db: Kysely<Tables>,
  status: 'spam' | 'trash' | 'closed',
  before: number,
  after: string,
  limit: number,
  { mailboxes = [], tags = [], without = [], named = false }: PastFilter = {},
): Promise<readonly string[]> {
  const tagged = (some: readonly string[]) => db.selectFrom('case_tags').select('case_id').where('tag', 'in', some)
  const rows = await db
    .selectFrom('cases')
    .select('id')
    .where('status', '=', status)
    .where('status_at', '<', before)
    .where('updated_at', '<', before)
    .where('id', '>', after)
    .where('id', 'not in', tagged([keepTag, ...without]))
    .$if(tags.length > 0, (q) => q.where('id', 'in', tagged(tags)))
    .$if(mailboxes.length > 0, (q) => q.where('mailbox', 'in', mailboxes))
    .$if(named, (q) => q.where('requester_address', '!=', nobody))
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((r) => r.id)
}

/** The address of every requester who was taken out of his case. */
export const nobody = 'anonymised@anonymised.invalid'

/** A case with this tag is never deleted: a legal hold. */
export const keepTag = 'keep'
