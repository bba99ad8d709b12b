// Takes a person out of the database: the second half of `forget`. What others wrote stays readable, without his address and name.
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { batchesOf } from '../base/batches.ts'
import { PosternError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import { withoutTag } from '../mail/address.ts'
import { forgottenStamp, stampAutomatic } from './automatic.ts'
import { deleteBlobs } from './blobs.ts'
import type { Database } from './database.ts'
import { addressForms, addressPattern, escaped } from './person.ts'
import type { Footprint } from './person.ts'
import type { Tables } from './tables.ts'

/** What stands in the place of his words. */
const removed = '[removed]'

/**
 * Inside a transaction that has locked the person's cases; the number of texts that were changed besides what was removed.
 * `standIn` is the address that his cases have from now on.
 */
export async function forgetPerson(
  tx: Kysely<Tables>,
  kind: Database['kind'],
  ids: Ids,
  now: number,
  person: Footprint,
  standIn: string,
): Promise<number> {
  await inBatches(person.outbox, (some) => tx.deleteFrom('outbox').where('id', 'in', some).execute())
  await inBatches(person.inbound, async (some) => {
    await tx
      .deleteFrom('jobs')
      .where(
        'key',
        'in',
        some.map((id) => `intake:${id}`),
      )
      .execute()
    await tx.deleteFrom('inbound').where('id', 'in', some).execute()
  })
  await removeWords(tx, person, standIn)
  await removeBytes(tx, ids, person, now)
  await inBatches(person.requested, async (some) => {
    await tx
      .updateTable('cases')
      .set({ requester_address: standIn, requester_name: '', subject: removed, custom: '{}', updated_at: now })
      .where('id', 'in', some)
      .execute()
    await tx
      .updateTable('cases')
      .set((eb) => ({ previous_status: eb.ref('status'), status: 'closed', status_at: now }))
      .where('id', 'in', some)
      .where('status', 'in', ['open', 'waiting'])
      .execute()
    await tx
      .updateTable('events')
      .set({ data: JSON.stringify({ from: removed, to: removed }) })
      .where('case_id', 'in', some)
      .where('type', '=', 'case.subject_changed')
      .execute()
  })
  const { address } = person
  const is = (column: string) => sql<boolean>`lower(${sql.ref(column)}) = ${address}`
  await tx.deleteFrom('case_people').where(is('address')).execute()
  await tx.deleteFrom('thread_keys').where(is('recipient')).execute()
  // Those are counted without the tag.
  await tx
    .deleteFrom('sent_automatic')
    .where('recipient', 'in', [address, withoutTag(address)])
    .execute()
  await tx.deleteFrom('suppressions').where(is('address')).execute()
  if (kind === 'sqlite') await stampAutomatic(tx, forgottenStamp)
  return scrub(kind, tx, person, standIn)
}

/** His messages become empty; what others quoted in these cases goes too. */
async function removeWords(tx: Kysely<Tables>, person: Footprint, standIn: string): Promise<void> {
  await inBatches(person.messages, async (some) => {
    await tx.deleteFrom('attachments').where('message_id', 'in', some).execute()
    await tx.deleteFrom('thread_keys').where('message_id', 'in', some).execute()
    await tx
      .updateTable('messages')
      .set({
        ...{ author_address: standIn, author_name: '', subject: removed, text: removed, html: null, quoted: '', signature: '' },
        ...{
          header_id: null,
          in_reply_to: '[]',
          reference_ids: '[]',
          recipients: '{"from":[],"to":[],"cc":[],"bcc":[],"replyTo":[]}',
          evidence: '[]',
          warnings: '[]',
          data: '{}',
        },
        ...{ raw_id: null, raw_hash: null, inbound_id: null },
      })
      .where('id', 'in', some)
      .execute()
    await tx.updateTable('notes').set({ text: removed, data: '{}' }).where('message_id', 'in', some).execute()
    await tx.updateTable('notices').set({ data: '{}' }).where('message_id', 'in', some).execute()
  })
  await inBatches(person.cases, async (some) => {
    await tx.updateTable('messages').set({ quoted: '' }).where('case_id', 'in', some).execute()
    await tx
      .updateTable('messages')
      .set({ subject: removed })
      .where(
        'case_id',
        'in',
        some.filter((id) => person.requested.includes(id)),
      )
      .execute()
    // A mail of his that proved nothing was kept as a note.
    const notes = await tx
      .selectFrom('notes')
      .select(['id', 'text', 'data'])
      .where('case_id', 'in', some)
      .where('author', '=', 'customer')
      .execute()
    const his = notes.filter((n) => addressPattern(person.address).test(n.text + n.data))
    await inBatches(
      his.map((n) => n.id),
      (some) => tx.updateTable('notes').set({ text: removed, data: '{}' }).where('id', 'in', some).execute(),
    )
  })
}

/** Files that others sent along in a mail which names him are put into blobs of their own before the mail goes. */
async function removeBytes(tx: Kysely<Tables>, ids: Ids, person: Footprint, now: number): Promise<void> {
  await inBatches(person.blobs, async (some) => {
    const files = await tx
      .selectFrom('attachments')
      .select(['id', 'blob_id', 'start_at', 'end_at'])
      .where('blob_id', 'in', some)
      .orderBy('blob_id')
      .execute()
    for (const file of files) {
      const blob = await tx.selectFrom('blobs').select(['bytes', 'size']).where('id', '=', file.blob_id).executeTakeFirst()
      if (blob && blob.bytes.byteLength !== blob.size)
        throw new PosternError('too_busy', 'a stored mail has just been moved out of the database; run it again')
      const bytes = blob?.bytes.subarray(file.start_at, file.end_at)
      // A whole mail attached (a degraded one) names him too.
      const own = bytes && Buffer.from(bytes).toString('utf8').search(addressPattern(person.address)) < 0 ? ids.next() : null
      if (own !== null && bytes)
        await tx
          .insertInto('blobs')
          .values({ id: own, bytes, size: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex'), created_at: now })
          .execute()
      await tx
        .updateTable('attachments')
        .set({ blob_id: own, start_at: 0, end_at: bytes?.byteLength ?? 0 })
        .where('id', '=', file.id)
        .execute()
    }
    await tx.updateTable('messages').set({ raw_id: null }).where('raw_id', 'in', some).execute()
    await tx.updateTable('inbound').set({ raw_id: null }).where('raw_id', 'in', some).where('state', 'in', ['done', 'dropped']).execute()
    await deleteBlobs(tx, some, now)
  })
}

async function inBatches(ids: readonly string[], work: (some: readonly string[]) => Promise<unknown>): Promise<void> {
  for (const some of batchesOf(ids)) await work(some)
}

/** Every text column of every table, plugins' own included: his address anywhere, his names and Message-IDs in his cases. */
async function scrub(kind: Database['kind'], tx: Kysely<Tables>, person: Footprint, standIn: string): Promise<number> {
  // The tables are known by their names only.
  const db = tx as unknown as Kysely<Record<string, Record<string, unknown>>>
  const contains = (column: string, text: string) =>
    kind === 'sqlite'
      ? sql<boolean>`instr(lower(${sql.ref(column)}), ${text}) > 0`
      : sql<boolean>`strpos(lower(${sql.ref(column)}), ${text}) > 0`
  const pattern = addressPattern(person.address)
  const names = [...person.names, ...person.headerIds].flatMap((name) => [name, JSON.stringify(name).slice(1, -1)])
  const namePattern = names.length > 0 ? new RegExp(names.map(escaped).join('|'), 'giu') : null
  let changed = 0
  for (const table of await tx.introspection.getTables()) {
    const texts = table.columns.filter((c) => /text|char/i.test(c.dataType)).map((c) => c.name)
    const caseColumn = table.name === 'cases' ? 'id' : texts.includes('case_id') ? 'case_id' : null
    for (const column of texts) {
      const put = async (old: string, next: string): Promise<void> => {
        if (old === next) return
        await db
          .updateTable(table.name)
          .set({ [column]: next })
          .where(column, '=', old)
          .execute()
        changed += 1
      }
      const found = new Set<string>()
      for (const form of addressForms(person.address)) {
        for (const row of await db.selectFrom(table.name).select(column).distinct().where(contains(column, form)).execute())
          found.add(String(row[column]))
      }
      for (const old of found) await put(old, old.replace(pattern, standIn))
      if (caseColumn === null || namePattern === null || column === caseColumn) continue
      await inBatches(person.cases, async (some) => {
        const rows = await db
          .selectFrom(table.name)
          .select([column, caseColumn])
          .where(caseColumn, 'in', some)
          .where(column, 'is not', null)
          .execute()
        for (const row of rows) {
          const old = String(row[column])
          const next = old.replace(namePattern, removed)
          if (old === next) continue
          await db
            .updateTable(table.name)
            .set({ [column]: next })
            .where(column, '=', old)
            .where(caseColumn, '=', row[caseColumn])
            .execute()
          changed += 1
        }
      })
    }
  }
  return changed
}
