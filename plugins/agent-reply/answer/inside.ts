// A mail of commands alone, or one whose words stay inside: an answer to a note.
import type { Outcome } from '../incoming.ts'
import { move, runAll, together } from '../orders.ts'
import { inTurn } from '../plan.ts'
import { release } from './decision.ts'
import type { Ordered } from './ordered.ts'
import type { Taking } from './taking.ts'

/** Characters of one note; what is longer is more than one. */
const longestNote = 100_000

/** Does the commands, keeps the words as notes, and tells him. */
export async function takeInside(t: Taking, { text, files, hasReply, plan, replaced }: Ordered): Promise<Outcome> {
  const { tx, as, desk, agent, case: c, about, held, answer } = t
  // Whoever answers a note speaks to his colleagues: his words stay inside.
  for (let at = 0; hasReply && text.trim() !== '' && at < text.length; at += longestNote)
    await as.act('note.add', c.id, { text: text.slice(at, at + longestNote) })
  const moved = await move(tx, desk, c, agent, about, plan)
  const below = [...plan.before, ...inTurn(plan)]
  // What was meant for the new case is not done in the old one.
  const stuck = plan.mover !== null && !moved.done.includes(plan.mover)
  const { done, notDone, said } = together(moved, await runAll(tx, desk, moved.case.id, agent, stuck ? [] : below))
  // Where the question about a held answer is answered with the command that moves its conversation, it is sent there.
  const waits = held && plan.mover && done.includes(plan.mover) ? await tx.messages.get(held.id) : undefined
  if (waits?.state === 'held') {
    const became = await release(t, waits)
    await t.told({
      ...became,
      case: moved.case,
      done: [...(became.done ?? []), ...done],
      notDone: [...plan.notDone, ...notDone],
      said: [...(became.said ?? []), ...said],
    })
    return { outcome: 'agent-reply send', caseId: waits.caseId, messageId: waits.id }
  }
  const offers = stuck
    ? ({ why: 'moved', orders: below } as const)
    : replaced.length > 0
      ? ({ why: 'replaced', orders: replaced } as const)
      : null
  await t.told({
    reply: hasReply ? 'noted' : 'none',
    case: moved.case,
    done,
    notDone: [...plan.notDone, ...notDone],
    said,
    swallowed: answer.swallowed,
    // A note has no files.
    leftFiles: files.map((f) => f.filename),
    ...(offers && { offers }),
  })
  return { outcome: 'agent-reply commands', caseId: moved.case.id }
}
