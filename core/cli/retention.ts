// `postern retention`: how many cases the config no longer wants to be kept; with --yes they are deleted now.
import { countPast, endPast } from '../engine/retention.ts'
import { adminOrigin } from './session.ts'
import type { Session } from './session.ts'
import { answer, exit, table } from './terminal.ts'

/** Prints the counts by status; those that are off are left out. */
export async function retention(session: Session, options: { readonly yes: boolean }): Promise<number> {
  const { config, database, clock, terminal } = session
  const counts = options.yes
    ? await endPast(database, clock.now(), config.retention, (id, how) => session.transact(adminOrigin, (tx) => tx.cases[how](id)))
    : await countPast(database, clock.now(), config.retention)
  const { how } = config.retention.closed
  const lines = table(
    Object.entries(counts).map(([status, n]) => [
      `cases in ${status}`,
      String(n),
      ...(status === 'closed' && how === 'anonymise' ? ['anonymised'] : []),
    ]),
  )
  answer(terminal, { dryRun: !options.yes, ...counts, ...('closed' in counts && { how }) }, () =>
    lines.length === 0
      ? ['The configuration keeps all cases: retention has no spam, trash or closed.']
      : [
          options.yes ? 'Deleted:' : 'What would be deleted:',
          ...lines,
          ...(options.yes ? [] : ['Nothing has been changed. Do it with --yes.']),
        ],
  )
  return exit.ok
}
