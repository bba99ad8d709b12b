// `postern status`: one look at what waits, what is stuck, and whether the daemon runs.
import { statSync } from 'node:fs'
import { backlog, casesByStatus, oldestWaitingAt } from '../store/status.ts'
import { sqliteInUse } from '../store/sqlite/sqlite.ts'
import type { DatabaseSession } from './open-database.ts'
import { answer, exit, table, timeOf } from './terminal.ts'

/** Exit code 0 while nothing needs a person, 1 where something is parked, failed, unknown or held. */
export async function showStatus({ config, database, clock, terminal }: DatabaseSession): Promise<number> {
  const now = clock.now()
  const waiting = await backlog(database.read, now)
  const cases = await casesByStatus(database.read)
  const oldestAt = await oldestWaitingAt(database.read)
  const running = config.database.kind === 'sqlite' ? sqliteInUse(config.database.path) : null
  const size = (suffix: string): number | null =>
    config.database.kind === 'sqlite' ? (statSync(config.database.path + suffix, { throwIfNoEntry: false })?.size ?? 0) : null
  const stuck = waiting.filter((w) => ['parked', 'failed', 'unknown', 'held'].includes(w.state) && w.count > 0)
  const status = {
    name: config.name,
    running,
    database: {
      kind: database.kind,
      ...(config.database.kind === 'sqlite' && { path: config.database.path, sizeBytes: size(''), walBytes: size('-wal') }),
    },
    cases: Object.fromEntries(cases.map((c) => [c.status, Number(c.n)])),
    waiting,
    oldestWaitingMail: oldestAt,
    stuck: stuck.reduce((sum, w) => sum + w.count, 0),
  }
  answer(terminal, status, () => [
    ...table([
      ['name', config.name],
      ['daemon', running === null ? 'not known (look at /readyz)' : running ? 'running' : 'not running'],
      [
        'database',
        config.database.kind === 'sqlite'
          ? `${config.database.path}, ${megabytes(size(''))} and ${megabytes(size('-wal'))} of log`
          : 'PostgreSQL',
      ],
      ['cases', cases.map((c) => `${Number(c.n)} ${c.status}`).join(', ') || 'none'],
      ['waiting mail', oldestAt === null ? 'none' : `since ${timeOf(oldestAt)}`],
    ]),
    ...(waiting.some((w) => w.count > 0)
      ? ['', ...table(waiting.filter((w) => w.count > 0).map((w) => [w.what, w.state, String(w.count), hintOf(w)]))]
      : []),
  ])
  return stuck.length > 0 ? exit.failed : exit.ok
}

const megabytes = (bytes: number | null): string => `${((bytes ?? 0) / 1e6).toFixed(1)} MB`

/** What an admin may do about it. */
function hintOf({ what, state }: { readonly what: string; readonly state: string }): string {
  if (what === 'inbound' && state === 'parked') return 'postern inbound list --state parked'
  if (what === 'jobs' && state === 'parked') return 'postern jobs list --state parked'
  if (what === 'outbox' && ['failed', 'unknown', 'held'].includes(state)) return `postern outbox list --state ${state}`
  return ''
}
