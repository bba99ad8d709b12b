// Queries of splits and updates: what was done, so that it can be taken back.
import type { Insertable } from 'kysely'
import type { Tables, Tx } from '../../core/plugin.ts'
import type { SplitRow, UpdateRow } from './tables.ts'

/** Keeps a split. */
export async function insertSplit(tx: Tx, row: Insertable<Tables['recipients_splits']>): Promise<void> {
  await tx.db.insertInto('recipients_splits').values(row).execute()
}

/** The latest split of a message that was not taken back. */
export async function splitOf(tx: Tx, messageId: string): Promise<SplitRow | undefined> {
  return tx.db
    .selectFrom('recipients_splits')
    .selectAll()
    .where('message_id', '=', messageId)
    .where('undone_at', 'is', null)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** The split that made a case. */
export async function splitInto(tx: Tx, newCaseId: string): Promise<SplitRow | undefined> {
  return tx.db.selectFrom('recipients_splits').selectAll().where('new_case_id', '=', newCaseId).executeTakeFirst()
}

/** Marks the split that made a case as taken back. */
export async function markUnsplit(tx: Tx, newCaseId: string): Promise<void> {
  await tx.db.updateTable('recipients_splits').set({ undone_at: tx.now }).where('new_case_id', '=', newCaseId).execute()
}

/** The update of a reply, if it was not taken back. */
export async function updateOf(tx: Tx, caseId: string, messageId: string): Promise<UpdateRow | undefined> {
  return tx.db
    .selectFrom('recipients_updates')
    .selectAll()
    .where('message_id', '=', messageId)
    .where('case_id', '=', caseId)
    .where('undone_at', 'is', null)
    .executeTakeFirst()
}

/** Keeps an update; a later one of the same reply takes its place. */
export async function keepUpdate(tx: Tx, row: Insertable<Tables['recipients_updates']>): Promise<void> {
  const { message_id: _, ...facts } = row
  await tx.db
    .insertInto('recipients_updates')
    .values(row)
    .onConflict((c) => c.column('message_id').doUpdateSet(facts))
    .execute()
}

/** Marks the update of a reply as taken back. */
export async function markUpdateUndone(tx: Tx, messageId: string): Promise<void> {
  await tx.db.updateTable('recipients_updates').set({ undone_at: tx.now }).where('message_id', '=', messageId).execute()
}
