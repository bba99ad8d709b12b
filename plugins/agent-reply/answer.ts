// An agent's answer takes effect, all in one transaction: what must precede it, the answer itself, the rest; then he is told.
//
//   seen before ─> nothing            one word to a held answer ─> released or dropped
//   words unfit to send ─> note       doubtful lines ─> held, the rest waits with it        a guard holds it ─> the rest waits with it
import { createHash } from 'node:crypto'
import { agentOrigin, formatDateTime, unsentAnswer } from '../../core/plugin.ts'
import type { AgentConfig, Case, Compared, Message, Tx } from '../../core/plugin.ts'
import type { Incoming, Outcome } from './incoming.ts'
import { fold } from './fold.ts'
import { carryOut } from './effect.ts'
import type { Effect, Reply } from './effect.ts'
import { clearWaiting, keepWaiting, orderedWith, ordersOf, waitingOf } from './waiting.ts'
import { isRefusal, move, runAll, together } from './orders.ts'
import { planOf } from './plan.ts'
import type { Order, Plan } from './plan.ts'
import { tellTranscript } from './transcript.ts'
import type { Happening } from './transcript.ts'
import { texts } from './texts.ts'
import type { Vocabulary } from './vocabulary.ts'
import { filesOf, htmlOf, onlyLine, wordsOf } from './reply-content.ts'
import type { Desk } from './desk.ts'
import { leftOut } from './left-out.ts'
import { answersOf, caseOfMail, rememberAnswer } from './store.ts'

/** Characters of one note; what is longer is more than one. */
const longestNote = 100_000

type Tell = (happening: Pick<Happening, 'reply'> & Partial<Happening>) => Promise<void>

/**
 * Takes a mail of an authenticated agent. What cannot be done is told to him in a mail and does not throw; the outcome says in a word what
 * became of it.
 */
export async function takeAnswer(tx: Tx, desk: Desk, incoming: Incoming, agent: AgentConfig): Promise<Outcome> {
  const c = await tx.cases.lockCurrent(incoming.key.case_id)
  const { mail, key, hash } = incoming
  const earlier = await answersOf(tx, c.id, agent.id)
  const target = key.message_id === null ? undefined : await tx.messages.get(key.message_id)
  const held = target?.author === 'agent' && target.agent === agent.id ? target : undefined
  const about = held ? (unsentAnswer(held).order.answers ?? null) : (target?.id ?? null)
  const reader = { vocabulary: desk.vocabulary, agentName: agent.name }
  const { answer, signed, unfit } = wordsOf(mail, reader)
  const words = digest(answer.asIs)
  if (earlier.some((e) => e.hash === hash || (mail.messageId !== null && e.header_id === mail.messageId && e.words === words)))
    return { outcome: 'agent-reply duplicate', caseId: c.id }
  const remember = (): Promise<void> =>
    rememberAnswer(tx, { hash, case_id: c.id, agent: agent.id, about, header_id: mail.messageId, words, at: tx.now })
  await remember()
  const left = unfit === null ? await leftOut(tx, c.id, { ...reader, agent: agent.id }, mail, signed) : null
  const told: Tell = async (happening) => {
    // A command may have merged it into another one.
    const here = (await tx.cases.current((happening.case ?? c).id)) ?? c
    const facts = { notDone: [], done: [], said: [], left, ...happening, case: here }
    return tellTranscript(tx, desk, { ...facts, agent, about, inReplyTo: mail.messageId })
  }
  const as = tx.as(agentOrigin(agent.id, 'mail'))
  // What he was shown, wherever the conversation has moved since.
  const seen = {
    seen_at: key.created_at,
    seen_in: (key.outbox_id === null ? undefined : await caseOfMail(tx, key.outbox_id)) ?? c.id,
  }
  // The question about a held answer shows what had been said meanwhile only where that is what holds it.
  const shown =
    held && unsentAnswer(held).shown === null ? shownTo(held) : { seen_at: key.created_at, seen_mail: key.outbox_id ?? undefined }

  const planning = { vocabulary: desk.vocabulary, registry: desk.host.registry, config: tx.config, agent, case: c, now: tx.now, about }
  const only = held ? onlyLine(mail.reply.text, reader) : null
  const word = only && decisionIn(only.line, desk.vocabulary)
  if (held && only && word) {
    const plan = planOf({ ...planning, answer: only.answer, hasReply: false, hasFiles: false })
    const became = await decide(as, c, held, word, seen)
    const here = (await tx.messages.get(held.id))?.caseId ?? c.id
    const { done, notDone, said } = await runAll(tx, desk, here, agent, ordersOf({ agent: agent.id, ...plan, rest: inTurn(plan) }))
    const signature = (await leftOut(tx, c.id, { ...reader, agent: agent.id }, mail, only.signed)).signature
    const also = {
      done: [...(became?.done ?? []), ...done],
      notDone: [...plan.notDone, ...notDone],
      said: [...(became?.said ?? []), ...said],
      left: { lines: [], signature },
    }
    // Where commands waited with one that is dropped, they are listed in a mail of their own: see waiting.ts.
    if (became || also.done.length + also.notDone.length > 0) await told({ ...(became ?? { reply: 'discarded' }), ...also })
    return { outcome: `agent-reply ${word}`, caseId: c.id, messageId: held.id }
  }
  if (unfit) {
    if (unfit === 'quotes')
      await as.notes.add({ caseId: c.id, kind: 'unsent', text: mail.reply.text.slice(0, 100_000), data: { reason: unfit } })
    await told({ reply: 'refused', reason: unfit, leftFiles: mail.attachments.filter((a) => !a.inline).map((a) => a.shownName) })
    return { outcome: `agent-reply ${unfit}`, caseId: c.id }
  }

  const doubts = desk.host.settings.unknown === 'hold' ? answer.doubts : []
  const text = doubts.length > 0 || answer.doubts.length > 0 ? answer.asIs : answer.text
  const html = answer.doubts.length > 0 ? null : htmlOf(mail, answer, reader, tx.safeHtml)
  const files = await filesOf(mail, incoming.rawId, html, (bytes) => tx.messages.putBlob(bytes))
  const hasReply = text.trim() !== '' || files.length > 0
  const whole = planOf({ ...planning, answer, hasReply: hasReply && about !== null, hasFiles: files.length > 0 })
  // A new text in answer to the question about a held one takes its place. So do its commands; of those before, what it does not repeat is offered.
  const replaced =
    held?.state === 'held' && hasReply ? notRepeated([...ordersOf(waitingOf(held)), ...orderedWith(held)], whole, desk.vocabulary) : []
  if (held?.state === 'held' && hasReply) {
    await clearWaiting(as, held)
    await as.act('reply.discard', held.caseId, { message: held.id })
  }
  const offered = replaced.length > 0 ? { offers: { why: 'replaced', orders: replaced } as const } : {}

  // What has become of it, kept and told.
  const duplicate = hasReply ? earlier.find((e) => e.about === about && e.words === words) : undefined
  const finish = async (effect: Exclude<Effect, { readonly kind: 'refused' }>): Promise<Outcome> => {
    if (effect.kind === 'held') {
      await keepWaiting(tx, effect.message, effect.waiting)
      const when = duplicate ? formatDateTime(duplicate.at, agent.timezone, agent.locale) : ''
      await told({
        reply: 'held',
        reason: effect.reason,
        case: effect.case,
        detail: when,
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
    await told({
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

  if (!hasReply && about !== null && whole.sender) {
    const asked = { answers: about, ...seen, ...shown, agent: agent.id }
    const effect = await carryOut({ tx, as, desk, case: c, agent, about, reply: asked }, whole, null)
    // What refuses it is said below, and the rest is done all the same.
    if (effect.kind !== 'refused') return finish(effect)
  }
  if (!hasReply || about === null) {
    // Whoever answers a note speaks to his colleagues: his words stay inside.
    for (let at = 0; hasReply && text.trim() !== '' && at < text.length; at += longestNote)
      await as.act('note.add', c.id, { text: text.slice(at, at + longestNote) })
    const moved = await move(tx, desk, c, agent, about, whole)
    const below = [...whole.before, ...inTurn(whole)]
    // What was meant for the new case is not done in the old one.
    const stuck = whole.mover !== null && !moved.done.includes(whole.mover)
    const { done, notDone, said } = together(moved, await runAll(tx, desk, moved.case.id, agent, stuck ? [] : below))
    // Where the question about a held answer is answered with the command that moves its conversation, it is sent there.
    const waits = held && whole.mover && done.includes(whole.mover) ? await tx.messages.get(held.id) : undefined
    if (waits?.state === 'held') {
      const became = await release(as, waits, seen)
      await told({
        ...became,
        case: moved.case,
        done: [...(became.done ?? []), ...done],
        notDone: [...whole.notDone, ...notDone],
        said: [...(became.said ?? []), ...said],
      })
      return { outcome: 'agent-reply send', caseId: waits.caseId, messageId: waits.id }
    }
    await told({
      reply: hasReply ? 'noted' : 'none',
      case: moved.case,
      done,
      notDone: [...whole.notDone, ...notDone],
      said,
      swallowed: answer.swallowed,
      // A note has no files.
      leftFiles: files.map((f) => f.filename),
      ...offered,
      ...(stuck && { offers: { why: 'moved', orders: below } }),
    })
    return { outcome: 'agent-reply commands', caseId: moved.case.id }
  }

  const unready = doubts.length > 0 ? 'near_miss' : whole.senderFailed ? 'sender_failed' : duplicate ? 'duplicate_answer' : null
  const reply = {
    text,
    ...(html !== null && { html }),
    attachments: files,
    answers: about,
    ...seen,
    ...shown,
    agent: agent.id,
    ...Object.assign({}, ...whole.with.map((o) => o.args)),
  }
  const effect = await carryOut({ tx, as, desk, case: c, agent, about, reply }, whole, unready)
  if (effect.kind === 'refused') {
    await as.notes.add({
      caseId: c.id,
      kind: 'unsent',
      text,
      messageId: await keptUnsent(as, c.id, reply),
      data: { reason: effect.why },
    })
    await told({
      reply: 'refused',
      reason: 'invalid',
      detail: effect.why,
      notDone: [...whole.notDone, ...effect.notDone],
      offers: { why: 'left', orders: [...replaced, ...effect.orders] },
    })
    return { outcome: 'agent-reply not sent', caseId: c.id }
  }
  return finish(effect)
}

/** What is done after all else, in its turn where nothing is sent: a template that is named alone, say. */
const inTurn = ({ sender, after }: Plan): readonly Order[] => (sender ? [sender, ...after] : after)

/** Commands that wait with a held answer and that a new mail in its place does not give anew: lists and notes add up, of everything else the last one counts. */
function notRepeated(orders: readonly Order[], plan: Plan, { commands }: Vocabulary): readonly Order[] {
  const given = ordersOf({ agent: '', ...plan, rest: plan.after })
  const addsUp = ({ command }: Order): boolean => ['lines', 'addresses', 'tags'].includes(commands.get(command)?.value ?? 'none')
  return orders.filter(
    (o) => !given.some((g) => g.action === o.action && (!addsUp(o) || JSON.stringify(g.args) === JSON.stringify(o.args))),
  )
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

/** What the writer of a held answer had been shown when he wrote it. */
function shownTo(held: Message): { readonly seen_at?: number; readonly seen_mail?: string } {
  const { seen_at, seen_mail } = unsentAnswer(held).order
  return { ...(seen_at !== undefined && { seen_at }), ...(seen_mail !== undefined && { seen_mail }) }
}

/** The one word that releases or drops a held answer. */
function decisionIn(line: string, { send, discard }: Vocabulary): 'send' | 'discard' | null {
  const word = fold(line).replace(/^@|[.!]{1,3}$/g, '')
  return send.has(word) ? 'send' : discard.has(word) ? 'discard' : null
}

/** What he who releases it was shown. */
interface Seen {
  readonly seen_at: number
  readonly seen_in: string
}

/** Does what the word says; null where another mail tells of it. */
async function decide(
  as: Tx,
  c: Case,
  held: Message,
  word: 'send' | 'discard',
  seen: Seen,
): Promise<(Pick<Happening, 'reply'> & Partial<Happening>) | null> {
  if (held.state !== 'held') return { reply: 'gone' }
  if (word === 'send') return release(as, held, seen)
  await as.act('reply.discard', c.id, { message: held.id })
  return ordersOf(waitingOf(held)).length === 0 ? { reply: 'discarded' } : null
}

/** Released with what was ordered with it, or held still, for another reason or because it was refused. */
async function release(as: Tx, held: Message, seen: Seen): Promise<Pick<Happening, 'reply'> & Partial<Happening>> {
  try {
    const { data, said } = await as.attempt(() => as.act('reply.release', held.caseId, { message: held.id, ...seen }))
    // It was to leave later, and does.
    const sender = waitingOf(held)?.sender
    if (data?.planned === true && sender) return { reply: 'later', done: [sender], said: said ? [said] : [] }
    return typeof data?.held === 'string'
      ? { reply: 'held', reason: data.held, heldMessage: held.id, notice: typeof data.notice === 'string' ? data.notice : null }
      : { reply: 'released' }
  } catch (error) {
    if (!isRefusal(error)) throw error
    return { reply: 'held', reason: error.detail || error.message, heldMessage: held.id }
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

/** Words for comparing; '' for none. */
function digest(text: string): string {
  const words = fold(text)
  return words === '' ? '' : createHash('sha256').update(words).digest('hex')
}
