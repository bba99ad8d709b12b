// `postern suppressions list|remove`: addresses that get no automatic mail, because a mail of ours to them came back.
import { listSuppressions, removeSuppression } from '../store/automatic.ts'
import { adminOrigin } from './session.ts'
import type { DatabaseSession, Session } from './session.ts'
import { answer, exit, table, timeOf } from './terminal.ts'

/** One line each, newest first. */
export async function showSuppressions(
  { database, clock, terminal }: DatabaseSession,
  options: { readonly limit: number },
): Promise<number> {
  const rows = await listSuppressions(database.read, { now: clock.now(), limit: options.limit })
  answer(terminal, rows, () =>
    table([['ADDRESS', 'SINCE', 'UNTIL', 'REASON'], ...rows.map((r) => [r.address, timeOf(r.created_at), timeOf(r.until), r.reason])]),
  )
  return exit.ok
}

/** Automatic mail goes to them again. Exit code 1 where one of them was not suppressed. */
export async function removeSuppressions(session: Session, addresses: readonly string[]): Promise<number> {
  const { terminal } = session
  const results: { readonly address: string; readonly removed: boolean }[] = []
  for (const address of addresses) {
    const row = await session.transact(adminOrigin, (tx) => removeSuppression(tx.db, address.trim()))
    results.push({ address, removed: row !== undefined })
  }
  answer(terminal, results, () => results.filter((r) => r.removed).map((r) => `${r.address}: gets automatic mail again`))
  if (!terminal.json) for (const r of results) if (!r.removed) terminal.complain(`${r.address}: is not suppressed`)
  return results.every((r) => r.removed) ? exit.ok : exit.failed
}
