// Takes everything out of a case that says whose it was or what was said: what happened when, by whom of us and with which tags stays, for counting.
import type { Kysely } from 'kysely'
import { batchesOf } from '../base/batches.ts'
import { deleteCase, nobody } from './delete-case.ts'
import type { MessageRow, Tables } from './tables.ts'

/** What stands in the place of words. */
const removed = '[removed]'

/**
 * The case is deleted and comes back as its own outline (same id and number), so that whatever refers to it by a foreign key goes. Its lock is
 * held by the caller. `now`: ms UTC.
 */
export async function anonymiseCase(db: Kysely<Tables>, id: string, now: number): Promise<void> {
  const row = await db.selectFrom('cases').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const messages = await db.selectFrom('messages').selectAll().where('case_id', '=', id).orderBy('seq').execute()
  const tags = await db.selectFrom('case_tags').selectAll().where('case_id', '=', id).execute()
  const links = await db
    .selectFrom('case_links')
    .selectAll()
    .where((eb) => eb.or([eb('case_id', '=', id), eb('other_id', '=', id)]))
    .execute()
  await deleteCase(db, id, now, async () => {
    await db
      .insertInto('cases')
      .values({
        ...row,
        requester_address: nobody,
        requester_name: '',
        subject: removed,
        custom: '{}',
        version: row.version + 1,
        updated_at: now,
      })
      .execute()
    for (const some of batchesOf(messages.map(outlineOf)))
      await db
        .insertInto('messages')
        .values([...some])
        .execute()
    if (tags.length > 0) await db.insertInto('case_tags').values(tags).execute()
    if (links.length > 0) await db.insertInto('case_links').values(links).execute()
  })
  await emptyEvents(db, id)
}

/** A message without its words, files and people outside. */
function outlineOf(m: MessageRow): MessageRow {
  return {
    ...m,
    ...(m.author === 'customer' && { author_address: nobody, author_name: '' }),
    ...{ subject: removed, text: removed, html: null, quoted: '', signature: '' },
    ...{ header_id: null, in_reply_to: '[]', reference_ids: '[]', evidence: '[]', warnings: '[]', data: '{}' },
    recipients: '{"from":[],"to":[],"cc":[],"bcc":[],"replyTo":[]}',
    ...{ raw_id: null, raw_hash: null, inbound_id: null },
  }
}

/** Events that tell what a person wrote or chose. */
const words: readonly string[] = ['case.subject_changed', 'case.custom_changed']

/** Of the events, ids, kinds and counts stay; every other text goes. */
async function emptyEvents(db: Kysely<Tables>, id: string): Promise<void> {
  const rows = await db.selectFrom('events').select(['id', 'type', 'data', 'origin']).where('case_id', '=', id).execute()
  for (const { id: event, type, data, origin } of rows) {
    const left = JSON.stringify(emptied(JSON.parse(data), words.includes(type)))
    const who = JSON.stringify(emptied(JSON.parse(origin), false))
    if (left !== data || who !== origin) await db.updateTable('events').set({ data: left, origin: who }).where('id', '=', event).execute()
  }
}

function emptied(value: unknown, all: boolean): unknown {
  if (typeof value === 'string') return !all && /^[a-z0-9][a-z0-9_.:-]{0,63}$/.test(value) ? value : removed
  if (Array.isArray(value)) return value.map((one) => emptied(one, all))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, emptied(one, all)]))
}
