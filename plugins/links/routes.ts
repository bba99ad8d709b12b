// The two routes of an action link. GET and HEAD look and change nothing; POST does what its page said, once.
import { PosternError, agentOrigin, mayAct, pageAnswer, readLink } from '../../core/plugin.ts'
import type { AgentConfig, Case, Host, Locale, Notice, Page, RouteAnswer, RouteDefinition, RouteRequest, Tx } from '../../core/plugin.ts'
import { buttonOf, buttonsNow, labelOf, press, linesOf } from './buttons.ts'
import type { Button } from './buttons.ts'
import { purpose } from './create.ts'
import type { LinkSettings } from './create.ts'
import { say } from './messages.ts'
import { mailFreshLinks } from './renew.ts'
import { linkById, renewLink, useLink } from './tables.ts'
import type { LinkRow } from './tables.ts'

/** What stands behind a link that is known, whoever asks. */
interface Behind {
  readonly row: LinkRow
  readonly agent: AgentConfig
  readonly locale: Locale
  readonly case: Case
  readonly notice: Notice
  readonly expired: boolean
}

/** Both routes, open to everybody who has a token; every outcome is a page in the language of the agent, never a JSON error. */
export function linkRoutes(host: Host<LinkSettings>): readonly RouteDefinition[] {
  return [
    {
      method: 'GET',
      url: '/a/:token',
      access: 'public',
      summary: 'Shows what an action link would do.',
      handle: (request) => look(host, request),
    },
    {
      method: 'POST',
      url: '/a/:token',
      access: 'public',
      summary: 'Does what an action link stands for.',
      handle: (request) => act(host, request),
    },
  ]
}

async function look(host: Host<LinkSettings>, request: RouteRequest): Promise<RouteAnswer> {
  return host.transact({ kind: 'system', id: null, via: 'link' }, async (tx) => {
    const behind = await find(tx, host, request, false)
    if (!('row' in behind)) return behind
    return live(behind) ? confirm(tx, host, behind) : over(tx, host, behind)
  })
}

async function act(host: Host<LinkSettings>, request: RouteRequest): Promise<RouteAnswer> {
  const form = fields(request.body)
  const agent = await host.transact({ kind: 'system', id: null, via: 'link' }, async (tx) => {
    const behind = await find(tx, host, request, false)
    return 'row' in behind ? behind.agent.id : behind
  })
  if (typeof agent !== 'string') return agent
  try {
    return await host.transact(agentOrigin(agent, 'link'), async (tx) => {
      const behind = await find(tx, host, request, true)
      if (!('row' in behind)) return behind
      if (form.renew) return renew(tx, host, behind)
      if (behind.expired) return over(tx, host, behind)
      if (form.offer) return offer(tx, host, behind, form.offer, form.seen)
      if (!live(behind)) return over(tx, host, behind)
      const button = await buttonOf(tx, host.registry, behind.case, behind.notice, actionOf(behind.row), behind.locale)
      if (form.seen && form.seen !== button.seen) return confirm(tx, host, behind, say(behind.locale, 'page.again'))
      if (!(await useLink(tx, behind.row.id))) return over(tx, host, behind)
      return finish(tx, host, behind, button)
    })
  } catch (error) {
    // Refused, and rolled back with everything that it had begun: say so, with what is possible instead.
    if (!(error instanceof PosternError) || error.kind.http >= 500) throw error
    host.log.info({ code: error.code, reason: error.detail }, 'an action link was refused')
    return host.transact({ kind: 'system', id: null, via: 'link' }, async (tx) => {
      const behind = await find(tx, host, request, false)
      return 'row' in behind ? over(tx, host, behind, say(behind.locale, 'page.impossible')) : behind
    })
  }
}

const live = (b: Behind): boolean => !b.expired && b.row.used_at === null && b.notice.state === 'open'

/** The link and everything around it, or the page that says why there is nothing to show. */
async function find(tx: Tx, host: Host<LinkSettings>, request: RouteRequest, lock: boolean): Promise<Behind | RouteAnswer> {
  const verdict = readLink(host.tokens, request.params.token ?? '', { purpose, nowMs: tx.now })
  const id = verdict.verdict === 'forged' ? undefined : verdict.claims.l
  const known = typeof id === 'string' ? await linkById(tx, id) : undefined
  if (known && lock) await tx.cases.lock(known.case_id)
  // Read again under the lock: of two who press at once the second must see what the first did.
  const row = known && (lock ? await linkById(tx, known.id) : known)
  const notice = row && (await tx.notices.get(row.notice_id))
  const c = notice && (await tx.cases.get(notice.caseId))
  const { locale } = tx.config
  if (!row || !notice || !c)
    return pageAnswer({ status: 404, locale, title: say(locale, 'page.unknown'), above: '', lines: [], buttons: [] })
  const agent = tx.config.agents.get(row.agent)
  if (!agent || !mayAct(tx.config, agent.id, c.mailbox))
    return pageAnswer({ status: 403, locale, title: say(locale, 'page.forbidden'), above: '', lines: [], buttons: [] })
  return { row, agent, locale: agent.locale, case: c, notice, expired: verdict.verdict === 'expired' || row.expires_at <= tx.now }
}

/** What it would do, with its button. */
async function confirm(tx: Tx, host: Host<LinkSettings>, b: Behind, alert?: string): Promise<RouteAnswer> {
  const button = await buttonOf(tx, host.registry, b.case, b.notice, actionOf(b.row), b.locale)
  return page(b, {
    status: 200,
    title: button.label,
    ...(alert !== undefined && { alert }),
    lines: linesOf(host.registry, b.notice, b.locale),
    buttons: [{ label: button.label, effect: button.effect, fields: { seen: button.seen } }],
    below: say(b.locale, 'page.keep'),
  })
}

/** Done already, overtaken or expired: says so, with what is possible now. */
async function over(tx: Tx, host: Host<LinkSettings>, b: Behind, alert?: string): Promise<RouteAnswer> {
  const open = b.notice.state === 'open'
  // What the notice asked is no longer asked once it has ended.
  const lines = open ? linesOf(host.registry, b.notice, b.locale) : []
  if (b.expired) {
    return page(b, {
      status: 410,
      title: say(b.locale, 'page.expired'),
      lines: [
        say(b.locale, 'page.expiredHours', { hours: Math.round(host.settings.expires / 3_600_000) }),
        ...(open ? lines : [ended(host, b)]),
      ],
      buttons: open
        ? [
            {
              label: say(b.locale, 'page.renew'),
              effect: say(b.locale, 'page.expiredOpen', { address: b.agent.email }),
              fields: { renew: '1' },
            },
          ]
        : [],
    })
  }
  const buttons = await buttonsNow(tx, host.registry, b.case, b.notice, b.locale)
  return page(b, {
    status: 409,
    title: alert ?? ended(host, b),
    lines,
    lead: say(b.locale, 'page.now'),
    buttons: buttons.map(offered),
    ...(buttons.length === 0 && { below: say(b.locale, 'page.nothing') }),
  })
}

/** A button of a page that says that something else is over: pressed on the same address, good for exactly what the page showed. */
async function offer(tx: Tx, host: Host<LinkSettings>, b: Behind, name: string, seen: string | undefined): Promise<RouteAnswer> {
  const button = (await buttonsNow(tx, host.registry, b.case, b.notice, b.locale)).find((x) => x.action.name === name)
  if (!button || button.seen !== seen) return over(tx, host, b)
  return finish(tx, host, b, button)
}

async function finish(tx: Tx, host: Host<LinkSettings>, b: Behind, button: Button): Promise<RouteAnswer> {
  await press(tx, host.registry, b.notice, button.action)
  host.count('postern_links_pressed_total', { button: button.action.name })
  const notice = (await tx.notices.get(b.notice.id)) ?? b.notice
  const next = await buttonsNow(tx, host.registry, b.case, notice, b.locale)
  return page(b, {
    status: 200,
    title: say(b.locale, 'page.done', { label: button.label }),
    lines: [button.effect],
    lead: say(b.locale, 'page.now'),
    buttons: next.map(offered),
  })
}

async function renew(tx: Tx, host: Host<LinkSettings>, b: Behind): Promise<RouteAnswer> {
  if (!b.expired || b.notice.state !== 'open') return over(tx, host, b)
  if (await renewLink(tx, b.row.id, renewPause)) await mailFreshLinks(tx, host, { case: b.case, notice: b.notice, agent: b.agent })
  return page(b, { status: 200, title: say(b.locale, 'page.renewed', { address: b.agent.email }), lines: [], buttons: [] })
}

/** ms; somebody who presses again and again gets one mail. */
const renewPause = 3_600_000

const offered = (button: Button): Page['buttons'][number] => ({
  label: button.label,
  effect: button.effect,
  fields: { offer: button.action.name, seen: button.seen },
})

/** How it ended, and by whom. */
function ended(host: Host<LinkSettings>, b: Behind): string {
  const { notice, locale } = b
  if (notice.state === 'open') return say(locale, 'page.used')
  if (notice.state === 'overtaken') return say(locale, 'page.overtaken')
  if (notice.state === 'expired') return say(locale, 'page.noticeExpired')
  const name = (notice.resolvedBy && host.config.agents.get(notice.resolvedBy)?.name) ?? say(locale, 'page.somebody')
  return notice.takenAction
    ? say(locale, 'page.taken', { name, label: labelOf(host.registry, notice.kind, notice.takenAction, locale) })
    : say(locale, 'page.resolved', { name })
}

function page(b: Behind, rest: Omit<Page, 'locale' | 'above'>): RouteAnswer {
  return pageAnswer({
    ...rest,
    locale: b.locale,
    above: [
      say(b.locale, 'page.case', { number: b.case.number, subject: b.case.subject }),
      say(b.locale, 'page.for', { name: b.agent.name }),
    ].join(' · '),
  })
}

// Written by create.ts from an action of a notice.
const actionOf = (row: LinkRow) => ({
  name: row.button,
  action: row.action,
  args: JSON.parse(row.args) as Readonly<Record<string, unknown>>,
})

function fields(body: unknown): { readonly seen?: string; readonly offer?: string; readonly renew?: string } {
  const out: Record<string, string> = {}
  if (typeof body === 'object' && body !== null)
    for (const [key, value] of Object.entries(body)) if (typeof value === 'string') out[key] = value
  return out
}
