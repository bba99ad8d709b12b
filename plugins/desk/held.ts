// Answers that are kept back: until a person decides, or until what was ordered with them can take effect together with them; none of them ends in silence.
import { PosternError, languageOf, unsentAnswer } from '../../core/plugin.ts'
import type { ActionResult, Case, Hold, JobDefinition, Message, Tx } from '../../core/plugin.ts'
import type { ReplyArgs } from './reply-args.ts'
import { stateWords } from './texts.ts'

/** Keeps an answer back and asks the agents what becomes of it; what was asked about it before is asked no more. */
export async function hold(
  tx: Tx,
  settings: { readonly held_for: number },
  c: Case,
  message: Message,
  why: Pick<Hold, 'reason' | 'notice'>,
): Promise<ActionResult> {
  // Held again for another reason: what was asked before is asked no more.
  await endNotices(tx, message, 'overtaken')
  await tx.messages.update(message.id, { state: 'held', data: heldAs(message, why) })
  const expiresAt = why.notice?.expiresAt ?? tx.now + settings.held_for
  const notice = await tx.notices.raise({
    caseId: c.id,
    kind: why.notice?.kind ?? 'reply_held',
    messageId: message.id,
    data: { reason: why.reason, agent: message.agent, ...why.notice?.data },
    actions: why.notice?.actions ?? [
      { name: 'send', action: 'reply.release', args: { message: message.id } },
      { name: 'discard', action: 'reply.discard', args: { message: message.id } },
    ],
    expiresAt,
  })
  await tx.jobs.put('desk.expire', `desk.expire:${message.id}`, expiresAt, { message: message.id })
  return { data: { message: message.id, held: why.reason, notice: notice.id } }
}

/**
 * Lets an answer go together with what must precede it, which may move it into another case. Where it is kept back all the same, or refused, none of that takes effect, and the question is asked where it stands.
 */
export async function withOrders(
  tx: Tx,
  settings: { readonly held_for: number },
  c: Case,
  message: Message,
  go: (here: Case, message: Message) => Promise<ActionResult>,
): Promise<ActionResult> {
  const orders = unsentAnswer(message).first
  if (orders.length === 0) return go(c, message)
  const { result, notice } = await tx.attempt(
    async () => {
      for (const action of orders) await tx.act(action, c.id, { message: message.id })
      const there = (await tx.messages.get(message.id)) ?? message
      const result = await go(await tx.cases.lock(there.caseId), there)
      return { result, notice: typeof result.data?.notice === 'string' ? await tx.notices.get(result.data.notice) : undefined }
    },
    ({ result }) => typeof result.data?.held !== 'string',
  )
  const reason = result.data?.held
  if (typeof reason !== 'string') return result
  return hold(tx, settings, c, message, {
    reason,
    ...(notice && {
      notice: {
        kind: notice.kind,
        data: notice.data,
        actions: notice.actions,
        ...(notice.expiresAt !== null && { expiresAt: notice.expiresAt }),
      },
    }),
  })
}

/**
 * An answer that was to leave later is planned for its time when it is released, if that is still to come; null where it leaves now.
 */
export async function plannedAnew(tx: Tx, c: Case, message: Message, to: ReplyArgs['to']): Promise<ActionResult | null> {
  const { later } = unsentAnswer(message)
  if (later === null) return null
  const result = await tx.act(later, c.id, { message: message.id, ...(to !== undefined && { to }) })
  if (result.data?.planned !== true) return null
  await endNotices(tx, (await tx.messages.get(message.id)) ?? message, 'taken')
  await tx.jobs.drop(`desk.expire:${message.id}`)
  return result
}

/** The arguments of an answer that waits. */
export function spec(message: Message): Omit<ReplyArgs, 'text'> {
  return (message.data.reply ?? {}) as Omit<ReplyArgs, 'text'> // written by `record` in reply.ts
}

/** An answer of the case in the state that is asked for. Throws `not_found`, or `gone` where it is in another state by now. */
export async function waitingMessage(tx: Tx, c: Case, id: string, state: 'held' | 'deferred'): Promise<Message> {
  const message = await tx.messages.get(id)
  if (!message || message.caseId !== c.id) throw new PosternError('not_found', `message ${id} in case #${c.number}`)
  if (message.state !== state) throw new PosternError('gone', stateWords(languageOf(tx, c), message.state))
  return message
}

/** Ends what is asked about an answer. */
export async function endNotices(tx: Tx, message: Message, state: 'taken' | 'dismissed' | 'overtaken' | 'expired'): Promise<void> {
  for (const notice of await tx.notices.open(message.caseId))
    if (notice.messageId === message.id && notice.data.reason !== undefined) await tx.notices.resolve(notice.id, { state })
}

/** Why an answer was held, each time; who releases it knows of these. */
export function reasonsOf(message: Pick<Message, 'data'>): readonly string[] {
  const { heldFor, held } = message.data
  return Array.isArray(heldFor) ? heldFor.map(String) : typeof held === 'string' ? [held] : []
}

function heldAs(message: Message, { reason, notice }: Pick<Hold, 'reason' | 'notice'>): Message['data'] {
  return {
    ...message.data,
    held: reason,
    heldFor: [...new Set([...reasonsOf(message), reason])],
    ...(notice?.data?.shown !== undefined && { shown: notice.data.shown }),
  }
}

/** The words of a held answer as a note in the name of who wrote it; its files stay with the message that was not sent. */
export async function keepAsNote(tx: Tx, message: Message): Promise<ActionResult> {
  const note = await tx.notes.add({
    caseId: message.caseId,
    text: message.text,
    author: message.agent === null ? { kind: 'system' } : { kind: 'agent', agent: message.agent },
    messageId: message.id,
    data: { message: message.id },
  })
  await tx.messages.update(message.id, { state: 'cancelled', data: { ...message.data, note: note.id } })
  await endNotices(tx, message, 'dismissed')
  return { data: { message: message.id, note: note.id } }
}

/** A held answer never ends in silence: in time it becomes a note, and its writer is told with those who are responsible. */
export const expireHeld: JobDefinition = {
  async run(tx, payload: { readonly message: string }) {
    const message = await tx.messages.get(payload.message)
    if (!message || message.state !== 'held') return
    const data = { reason: message.data.held ?? 'held' }
    await tx.notes.add({
      ...{ caseId: message.caseId, kind: 'held_expired', text: message.text, messageId: message.id, data },
      author: { kind: 'system' },
    })
    await tx.messages.update(message.id, { state: 'cancelled' })
    await endNotices(tx, message, 'expired')
    await tx.notices.raise({
      ...{ caseId: message.caseId, kind: 'held_expired', messageId: message.id },
      data: { ...data, ...(message.agent !== null && { tell: [message.agent] }) },
    })
  },
}
