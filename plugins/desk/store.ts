// Queries of the desk's own table.
import type { Insertable } from 'kysely'
import type { Tables, Tx } from '../../core/plugin.ts'
import type { ChangeRow, ChangeTable } from './tables.ts'

/** Keeps a change. */
export async function insertChange(tx: Tx, row: Insertable<Tables['desk_changes']>): Promise<void> {
  await tx.db.insertInto('desk_changes').values(row).execute()
}

/** The last change of a case, of a kind where one is named, that was not taken back. */
export async function lastChange(tx: Tx, caseId: string, kind: ChangeTable['kind'] | undefined): Promise<ChangeRow | undefined> {
  return tx.db
    .selectFrom('desk_changes')
    .selectAll()
    .where('case_id', '=', caseId)
    .where('undone_at', 'is', null)
    .$if(kind !== undefined, (q) => q.where('kind', '=', kind ?? 'requester'))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** The address that was named for a case. */
export async function senderNamed(tx: Tx, caseId: string): Promise<string | undefined> {
  return (await tx.db.selectFrom('desk_senders').select('address').where('case_id', '=', caseId).executeTakeFirst())?.address
}

/** Names the address of a case; null: none any more. */
export async function setSender(tx: Tx, caseId: string, address: string | null): Promise<void> {
  await tx.db.deleteFrom('desk_senders').where('case_id', '=', caseId).execute()
  if (address !== null) await tx.db.insertInto('desk_senders').values({ case_id: caseId, address }).execute()
}

/** Marks a change as taken back. */
export async function markTakenBack(tx: Tx, id: string): Promise<void> {
  await tx.db.updateTable('desk_changes').set({ undone_at: tx.now }).where('id', '=', id).execute()
}

/** Changes of these cases can no longer be taken back: a person in them is to be forgotten. */
export async function forgetChanges(tx: Tx, cases: readonly string[]): Promise<void> {
  if (cases.length > 0)
    await tx.db
      .deleteFrom('desk_changes')
      .where('case_id', 'in', [...cases])
      .execute()
}
