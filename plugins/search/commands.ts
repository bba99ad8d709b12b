// `postern search`: finds cases from a shell, and keeps the index.
import { PosternError, plainLine, systemClock } from '../../core/plugin.ts'
import type { CommandDefinition } from '../../core/plugin.ts'
import { find } from './find.ts'
import type { SearchHost } from './find.ts'
import { indexOrigin } from './index-cases.ts'
import { backlog, setState, stateOf } from './index-store.ts'
import { indexRound } from './indexer.ts'
import { texts } from './texts.ts'
import { view, viewerOf } from './routes.ts'

type Call = Parameters<CommandDefinition['run']>[0]

/** The commands, by name. */
export function commands(host: SearchHost): Readonly<Record<string, CommandDefinition>> {
  return {
    search: {
      description: `finds cases: postern search 'from:carl "cracked screen"'; "rebuild" makes the index anew and goes on where it was broken off, "status" says how far it is`,
      usage: '<query...>',
      options: [
        ['--limit <n>', 'at most so many (default 20)'],
        ['--newest', 'the newest change first; default: the best first'],
        ['--restart', 'rebuild: from the beginning, even where one was broken off'],
      ],
      run: (call) => {
        const text = call.args.join(' ')
        if (text === 'rebuild') return rebuild(host, call)
        return text === 'status' ? status(host, call) : search(host, call, text)
      },
    },
  }
}

async function search(host: SearchHost, { options, print, json }: Call, text: string): Promise<number> {
  const limit = Number(options.limit ?? 20)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new PosternError('invalid', '--limit: expected a number from 1 to 1000')
  const viewer = { ...viewerOf(host, null), locale: 'en' }
  const found = await find(host, host.read, text, viewer, {
    mailboxes: null,
    by: options.newest === true ? '-updated_at' : 'relevance',
    skip: 0,
    limit,
  })
  if (json) {
    print(JSON.stringify({ data: found.cases.map(view), total_at_least: found.total, ignored: found.query.ignored }))
    return 0
  }
  for (const { row, hits } of found.cases) {
    print(plainLine(`#${row.number}  ${row.status}  ${row.requester_address}  ${row.subject}`))
    for (const hit of hits) if (hit.kind !== 'case') print(`    ${plainLine(hit.snippet)}`)
  }
  const left = found.total - found.cases.length
  if (left > 0) print(`and ${left} more (--limit)`)
  if (found.total === 0) print(texts('en', 'found.none', { query: plainLine(text) }))
  const { cases } = await backlog(host.read)
  if (cases > 0) print(texts('en', 'found.stale', { n: cases }))
  return 0
}

async function status(host: SearchHost, { print, json }: Call): Promise<number> {
  const now = await backlog(host.read)
  const lag = now.oldestAt === null ? 0 : Math.max(0, host.now() - now.oldestAt)
  if (json) print(JSON.stringify({ documents: now.documents, events_behind: now.events, cases_behind: now.cases, lag_ms: lag }))
  else
    print(
      `${now.documents} documents; ${now.events} events (${Math.round(lag / 1000)} s) and ${now.cases} cases behind${now.cases > 0 ? '; the gateway goes on, or: postern search rebuild' : ''}`,
    )
  return 0
}

/** Runs the rounds that the gateway would run, beside it where it runs. */
async function rebuild(host: SearchHost, { options, print, json }: Call): Promise<number> {
  const before = await stateOf(host.read, 'rebuild')
  if (before === null || options.restart === true) await host.transact(indexOrigin, (tx) => setState(tx.db, 'rebuild', 0))
  else if (!json) print(`going on behind case #${before}`)
  let said = systemClock.monotonic()
  for (;;) {
    const went = await indexRound(host, host.now())
    if (went === 'done') break
    // The gateway is at it.
    if (went === 'taken') await new Promise<void>((resolve) => systemClock.setTimer(200, resolve))
    if (systemClock.monotonic() - said > 5000 && !json) {
      said = systemClock.monotonic()
      print(`${(await backlog(host.read)).cases} cases left`)
    }
  }
  const { documents } = await backlog(host.read)
  print(json ? JSON.stringify({ documents }) : `the index is complete: ${documents} documents`)
  return 0
}
