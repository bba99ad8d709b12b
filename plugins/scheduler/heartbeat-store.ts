// The one row that holds the heartbeat of all nodes.
import type { Selectable } from 'kysely'
import type { Tx } from '../../core/plugin.ts'
import type { HeartbeatTable } from './tables.ts'

/** When somebody was last at work, and until when deferred messages wait after a downtime (ms UTC). */
export type Heartbeat = Pick<Selectable<HeartbeatTable>, 'at' | 'hold_until' | 'noticed_at'>

/** The row, or undefined where there is none yet. */
export async function readHeartbeat(tx: Tx): Promise<Heartbeat | undefined> {
  return tx.db.selectFrom('scheduler_alive').select(['at', 'hold_until', 'noticed_at']).where('id', '=', 1).executeTakeFirst()
}

/** Compare-and-set by the time that it had; false: another node was first. */
export async function moveHeartbeat(tx: Tx, from: number, to: Heartbeat): Promise<boolean> {
  const row = await tx.db
    .updateTable('scheduler_alive')
    .set(to)
    .where('id', '=', 1)
    .where('at', '=', from)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Writes the first row, unless there is one. */
export async function insertHeartbeat(tx: Tx, first: Heartbeat): Promise<void> {
  await tx.db
    .insertInto('scheduler_alive')
    .values({ id: 1, ...first })
    .onConflict((c) => c.doNothing())
    .execute()
}

/** Writes the row, whatever was there. */
export async function setHeartbeat(tx: Tx, next: Heartbeat): Promise<void> {
  await tx.db
    .insertInto('scheduler_alive')
    .values({ id: 1, ...next })
    .onConflict((c) => c.column('id').doUpdateSet(next))
    .execute()
}

/** Writes that somebody is at work now. */
export async function touchHeartbeat(tx: Tx): Promise<void> {
  await tx.db.updateTable('scheduler_alive').set({ at: tx.now }).where('id', '=', 1).execute()
}
