// Queries of what agents are told later.
import type { Selectable } from 'kysely'
import type { Tx } from '../../core/plugin.ts'
import type { NotifyPendingTable } from './tables.ts'

/** A row as it is read. */
export type PendingRow = Selectable<NotifyPendingTable>

/** Keeps what agents are told later. */
export async function keepPending(tx: Tx, rows: readonly PendingRow[]): Promise<void> {
  if (rows.length > 0)
    await tx.db
      .insertInto('notify_pending')
      .values([...rows])
      .execute()
}

/** Takes out what an agent is to be told by now, in the order in which it came. */
export async function takeDue(tx: Tx, agent: string): Promise<readonly PendingRow[]> {
  const rows = await tx.db.deleteFrom('notify_pending').where('agent', '=', agent).where('due_at', '<=', tx.now).returningAll().execute()
  return rows.sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1))
}

/** What an agent is to be told of a case later is due now; whether there is anything. */
export async function makeDue(tx: Tx, caseId: string, agent: string): Promise<boolean> {
  const rows = await tx.db
    .updateTable('notify_pending')
    .set({ due_at: tx.now })
    .where('case_id', '=', caseId)
    .where('agent', '=', agent)
    .where('due_at', '>', tx.now)
    .returning('id')
    .execute()
  return rows.length > 0
}
