// What agents are told of mails by which they began something, or meant to: in words, and how one that was a customer's all along is put right.
import Type from 'typebox'
import { PosternError, agentOrigin, languageOf } from '../../core/plugin.ts'
import type { ActionDefinition, ActionResult, AgentConfig, Case, Locale, Message, Notice, NoticeTexts, Tx } from '../../core/plugin.ts'
import type { Cause } from './authentication.ts'
import { mailAgent } from './mail.ts'
import type { Desk } from './desk.ts'
import { claimNotice } from './store.ts'
import { texts } from './texts.ts'

/** Why a mail that would have begun something did not: `unproved`: nothing but From speaks for it; `seen`: its personal address stood where customers read it. */
export type WrongCause = Cause | 'seen' | 'unproved'

/** Kept with a message that this plugin passed on. */
export interface BegunFacts {
  /** An agent's own matter. */
  readonly alone?: string
  readonly wrong?: { readonly cause: WrongCause; readonly agent: string | null }
}

const dayMs = 86_400_000

/** Tells the agent that his mail to a customer made a case, with a button that says it was a customer's mail. */
export async function tellBegun(tx: Tx, desk: Desk, c: Case, agent: AgentConfig, inReplyTo: string | null): Promise<void> {
  // In his name: he is told by the mail with the button, and not by a notification as well.
  const notice = await tx.as(agentOrigin(agent.id, 'mail')).notices.raise({
    caseId: c.id,
    kind: 'case_begun',
    data: { agent: agent.name, customer: c.requester.name || c.requester.address },
    actions: [{ name: 'recast', action: 'case.recast', args: {} }],
  })
  if (desk.host.settings.transcript === 'never') return
  await mailAgent(tx, {
    ...{ kind: 'transcript', case: c, agent, about: null, inReplyTo },
    paragraphs: [begunTexts.text(notice, agent.locale)],
    links: await desk.host.registry.links(tx, notice, agent.id),
  })
}

/** Raises what there is to say of a mail that was passed on, and tells the agent himself once a day of each cause. */
export async function noticeBegun(tx: Tx, id: string): Promise<void> {
  const message = await tx.messages.get(id)
  const facts = message?.data['agent-reply'] as BegunFacts | undefined // kept by this plugin at intake
  if (!message || !facts) return
  const agent = tx.config.agents.get(facts.alone ?? facts.wrong?.agent ?? '')
  const name = agent?.name ?? ''
  if (facts.alone !== undefined) {
    await tx.notices.raise({ caseId: message.caseId, kind: 'agent_began', messageId: id, data: { name } })
    return
  }
  if (!facts.wrong) return
  const { cause } = facts.wrong
  const data = { name, cause, from: message.from.address }
  const notice = await tx.notices.raise({ caseId: message.caseId, kind: 'agent_address', messageId: id, data })
  if (agent?.active && (await claimNotice(tx, `begin.${cause}`, agent.email, Math.floor(tx.now / dayMs))))
    await tellHimself(tx, message, agent, notice)
}

async function tellHimself(tx: Tx, message: Message, agent: AgentConfig, notice: Notice): Promise<void> {
  const c = await tx.cases.lock(message.caseId)
  await mailAgent(tx, {
    ...{ kind: 'notice', case: c, agent, about: message.id, inReplyTo: null },
    paragraphs: [addressTexts.text(notice, agent.locale)],
  })
}

const word = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A mail of an agent to a customer made a case. */
export const begunTexts: NoticeTexts = {
  text: ({ data }, locale) => texts(locale, 'begun.text', { agent: word(data.agent), customer: word(data.customer) }),
  label: (_action, locale) => texts(locale, 'begun.recast'),
}

/** An agent's own mail that begins nothing. */
export const beganTexts: NoticeTexts = {
  text: ({ data }, locale) => texts(locale, 'began.text', { name: word(data.name) }),
  label: () => '',
}

/** A mail that would begin something, and proves nothing. */
export const addressTexts: NoticeTexts = {
  text: ({ data }, locale) => wrongText(data.cause as WrongCause, { name: word(data.name), from: word(data.from) }, locale), // raised above with just these
  label: () => '',
}

function wrongText(cause: WrongCause, values: { readonly name: string; readonly from: string }, locale: Locale): string {
  switch (cause) {
    case 'unproved':
      return texts(locale, 'address.unproved', values)
    case 'seen':
      return texts(locale, 'address.seen', values)
    case 'from':
    case 'from_many':
      return texts(locale, 'address.from', values)
    case 'dmarc':
      return texts(locale, 'address.dmarc', values)
    case 'forged':
    case 'expired':
    case 'no_token':
    case 'unknown_agent':
    case 'inactive':
    case 'access':
      return texts(locale, 'address.invalid', { cause: texts(locale, `cause.${cause}`) })
  }
}

/** The action `case.recast`. Throws `gone` once somebody has written, and for cases that no agent began by such a mail. */
export const recastAction: ActionDefinition = {
  description:
    "Makes an agent's mail that began this case (to a customer, with the mailbox in copy) his own matter, as that of any customer, until somebody has written in it.",
  args: Type.Object({}),
  async run(tx, { case: c }: { readonly case: Case | undefined }): Promise<ActionResult> {
    if (!c) throw new PosternError('invalid', 'this action needs a case')
    const locale = languageOf(tx, c)
    const [message] = await tx.messages.list(c.id)
    const facts = message?.data['agent-reply'] as { readonly begun?: true } | undefined // kept by recordOwn
    if (!message || facts?.begun !== true) throw new PosternError('gone', texts(locale, 'recast.none'))
    if (c.messageCount !== 1) throw new PosternError('gone', texts(locale, 'recast.written'))
    for (const notice of await tx.notices.open(c.id, 'case_begun'))
      await tx.notices.resolve(notice.id, { state: 'taken', action: 'recast' })
    for (const role of ['cc', 'bcc'] as const) await tx.cases.setPeople(c.id, role, [])
    await tx.cases.set(c.id, { requester: message.from, assignee: null, status: 'open' })
    await tx.messages.recast(message.id, { evidence: ['was taken for the mail of an agent to a customer', ...message.evidence.slice(1)] })
    return { said: texts(locale, 'recast.said', { name: message.from.name || message.from.address }) }
  },
}
