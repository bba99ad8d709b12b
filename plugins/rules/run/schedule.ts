// Rules on a schedule: a tick makes a job that walks through the cases in portions, so that no transaction lasts long.
import Type from 'typebox'
import type { Static } from 'typebox'
import { defineJob } from '../../../core/plugin.ts'
import type { CronDefinition, Host, JobDefinition, Tx } from '../../../core/plugin.ts'
import { factsAt } from '../conditions/facts.ts'
import type { RuleContext } from '../conditions/facts.ts'
import { forgetAnswers } from '../store.ts'
import type { Node, Rule } from '../files/rule-files.ts'
import { fire } from './run.ts'
import type { Settings } from '../settings.ts'
import { statusNames } from '../conditions/conditions.ts'
import { casesAfter } from '../store.ts'
import type { Modes } from '../watch/modes.ts'
import { forgetWatched } from '../watch/watch-store.ts'

/** Cases looked at in one transaction. */
const portion = 50

const walk = Type.Object({ rule: Type.String(), after: Type.String({ description: 'The last case that was looked at' }) })
type Walk = Static<typeof walk>

/** Answers are counted for 32 days at most, what rules on watch would have done is kept as long. */
async function forgetOld(tx: Tx): Promise<void> {
  const before = tx.now - 32 * 86_400_000
  await forgetAnswers(tx, before)
  await forgetWatched(tx, before)
}

/** One cron for each rule with a schedule, the cron that forgets old answers after 32 days, and the job that walks through the cases. */
export function schedules(
  rules: readonly Rule[],
  host: Host<Settings>,
  context: RuleContext,
  modes: Modes,
): { readonly crons: Readonly<Record<string, CronDefinition>>; readonly jobs: Readonly<Record<string, JobDefinition>> } {
  const timed = rules.flatMap((rule) => (rule.schedule ? [{ rule, schedule: rule.schedule }] : []))
  const byName = new Map(timed.map(({ rule }) => [rule.name, rule]))
  const crons = timed.map(({ rule, schedule }): [string, CronDefinition] => [
    `rule ${rule.name}`,
    {
      pattern: schedule.pattern,
      timezone: schedule.timezone,
      run: (tx, tick) => tx.jobs.put('rules.walk', `rules.walk:${rule.name}`, tick, { rule: rule.name, after: '' } satisfies Walk),
    },
  ])
  return {
    crons: Object.fromEntries([...crons, ['forget', { pattern: '17 3 * * *', run: forgetOld, passOver: 'once' }]]),
    jobs: {
      walk: defineJob({
        payload: walk,
        concurrency: 1,
        async run(tx, payload) {
          const rule = byName.get(payload.rule)
          // Taken out or renamed by a reload: there is nothing left to do.
          if (!rule) return
          const ids = await casesAfter(tx, payload.after, {
            statuses: statusesOf(rule.when),
            mailboxes: rule.mailboxes && [...rule.mailboxes],
            limit: portion,
          })
          await modes.refresh(tx)
          for (const id of ids) {
            const c = await tx.cases.get(id)
            if (c) await fire(await factsAt(tx, c, context), rule, 'schedule', { host, context, modes })
          }
          const last = ids.at(-1)
          if (last !== undefined && ids.length === portion)
            await tx.jobs.put('rules.walk', `rules.walk:${rule.name}`, tx.now, { rule: rule.name, after: last } satisfies Walk)
        },
      }),
    },
  }
}

/** Which statuses a case must have for the rule to hold, as far as its outermost conditions say; else those that are in work. */
function statusesOf(node: Node): ('open' | 'waiting' | 'closed' | 'spam' | 'trash')[] {
  const nodes = node.kind === 'all' ? node.nodes : [node]
  const asked = nodes.find((n) => n.kind === 'test' && n.name === 'status')
  if (asked?.kind !== 'test') return ['open', 'waiting']
  const value = (Array.isArray(asked.value) ? asked.value : [asked.value]).map((v) => statusNames[String(v).toLowerCase()])
  return (['open', 'waiting', 'closed', 'spam', 'trash'] as const).filter((s) => value.includes(s))
}
