// An agent's answer takes effect, all in one transaction: what must precede it, the answer itself, the rest; then he is told.
//
//   seen before ─> nothing            one word to a held answer ─> released or dropped
//   words unfit to send ─> note       doubtful lines ─> held, the rest waits with it        a guard holds it ─> the rest waits with it
import { createHash } from 'node:crypto'
import { agentOrigin, formatDateTime } from '../../core/plugin.ts'
import type { ActionResult, AgentConfig, Case, Message, Tx } from '../../core/plugin.ts'
import type { Incoming, Outcome } from './incoming.ts'
import { fold } from './fold.ts'
import { clearWaiting, keepWaiting, ordersOf, waitingOf } from './waiting.ts'
import type { Waiting } from './waiting.ts'
import { isRefusal, move, runAll, together } from './orders.ts'
import { planOf, takenAlong, takes } from './plan.ts'
import type { NotDone, Order, Plan } from './plan.ts'
import { tellTranscript } from './transcript.ts'
import type { Happening } from './transcript.ts'
import type { Vocabulary } from './vocabulary.ts'
import { filesOf, htmlOf, onlyLine, wordsOf } from './reply-content.ts'
import type { Desk } from './desk.ts'
import { leftOut } from './left-out.ts'
import { answersOf, caseOfMail, rememberAnswer } from './store.ts'

type Tell = (happening: Pick<Happening, 'reply'> & Partial<Happening>) => Promise<void>

/**
 * Takes a mail of an authenticated agent. What cannot be done is told to him in a mail and does not throw; the outcome says in a word what
 * became of it.
 */
export async function takeAnswer(tx: Tx, desk: Desk, incoming: Incoming, agent: AgentConfig): Promise<Outcome> {
  const c = await tx.cases.lock(incoming.key.case_id)
  const { mail, key, hash } = incoming
  const earlier = await answersOf(tx, c.id, agent.id)
  const target = key.message_id === null ? undefined : await tx.messages.get(key.message_id)
  const held = target?.author === 'agent' && target.agent === agent.id ? target : undefined
  const about = held ? ((held.data.reply as { readonly answers?: string } | undefined)?.answers ?? null) : (target?.id ?? null) // `answers` was given below
  const reader = { vocabulary: desk.vocabulary, agentName: agent.name }
  const { answer, contacts, unfit } = wordsOf(mail, reader)
  const words = digest(answer.asIs)
  if (earlier.some((e) => e.hash === hash || (mail.messageId !== null && e.header_id === mail.messageId && e.words === words)))
    return { outcome: 'agent-reply duplicate', caseId: c.id }
  const remember = (): Promise<void> =>
    rememberAnswer(tx, { hash, case_id: c.id, agent: agent.id, about, header_id: mail.messageId, words, at: tx.now })
  await remember()
  const left = unfit === null ? await leftOut(tx, c.id, agent, mail, contacts) : null
  const told: Tell = (happening) =>
    tellTranscript(tx, desk, { notDone: [], done: [], said: [], left, case: c, ...happening, agent, about, inReplyTo: mail.messageId })
  const as = tx.as(agentOrigin(agent.id, 'mail'))
  // What he was shown, wherever the conversation has moved since.
  const seen = {
    seen_at: key.created_at,
    seen_in: (key.outbox_id === null ? undefined : await caseOfMail(tx, key.outbox_id)) ?? c.id,
  }

  const word = held ? decisionIn(mail.reply.text, desk.vocabulary) : null
  if (held && word) return decide(as, c, held, word, seen, told)
  if (unfit) {
    if (unfit === 'quotes')
      await as.notes.add({ caseId: c.id, kind: 'unsent', text: mail.reply.text.slice(0, 100_000), data: { reason: unfit } })
    await told({ reply: 'refused', reason: unfit })
    return { outcome: `agent-reply ${unfit}`, caseId: c.id }
  }

  const doubts = desk.host.settings.unknown === 'hold' ? answer.doubts : []
  const text = doubts.length > 0 || answer.doubts.length > 0 ? answer.asIs : answer.text
  const html = answer.doubts.length > 0 ? null : htmlOf(mail, answer, reader, tx.safeHtml)
  const files = await filesOf(mail, incoming.rawId, html, (bytes) => tx.messages.putBlob(bytes))
  const hasReply = text.trim() !== '' || files.length > 0
  const whole = planOf({
    answer,
    vocabulary: desk.vocabulary,
    registry: desk.host.registry,
    config: tx.config,
    agent,
    case: c,
    now: tx.now,
    about,
    hasReply: hasReply && about !== null,
    hasFiles: files.length > 0,
  })
  // A new text in answer to the question about a held one takes its place.
  if (held?.state === 'held' && hasReply) {
    // So do its commands.
    await clearWaiting(as, held)
    await as.act('reply.discard', c.id, { message: held.id })
  }

  if (!hasReply || about === null) {
    // Whoever answers a note speaks to his colleagues: his words stay inside.
    if (hasReply && text.trim() !== '') await as.act('note.add', c.id, { text })
    const moved = await move(tx, desk, c, agent, about, whole)
    const { done, notDone, said } = together(moved, await runAll(tx, desk, moved.case.id, agent, [...whole.before, ...whole.after]))
    // Where the question about a held answer is answered with the command that moves its conversation, it is sent there.
    const waits = held && whole.mover && done.includes(whole.mover) ? await tx.messages.get(held.id) : undefined
    if (waits?.state === 'held') {
      const result = await as.act('reply.release', waits.caseId, { message: waits.id, ...seen })
      await told({ ...releaseTold(waits, result), case: moved.case, done, notDone: [...whole.notDone, ...notDone], said })
      return { outcome: 'agent-reply send', caseId: waits.caseId, messageId: waits.id }
    }
    await told({
      reply: hasReply ? 'noted' : 'none',
      case: moved.case,
      done,
      notDone: [...whole.notDone, ...notDone],
      said,
      swallowed: answer.swallowed,
    })
    return { outcome: 'agent-reply commands', caseId: moved.case.id }
  }

  const duplicate = earlier.find((e) => e.about === about && e.words === words)
  const unready = doubts.length > 0 ? 'near_miss' : whole.senderFailed ? 'sender_failed' : duplicate ? 'duplicate_answer' : null
  // Commands of a mail take effect together with its answer: while that waits, they wait.
  const moved = await move(tx, desk, c, agent, about, unready === null ? whole : { above: [], mover: null })
  const here = moved.case
  // What was to go elsewhere must not leave here unasked.
  const stuck = unready === null && whole.mover !== null && !moved.done.includes(whole.mover)
  const hold = unready ?? (stuck ? 'sender_failed' : null)
  const { plan, along } = hold === null ? takenAlong(whole, desk.host.registry) : { plan: whole, along: [] }
  const keepsStatus = [...plan.after, ...plan.before].some((o) => o.action === 'case.status')
  const reply = {
    text,
    ...(html !== null && { html }),
    attachments: files,
    answers: about,
    ...seen,
    agent: agent.id,
    ...(keepsStatus && { status: 'keep' }),
  }
  const waitsToo = hold !== null || (plan.sender === null && plan.before.length > 0 && (await wouldBeHeld(as, here, reply)))
  const first = together(moved, await runAll(tx, desk, here.id, agent, waitsToo ? [] : plan.before))
  const sent = await sendReply(as, desk, here, reply, hold, plan)
  if ('refused' in sent) {
    await as.notes.add({ caseId: here.id, kind: 'unsent', text, data: { reason: sent.refused } })
    await told({
      reply: 'refused',
      reason: 'invalid',
      detail: sent.refused,
      case: here,
      done: first.done,
      notDone: [...plan.notDone, ...first.notDone, ...[...along, ...plan.after].map(waits)],
      said: first.said,
    })
    return { outcome: 'agent-reply not sent', caseId: here.id }
  }
  if (sent.held !== null && sent.message !== null) {
    const before = whole.before.filter((o) => !first.done.includes(o) && !first.notDone.some((n) => n.line === o.line))
    const waiting: Waiting = {
      agent: agent.id,
      about,
      above: unready === null ? [] : whole.above,
      mover: unready === null ? null : whole.mover,
      before,
      rest: whole.after,
    }
    await keepWaiting(tx, sent.message, waiting)
    const when = duplicate ? formatDateTime(duplicate.at, agent.timezone, agent.locale) : ''
    const lost = plan.sender && hold ? [waits(plan.sender)] : []
    await told({
      reply: 'held',
      reason: sent.held,
      case: here,
      detail: when,
      doubts,
      waiting: ordersOf(waiting),
      heldMessage: sent.message,
      notice: sent.notice,
      done: first.done,
      notDone: [...plan.notDone, ...first.notDone, ...sent.notDone, ...lost],
      said: first.said,
    })
    return { outcome: `agent-reply held (${sent.held})`, caseId: here.id, messageId: sent.message }
  }
  const rest = await runAll(tx, desk, here.id, agent, plan.after)
  await told({
    reply: plan.sender && !sent.left ? 'later' : 'sent',
    case: here,
    done: [...first.done, ...(plan.sender ? [plan.sender] : []), ...rest.done],
    along,
    notDone: [...plan.notDone, ...first.notDone, ...rest.notDone],
    said: [...first.said, ...sent.said, ...rest.said],
  })
  return { outcome: 'agent-reply', caseId: here.id, ...(sent.message !== null && { messageId: sent.message }) }
}

const waits = (order: Order): NotDone => ({ command: order.command, line: order.line, fault: 'waits', about: '' })

type Sent =
  | { readonly refused: string }
  | {
      readonly held: string | null
      /** It has left, whatever command sent it. */
      readonly left: boolean
      readonly message: string | null
      readonly notice: string | null
      readonly said: readonly string[]
      readonly notDone: readonly NotDone[]
    }

/** Sends, holds, or hands the answer to the command that sends it in its own way; what that one refuses is held, never sent instead. */
async function sendReply(
  as: Tx,
  desk: Desk,
  c: Case,
  reply: Readonly<Record<string, unknown>>,
  hold: string | null,
  plan: Plan,
): Promise<Sent> {
  const sender = hold === null ? plan.sender : null
  const action = sender && desk.host.registry.action(sender.action)
  try {
    const result =
      sender && action
        ? await as.act(sender.action, c.id, {
            ...Object.fromEntries(Object.entries(reply).filter(([key]) => takes(action.args, key))),
            ...sender.args,
          })
        : await as.act('reply.send', c.id, { ...reply, ...(hold !== null && { hold }) })
    const text = (key: string): string | null => (typeof result.data?.[key] === 'string' ? result.data[key] : null)
    return {
      held: text('held'),
      left: text('held') === null && text('outbox') !== null,
      message: text('message'),
      notice: text('notice'),
      said: sender && result.said ? [result.said] : [],
      notDone: [],
    }
  } catch (error) {
    if (!isRefusal(error)) throw error
    // What it had recorded before it refused stays visible as not sent.
    const [last] = await as.messages.last(c.id, 1)
    if (last?.state === 'deferred' && last.createdAt === as.now && last.agent === reply.agent)
      await as.messages.update(last.id, { state: 'cancelled' })
    const refused = error.detail || error.message
    if (!sender) return { refused }
    const held = await sendReply(as, desk, c, reply, 'sender_failed', { ...plan, sender: null })
    return 'refused' in held
      ? held
      : { ...held, notDone: [{ command: sender.command, line: sender.line, fault: 'refused', about: refused }] }
  }
}

/** The one word that releases or drops a held answer. */
function decisionIn(text: string, { send, discard }: Vocabulary): 'send' | 'discard' | null {
  const word = fold(onlyLine(text) ?? '').replace(/^@|[.!]{1,3}$/g, '')
  return send.has(word) ? 'send' : discard.has(word) ? 'discard' : null
}

/** What he who releases it was shown. */
interface Seen {
  readonly seen_at: number
  readonly seen_in: string
}

async function decide(as: Tx, c: Case, held: Message, word: 'send' | 'discard', seen: Seen, told: Tell): Promise<Outcome> {
  const outcome = { outcome: `agent-reply ${word}`, caseId: c.id, messageId: held.id }
  if (held.state !== 'held') {
    await told({ reply: 'gone' })
    return outcome
  }
  if (word === 'discard') {
    await as.act('reply.discard', c.id, { message: held.id })
    // Where commands waited with it, they are listed: see waiting.ts.
    if (ordersOf(waitingOf(held)).length === 0) await told({ reply: 'discarded' })
    return outcome
  }
  try {
    await told(releaseTold(held, await as.act('reply.release', c.id, { message: held.id, ...seen })))
  } catch (error) {
    if (!isRefusal(error)) throw error
    await told({ reply: 'held', reason: error.detail || error.message, heldMessage: held.id })
  }
  return outcome
}

/** Whether a guard would keep it back as things stand. */
async function wouldBeHeld(as: Tx, c: Case, reply: Readonly<Record<string, unknown>>): Promise<boolean> {
  try {
    return typeof (await as.act('reply.check', c.id, reply)).data?.held === 'string'
  } catch (error) {
    if (!isRefusal(error)) throw error
    return true
  }
}

/** Released, or held again for another reason. */
function releaseTold(held: Message, { data }: ActionResult): Pick<Happening, 'reply'> & Partial<Happening> {
  return typeof data?.held === 'string'
    ? { reply: 'held', reason: data.held, heldMessage: held.id, notice: typeof data.notice === 'string' ? data.notice : null }
    : { reply: 'released' }
}

/** Words for comparing; '' for none. */
function digest(text: string): string {
  const words = fold(text)
  return words === '' ? '' : createHash('sha256').update(words).digest('hex')
}
