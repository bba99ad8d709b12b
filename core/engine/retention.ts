// Once a day: what the config no longer wants to be kept.
import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config/types.ts'
import type { Log } from '../base/log.ts'
import { claimTick, settleCron } from '../store/crons.ts'
import type { Database } from '../store/database.ts'
import { pruneOutbox, pruneRaw } from '../store/retention.ts'

const dayMs = 86_400_000
const name = 'core.retention'

/** Prunes if the day's turn has come and no other node has taken it; call it as often as you like. */
export async function keepRetention(database: Database, clock: Clock, retention: Config['retention'], log: Log): Promise<void> {
  const now = clock.now()
  if (retention.raw === null && retention.outgoing === null) return
  const due = await settleCron(database, name, now, () => now)
  if (due > now || !(await claimTick(database.write, name, due, now + dayMs))) return
  const raw = retention.raw === null ? 0 : await pruneRaw(database, clock, now - retention.raw)
  const outgoing = retention.outgoing === null ? 0 : await pruneOutbox(database, clock, now - retention.outgoing)
  log.info({ raw, outgoing }, 'what was kept long enough has been deleted')
}
