// An answer and the commands of its mail take effect together: all of it, or, where it is held or refused, none.
//
//   all of it ─> sent                                              the command that moves it is refused ─> held, the others wait
//             ─> held once commands were done ─> taken back, alone ─> held, all wait
//             ─> refused ─> taken back; the command that sends it was refused ─> held, all wait
import { hasArgument } from '../../core/plugin.ts'
import type { AgentConfig, Case, Tx } from '../../core/plugin.ts'
import type { Desk } from './desk.ts'
import { isRefusal, move, runAll, together } from './orders.ts'
import type { Done } from './orders.ts'
import { takenAlong, withoutMover } from './plan.ts'
import type { NotDone, Order, Plan } from './plan.ts'
import { ordersOf } from './waiting.ts'
import type { Waiting } from './waiting.ts'

/** The arguments of the answer, as the desk takes them. */
export type Reply = Readonly<Record<string, unknown>>

/** What became of it; `case` is where the answer is. */
export type Effect =
  | {
      readonly kind: 'sent'
      readonly case: Case
      readonly message: string | null
      /** It has left, whatever command sent it. */
      readonly left: boolean
      /** Ids of messages that the writer did not know of. */
      readonly newer: readonly string[]
      /** What was done before it left. */
      readonly first: Done
      /** What its sender says of it. */
      readonly said: readonly string[]
      /** As it was carried out: without what its sender took along. */
      readonly plan: Plan
      readonly along: readonly Order[]
    }
  | {
      readonly kind: 'held'
      readonly case: Case
      readonly reason: string
      readonly message: string
      readonly notice: string | null
      readonly waiting: Waiting
      readonly notDone: readonly NotDone[]
    }
  | { readonly kind: 'refused'; readonly why: string; readonly orders: readonly Order[]; readonly notDone: readonly NotDone[] }

/** What an attempt is made of. */
export interface Answering {
  readonly tx: Tx
  /** The same transaction in the agent's name. */
  readonly as: Tx
  readonly desk: Desk
  readonly case: Case
  readonly agent: AgentConfig
  readonly about: string
  readonly reply: Reply
}

/** Carries out a plan. `unready`: why the answer has to wait whatever else is so, or null. */
export async function carryOut(a: Answering, whole: Plan, unready: string | null): Promise<Effect> {
  if (unready !== null) return holdAll(a, whole, unready)
  const tried = await a.tx.attempt(() => tryWhole(a, whole), worked)
  if (tried.kind === 'sent') return tried
  if (tried.kind === 'stuck') return holdAll(a, withoutMover(whole, a.desk.host.registry), 'sender_failed', tried.notDone)
  if (tried.kind === 'refused')
    return tried.by === null
      ? refused(whole, tried.why)
      : holdAll(a, { ...whole, sender: null }, 'sender_failed', [
          { command: tried.by.command, line: tried.by.line, fault: 'refused', about: tried.why },
        ])
  if (tried.first.done.length === 0)
    return held(a, tried, { ...tried.plan, above: [], mover: null, before: [] }, tried.along, tried.first.notDone)
  // The guard says itself why where it holds the bare answer too; where it does not, its reason has to do.
  const { plan, along } = takenAlong(whole, a.desk.host.registry)
  const alone = await a.tx.attempt(() => trySending(a, plan.sender, statusOf(plan)), isHeld)
  return isHeld(alone) ? held(a, { ...alone, case: a.case }, plan, along, []) : holdAll(a, whole, tried.reason)
}

type Tried =
  | (Effect & { readonly kind: 'sent' })
  | { readonly kind: 'stuck'; readonly notDone: readonly NotDone[] }
  | (Held & { readonly case: Case; readonly first: Done; readonly plan: Plan; readonly along: readonly Order[] })
  | Refused

interface Held {
  readonly kind: 'held'
  readonly reason: string
  readonly message: string
  readonly notice: string | null
}

interface Refused {
  readonly kind: 'refused'
  /** The command that was to send it; null: the desk itself refuses the answer. */
  readonly by: Order | null
  readonly why: string
}

/** What may stay: what was sent, and what is held with nothing done before it. */
function worked(tried: Tried): boolean {
  return tried.kind === 'sent' || (tried.kind === 'held' && tried.first.done.length === 0)
}

async function tryWhole(a: Answering, whole: Plan): Promise<Tried> {
  const { tx, desk, agent } = a
  const moved = await move(tx, desk, a.case, agent, a.about, whole)
  // What was to go elsewhere must not leave here unasked.
  const { mover } = whole
  if (mover && !moved.done.includes(mover)) return { kind: 'stuck', notDone: moved.notDone.filter((n) => n.line === mover.line) }
  const { plan, along } = takenAlong(whole, desk.host.registry)
  const first = together(moved, await runAll(tx, desk, moved.case.id, agent, plan.before))
  const outcome = await trySending({ ...a, case: moved.case }, plan.sender, statusOf(plan))
  if (outcome.kind === 'refused') return outcome
  return { ...outcome, case: moved.case, first, plan, along }
}

type Outcome =
  | {
      readonly kind: 'sent'
      readonly message: string | null
      readonly left: boolean
      readonly newer: readonly string[]
      readonly said: readonly string[]
    }
  | Held
  | Refused

/** Sends it, or hands it to the command that sends it in its own way. */
async function trySending({ as, desk, case: c, reply }: Answering, sender: Order | null, status: object): Promise<Outcome> {
  const words = { ...reply, ...status }
  try {
    const action = sender && desk.host.registry.action(sender.action)
    const { data, said } =
      sender && action
        ? await as.act(sender.action, c.id, {
            ...Object.fromEntries(Object.entries(words).filter(([key]) => hasArgument(action, key))),
            ...sender.args,
          })
        : await as.act('reply.send', c.id, words)
    const text = (key: string): string | null => (typeof data?.[key] === 'string' ? data[key] : null)
    const [message, reason] = [text('message'), text('held')]
    return reason !== null && message !== null
      ? { kind: 'held', reason, message, notice: text('notice') }
      : {
          kind: 'sent',
          message,
          left: text('outbox') !== null,
          newer: Array.isArray(data?.newer) ? data.newer.map(String) : [],
          said: sender && said ? [said] : [],
        }
  } catch (error) {
    if (!isRefusal(error)) throw error
    return { kind: 'refused', by: sender, why: error.detail || error.message }
  }
}

const isHeld = (outcome: Outcome): outcome is Held => outcome.kind === 'held'

/** A status that is ordered beside the answer stands; else the mailbox says what an answer makes of it. */
function statusOf({ before, after }: Plan): object {
  return [...after, ...before].some((o) => o.action === 'case.status') ? { status: 'keep' } : {}
}

/** Holds it, whatever else is so: with the command that was to send it, where that can wait along (a time, a template), else without. */
async function holdAll(a: Answering, whole: Plan, hold: string, notDone: readonly NotDone[] = []): Promise<Effect> {
  const reply = { ...a.reply, hold: hold.slice(0, 100) }
  const action = whole.sender ? a.desk.host.registry.action(whole.sender.action) : undefined
  if (action && hasArgument(action, 'hold')) {
    const { plan, along } = takenAlong(whole, a.desk.host.registry)
    const outcome = await a.tx.attempt(() => trySending({ ...a, reply }, plan.sender, statusOf(plan)), isHeld)
    if (isHeld(outcome)) return held(a, { ...outcome, case: a.case }, plan, along, notDone)
  }
  const outcome = await a.tx.attempt(() => trySending({ ...a, reply }, null, statusOf(whole)), isHeld)
  return isHeld(outcome)
    ? held(a, { ...outcome, case: a.case }, { ...whole, sender: null }, [], [...notDone, ...lost(whole.sender)])
    : refused(whole, outcome.kind === 'refused' ? outcome.why : hold)
}

function held(
  a: Answering,
  { case: c, reason, message, notice }: Held & { readonly case: Case },
  plan: Plan,
  along: readonly Order[],
  notDone: readonly NotDone[],
): Effect {
  const { above, mover, before, after: rest, sender } = plan
  return {
    kind: 'held',
    case: c,
    reason,
    message,
    notice,
    waiting: { agent: a.agent.id, about: a.about, above, mover, before, rest, sender, along },
    notDone,
  }
}

function refused(plan: Plan, why: string): Effect {
  const orders = ordersOf({ agent: '', ...plan, rest: plan.after })
  return { kind: 'refused', why, orders, notDone: lost(plan.sender).map((n) => ({ ...n, fault: 'no_reply' })) }
}

/** The command that was to send it cannot wait with it: what releases it sends it at once. */
const lost = (sender: Order | null): readonly NotDone[] =>
  sender === null ? [] : [{ command: sender.command, line: sender.line, fault: 'waits', about: '' }]
