// Queries of rules on watch: which rules somebody has made live or put on watch, and what those on watch would have done.
import { batchesOf } from '../../../core/plugin.ts'
import type { Tx } from '../../../core/plugin.ts'

/** Whether a rule acts, or is only watched. */
export type Mode = 'live' | 'watch'

/** What somebody has said of a rule as it is written: of another text nothing is said. `hash`: of its text; `at`: ms UTC. */
export interface SaidMode {
  readonly rule: string
  readonly hash: string
  readonly mode: Mode
  readonly at: number
  readonly by: string
}

/** What a rule on watch would have done once. `asked` and `did` are JSON; `at`: ms UTC. */
export interface WatchedRow {
  readonly id: string
  readonly rule: string
  readonly hash: string
  readonly case_id: string
  readonly message_id: string | null
  readonly event: string
  readonly at: number
  readonly asked: string
  readonly did: string
}

/** Everything that was said of rules. */
export async function saidModes(db: Tx['db']): Promise<readonly SaidMode[]> {
  return db.selectFrom('rules_modes').selectAll().execute() as Promise<readonly SaidMode[]> // `mode` is written by sayMode alone
}

/** Says it, in place of what was said of this text before. */
export async function sayMode(tx: Tx, said: SaidMode): Promise<void> {
  await tx.db
    .insertInto('rules_modes')
    .values(said)
    .onConflict((c) => c.columns(['rule', 'hash']).doUpdateSet({ mode: said.mode, at: said.at, by: said.by }))
    .execute()
}

/** Keeps what a rule on watch would have done. */
export async function insertWatched(tx: Tx, row: WatchedRow): Promise<void> {
  await tx.db.insertInto('rules_watched').values(row).execute()
}

/** What a rule would have done at or after an instant (ms UTC), the newest first, with the numbers of the cases. */
export async function watchedSince(
  db: Tx['db'],
  rule: string,
  since: number,
  limit: number,
): Promise<readonly (WatchedRow & { readonly number: number; readonly mailbox: string; readonly subject: string })[]> {
  return db
    .selectFrom('rules_watched')
    .innerJoin('cases', 'cases.id', 'rules_watched.case_id')
    .selectAll('rules_watched')
    .select(['cases.number', 'cases.mailbox', 'cases.subject'])
    .where('rules_watched.rule', '=', rule)
    .where('rules_watched.at', '>=', since)
    .orderBy('rules_watched.at', 'desc')
    .orderBy('rules_watched.id', 'desc')
    .limit(limit)
    .execute()
}

/** Since an instant (ms UTC), how often each rule would have fired, in how many cases. */
export async function watchedCounts(
  db: Tx['db'],
  since: number,
): Promise<readonly { readonly rule: string; readonly times: number; readonly cases: number }[]> {
  const rows = await db
    .selectFrom('rules_watched')
    .select(['rule', (eb) => eb.fn.countAll<number>().as('times'), (eb) => eb.fn.count<number>('case_id').distinct().as('cases')])
    .where('at', '>=', since)
    .groupBy('rule')
    .orderBy('rule')
    .execute()
  return rows.map((r) => ({ rule: r.rule, times: Number(r.times), cases: Number(r.cases) }))
}

/** Every change of the status of these cases since an instant (ms UTC): data and origin as JSON. */
export async function statusChanges(
  db: Tx['db'],
  cases: readonly string[],
  since: number,
): Promise<readonly { readonly case_id: string | null; readonly data: string; readonly origin: string; readonly created_at: number }[]> {
  if (cases.length === 0) return []
  return db
    .selectFrom('events')
    .select(['case_id', 'data', 'origin', 'created_at'])
    .where('case_id', 'in', cases)
    .where('type', '=', 'case.status_changed')
    .where('created_at', '>=', since)
    .execute()
}

/** Takes out what is older than an instant (ms UTC). */
export async function forgetWatched(tx: Tx, before: number): Promise<void> {
  await tx.db.deleteFrom('rules_watched').where('at', '<', before).execute()
}

/** Takes out what was watched in these cases. */
export async function forgetWatchedIn(tx: Tx, cases: readonly string[]): Promise<void> {
  for (const some of batchesOf(cases)) await tx.db.deleteFrom('rules_watched').where('case_id', 'in', some).execute()
}
