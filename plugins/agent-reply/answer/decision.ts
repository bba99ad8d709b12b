// The one word with which the question about a held answer is answered: it is released or dropped, and commands beside the word are done.
import type { Message } from '../../../core/plugin.ts'
import { fold } from '../fold.ts'
import type { Outcome } from '../incoming.ts'
import { leftOut } from '../left-out.ts'
import { isRefusal, runAll } from '../orders.ts'
import { inTurn, planOf } from '../plan.ts'
import { onlyLine } from '../reply-content.ts'
import type { Vocabulary } from '../vocabulary.ts'
import { ordersOf, waitingOf } from '../waiting.ts'
import type { Became, Taking } from './taking.ts'

/** Does what the word says; null where the mail is no such answer. */
export async function takeDecision(t: Taking): Promise<Outcome | null> {
  const { tx, desk, agent, held, reader, incoming } = t
  const only = held ? onlyLine(incoming.mail.reply.text, reader) : null
  const word = only && decisionIn(only.line, desk.vocabulary)
  if (!held || !only || !word) return null
  const plan = planOf({ ...t.planning, answer: only.answer, hasReply: false, hasFiles: false })
  const became = await decide(t, held, word)
  const here = (await tx.messages.get(held.id))?.caseId ?? t.case.id
  const { done, notDone, said } = await runAll(tx, desk, here, agent, ordersOf({ agent: agent.id, ...plan, rest: inTurn(plan) }))
  const signature = (await leftOut(tx, t.case.id, { ...reader, agent: agent.id }, incoming.mail, only.signed)).signature
  const also = {
    done: [...(became?.done ?? []), ...done],
    notDone: [...plan.notDone, ...notDone],
    said: [...(became?.said ?? []), ...said],
    left: { lines: [], signature },
  }
  // Where commands waited with one that is dropped, they are listed in a mail of their own: see waiting.ts.
  if (became || also.done.length + also.notDone.length > 0) await t.told({ ...(became ?? { reply: 'discarded' }), ...also })
  return { outcome: `agent-reply ${word}`, caseId: t.case.id, messageId: held.id }
}

/** Releases it with what was ordered with it; or it is held still, for another reason or because it was refused. */
export async function release({ as, seen }: Taking, held: Message): Promise<Became> {
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

function decisionIn(line: string, { send, discard }: Vocabulary): 'send' | 'discard' | null {
  const word = fold(line).replace(/^@|[.!]{1,3}$/g, '')
  return send.has(word) ? 'send' : discard.has(word) ? 'discard' : null
}

/** What became of it; null where another mail tells of it. */
async function decide(t: Taking, held: Message, word: 'send' | 'discard'): Promise<Became | null> {
  if (held.state !== 'held') return { reply: 'gone' }
  if (word === 'send') return release(t, held)
  await t.as.act('reply.discard', t.case.id, { message: held.id })
  return ordersOf(waitingOf(held)).length === 0 ? { reply: 'discarded' } : null
}
