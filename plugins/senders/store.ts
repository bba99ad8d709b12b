// Queries of the list of senders.
import type { Kysely } from 'kysely'
import type { Tables, Tx } from '../../core/plugin.ts'
import { patternsFor } from './pattern.ts'
import type { SenderRow } from './tables.ts'

/** Entries that may fit one of these addresses, in any mailbox, expired ones too. */
export async function entriesFor(tx: Tx, addresses: readonly string[]): Promise<readonly SenderRow[]> {
  const patterns = [...new Set(addresses.flatMap(patternsFor))]
  return patterns.length === 0 ? [] : tx.db.selectFrom('senders_list').selectAll().where('pattern', 'in', patterns).execute()
}

/** The whole list, in its order. */
export function entries(db: Kysely<Tables>): Promise<SenderRow[]> {
  return db.selectFrom('senders_list').selectAll().orderBy('pattern').orderBy('mailbox').execute()
}

/** Puts an entry in, in the place of the one that was there. */
export async function putEntry(tx: Tx, row: SenderRow): Promise<void> {
  const { pattern: _p, mailbox: _m, ...rest } = row
  await tx.db
    .insertInto('senders_list')
    .values(row)
    .onConflict((c) => c.columns(['pattern', 'mailbox']).doUpdateSet(rest))
    .execute()
}

/** Takes entries out; those that were there. */
export function dropEntries(tx: Tx, patterns: readonly string[], mailboxes: readonly string[]): Promise<SenderRow[]> {
  return tx.db
    .deleteFrom('senders_list')
    .where('pattern', 'in', [...patterns])
    .where('mailbox', 'in', [...mailboxes])
    .returningAll()
    .execute()
}

/** Takes out what has been over since before `now`. */
export async function dropExpired(tx: Tx, now: number): Promise<void> {
  await tx.db.deleteFrom('senders_list').where('until', '<=', now).execute()
}

/** Cases that hold nothing but mail of blocked senders, the last of it before `before`. */
export async function keptLongEnough(tx: Tx, before: number, limit: number): Promise<readonly string[]> {
  const rows = await tx.db
    .selectFrom('cases')
    .select('id')
    .where('status', '=', 'spam')
    .where('updated_at', '<', before)
    .where('id', 'in', (eb) => eb.selectFrom('messages').select('case_id').where('kind', '=', 'blocked'))
    .where('id', 'not in', (eb) => eb.selectFrom('messages').select('case_id').where('kind', '<>', 'blocked'))
    .where('id', 'not in', (eb) => eb.selectFrom('notes').select('case_id'))
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((r) => r.id)
}

/** Takes an address off the list of every mailbox. */
export async function forgetSender(tx: Tx, pattern: string): Promise<void> {
  await tx.db.deleteFrom('senders_list').where('pattern', '=', pattern).execute()
}
