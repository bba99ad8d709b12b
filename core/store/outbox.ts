// The outbox: final bytes and envelope written once, then per-recipient state under a lease with a fencing token.
import type { Insertable, Kysely } from 'kysely'
import type { Clock } from '../base/clock.ts'
import type { Database } from './database.ts'
import type { OutboxRecipientRow, OutboxRecipientTable, OutboxRow, OutboxTable, SendState, Tables } from './tables.ts'
import { judgeTime, judgeTimePlus, leaseTime, leaseTimePlus } from './time.ts'
import type { NewOutbox } from './sqlite/accept-rows.ts'

/** Writes a mail and its recipients, due at `now` (ms UTC), in the caller's transaction. */
export async function insertOutbox(
  db: Kysely<Tables>,
  row: Insertable<OutboxTable>,
  recipients: readonly { readonly id: string; readonly address: string }[],
  now: number,
): Promise<void> {
  const { mail, recipients: rows } = newOutbox(row, recipients, now)
  await insertMails(db, [mail])
  await insertRecipients(db, rows)
}

/** Writes mails; their recipients follow in the same transaction. */
export async function insertMails(db: Kysely<Tables>, mails: readonly Insertable<OutboxTable>[]): Promise<void> {
  await db
    .insertInto('outbox')
    .values([...mails])
    .execute()
}

/** Writes recipients of mails that are written already. */
export async function insertRecipients(db: Kysely<Tables>, rows: readonly Insertable<OutboxRecipientTable>[]): Promise<void> {
  await db
    .insertInto('outbox_recipients')
    .values([...rows])
    .execute()
}

/** The rows of a mail that waits to be sent at once. */
export function newOutbox(
  mail: Insertable<OutboxTable>,
  recipients: readonly { readonly id: string; readonly address: string }[],
  now: number,
): NewOutbox {
  return {
    mail,
    recipients: recipients.map((r) => ({
      id: r.id,
      outbox_id: mail.id,
      transport: mail.transport,
      address: r.address,
      state: 'queued' as const,
      attempts: 0,
      next_at: now,
      lease_until: 0,
      token: 0,
      resends: 0,
      delay_noticed: 0,
      first_attempt_at: null,
      reply: null,
      status: null,
      updated_at: now,
      created_at: now,
    })),
  }
}

/** Takes back recipients whose mail has not begun to leave; how many. */
export async function cancelOutbox(db: Kysely<Tables>, outboxId: string, now: number): Promise<number> {
  const rows = await db
    .updateTable('outbox_recipients')
    .set({ state: 'cancelled', updated_at: now })
    .where('outbox_id', '=', outboxId)
    .where('state', 'in', ['queued', 'held'])
    .returning('id')
    .execute()
  return rows.length
}

/** One outbox row with those of its recipients that were claimed together. */
export interface ClaimedOutbox {
  readonly mail: OutboxRow
  readonly recipients: readonly OutboxRecipientRow[]
}

/** Which transports to claim for. */
export type TransportChoice = { readonly only: string } | { readonly except: readonly string[] }

/** Never: a recipient in state `unknown` that waits for an agent's or admin's decision. */
export const never = Number.MAX_SAFE_INTEGER

/** Takes up to `limit` mails with due recipients for `leaseMs`, oldest first. */
export async function claimOutbox(
  database: Database,
  clock: Clock,
  from: TransportChoice,
  limit: number,
  leaseMs: number,
): Promise<readonly ClaimedOutbox[]> {
  const now = judgeTime(database, clock)
  const due = await database.write
    .selectFrom('outbox_recipients')
    .select('outbox_id')
    .where('state', 'in', ['queued', 'unknown'])
    .where('next_at', '<=', now)
    .$if('only' in from, (q) => q.where('transport', '=', 'only' in from ? from.only : ''))
    .$if('except' in from && from.except.length > 0, (q) => q.where('transport', 'not in', 'except' in from ? [...from.except] : []))
    .orderBy('next_at')
    .orderBy('id')
    .limit(limit * 4)
    .execute()
  const ids = [...new Set(due.map((d) => d.outbox_id))].slice(0, limit)
  if (ids.length === 0) return []
  // The guard is asked again here, under the row's lock: of two nodes that saw the same row one gets it.
  const rows = await database.write
    .updateTable('outbox_recipients')
    .set((eb) => ({
      state: 'sending',
      token: eb('token', '+', 1),
      lease_until: leaseTimePlus(database, clock, leaseMs),
      updated_at: clock.now(),
    }))
    .where('outbox_id', 'in', ids)
    .where('state', 'in', ['queued', 'unknown'])
    .where('next_at', '<=', now)
    .returningAll()
    .execute()
  return withMails(database, rows)
}

/** Claims mails whose lease ran out while sending: the holder died, perhaps between the peer's 250 and its commit. */
export async function recoverOutbox(database: Database, clock: Clock, limit: number, leaseMs: number): Promise<readonly ClaimedOutbox[]> {
  const rows = await database.write
    .updateTable('outbox_recipients')
    .set((eb) => ({ token: eb('token', '+', 1), lease_until: leaseTimePlus(database, clock, leaseMs), updated_at: clock.now() }))
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('outbox_recipients as lost')
        .select('lost.id')
        .where('lost.state', '=', 'sending')
        .where('lost.lease_until', '<=', leaseTime(database, clock))
        .orderBy('lost.id')
        .limit(limit),
    )
    .where('state', '=', 'sending')
    .where('lease_until', '<=', leaseTime(database, clock))
    .returningAll()
    .execute()
  return withMails(database, rows)
}

async function withMails(database: Database, rows: readonly OutboxRecipientRow[]): Promise<readonly ClaimedOutbox[]> {
  if (rows.length === 0) return []
  const mails = await database.write
    .selectFrom('outbox')
    .selectAll()
    .where('id', 'in', [...new Set(rows.map((r) => r.outbox_id))])
    .execute()
  return mails
    .map((mail) => ({ mail, recipients: rows.filter((r) => r.outbox_id === mail.id).sort((a, b) => (a.id < b.id ? -1 : 1)) }))
    .sort((a, b) => a.mail.created_at - b.mail.created_at || (a.mail.id < b.mail.id ? -1 : 1))
}

/** Extends the lease of recipients that are still ours; how many are. */
export async function renewOutbox(
  database: Database,
  clock: Clock,
  recipients: readonly { readonly id: string; readonly token: number }[],
  leaseMs: number,
): Promise<number> {
  let n = 0
  for (const r of recipients) {
    const row = await database.write
      .updateTable('outbox_recipients')
      .set({ lease_until: leaseTimePlus(database, clock, leaseMs) })
      .where('id', '=', r.id)
      .where('token', '=', r.token)
      .where('state', '=', 'sending')
      .returning('id')
      .executeTakeFirst()
    if (row) n += 1
  }
  return n
}

/** What one attempt did to one recipient. */
export interface RecipientChange {
  readonly id: string
  readonly token: number
  readonly state: SendState
  /** When it is due again, ms from now; null: not by itself. */
  readonly dueIn: number | null
  readonly attempts: number
  readonly resends: number
  readonly delayNoticed: boolean
  readonly firstAttemptAt: number
  readonly reply: string
  readonly status: string | null
}

/** Writes a result while the token is ours; false: fenced off. */
export async function completeRecipient(database: Database, db: Kysely<Tables>, clock: Clock, r: RecipientChange): Promise<boolean> {
  const row = await db
    .updateTable('outbox_recipients')
    .set({
      state: r.state,
      lease_until: 0,
      next_at: r.dueIn === null ? never : judgeTimePlus(database, clock, r.dueIn),
      attempts: r.attempts,
      resends: r.resends,
      delay_noticed: r.delayNoticed ? 1 : 0,
      first_attempt_at: r.firstAttemptAt,
      reply: r.reply,
      status: r.status,
      updated_at: clock.now(),
    })
    .where('id', '=', r.id)
    .where('token', '=', r.token)
    .where('state', '=', 'sending')
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** When the next recipient is due (ms UTC), or null. */
export async function nextOutboxAt(database: Database): Promise<number | null> {
  const row = await database.write
    .selectFrom('outbox_recipients')
    .select('next_at')
    .where('state', '=', 'queued')
    .orderBy('next_at')
    .limit(1)
    .executeTakeFirst()
  return row?.next_at ?? null
}

/** An outgoing mail by its id, without its recipients. */
export async function outboxById(db: Kysely<Tables>, id: string): Promise<OutboxRow | undefined> {
  return db.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Mails that were ordered at this instant (ms UTC), in their order. */
export async function outboxOrderedAt(db: Kysely<Tables>, at: number): Promise<readonly Pick<OutboxRow, 'id' | 'kind' | 'subject'>[]> {
  return db.selectFrom('outbox').select(['id', 'kind', 'subject']).where('created_at', '=', at).orderBy('id').execute()
}

/** Recipients of a mail with the state of each, in their order. */
export async function recipientsOfOutbox(db: Kysely<Tables>, outboxId: string): Promise<readonly OutboxRecipientRow[]> {
  return db.selectFrom('outbox_recipients').selectAll().where('outbox_id', '=', outboxId).orderBy('created_at').orderBy('id').execute()
}

/** Newest first. */
export async function listOutbox(
  db: Kysely<Tables>,
  filter: { readonly state?: SendState; readonly caseId?: string; readonly limit: number },
): Promise<
  readonly (Omit<OutboxRow, 'segments'> & {
    readonly address: string
    readonly state: SendState
    readonly attempts: number
    readonly next_at: number
    readonly reply: string | null
    readonly recipient_id: string
  })[]
> {
  let q = db
    .selectFrom('outbox_recipients')
    .innerJoin('outbox', 'outbox.id', 'outbox_recipients.outbox_id')
    .select([
      'outbox.id',
      'outbox.case_id',
      'outbox.message_id',
      'outbox.kind',
      'outbox.transport',
      'outbox.envelope_from',
      'outbox.envid',
      'outbox.header_id',
      'outbox.subject',
      'outbox.size',
      'outbox.smtputf8',
      'outbox.automatic',
      'outbox.created_at',
    ])
    .select(['outbox_recipients.id as recipient_id', 'address', 'state', 'attempts', 'next_at', 'reply'])
    .orderBy('outbox_recipients.created_at', 'desc')
    .orderBy('outbox_recipients.id', 'desc')
    .limit(filter.limit)
  if (filter.state) q = q.where('outbox_recipients.state', '=', filter.state)
  if (filter.caseId) q = q.where('outbox.case_id', '=', filter.caseId)
  return q.execute()
}

/** Tries again now what failed, waits or is unknown; how many recipients. */
export async function retryOutbox(db: Kysely<Tables>, outboxId: string, now: number): Promise<number> {
  const rows = await db
    .updateTable('outbox_recipients')
    .set({ state: 'queued', next_at: now, first_attempt_at: null, delay_noticed: 0, resends: 0, updated_at: now })
    .where('outbox_id', '=', outboxId)
    .where('state', 'in', ['queued', 'failed', 'unknown', 'held', 'cancelled'])
    .returning('id')
    .execute()
  return rows.length
}

/** Ends what waits, is held or unknown, for good; how many recipients. What is leaving right now is not touched. */
export async function dropOutbox(db: Kysely<Tables>, outboxId: string, now: number): Promise<number> {
  const rows = await db
    .updateTable('outbox_recipients')
    .set({ state: 'cancelled', next_at: never, updated_at: now })
    .where('outbox_id', '=', outboxId)
    .where('state', 'in', ['queued', 'held', 'unknown'])
    .returning('id')
    .execute()
  return rows.length
}
