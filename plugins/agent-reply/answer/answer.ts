// An agent's answer takes effect, all in one transaction: what must precede it, the answer itself, the rest; then he is told.
//
//   taken before ─> nothing            one word to a held answer ─> released or dropped                     (decision.ts)
//   words unfit to send ─> note        commands alone, or an answer to a note ─> done, noted                (inside.ts)
//   words for the customer ─> sent or planned; doubtful, or held by a guard ─> the rest waits with them     (sending.ts)
import type { AgentConfig, Tx } from '../../../core/plugin.ts'
import type { Desk } from '../desk.ts'
import type { Incoming, Outcome } from '../incoming.ts'
import type { Unfit } from '../reply-content.ts'
import { takeDecision } from './decision.ts'
import { takeInside } from './inside.ts'
import { orderedBy } from './ordered.ts'
import { sendAnswer, sendWithoutWords } from './sending.ts'
import { takingOf } from './taking.ts'
import type { Taking } from './taking.ts'

/**
 * Takes a mail of an authenticated agent. What cannot be done is told to him in a mail and does not throw; the outcome says in a word what
 * became of it.
 */
export async function takeAnswer(tx: Tx, desk: Desk, incoming: Incoming, agent: AgentConfig): Promise<Outcome> {
  const c = await tx.cases.lockCurrent(incoming.key.case_id)
  const taking = await takingOf(tx, desk, incoming, agent, c)
  if (!taking) return { outcome: 'agent-reply duplicate', caseId: c.id }
  const decided = await takeDecision(taking)
  if (decided) return decided
  if (taking.unfit) return keepUnfit(taking, taking.unfit)
  const ordered = await orderedBy(taking)
  const { about } = taking
  if (about !== null && ordered.hasReply) return sendAnswer(taking, ordered, about)
  const sent = about !== null && ordered.plan.sender ? await sendWithoutWords(taking, ordered, about) : null
  return sent ?? takeInside(taking, ordered)
}

/** Words that must not be sent: they are kept as a note where there are any, and he is told. */
async function keepUnfit({ as, case: c, incoming, told }: Taking, unfit: Unfit): Promise<Outcome> {
  const { reply, attachments } = incoming.mail
  if (unfit === 'quotes') await as.notes.add({ caseId: c.id, kind: 'unsent', text: reply.text.slice(0, 100_000), data: { reason: unfit } })
  await told({ reply: 'refused', reason: unfit, leftFiles: attachments.filter((a) => !a.inline).map((a) => a.shownName) })
  return { outcome: `agent-reply ${unfit}`, caseId: c.id }
}
