// What a mail orders: words and files for the customer, commands, and what becomes of an answer that it takes the place of.
import { htmlOf, filesOf } from '../reply-content.ts'
import type { ReplyFile } from '../reply-content.ts'
import type { Doubt } from '../block.ts'
import { planOf } from '../plan.ts'
import type { Order, Plan } from '../plan.ts'
import type { Vocabulary } from '../vocabulary.ts'
import { clearWaiting, orderedWith, ordersOf, waitingOf } from '../waiting.ts'
import type { Taking } from './taking.ts'

/** What one mail orders. */
export interface Ordered {
  readonly text: string
  readonly html: string | null
  readonly files: readonly ReplyFile[]
  /** There is something that can be sent. */
  readonly hasReply: boolean
  /** Lines that keep it back. */
  readonly doubts: readonly Doubt[]
  readonly plan: Plan
  /** Commands that waited with a held answer which this one replaces, and that it does not repeat. */
  readonly replaced: readonly Order[]
}

/** Reads it, stores its files, and takes a held answer back that new words replace. */
export async function orderedBy(t: Taking): Promise<Ordered> {
  const { tx, as, desk, incoming, answer, held, reader } = t
  const doubtful = answer.doubts.length > 0
  const text = doubtful ? answer.asIs : answer.text
  const html = doubtful ? null : htmlOf(incoming.mail, answer, reader, tx.safeHtml)
  const files = await filesOf(incoming.mail, incoming.rawId, html, (bytes) => tx.messages.putBlob(bytes))
  const hasReply = text.trim() !== '' || files.length > 0
  const plan = planOf({ ...t.planning, answer, hasReply: hasReply && t.about !== null, hasFiles: files.length > 0 })
  const replaces = held?.state === 'held' && hasReply
  const replaced = replaces ? notRepeated([...ordersOf(waitingOf(held)), ...orderedWith(held)], plan, desk.vocabulary) : []
  if (replaces) {
    await clearWaiting(as, held)
    await as.act('reply.discard', held.caseId, { message: held.id })
  }
  return { text, html, files, hasReply, doubts: desk.host.settings.unknown === 'hold' ? answer.doubts : [], plan, replaced }
}

/** Commands that a new mail does not give anew: lists and notes add up, of everything else the last one counts. */
function notRepeated(orders: readonly Order[], plan: Plan, { commands }: Vocabulary): readonly Order[] {
  const given = ordersOf({ agent: '', ...plan, rest: plan.after })
  const addsUp = ({ command }: Order): boolean => ['lines', 'addresses', 'tags'].includes(commands.get(command)?.value ?? 'none')
  return orders.filter(
    (o) => !given.some((g) => g.action === o.action && (!addsUp(o) || JSON.stringify(g.args) === JSON.stringify(o.args))),
  )
}
