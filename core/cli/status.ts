// `postern status`: one look at what waits, what is stuck, and whether the daemon runs.
import { statSync } from 'node:fs'
import { formatDuration } from '../base/units.ts'
import { backlog, casesByStatus, oldestWaiting, oldestWaitingAt, readersBehind } from '../store/status.ts'
import { sqliteInUse } from '../store/sqlite/sqlite.ts'
import type { Backlog } from '../store/status.ts'
import type { DatabaseSession } from './session.ts'
import { answer, exit, table, timeOf } from './terminal.ts'

/** Exit code 0 while nothing needs a person, 1 where something is parked, failed, unknown or held. */
export async function showStatus({ config, database, clock, terminal }: DatabaseSession): Promise<number> {
  const now = clock.now()
  const waiting: (Backlog & { readonly oldestAt: number | null; readonly reason: string | null })[] = []
  for (const one of await backlog(database.read, now)) {
    const oldest = one.count > 0 ? await oldestWaiting(database.read, one, now) : null
    waiting.push({ ...one, oldestAt: oldest?.at ?? null, reason: oldest?.reason ?? null })
  }
  const cases = await casesByStatus(database.read)
  const oldestAt = await oldestWaitingAt(database.read)
  const readers = await readersBehind(database.read)
  const running = config.database.kind === 'sqlite' ? sqliteInUse(config.database.path) : null
  const health = await healthOf(config.http)
  const size = (suffix: string): number | null =>
    config.database.kind === 'sqlite' ? (statSync(config.database.path + suffix, { throwIfNoEntry: false })?.size ?? 0) : null
  const stuck = waiting.filter((w) => ['parked', 'failed', 'unknown', 'held'].includes(w.state) && w.count > 0)
  const status = {
    name: config.name,
    running,
    health: health ?? null,
    database: {
      kind: database.kind,
      ...(config.database.kind === 'sqlite' && { path: config.database.path, sizeBytes: size(''), walBytes: size('-wal') }),
    },
    cases: Object.fromEntries(cases.map((c) => [c.status, Number(c.n)])),
    waiting,
    oldestWaitingMail: oldestAt,
    readers: readers.map((r) => ({ ...r, lagMs: r.oldestAt === null ? 0 : Math.max(0, now - r.oldestAt) })),
    stuck: stuck.reduce((sum, w) => sum + w.count, 0),
  }
  answer(terminal, status, () => [
    ...table([
      ['name', config.name],
      ['daemon', [running === null ? 'not known (look at /readyz)' : running ? 'running' : 'not running', ...wordsOf(health)].join(', ')],
      [
        'database',
        config.database.kind === 'sqlite'
          ? `${config.database.path}, ${megabytes(size(''))} and ${megabytes(size('-wal'))} of log`
          : 'PostgreSQL',
      ],
      ['cases', cases.map((c) => `${Number(c.n)} ${c.status}`).join(', ') || 'none'],
      ['waiting mail', oldestAt === null ? 'none' : `since ${timeOf(oldestAt)}`],
      ...readers.map((r) => [r.name, r.events === 0 ? 'up to date' : `${r.events} events behind, ${ageOf(r.oldestAt, now)}`]),
    ]),
    ...(waiting.some((w) => w.count > 0)
      ? [
          '',
          ...table(
            waiting
              .filter((w) => w.count > 0)
              .map((w) => [w.what, w.state, String(w.count), ageOf(w.oldestAt, now), (w.reason ?? '').slice(0, 100), hintOf(w)]),
          ),
        ]
      : []),
  ])
  return stuck.length > 0 ? exit.failed : exit.ok
}

/** What /readyz of the gateway says; undefined where nobody answers there. */
interface Health {
  readonly ready?: unknown
  readonly missing?: unknown
  readonly config?: unknown
}

async function healthOf({ host, port }: DatabaseSession['config']['http']): Promise<Health | undefined> {
  const at = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  try {
    const answered = await fetch(`http://${at.includes(':') ? `[${at}]` : at}:${port}/readyz`, { signal: AbortSignal.timeout(2000) })
    const body: unknown = await answered.json()
    return typeof body === 'object' && body !== null && 'ready' in body ? body : undefined
  } catch {
    return undefined
  }
}

function wordsOf(health: Health | undefined): readonly string[] {
  if (!health) return []
  return [
    health.ready === true ? 'ready for mail' : `takes no mail (${String(health.missing)})`,
    ...(health.config === 'stale' ? ['config: stale (see its log; postern check)'] : []),
  ]
}

const megabytes = (bytes: number | null): string => `${((bytes ?? 0) / 1e6).toFixed(1)} MB`

/** How long the oldest has waited, in its two largest units; when it is to run, where that is still to come. */
function ageOf(at: number | null, now: number): string {
  if (at === null) return ''
  const text = formatDuration(Math.floor(Math.abs(now - at) / 1000) * 1000)
    .split(' ')
    .slice(0, 2)
    .join(' ')
  return at > now ? `in ${text}` : `for ${text}`
}

/** What an admin may do about it. */
function hintOf({ what, state }: { readonly what: string; readonly state: string }): string {
  if (what === 'inbound' && state === 'parked') return 'postern inbound list --state parked'
  if (what === 'jobs' && state === 'parked') return 'postern jobs list --state parked'
  if (what === 'outbox' && ['failed', 'unknown', 'held'].includes(state)) return `postern outbox list --state ${state}`
  return ''
}
