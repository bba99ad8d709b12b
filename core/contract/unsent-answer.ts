// What plugins leave for each other with an answer that has not left yet; it stands in `data` of its message, and is written and read here.
//
//   part      who leaves it                                 who reads it
//   order     who recorded the answer (desk)                whoever shows it, releases it, or answers the question about it
//   first     whoever ordered what must precede it          desk, before it leaves
//   later     who was to plan it for a time (scheduler)     desk, when it is released
//   ordered   who ordered more together with it (rules)     whoever tells of it, or offers it where the answer is dropped (agent-reply)
//   shown     desk, where it was held for what was said     desk and agent-reply, when its writer decides
import { isRecord } from '../base/schema-walk.ts'
import type { Message } from './model.ts'

type Data = Message['data']

/** Something that was ordered together with an answer. `line`: as people read it; `args`: of the action. */
export interface OrderedWith {
  readonly line: string
  readonly action: string
  readonly args: Readonly<Record<string, unknown>>
}

/** How far a conversation was shown: an instant (ms UTC), and the id of the message that was last then. */
export interface ShownUntil {
  readonly at: number
  readonly id: string
}

/** The parts of an answer's order that others than its recorder read; names and meanings are those of the arguments of `reply.send`. */
export interface AnswerOrder {
  readonly answers?: string
  readonly to?: string | readonly string[]
  readonly status?: string
  readonly seen_at?: number
  readonly seen_mail?: string
}

/** What is kept with an answer until it has left. */
export interface UnsentAnswer {
  readonly order: AnswerOrder
  /** Actions that must precede it, in this order; each gets `{ message }`, and may move it into another case. */
  readonly first: readonly string[]
  /** The action that plans it for its time once it is released: it gets `{ message }` and says with `planned` whether that time is still to come. */
  readonly later: string | null
  readonly ordered: readonly OrderedWith[]
  readonly shown: ShownUntil | null
}

/** What is kept with a message; nothing of it where there is no message, or none of it was left. */
export function unsentAnswer(message: Pick<Message, 'data'> | undefined): UnsentAnswer {
  const { reply, first, later, ordered, shown } = message?.data ?? {}
  return {
    order: isRecord(reply) ? reply : {}, // its recorder checked it as arguments of an action
    first: (Array.isArray(first) ? first : [first]).filter((name) => typeof name === 'string'),
    later: typeof later === 'string' ? later : null,
    ordered: Array.isArray(ordered) ? ordered.filter(isOrdered) : [],
    shown: isRecord(shown) && typeof shown.at === 'number' && typeof shown.id === 'string' ? { at: shown.at, id: shown.id } : null,
  }
}

/** The data of an answer that an action must precede, behind those that others have named; `needed` false: it need not any more. */
export function withFirst(data: Data, action: string, needed: boolean): Data {
  const others = unsentAnswer({ data }).first.filter((name) => name !== action)
  return { ...data, first: needed ? [...others, action] : others }
}

/** The data of an answer that this action plans for its time once it is released; null: it leaves then. */
export function withLater(data: Data, action: string | null): Data {
  const { later: _l, ...rest } = data
  return action === null ? rest : { ...rest, later: action }
}

/** The data of an answer together with which more was ordered. */
export function withOrdered(data: Data, ordered: readonly OrderedWith[]): Data {
  const { ordered: _o, ...rest } = data
  return ordered.length === 0 ? rest : { ...rest, ordered }
}

function isOrdered(one: unknown): one is OrderedWith {
  return isRecord(one) && typeof one.line === 'string' && typeof one.action === 'string' && isRecord(one.args)
}
