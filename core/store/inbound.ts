// Accepted mail: the commit that stands behind every 250.
import type { Kysely } from 'kysely'
import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { AcceptedRows, Inserted, NewInbound, NewOutbox } from './sqlite/accept-rows.ts'
import type { Database } from './database.ts'
import { transact } from './database.ts'
import { dropJob, putJob } from './jobs.ts'
import type { InboundRow, InboundState, Tables, Tx } from './tables.ts'

/** What else must be in the accepting commit if the mail is new: the row of a mailbox copy. */
export type Companion = (mail: NewInbound) => NewOutbox | null

/** The kind of job that takes a mail in; see `IntakePayload`. */
export const intakeJob = 'intake'

/** Its payload. `again`: it was taken in without having been read, and is to be read now; counted from 1, 0 by hand. */
export interface IntakePayload {
  readonly inbound: string
  readonly again?: number
}

/** Plans a mail to be taken in, or read, at `runAt`. */
export async function planIntake(db: Kysely<Tables>, ids: Ids, payload: IntakePayload, runAt: number, now: number): Promise<void> {
  await putJob(db, ids, { kind: intakeJob, key: `${intakeJob}:${payload.inbound}`, runAt, payload }, now)
}

/**
 * Commits a batch of mails in one transaction: inbound row, raw bytes (once for all recipients), intake job, companion. What is
 * known by (hash, mail_from, rcpt) creates nothing and answers with its earlier id (IDM-1). Durable when it resolves. Throws having
 * written nothing, or, where the database was lost meanwhile, perhaps all of it.
 */
export async function insertInbound(
  database: Database,
  clock: Clock,
  ids: Ids,
  batch: readonly NewInbound[],
  companion?: Companion,
): Promise<readonly Inserted[]> {
  const now = clock.now()
  const rows = batch.map((mail): AcceptedRows => ({
    mail,
    inbound: {
      id: mail.id,
      raw_id: mail.rawId,
      hash: mail.hash,
      mail_from: mail.mailFrom,
      rcpt: mail.rcpt,
      mailbox: mail.mailbox,
      peer: mail.peer,
      helo: mail.helo,
      protocol: mail.protocol,
      smtputf8: mail.smtputf8 ? 1 : 0,
      size: mail.raw.byteLength,
      received_at: mail.receivedAt,
      state: 'queued',
      outcome: null,
      case_id: null,
      message_id: null,
      error: null,
      updated_at: now,
    },
    job: {
      id: ids.next(),
      kind: intakeJob,
      key: `${intakeJob}:${mail.id}`,
      run_at: mail.receivedAt,
      payload: `{"inbound":"${mail.id}"}`,
      state: 'ready',
      attempts: 0,
      lost: 0,
      token: 0,
      locked_until: 0,
      error: null,
      created_at: now,
    },
    companion: companion?.(mail) ?? null,
  }))
  if (database.accepting) return database.accepting.commit(rows, now)
  return transact(database, clock, (tx) => insertRows(tx, rows, now))
}

/** The same that accept-worker.ts does for a SQLite file. */
async function insertRows(tx: Tx, rows: readonly AcceptedRows[], now: number): Promise<readonly Inserted[]> {
  // Sorted: two nodes that insert the same mails take the unique index's locks in one order.
  const order = (r: AcceptedRows): string => r.mail.hash + r.mail.mailFrom + r.mail.rcpt
  const sorted = [...rows].sort((a, b) => (order(a) < order(b) ? -1 : 1))
  const answered = await tx
    .insertInto('inbound')
    .values(sorted.map((r) => r.inbound))
    .onConflict((c) => c.columns(['hash', 'mail_from', 'rcpt']).doNothing())
    .returning('id')
    .execute()
  const inserted = new Set(answered.map((r) => r.id))
  const fresh = rows.filter((r) => inserted.has(r.mail.id))
  if (fresh.length > 0) {
    const blobs = new Map(fresh.map(({ mail }) => [mail.rawId, mail]))
    await tx
      .insertInto('blobs')
      .values([...blobs.values()].map((m) => ({ id: m.rawId, bytes: m.raw, size: m.raw.byteLength, sha256: m.hash, created_at: now })))
      .execute()
    await tx
      .insertInto('jobs')
      .values(fresh.map((r) => r.job))
      .execute()
    for (const { companion } of fresh) {
      if (!companion) continue
      await tx.insertInto('outbox').values(companion.mail).execute()
      await tx
        .insertInto('outbox_recipients')
        .values([...companion.recipients])
        .execute()
    }
  }
  const out: Inserted[] = []
  for (const { mail: m } of rows) {
    if (inserted.has(m.id)) {
      out.push({ id: m.id, duplicate: false })
      continue
    }
    const known = await tx
      .selectFrom('inbound')
      .select('id')
      .where('hash', '=', m.hash)
      .where('mail_from', '=', m.mailFrom)
      .where('rcpt', '=', m.rcpt)
      .executeTakeFirst()
    out.push({ id: known?.id ?? m.id, duplicate: true })
  }
  return out
}

/** An accepted mail by its id, without its bytes. */
export async function inboundById(db: Kysely<Tables>, id: string): Promise<InboundRow | undefined> {
  return db.selectFrom('inbound').selectAll().where('id', '=', id).executeTakeFirst()
}

/** An accepted mail by its id, with its bytes; without them where they are gone. */
export async function inboundWithBytes(
  db: Kysely<Tables>,
  id: string,
): Promise<(InboundRow & { readonly bytes: Uint8Array | null }) | undefined> {
  return db
    .selectFrom('inbound')
    .leftJoin('blobs', 'blobs.id', 'inbound.raw_id')
    .selectAll('inbound')
    .select('blobs.bytes')
    .where('inbound.id', '=', id)
    .executeTakeFirst()
}

/** By its own id, or by that of the message that it became. */
export async function acceptedMail(db: Kysely<Tables>, id: string): Promise<InboundRow | undefined> {
  return (
    (await inboundById(db, id)) ??
    (await db
      .selectFrom('inbound')
      .innerJoin('messages', 'messages.inbound_id', 'inbound.id')
      .selectAll('inbound')
      .where('messages.id', '=', id)
      .executeTakeFirst())
  )
}

/** Newest first. */
export async function listInbound(
  db: Kysely<Tables>,
  filter: { readonly state?: InboundState; readonly limit: number },
): Promise<readonly InboundRow[]> {
  let q = db.selectFrom('inbound').selectAll().orderBy('received_at', 'desc').limit(filter.limit)
  if (filter.state) q = q.where('state', '=', filter.state)
  return q.execute()
}

/** Makes everybody else who takes in the same bytes (by another address, from another envelope sender) wait for the end of this transaction. */
export async function lockDuplicates(db: Kysely<Tables>, hash: string): Promise<void> {
  await db
    .updateTable('inbound')
    .set((eb) => ({ hash: eb.ref('hash') }))
    .where('id', '=', (eb) =>
      eb
        .selectFrom('inbound as same')
        .select((t) => t.fn.min('same.id').as('id'))
        .where('same.hash', '=', hash),
    )
    .execute()
}

/** Notes what became of a mail. */
export async function settleInbound(
  db: Kysely<Tables>,
  id: string,
  set: {
    readonly state: InboundState
    readonly outcome?: string
    readonly caseId?: string | null
    readonly messageId?: string | null
    readonly error?: string | null
  },
  now: number,
): Promise<void> {
  await db
    .updateTable('inbound')
    .set({
      state: set.state,
      updated_at: now,
      ...(set.outcome !== undefined && { outcome: set.outcome }),
      ...(set.caseId !== undefined && { case_id: set.caseId }),
      ...(set.messageId !== undefined && { message_id: set.messageId }),
      ...(set.error !== undefined && { error: set.error }),
    })
    .where('id', '=', id)
    .execute()
}

/** How many accepted mails of a mailbox still wait to be taken in: a deferred reply may not fire before them. */
export async function waitingInbound(db: Kysely<Tables>, mailbox: string): Promise<number> {
  const row = await db
    .selectFrom('inbound')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('state', '=', 'queued')
    .where('mailbox', '=', mailbox)
    .executeTakeFirst()
  return Number(row?.n ?? 0)
}

/** What became of an order to retry or drop. */
export type InboundOrder = 'done' | 'absent' | 'too-late' | 'gone'

/**
 * Takes a mail in again now, with fresh tries: a parked, dropped or waiting one, and one whose message shows it unread. `too-late`: it was
 * taken in; `gone`: its bytes are no longer kept.
 */
export async function retryInbound(db: Kysely<Tables>, ids: Ids, id: string, now: number): Promise<InboundOrder> {
  const row = await inboundById(db, id)
  if (!row) return 'absent'
  const unread = row.state === 'done' && (await isUnread(db, row))
  if (row.state === 'done' && !unread) return 'too-late'
  if (row.raw_id === null) return 'gone'
  if (unread) {
    await planIntake(db, ids, { inbound: id, again: 0 }, now, now)
    return 'done'
  }
  await settleInbound(db, id, { state: 'queued', error: null, ...(row.state === 'dropped' && { outcome: '' }) }, now)
  await planIntake(db, ids, { inbound: id }, now, now)
  return 'done'
}

/** Its message is there and has none of its words; not one that a plugin took to be something else later. */
async function isUnread(db: Kysely<Tables>, row: InboundRow): Promise<boolean> {
  if (row.message_id === null || (row.outcome !== 'case' && row.outcome !== 'message')) return false
  const message = await db.selectFrom('messages').select('degraded').where('id', '=', row.message_id).executeTakeFirst()
  return message?.degraded === 1
}

/** Gives up on a mail that has not been taken in; its bytes stay as long as `retention` says. */
export async function dropInbound(db: Kysely<Tables>, id: string, reason: string, now: number): Promise<InboundOrder> {
  const row = await inboundById(db, id)
  if (!row) return 'absent'
  if (row.state === 'done') return 'too-late'
  await dropJob(db, `${intakeJob}:${id}`)
  await settleInbound(db, id, { state: 'dropped', outcome: `dropped: ${reason}` }, now)
  return 'done'
}

/** Mails that were decided on since then (ms UTC) and whose bytes are still kept, oldest first. */
export async function decidedInbound(db: Kysely<Tables>, since: number, limit: number): Promise<readonly InboundRow[]> {
  return db
    .selectFrom('inbound')
    .selectAll()
    .where('received_at', '>=', since)
    .where('state', 'in', ['done', 'dropped'])
    .where('raw_id', 'is not', null)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** One page of accepted mails, newest first; `before`: id of the last one of the page before. Ids sort by the time of their making. */
export async function inboundPage(
  db: Kysely<Tables>,
  filter: { readonly mailboxes: readonly string[] | null; readonly state?: InboundState; readonly before?: string; readonly limit: number },
): Promise<readonly InboundRow[]> {
  if (filter.mailboxes?.length === 0) return []
  let q = db.selectFrom('inbound').selectAll().orderBy('id', 'desc').limit(filter.limit)
  if (filter.mailboxes) q = q.where('mailbox', 'in', [...filter.mailboxes])
  if (filter.before !== undefined) q = q.where('id', '<', filter.before)
  if (filter.state) q = q.where('state', '=', filter.state)
  return q.execute()
}

/** What became of these mails, in the order of their acceptance. */
export async function outcomesOf(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<readonly Pick<InboundRow, 'id' | 'outcome' | 'case_id' | 'message_id' | 'error' | 'state'>[]> {
  if (ids.length === 0) return []
  return db
    .selectFrom('inbound')
    .select(['id', 'outcome', 'case_id', 'message_id', 'error', 'state'])
    .where('id', 'in', [...ids])
    .orderBy('id')
    .execute()
}
