// Once a day: what the config no longer wants to be kept.
import { PosternError } from '../base/errors.ts'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config/types.ts'
import type { Log } from '../base/log.ts'
import { claimTick, settleCron } from '../store/crons.ts'
import type { Database } from '../store/database.ts'
import { casesPast } from '../store/delete-case.ts'
import { pruneOutbox, pruneRaw } from '../store/retention.ts'

const dayMs = 86_400_000
const name = 'core.retention'

/** Cases that are looked for at a time. */
const batch = 100

/** Statuses in which a case does not stay for ever, where the config says so. */
const ending = ['spam', 'trash', 'closed'] as const

/** Deletes or anonymises a case in a transaction of its own; throws `conflict` where it has to stay. */
export type EndCase = (id: string, how: 'delete' | 'anonymise') => Promise<unknown>

/** Prunes if the day's turn has come and no other node has taken it; call it as often as you like. */
export async function keepRetention(
  database: Database,
  clock: Clock,
  retention: Config['retention'],
  endCase: EndCase,
  log: Log,
): Promise<void> {
  const now = clock.now()
  const { closed, ...spans } = retention
  if (closed.after === null && Object.values(spans).every((span) => span === null)) return
  const due = await settleCron(database, name, now, () => now)
  if (due > now || !(await claimTick(database.write, name, due, now + dayMs))) return
  const cases = await endPast(database, now, retention, endCase)
  const raw = retention.raw === null ? 0 : await pruneRaw(database, clock, now - retention.raw)
  const outgoing = retention.outgoing === null ? 0 : await pruneOutbox(database, clock, now - retention.outgoing)
  log.info({ raw, outgoing, ...cases }, 'what was kept long enough has been deleted or anonymised')
}

/** How many cases of each status have been kept long enough. */
export async function countPast(
  database: Database,
  now: number,
  retention: Config['retention'],
): Promise<Readonly<Record<string, number>>> {
  return eachPast(database, now, retention, () => Promise.resolve())
}

/** Deletes or anonymises them, one transaction a case; how many of each status. */
export async function endPast(
  database: Database,
  now: number,
  retention: Config['retention'],
  endCase: EndCase,
): Promise<Readonly<Record<string, number>>> {
  return eachPast(database, now, retention, endCase)
}

async function eachPast(
  database: Database,
  now: number,
  retention: Config['retention'],
  work: EndCase,
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  for (const status of ending) {
    const {
      after: span,
      how,
      if: which,
    } = status === 'closed' ? retention.closed : { after: retention[status], how: 'delete' as const, if: {} }
    if (span === null) continue
    let after = ''
    counts[status] = 0
    for (;;) {
      const ids = await casesPast(database.read, status, now - span, after, batch, { ...which, named: how === 'anonymise' })
      for (const id of ids) if (await done(work, id, how)) counts[status] += 1
      after = ids.at(-1) ?? after
      if (ids.length < batch) break
    }
  }
  return counts
}

/** A case of which mail may still leave, or that somebody has tagged or deleted a moment ago, waits for the next day. */
async function done(work: EndCase, id: string, how: 'delete' | 'anonymise'): Promise<boolean> {
  try {
    await work(id, how)
    return true
  } catch (error) {
    if (error instanceof PosternError && (error.code === 'conflict' || error.code === 'not_found')) return false
    throw error
  }
}
