// The link of the daily mail: GET shows what it would do, POST makes the rule live.
import { PosternError, agentOrigin, pageAnswer, readLink } from '../../../core/plugin.ts'
import type { AgentConfig, Host, Locale, RouteAnswer, RouteDefinition, RouteRequest } from '../../../core/plugin.ts'
import type { Rule } from '../files/rule-files.ts'
import type { Settings } from '../settings.ts'
import { purpose } from './daily.ts'
import { say } from './texts.ts'

/** Both routes, open to everybody who has a link; what is shown is a page in the language of the agent whose link it is. */
export function modeRoutes(host: Host<Settings>, rules: readonly Rule[]): readonly RouteDefinition[] {
  return [
    {
      method: 'GET',
      url: '/a/rule/:token',
      access: 'public',
      summary: 'Shows which rule on watch a link would make live.',
      handle: (request) => Promise.resolve(whenGood(host, rules, request, (rule, agent) => question(rule, agent.locale))),
    },
    {
      method: 'POST',
      url: '/a/rule/:token',
      access: 'public',
      summary: 'Makes the rule of a link live.',
      handle: (request) => Promise.resolve(whenGood(host, rules, request, (rule, agent) => makeLive(host, rule, agent))),
    },
  ]
}

/** Does the work where the link is good for a rule that is still written as it was, by an agent who is still active; else says so. */
function whenGood(
  host: Host<Settings>,
  rules: readonly Rule[],
  request: RouteRequest,
  work: (rule: Rule, agent: AgentConfig) => RouteAnswer | Promise<RouteAnswer>,
): RouteAnswer | Promise<RouteAnswer> {
  const link = readLink(host.tokens, request.params.token ?? '', { purpose, nowMs: host.now() })
  const claims = link.verdict === 'forged' ? null : link.claims
  const agent = claims ? host.config.agents.get(String(claims.a)) : undefined
  const rule = claims ? rules.find((r) => r.name === claims.r && r.hash === claims.h) : undefined
  if (link.verdict === 'ok' && rule && agent?.active) return work(rule, agent)
  const locale: Locale = agent?.locale ?? host.config.locale
  return pageAnswer({
    ...{ status: 410, locale, title: say(locale, 'page.gone'), above: '', buttons: [] },
    lines: [say(locale, 'page.gone_why')],
  })
}

function question(rule: Rule, locale: Locale): RouteAnswer {
  return pageAnswer({
    ...{ status: 200, locale, title: say(locale, 'page.title', { name: rule.name }), above: '', lines: [] },
    buttons: [{ label: say(locale, 'page.button'), effect: say(locale, 'page.effect', { name: rule.name }), fields: {} }],
  })
}

async function makeLive(host: Host<Settings>, rule: Rule, { id, locale }: AgentConfig): Promise<RouteAnswer> {
  try {
    await host.transact(agentOrigin(id, 'link'), (tx) => tx.act('rule.live', null, { name: rule.name, hash: rule.hash }))
  } catch (error) {
    if (!(error instanceof PosternError) || error.kind.http >= 500) throw error
    return pageAnswer({
      status: 410,
      locale,
      title: say(locale, 'page.gone'),
      above: '',
      buttons: [],
      lines: [say(locale, 'page.gone_why')],
    })
  }
  return pageAnswer({
    ...{ status: 200, locale, title: say(locale, 'page.live', { name: rule.name }), above: '', buttons: [] },
    lines: [say(locale, 'page.effect', { name: rule.name })],
  })
}
