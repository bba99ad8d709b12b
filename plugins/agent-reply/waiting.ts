// Commands of a mail whose answer is held: they take effect when it leaves, and are offered one by one where it is dropped.
//
//   released   agent-reply.orders (what stands above a split, the split, what must precede the answer) ─> the answer ─> the rest
//   dropped    nothing is done; the writer gets a list with a button for each
import { PosternError, unsentAnswer, withFirst, withOrdered } from '../../core/plugin.ts'
import type { Message, Tx } from '../../core/plugin.ts'
import type { Desk } from './desk.ts'
import { mailAgent } from './mail.ts'
import { offerOrders } from './offers.ts'
import { move, runAll, together } from './orders.ts'
import type { Order } from './plan.ts'
import { texts } from './texts.ts'
import { tellTranscript } from './transcript.ts'

/** What is kept with a held message. */
export interface Waiting {
  readonly agent: string
  /** Message that the answer is about. */
  readonly about?: string
  readonly above?: readonly Order[]
  readonly mover?: Order | null
  /** What must be done before it leaves. */
  readonly before?: readonly Order[]
  readonly rest: readonly Order[]
  /** The command that sends it in its own way; what it needs is kept with the message. */
  readonly sender?: Order | null
  /** What that command takes along. */
  readonly along?: readonly Order[]
}

/** Everything that waits, in the order in which it would be done. */
export function ordersOf(waiting: Waiting | undefined): readonly Order[] {
  if (!waiting) return []
  const { above = [], mover, before = [], rest, along = [] } = waiting
  return [...above, ...(mover ? [mover] : []), ...before, ...rest, ...along]
}

/** What else was ordered with a message that is held, by a template say. */
export function orderedWith(message: Pick<Message, 'data'> | undefined): readonly Order[] {
  return unsentAnswer(message).ordered.map((order) => ({ command: '', ...order }))
}

/** What was kept with a message, if anything. */
export function waitingOf(message: Pick<Message, 'data'> | undefined): Waiting | undefined {
  return message?.data['agent-reply'] as Waiting | undefined // written by keepWaiting
}

const ours = 'agent-reply.orders'

/** Keeps commands with a held message; what must precede it is ordered by its release. */
export async function keepWaiting(tx: Tx, id: string, waiting: Waiting): Promise<void> {
  const message = await tx.messages.get(id)
  if (!message) return
  const needed = ordersOf({ ...waiting, rest: [] }).length > 0
  await tx.messages.update(id, { data: withFirst({ ...message.data, 'agent-reply': waiting }, ours, needed) })
}

/** Nothing waits with it any more. */
export async function clearWaiting(tx: Tx, message: Message): Promise<void> {
  const { 'agent-reply': _w, ...data } = message.data
  await tx.messages.update(message.id, { data: withFirst(withOrdered(data, []), ours, false) })
}

/** A held answer is being released: what must precede it is done. Throws `conflict` where the conversation was to move and cannot. */
export async function doFirst(tx: Tx, desk: Desk, id: string): Promise<void> {
  const message = await tx.messages.get(id)
  const waiting = waitingOf(message)
  const agent = waiting && tx.config.agents.get(waiting.agent)
  if (!message || !waiting || !agent || message.state !== 'held') return
  const c = await tx.cases.lock(message.caseId)
  const { above = [], mover = null, before = [], about = null } = waiting
  const moved = await move(tx, desk, c, agent, about, { above, mover })
  const refused = moved.notDone.find((n) => n.line === mover?.line)
  if (refused) throw new PosternError('conflict', `${refused.line}: ${refused.about}`)
  const { done, notDone, said } = together(moved, await runAll(tx, desk, moved.case.id, agent, before))
  const now = await tx.messages.get(id)
  if (now) await keepWaiting(tx, id, { agent: waiting.agent, rest: waiting.rest, sender: waiting.sender ?? null })
  if (notDone.length > 0)
    await tellTranscript(tx, desk, { case: moved.case, agent, about: null, inReplyTo: null, reply: 'released', done, notDone, said })
}

/** A held answer was dropped: its commands are not done, and its writer may order each. */
export async function offerEach(tx: Tx, desk: Desk, id: string): Promise<void> {
  const message = await tx.messages.get(id)
  const waiting = waitingOf(message)
  const agent = tx.config.agents.get(waiting?.agent ?? message?.agent ?? '')
  const orders = [...ordersOf(waiting), ...orderedWith(message)]
  if (!message || !agent || message.state !== 'cancelled' || orders.length === 0) return
  await clearWaiting(tx, message)
  const c = await tx.cases.get(message.caseId)
  if (!c) return
  const links = await offerOrders(tx, desk, c.id, agent, orders)
  const { locale } = agent
  await mailAgent(tx, {
    kind: 'transcript',
    case: c,
    agent,
    about: waiting?.about ?? null,
    inReplyTo: null,
    paragraphs: [
      texts(locale, message.data.note === undefined ? 'reply.discarded' : 'note.kept'),
      [texts(locale, 'orders.left'), ...orders.map((o) => `✗ ${o.line}`)].join('\n'),
    ],
    links,
  })
}
