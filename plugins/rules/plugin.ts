// Receipts, rules and templates: what admins write in YAML, checked at load, run inside the transaction of what it is about.
import Type from 'typebox'
import { definePlugin, event } from '../../core/plugin.ts'
import type { EventType, Hooks, PosternEvent, SettingsProblem, Tx } from '../../core/plugin.ts'
import { actionsOf } from './run/actions.ts'
import { factsAtIntake } from './intake.ts'
import { lint } from './files/lint.ts'
import { loadAll } from './files/load.ts'
import { rulesRoutes } from './routes.ts'
import { countFor, forgetFirings, resetSince } from './store.ts'
import { receiptJob, standardReceipts } from './run/receipts.ts'
import { noteReload } from './files/reload.ts'
import { hear, rulesByEvent } from './run/run.ts'
import { doTheRest } from './run/use-template.ts'
import { schedules } from './run/schedule.ts'
import { config } from './settings.ts'
import { migrations } from './tables.ts'
import { templateCommand } from './template-command.ts'
import { signaturesWrong, verifyRules } from './verify.ts'
import { modeActions } from './watch/actions.ts'
import { rulesCommand } from './watch/commands.ts'
import { dailyMail } from './watch/daily.ts'
import { Modes } from './watch/modes.ts'
import { modeRoutes } from './watch/routes.ts'
import { forgetWatchedIn } from './watch/watch-store.ts'

declare module '../../core/contract/events.ts' {
  interface EventTypes {
    readonly 'rule.fired': { readonly rule: string; readonly on: string; readonly did: readonly string[] }
    readonly 'rule.mode': { readonly rule: string; readonly mode: 'live' | 'watch' }
  }
}

export default definePlugin({
  name: 'rules',
  description: 'Receipts, rules and templates from YAML files.',
  requires: ['desk'],
  config,
  migrations,
  events: {
    'rule.fired': event(
      'A rule fired.',
      Type.Object({
        rule: Type.String(),
        on: Type.String({ description: 'Event that it heard, or schedule' }),
        did: Type.Array(Type.String(), { description: 'Its actions, and what came of them' }),
      }),
      { rule: 'thank', on: 'case.created', did: ['case.tags'] },
    ),
    'rule.mode': event(
      'Somebody made a rule live, or put it on watch.',
      Type.Object({ rule: Type.String(), mode: Type.Union([Type.Literal('live'), Type.Literal('watch')]) }),
      { rule: 'thank', mode: 'live' },
    ),
  },
  check: (settings, whole) => loadAll(settings, whole).problems.filter((p) => !p.warning),
  counters: {
    postern_rules_fired_total: { help: 'Rules that fired', labels: { rule: [] } },
    postern_rules_watched_total: { help: 'Times that a rule on watch would have fired', labels: { rule: [] } },
    postern_rule_loops_cut_total: { help: 'Rules that fired because of themselves and were stopped', labels: { rule: [] } },
    postern_rule_refusals_total: { help: 'Actions of rules that were refused', labels: { rule: [], action: [] } },
    postern_receipts_total: { help: 'Receipts that were sent, or that a bound did not let out', labels: { result: ['sent', 'refused'] } },
  },
  setup(host) {
    const loaded = loadAll(host.settings, host.config)
    // What is wrong is left out here; `check` and `verify` keep such a config out of force.
    const { rules, drafts, templates, context, templateActions } = loaded
    const modes = new Modes()
    const running = { host, context, modes }
    const asked = new Set(rules.flatMap((rule) => rule.headers))
    const scheduled = schedules(rules, host, context, modes)
    const finish = standardReceipts(host, templates, context)
    const on: Record<string, (tx: Tx, heard: PosternEvent<EventType>) => Promise<void>> = {}
    for (const [type, mine] of rulesByEvent(rules)) on[type] = (tx, heard) => hear(tx, heard, mine, running)
    // What a template orders with an answer that was held is done when it leaves; rules hear of that afterwards.
    for (const type of ['message.sent', 'notice.resolved'] as const) {
      const then = on[type]
      on[type] = async (tx, heard) => {
        const { message } = heard.data as { readonly message: string | null } // as both have it
        if (message !== null) await doTheRest(host, tx, message)
        await then?.(tx, heard)
      }
    }
    const ofMerges = on['case.merged']
    on['case.merged'] = async (tx, heard) => {
      const { source } = heard.data as { readonly source?: unknown } // of the type by which it is heard
      if (heard.caseId !== null && typeof source === 'string') await countFor(tx, source, heard.caseId)
      await ofMerges?.(tx, heard)
    }
    return {
      intake: async (tx, arrival, route) => ({ verdict: 'pass', data: await factsAtIntake(tx, arrival, route, host, asked) }),
      on: on as Hooks['on'] & object, // event types that do not exist are refused by `verify`
      ...(finish && { finish }),
      actions: { ...actionsOf({ host, context, templates, templateActions }), ...modeActions(rules, modes) },
      crons: { ...scheduled.crons, watched: dailyMail(host, rules) },
      jobs: { ...scheduled.jobs, receipt: receiptJob(host, templates, context) },
      rewind: resetSince,
      forget: (tx, { cases }) => forgetWatchedIn(tx, cases),
      async deleted(tx, { caseId }) {
        await forgetWatchedIn(tx, [caseId])
        await forgetFirings(tx, caseId)
      },
      routes: [...rulesRoutes(loaded, host), ...modeRoutes(host, rules)],
      commands: { ...templateCommand(host, context, templates), ...rulesCommand(host, rules) },
      verify(): readonly SettingsProblem[] {
        const known = { registry: host.registry, config: host.config, now: host.now() }
        const faults = [...verifyRules(drafts, templateActions, known), ...loaded.problems, ...signaturesWrong(host.config, templates)]
        const sound = !faults.some((p) => !p.warning)
        if (sound) noteReload(host, loaded)
        return [...faults, ...(sound ? lint(rules, host.settings, known) : [])]
      },
    }
  },
})
