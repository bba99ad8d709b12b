// `postern rules`: which rules there are and how they run, what those on watch would have done, and making them live or putting them on watch.
import { PosternError, parseDuration } from '../../../core/plugin.ts'
import type { CommandDefinition, Host } from '../../../core/plugin.ts'
import type { Rule } from '../files/rule-files.ts'
import { byText, modeOf, saidOf } from './modes.ts'
import { watchedLines, watchedView } from './views.ts'
import { saidModes, watchedSince } from './watch-store.ts'

const origin = { kind: 'system', id: null, via: 'cli' } as const

/** The command `rules`. It throws `invalid` for wrong usage, `not_found` for a rule that does not exist. */
export function rulesCommand(
  host: Pick<Host<unknown>, 'read' | 'transact' | 'now'>,
  rules: readonly Rule[],
): Readonly<Record<string, CommandDefinition>> {
  return {
    rules: {
      description: 'Lists the rules and how they run, shows what one on watch would have done, makes one live or puts it on watch.',
      usage: '<list|watched|live|watch> [name]',
      options: [
        ['--since <time>', 'for watched: how long back (default 24h)'],
        ['--limit <n>', 'for watched: how many (default 100)'],
      ],
      async run({ args: [what, name], options, print, json }) {
        if (what === 'list') {
          const said = byText(await saidModes(host.read))
          const all = rules.map((rule) => {
            const s = saidOf(rule, said)
            return {
              name: rule.name,
              mode: modeOf(rule, said),
              written: rule.mode,
              live_since: s?.mode === 'live' ? new Date(s.at).toISOString() : null,
              said_by: s?.by ?? null,
              on: rule.schedule ? rule.schedule.pattern : rule.events.join(', '),
              place: rule.place,
            }
          })
          if (json) print(JSON.stringify(all, null, 2))
          else
            for (const r of all)
              print(
                `${r.mode.padEnd(5)}  ${r.name}   on ${r.on}${r.live_since === null ? '' : `   live since ${r.live_since} (${r.said_by ?? ''})`}${r.mode === 'watch' && r.written === 'live' ? `   put on watch (${r.said_by ?? ''})` : ''}`,
              )
          return 0
        }
        if (what === undefined || !['watched', 'live', 'watch'].includes(what) || name === undefined)
          throw new PosternError('invalid', 'postern rules list | watched NAME | live NAME | watch NAME')
        if (what === 'live' || what === 'watch') {
          const { said } = await host.transact(origin, (tx) => tx.act(`rule.${what}`, null, { name }))
          print(json ? JSON.stringify({ name, mode: what }) : (said ?? ''))
          return 0
        }
        if (!rules.some((r) => r.name === name)) throw new PosternError('not_found', `there is no rule "${name}"`)
        const back = typeof options.since === 'string' ? parseDuration(options.since) : 86_400_000
        if (back === undefined) throw new PosternError('invalid', '--since: expected a span such as 24h or 7d')
        const limit = Math.min(Math.max(Number(options.limit ?? 100) || 100, 1), 10_000)
        const views = (await watchedSince(host.read, name, host.now() - back, limit)).map(watchedView)
        if (json) print(JSON.stringify(views, null, 2))
        else if (views.length === 0) print('It would have done nothing.')
        else for (const line of views.flatMap(watchedLines)) print(line)
        return 0
      },
    },
  }
}
