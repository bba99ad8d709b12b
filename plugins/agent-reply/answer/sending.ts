// An answer to the customer, with the commands of its mail: sent, planned, held or refused, and its writer is told.
import { formatDateTime } from '../../../core/plugin.ts'
import type { AgentConfig, Compared, Tx } from '../../../core/plugin.ts'
import { carryOut } from '../effect.ts'
import type { Effect, Reply } from '../effect.ts'
import type { Outcome } from '../incoming.ts'
import { isRefusal, runAll } from '../orders.ts'
import { texts } from '../texts.ts'
import { keepWaiting, orderedWith, ordersOf } from '../waiting.ts'
import type { Ordered } from './ordered.ts'
import type { Taking } from './taking.ts'

type Worked = Exclude<Effect, { readonly kind: 'refused' }>

/** A command that sends in its own way and needs no words (a template); null where that is refused, and the rest is done all the same. */
export async function sendWithoutWords(t: Taking, ordered: Ordered, about: string): Promise<Outcome | null> {
  const asked = { answers: about, ...t.seen, ...t.shown, agent: t.agent.id }
  const effect = await carryOut({ ...t, about, reply: asked }, ordered.plan, null)
  return effect.kind === 'refused' ? null : finish(t, ordered, effect)
}

/** Sends the words and files. */
export async function sendAnswer(t: Taking, ordered: Ordered, about: string): Promise<Outcome> {
  const { text, html, files, plan, replaced, doubts } = ordered
  const again = t.sentBefore !== undefined
  const unready = doubts.length > 0 ? 'near_miss' : plan.senderFailed ? 'sender_failed' : again ? 'duplicate_answer' : null
  const reply = {
    text,
    ...(html !== null && { html }),
    attachments: files,
    answers: about,
    ...t.seen,
    ...t.shown,
    agent: t.agent.id,
    ...Object.assign({}, ...plan.with.map((o) => o.args)),
  }
  const effect = await carryOut({ ...t, about, reply }, plan, unready)
  if (effect.kind !== 'refused') return finish(t, ordered, effect)
  await t.as.notes.add({
    caseId: t.case.id,
    kind: 'unsent',
    text,
    messageId: await keptUnsent(t.as, t.case.id, reply),
    data: { reason: effect.why },
  })
  await t.told({
    reply: 'refused',
    reason: 'invalid',
    detail: effect.why,
    notDone: [...plan.notDone, ...effect.notDone],
    offers: { why: 'left', orders: [...replaced, ...effect.orders] },
  })
  return { outcome: 'agent-reply not sent', caseId: t.case.id }
}

/** What has become of it is kept and told. */
async function finish(t: Taking, { hasReply, doubts, plan: whole, replaced }: Ordered, effect: Worked): Promise<Outcome> {
  const { tx, desk, agent, answer } = t
  const offered = replaced.length > 0 ? { offers: { why: 'replaced', orders: replaced } as const } : {}
  if (effect.kind === 'held') {
    await keepWaiting(tx, effect.message, effect.waiting)
    await t.told({
      reply: 'held',
      reason: effect.reason,
      case: effect.case,
      detail: hasReply && t.sentBefore !== undefined ? formatDateTime(t.sentBefore, agent.timezone, agent.locale) : '',
      doubts,
      waiting: [
        ...(effect.waiting.sender ? [effect.waiting.sender] : []),
        ...ordersOf(effect.waiting),
        ...orderedWith(await tx.messages.get(effect.message)),
      ],
      heldMessage: effect.message,
      notice: effect.notice,
      notDone: [...whole.notDone, ...effect.notDone],
      ...offered,
    })
    return { outcome: `agent-reply held (${effect.reason})`, caseId: effect.case.id, messageId: effect.message }
  }
  const { first, plan } = effect
  const here = await tx.cases.lockCurrent(effect.case.id)
  const rest = await runAll(tx, desk, here.id, agent, plan.after)
  await t.told({
    reply: !hasReply ? 'none' : plan.sender && !effect.left ? 'later' : 'sent',
    case: here,
    done: [...first.done, ...(plan.sender ? [plan.sender] : []), ...rest.done],
    along: [...whole.with, ...effect.along],
    notDone: [...whole.notDone, ...first.notDone, ...rest.notDone],
    said: [...first.said, ...effect.said, ...rest.said],
    newer: await newerTold(tx, agent, effect.newer),
    swallowed: !hasReply && answer.swallowed,
    ...offered,
  })
  if (!hasReply) return { outcome: 'agent-reply commands', caseId: here.id }
  return { outcome: 'agent-reply', caseId: here.id, ...(effect.message !== null && { messageId: effect.message }) }
}

/** An answer that was refused stays in the timeline as not sent, with its files; null where not even that can be. */
async function keptUnsent(as: Tx, caseId: string, reply: Reply): Promise<string | null> {
  try {
    const { data } = await as.attempt(() => as.act('reply.prepare', caseId, reply))
    const id = typeof data?.message === 'string' ? data.message : null
    if (id !== null) await as.messages.update(id, { state: 'cancelled' })
    return id
  } catch (error) {
    if (!isRefusal(error)) throw error
    return null
  }
}

/** What had been said, as he is shown it. */
async function newerTold(tx: Tx, agent: AgentConfig, ids: readonly string[]): Promise<readonly Compared[]> {
  const { locale, timezone } = agent
  const told: Compared[] = []
  for (const id of ids.slice(-3)) {
    const m = await tx.messages.get(id)
    const name = m && ((m.agent !== null && tx.config.agents.get(m.agent)?.name) || m.from.name || m.from.address)
    if (!m || !name) continue
    const title = texts(locale, 'newer.title', { name, when: formatDateTime(m.sentAt ?? m.createdAt, timezone, locale) })
    told.push({ title, text: m.text.slice(0, 3000).toWellFormed() })
  }
  return told
}
