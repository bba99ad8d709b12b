// Whether all nodes were down: a heartbeat that any node writes, and how long deferred messages wait after there was none.
import type { Tx } from '../../core/plugin.ts'
import type { SchedulerHost } from './person.ts'
import type { Heartbeat } from './heartbeat-store.ts'
import { insertHeartbeat, moveHeartbeat, readHeartbeat, setHeartbeat, touchHeartbeat } from './heartbeat-store.ts'

/** Cron pattern of the heartbeat; a fraction of the shortest downtime that can be set. */
export const heartbeatPattern = '*/20 * * * * *'

/** A jump of the clock this long makes everything due at once: people get so long to notice. */
const longJumpMs = 15 * 60_000
const jumpHoldMs = 5 * 60_000

/**
 * Reads the heartbeat, and notices a downtime by itself: a job may run before the first heartbeat after a start. `write`: writes it too
 * (one row for all nodes: jobs only read it).
 */
export async function checkHeartbeat(tx: Tx, host: SchedulerHost, write: boolean): Promise<Heartbeat> {
  const row = await readHeartbeat(tx)
  if (!row) return firstHeartbeat(tx)
  const gap = tx.now - row.at
  const down = gap > host.settings.downtime
  if (!down && !write) return row
  const next = down
    ? { at: tx.now, hold_until: tx.now + host.settings.grace, noticed_at: tx.now }
    : { at: tx.now, hold_until: row.hold_until, noticed_at: row.noticed_at }
  const mine = await moveHeartbeat(tx, row.at, next)
  // Another node was first and saw the same.
  if (!mine) return { ...next, ...(await readHeartbeat(tx)) }
  if (down) {
    host.count('postern_scheduler_downtimes_total')
    host.log.warn(
      { downMs: gap, graceMs: host.settings.grace },
      'nobody was at work for a while: deferred messages wait until the MTA has delivered what came meanwhile',
    )
  }
  return next
}

/** Writes the first heartbeat, unless there is one. */
export async function firstHeartbeat(tx: Tx): Promise<Heartbeat> {
  const first = { at: tx.now, hold_until: 0, noticed_at: 0 }
  await insertHeartbeat(tx, first)
  return first
}

/** The heartbeat after a time that was passed over: as if every one in it had been written. */
export async function renewHeartbeat(tx: Tx): Promise<void> {
  await touchHeartbeat(tx)
}

/** The clock of a node jumped: that is no downtime, but everything may be due at once. */
export async function clockJumped(tx: Tx, host: SchedulerHost, byMs: number): Promise<void> {
  const row = await readHeartbeat(tx)
  const before = Math.min(row?.hold_until ?? 0, tx.now + host.settings.grace)
  const next =
    byMs > longJumpMs
      ? { at: tx.now, hold_until: Math.max(before, tx.now + jumpHoldMs), noticed_at: tx.now }
      : { at: tx.now, hold_until: before, noticed_at: row?.noticed_at ?? 0 }
  await setHeartbeat(tx, next)
}

/** When a message that is due now may leave: null for now. What was overdue when the downtime was noticed keeps the pace in which it was found. */
export function waitsUntil(heartbeat: Heartbeat, due: number, now: number): number | null {
  if (heartbeat.hold_until <= now) return null
  return due < heartbeat.noticed_at ? now + (heartbeat.hold_until - heartbeat.noticed_at) : heartbeat.hold_until
}
