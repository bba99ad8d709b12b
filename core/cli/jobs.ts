// `postern jobs list|retry|drop`: durable work of plugins. Mails that wait to be taken in are under `postern inbound`.
import type { Kysely } from 'kysely'
import { intakeJob } from '../store/inbound.ts'
import { dropJob, listJobs as listWork, retryJob } from '../store/jobs.ts'
import type { JobTable, Tables } from '../store/tables.ts'
import { adminOrigin } from './session.ts'
import type { DatabaseSession, Session } from './session.ts'
import { UsageError, answer, exit, table, timeOf } from './terminal.ts'

const states: readonly string[] = ['ready', 'running', 'parked'] satisfies readonly JobTable['state'][]
const isState = (text: string): text is JobTable['state'] => states.includes(text)

/** `postern jobs list`: prints jobs of plugins, `limit` at most. Returns the exit code; throws `UsageError` for an unknown state. */
export async function listJobs(
  { database, terminal }: DatabaseSession,
  options: { readonly state?: string; readonly limit: number },
): Promise<number> {
  const { state, limit } = options
  if (state !== undefined && !isState(state)) throw new UsageError(`expected one of ${states.join(', ')}, not "${state}"`)
  const rows = await listWork(database.read, { exceptKind: intakeJob, ...(state && { state }), limit })
  answer(terminal, rows, () =>
    table([
      ['KEY', 'KIND', 'STATE', 'DUE', 'TRIES', 'ERROR'],
      ...rows.map((r) => [r.key, r.kind, r.state, timeOf(r.run_at), String(r.attempts), r.error ?? '']),
    ]),
  )
  return exit.ok
}

/** Exit code 1 where one of them is not there or runs right now. */
export function retryJobs(session: Session, keys: readonly string[]): Promise<number> {
  return order(session, keys, 'will be done now', (db, key, now) => retryJob(db, key, intakeJob, now))
}

/** Exit code 1 where one of them is not there. */
export function dropJobs(session: Session, keys: readonly string[]): Promise<number> {
  return order(session, keys, 'dropped', async (db, key) => !key.startsWith(`${intakeJob}:`) && (await dropJob(db, key)))
}

async function order(
  session: Session,
  keys: readonly string[],
  done: string,
  change: (db: Kysely<Tables>, key: string, now: number) => Promise<boolean>,
): Promise<number> {
  const results: { readonly key: string; readonly ok: boolean }[] = []
  for (const key of keys) results.push({ key, ok: await session.transact(adminOrigin, (tx) => change(tx.db, key, tx.now)) })
  answer(session.terminal, results, () => results.filter((r) => r.ok).map((r) => `${r.key}: ${done}`))
  if (!session.terminal.json)
    for (const r of results.filter((one) => !one.ok)) session.terminal.complain(`${r.key}: there is no such job, or it runs right now`)
  return results.every((r) => r.ok) ? exit.ok : exit.failed
}
