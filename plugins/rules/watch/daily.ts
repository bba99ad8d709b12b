// Once a day: what rules on watch would have done, and what people did otherwise, with a link that makes each of them live.
import { mailAgents, makeLink, publicUrl } from '../../../core/plugin.ts'
import type { AgentConfig, CronDefinition, Host, Locale, Tx } from '../../../core/plugin.ts'
import type { Rule } from '../files/rule-files.ts'
import type { Settings } from '../settings.ts'
import { byText, modeOf } from './modes.ts'
import { say } from './texts.ts'
import { watchedView } from './views.ts'
import { saidModes, statusChanges, watchedCounts, watchedSince } from './watch-store.ts'

/** Keeps the links of this mail from being good for anything else that is signed with the same key. */
export const purpose = 'rule'

const dayMs = 86_400_000
/** A link is good for a weekend. */
const linkMs = 3 * dayMs
/** Rows of one rule that are looked at for the details; the totals are of all. */
const looked = 500

/** What is told of one rule. */
interface Told {
  readonly rule: Rule
  readonly times: number
  readonly cases: number
  readonly numbers: readonly number[]
  readonly actions: readonly { readonly action: string; readonly count: number; readonly refused: number; readonly why: string }[]
  /** Cases whose status people have changed since, in another way than the rule would have. */
  readonly changed: number
}

/** The cron of the mail. */
export function dailyMail(host: Host<Settings>, rules: readonly Rule[]): CronDefinition {
  const [hour = '8', minute = '0'] = host.settings.watch.at.split(':')
  return {
    pattern: `${Number(minute)} ${Number(hour)} * * *`,
    timezone: host.config.timezone,
    passOver: 'once',
    async run(tx) {
      const said = byText(await saidModes(tx.db))
      const told: Told[] = []
      for (const { rule: name, times, cases } of await watchedCounts(tx.db, tx.now - dayMs)) {
        const rule = rules.find((r) => r.name === name)
        if (rule && modeOf(rule, said) === 'watch') told.push({ rule, times, cases, ...(await detailsOf(tx, rule)) })
      }
      if (told.length === 0) return
      const { tell } = host.settings.watch
      await mailAgents(tx, tell.length > 0 ? tell : [...tx.config.agents.keys()], (agent) => ({
        subject: say(agent.locale, 'daily.subject'),
        text: textFor(host, tx.now, agent, told),
      }))
    },
  }
}

async function detailsOf(tx: Tx, rule: Rule): Promise<Omit<Told, 'rule' | 'times' | 'cases'>> {
  const rows = await watchedSince(tx.db, rule.name, tx.now - dayMs, looked)
  const views = rows.map(watchedView)
  const actions = new Map<string, { action: string; count: number; refused: number; why: string }>()
  // What the rule would have made of a case: the latest of its wishes.
  const wished = new Map<string, { readonly to: string; readonly at: number }>()
  for (const [i, view] of views.entries()) {
    for (const { action, args, refused } of view.would) {
      const one = actions.get(action) ?? { action, count: 0, refused: 0, why: '' }
      actions.set(action, { action, count: one.count + 1, refused: one.refused + (refused === undefined ? 0 : 1), why: refused ?? one.why })
      const to = typeof args === 'object' && args !== null && 'status' in args ? args.status : undefined
      const row = rows[i]
      if (action === 'case.status' && typeof to === 'string' && row && !wished.has(row.case_id)) wished.set(row.case_id, { to, at: row.at })
    }
  }
  const changed = new Set<string>()
  for (const change of await statusChanges(tx.db, [...wished.keys()], tx.now - dayMs)) {
    const wish = wished.get(change.case_id ?? '')
    if (!wish || change.created_at < wish.at) continue
    const { kind } = JSON.parse(change.origin) as { readonly kind: string } // an Origin, as every event has one
    const { to } = JSON.parse(change.data) as { readonly to: string } // of case.status_changed
    if ((kind === 'agent' || kind === 'customer') && to !== wish.to) changed.add(change.case_id ?? '')
  }
  return { numbers: [...new Set(rows.map((r) => r.number))], actions: [...actions.values()], changed: changed.size }
}

function textFor(host: Host<Settings>, now: number, agent: AgentConfig, told: readonly Told[]): string {
  const { locale } = agent
  const instance = host.config.name
  const base = publicUrl(host.config)
  return [
    say(locale, 'daily.intro', { instance }),
    ...told.map(({ rule, ...one }) => {
      const claims = { r: rule.name, h: rule.hash, a: agent.id }
      const url = `${base}/a/rule/${makeLink(host.tokens, { purpose, claims, expiresMs: now + linkMs })}`
      return [
        say(locale, 'daily.rule', {
          name: rule.name,
          times: counted(locale, 'times', one.times),
          cases: counted(locale, 'cases', one.cases),
        }),
        ...one.actions.map(
          ({ action, count, refused, why }) =>
            `  ${refused === 0 ? say(locale, 'daily.action', { action, count }) : say(locale, 'daily.refused', { action, count, refused, why })}`,
        ),
        ...(one.changed > 0 ? [say(locale, 'daily.people', { changed: one.changed })] : []),
        say(locale, 'daily.cases', {
          list: `${one.numbers
            .slice(0, 30)
            .map((n) => `#${n}`)
            .join(' ')}${one.numbers.length > 30 ? ' …' : ''}`,
        }),
        say(locale, 'daily.see', { name: rule.name }),
        say(locale, 'daily.link', { url }),
      ].join('\n')
    }),
  ].join('\n\n')
}

const counted = (locale: Locale, what: 'times' | 'cases', n: number): string =>
  n === 1 ? say(locale, `${what}.one`) : say(locale, `${what}.many`, { n })
