// What is kept no longer: raw mail whose case stays readable, and records of finished sending. In small transactions, beside the work.
import type { Kysely } from 'kysely'
import type { Clock } from '../base/clock.ts'
import { deleteBlobs } from './blobs.ts'
import type { Database } from './database.ts'
import { transact } from './database.ts'
import type { SendState, Tables } from './tables.ts'

/** Rows of one transaction: some ms on SQLite, where it holds up every writer. */
const batch = 100

/** An outbox row with a recipient in one of these states may still be sent. */
const unfinished: readonly SendState[] = ['queued', 'sending', 'held', 'unknown']

/** Deletes the bytes of mails that came before `before` and have been dealt with, except those that a mail which may still be sent refers to. How many blobs. */
export async function pruneRaw(database: Database, clock: Clock, before: number): Promise<number> {
  const needed = await blobsToSend(database.read)
  let pruned = 0
  let after = ''
  for (;;) {
    const rows = await database.read
      .selectFrom('inbound')
      .select(['id', 'raw_id', 'hash'])
      .where('raw_id', 'is not', null)
      .where('received_at', '<', before)
      .where('state', 'in', ['done', 'dropped'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(batch)
      .execute()
    const last = rows.at(-1)
    if (!last) break
    after = last.id
    const old = rows.flatMap((r) => (r.raw_id !== null && !needed.has(r.raw_id) ? [{ id: r.raw_id, hash: r.hash }] : []))
    if (old.length > 0) pruned += await deleteRaw(database, clock, old)
  }
  if (pruned > 0) await forgetGone(database, clock)
  return pruned
}

/** One blob may stand behind several recipients: it stays while one of them has still to be taken in. They are found by the hash, which has an index. */
async function deleteRaw(
  database: Database,
  clock: Clock,
  old: readonly { readonly id: string; readonly hash: string }[],
): Promise<number> {
  const ids = [...new Set(old.map((o) => o.id))]
  const hashes = [...new Set(old.map((o) => o.hash))]
  return transact(database, clock, async (tx) => {
    const waiting = await tx
      .selectFrom('inbound')
      .select('raw_id')
      .where('hash', 'in', hashes)
      .where('raw_id', 'in', ids)
      .where('state', 'in', ['queued', 'parked'])
      .execute()
    const gone = ids.filter((id) => !waiting.some((w) => w.raw_id === id))
    if (gone.length === 0) return 0
    await deleteBlobs(tx, gone, clock.now())
    await tx.updateTable('inbound').set({ raw_id: null }).where('hash', 'in', hashes).where('raw_id', 'in', gone).execute()
    return gone.length
  })
}

/** Takes out references to bytes that are no longer there: found on the reading connection, since it looks at whole tables. */
async function forgetGone(database: Database, clock: Clock): Promise<void> {
  for (const [table, column] of [
    ['messages', 'raw_id'],
    ['attachments', 'blob_id'],
  ] as const) {
    const rows = await database.read
      .selectFrom(table)
      .select('id')
      .where(column, 'is not', null)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('blobs')
              .select('blobs.id')
              .whereRef('blobs.id', '=', `${table}.${column}` as 'messages.raw_id'),
          ),
        ),
      )
      .execute()
    for (let i = 0; i < rows.length; i += batch) {
      const ids = rows.slice(i, i + batch).map((r) => r.id)
      await transact(database, clock, (tx) =>
        table === 'messages'
          ? tx.updateTable('messages').set({ raw_id: null }).where('id', 'in', ids).execute()
          : tx.updateTable('attachments').set({ blob_id: null }).where('id', 'in', ids).execute(),
      )
    }
  }
}

/** Blobs that mails refer to which may still be sent. */
async function blobsToSend(db: Kysely<Tables>): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  let after = ''
  for (;;) {
    const rows = await db
      .selectFrom('outbox')
      .select(['id', 'segments'])
      .where('id', '>', after)
      .where('segments', 'like', '%"blob":%')
      .where('id', 'in', (eb) => eb.selectFrom('outbox_recipients').select('outbox_id').where('state', 'in', unfinished))
      .orderBy('id')
      .limit(batch)
      .execute()
    const last = rows.at(-1)
    if (!last) return found
    after = last.id
    // Ids are written by this program as UUIDs; text of a mail that looks the same only keeps a blob longer.
    for (const { segments } of rows) for (const [, id] of segments.matchAll(/"blob":"([0-9a-f-]{36})"/g)) if (id) found.add(id)
  }
}

/** Deletes records of mails written before `before` of which nothing is left to send. How many. */
export async function pruneOutbox(database: Database, clock: Clock, before: number): Promise<number> {
  let pruned = 0
  for (;;) {
    const rows = await database.read
      .selectFrom('outbox')
      .select('id')
      .where('created_at', '<', before)
      .where('id', 'not in', (eb) => eb.selectFrom('outbox_recipients').select('outbox_id').where('state', 'in', unfinished))
      .limit(batch)
      .execute()
    if (rows.length === 0) return pruned
    const ids = rows.map((r) => r.id)
    await transact(database, clock, async (tx) => {
      // Somebody may have ordered one of them to be sent again a moment ago.
      const wanted = await tx
        .selectFrom('outbox_recipients')
        .select('outbox_id')
        .where('outbox_id', 'in', ids)
        .where('state', 'in', unfinished)
        .execute()
      const gone = ids.filter((id) => !wanted.some((w) => w.outbox_id === id))
      if (gone.length > 0) await tx.deleteFrom('outbox').where('id', 'in', gone).execute()
      pruned += gone.length
    })
  }
}
