// Messages of a case, their attachments, and the keys that lead later mail to them.
import type { Insertable, Kysely, Updateable } from 'kysely'
import type { AttachmentRow, AttachmentTable, MessageRow, MessageTable, Tables, ThreadKeyRow, ThreadKeyTable, Tx } from './tables.ts'

/** Adds a message and its attachments; `seq` comes from the case's lock holder. */
export async function insertMessage(
  tx: Tx,
  message: Insertable<MessageTable>,
  attachments: readonly Insertable<AttachmentTable>[],
): Promise<MessageRow> {
  const row = await tx.insertInto('messages').values(message).returningAll().executeTakeFirstOrThrow()
  if (attachments.length > 0)
    await tx
      .insertInto('attachments')
      .values([...attachments])
      .execute()
  return row
}

/** Changes columns of a message. Throws for an unknown id. */
export async function updateMessage(tx: Tx, id: string, patch: Omit<Updateable<MessageTable>, 'id'>): Promise<MessageRow> {
  return tx.updateTable('messages').set(patch).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** Gives a message other attachments than it had. */
export async function replaceAttachments(tx: Tx, messageId: string, attachments: readonly Insertable<AttachmentTable>[]): Promise<void> {
  await tx.deleteFrom('attachments').where('message_id', '=', messageId).execute()
  if (attachments.length > 0)
    await tx
      .insertInto('attachments')
      .values([...attachments])
      .execute()
}

/** Deletes a message that is held or deferred, and its attachment rows; false for any other. */
export async function removeUnsent(tx: Tx, id: string): Promise<boolean> {
  await tx
    .deleteFrom('attachments')
    .where('message_id', 'in', (eb) =>
      eb.selectFrom('messages').select('id').where('id', '=', id).where('state', 'in', ['held', 'deferred']),
    )
    .execute()
  const row = await tx
    .deleteFrom('messages')
    .where('id', '=', id)
    .where('state', 'in', ['held', 'deferred'])
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** A message by its id, without its files. */
export async function messageById(db: Kysely<Tables>, id: string): Promise<MessageRow | undefined> {
  return db.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirst()
}

/** In order of time: what a merge or a split brought in stands where it was written, whatever its place in the timeline. */
export async function messagesOf(db: Kysely<Tables>, caseId: string): Promise<readonly MessageRow[]> {
  return db.selectFrom('messages').selectAll().where('case_id', '=', caseId).orderBy('created_at').orderBy('seq').execute()
}

/** The last `limit` messages of a case in order of time, newest first; `beforeSeq`: those before the message at that place, or, where none stands there, at lower places. */
export async function lastMessages(db: Kysely<Tables>, caseId: string, beforeSeq: number, limit: number): Promise<readonly MessageRow[]> {
  let q = db
    .selectFrom('messages')
    .selectAll()
    .where('case_id', '=', caseId)
    .orderBy('created_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(limit)
  if (beforeSeq !== Number.MAX_SAFE_INTEGER) {
    q = q.where((eb) => {
      const at = eb
        .selectFrom('messages as there')
        .select('there.created_at')
        .where('there.case_id', '=', caseId)
        .where('there.seq', '=', beforeSeq)
        .limit(1)
      return eb.or([
        eb('created_at', '<', at),
        eb.and([eb('seq', '<', beforeSeq), eb('created_at', '=', eb.fn.coalesce(at, 'messages.created_at'))]),
      ])
    })
  }
  return q.execute()
}

/** Messages with the same raw bytes: the same mail by another way. */
export async function messagesByHash(db: Kysely<Tables>, hash: string): Promise<readonly MessageRow[]> {
  return db.selectFrom('messages').selectAll().where('raw_hash', '=', hash).orderBy('created_at').execute()
}

/** The message that a mail became no longer counts as these bytes: what comes with them is looked at anew. */
export async function forgetHash(db: Kysely<Tables>, inboundId: string): Promise<void> {
  await db.updateTable('messages').set({ raw_hash: null }).where('inbound_id', '=', inboundId).execute()
}

/** Files of a message in their order, without their bytes. */
export async function attachmentsOf(db: Kysely<Tables>, messageId: string): Promise<readonly AttachmentRow[]> {
  return db.selectFrom('attachments').selectAll().where('message_id', '=', messageId).orderBy('position').execute()
}

/** A file by its id, without its bytes. */
export async function attachmentById(db: Kysely<Tables>, id: string): Promise<AttachmentRow | undefined> {
  return db.selectFrom('attachments').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Registers a key. The same key for the same case changes nothing. */
export async function putThreadKeys(tx: Tx, keys: readonly Insertable<ThreadKeyTable>[]): Promise<void> {
  if (keys.length === 0) return
  await tx
    .insertInto('thread_keys')
    .values([...keys])
    .onConflict((c) => c.columns(['key', 'kind', 'case_id']).doNothing())
    .execute()
}

/** What stands behind keys, of whatever kind, newest first. */
export async function findThreadKeys(db: Kysely<Tables>, keys: readonly string[]): Promise<readonly ThreadKeyRow[]> {
  if (keys.length === 0) return []
  return db
    .selectFrom('thread_keys')
    .selectAll()
    .where('key', 'in', [...keys])
    .orderBy('created_at', 'desc')
    .execute()
}

/** Whether any key of a case was made in a mailbox. */
export async function hasKeyOf(db: Kysely<Tables>, caseId: string, mailbox: string): Promise<boolean> {
  const key = await db
    .selectFrom('thread_keys')
    .select('key')
    .where('case_id', '=', caseId)
    .where('mailbox', '=', mailbox)
    .limit(1)
    .executeTakeFirst()
  return key !== undefined
}

/** Leads every key of a message to another case (split, undo of a split, merge). A key that leads there already goes: it may stand once per case. */
export async function repointThreadKeys(tx: Tx, messageId: string, toCaseId: string): Promise<void> {
  await repoint(
    tx,
    await tx
      .selectFrom('thread_keys')
      .select(['kind', 'key', 'case_id'])
      .where('message_id', '=', messageId)
      .where('case_id', '!=', toCaseId)
      .execute(),
    toCaseId,
  )
}

/** Leads every key of a case to another one. A key that leads there already goes. */
export async function repointCaseKeys(tx: Tx, fromCaseId: string, toCaseId: string): Promise<void> {
  await tx
    .deleteFrom('thread_keys')
    .where('case_id', '=', fromCaseId)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('thread_keys as there')
          .select('there.key')
          .where('there.case_id', '=', toCaseId)
          .whereRef('there.kind', '=', 'thread_keys.kind')
          .whereRef('there.key', '=', 'thread_keys.key'),
      ),
    )
    .execute()
  await tx.updateTable('thread_keys').set({ case_id: toCaseId }).where('case_id', '=', fromCaseId).execute()
}

async function repoint(tx: Tx, keys: readonly Pick<ThreadKeyRow, 'kind' | 'key' | 'case_id'>[], toCaseId: string): Promise<void> {
  for (const { kind, key, case_id } of keys) {
    const there = await tx
      .selectFrom('thread_keys')
      .select('key')
      .where('kind', '=', kind)
      .where('key', '=', key)
      .where('case_id', '=', toCaseId)
      .executeTakeFirst()
    if (there) await tx.deleteFrom('thread_keys').where('kind', '=', kind).where('key', '=', key).where('case_id', '=', case_id).execute()
    else
      await tx
        .updateTable('thread_keys')
        .set({ case_id: toCaseId })
        .where('kind', '=', kind)
        .where('key', '=', key)
        .where('case_id', '=', case_id)
        .execute()
  }
}

/** Counts a case's messages anew after some have come or gone: how many, and when the customer and an agent wrote last. */
export async function recountMessages(tx: Tx, caseId: string, now: number): Promise<void> {
  const rows = await tx
    .selectFrom('messages')
    .select((eb) => [
      'author',
      eb.fn.countAll().as('n'),
      eb.fn.max('created_at').as('last'),
      // A planned answer counts from when it left; the date that a mail gives itself does not count.
      eb.fn
        .max(eb.case().when('raw_id', 'is', null).then(eb.fn.coalesce('sent_at', 'created_at')).else(eb.ref('created_at')).end())
        .as('left'),
    ])
    .where('case_id', '=', caseId)
    .where('state', 'in', ['received', 'sending', 'sent', 'failed'])
    .groupBy('author')
    .execute()
  await tx
    .updateTable('cases')
    .set({
      message_count: rows.reduce((sum, r) => sum + Number(r.n), 0),
      last_customer_at: rows.find((r) => r.author === 'customer')?.last ?? null,
      last_agent_at: rows.find((r) => r.author === 'agent')?.left ?? null,
      updated_at: now,
    })
    .where('id', '=', caseId)
    .execute()
}

/** A message that is being sent becomes `sent` once every recipient of its mail has it, `failed` once none is left to try and one failed. */
export async function settleMessageState(db: Kysely<Tables>, messageId: string, outboxId: string, now: number): Promise<void> {
  const rows = await db.selectFrom('outbox_recipients').select(['state', 'next_at']).where('outbox_id', '=', outboxId).execute()
  const states = new Set(rows.map((r) => r.state))
  // An unknown outcome that is due again is not over yet.
  if (states.has('queued') || states.has('sending') || rows.some((r) => r.state === 'unknown' && r.next_at < Number.MAX_SAFE_INTEGER))
    return
  const state = states.has('failed') || states.has('unknown') ? 'failed' : 'sent'
  await db
    .updateTable('messages')
    .set({ state, ...(state === 'sent' && { sent_at: now }) })
    .where('id', '=', messageId)
    .where('state', 'in', ['sending', 'failed'])
    .execute()
}

/** Most ids in one `in (...)`. */
const idsAtOnce = 500

/** Files of several messages, each list in order; a message without files has an empty one. */
export async function attachmentsOfMessages(
  db: Kysely<Tables>,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, readonly AttachmentRow[]>> {
  const files = new Map<string, AttachmentRow[]>(messageIds.map((id) => [id, []]))
  for (let i = 0; i < messageIds.length; i += idsAtOnce) {
    const rows = await db
      .selectFrom('attachments')
      .selectAll()
      .where('message_id', 'in', messageIds.slice(i, i + idsAtOnce))
      .orderBy('position')
      .execute()
    for (const row of rows) files.get(row.message_id)?.push(row)
  }
  return files
}

/** Every key that leads to a case. */
export async function keysOfCase(db: Kysely<Tables>, caseId: string): Promise<readonly ThreadKeyRow[]> {
  return db.selectFrom('thread_keys').selectAll().where('case_id', '=', caseId).execute()
}

/** Most keys in one statement. */
const keysAtOnce = 200

/**
 * Keys that a merge led from one case to another lead to the first again, with what has come since for messages that are there now. Those that
 * led to both do so again. What has gone meanwhile (it ran out, its person was forgotten) stays gone.
 */
export async function returnKeys(tx: Tx, from: string, to: string, keys: readonly ThreadKeyRow[]): Promise<void> {
  await tx
    .updateTable('thread_keys')
    .set({ case_id: to })
    .where('case_id', '=', from)
    .where('message_id', 'in', (eb) => eb.selectFrom('messages').select('id').where('case_id', '=', to))
    .execute()
  for (let i = 0; i < keys.length; i += keysAtOnce) {
    const some = keys.slice(i, i + keysAtOnce)
    const there = await tx
      .selectFrom('thread_keys')
      .selectAll()
      .where('case_id', '=', from)
      .where(
        'key',
        'in',
        some.map((k) => k.key),
      )
      .execute()
    for (const key of some) {
      const now = there.find((k) => k.kind === key.kind && k.key === key.key)
      if (!now) continue
      // Of both cases: the one that stands there is the other's.
      if (now.message_id !== key.message_id || now.outbox_id !== key.outbox_id) await putThreadKeys(tx, [{ ...key, case_id: to }])
      else
        await tx
          .updateTable('thread_keys')
          .set({ case_id: to })
          .where('kind', '=', key.kind)
          .where('key', '=', key.key)
          .where('case_id', '=', from)
          .execute()
    }
  }
}
