// Orders about whatever is planned in a case, answers and reopens alike, as agents give them by mail: send now, cancel.
import Type from 'typebox'
import type { TProperties, TSchema } from 'typebox'
import { PosternError } from '../../core/plugin.ts'
import type { ActionDefinition, ActionResult, ArgumentProblem, ArgumentsAsked, Case, Tx } from '../../core/plugin.ts'
import { plannedMessages } from './deferred/store.ts'
import { personOf } from './person.ts'
import { onCase } from './reopen/actions.ts'
import { listed, numbered, plannedReopens } from './reopen/store.ts'
import { say } from './texts.ts'

const which = Type.Optional(
  Type.String({ minLength: 1, maxLength: 20, description: 'Where several are planned: its number in the list of them, the earliest is 1' }),
)

/** The actions by name. `answer`: the arguments of an answer, and what is wrong with such ones. */
export function scheduleActions(
  answer: TProperties,
  answerWrong: (args: object, asked: ArgumentsAsked) => readonly ArgumentProblem[],
): Readonly<Record<string, ActionDefinition>> {
  const optional = Object.fromEntries(Object.entries(answer).map(([key, schema]: [string, TSchema]) => [key, Type.Optional(schema)]))
  return {
    'schedule.send': onCase(
      'Sends now: the answer that is given, else what is planned: your own deferred message, else the only one.',
      Type.Object({ ...optional, which }),
      (tx, c, args: Readonly<Record<string, unknown>>) => send(tx, c, args),
      (args: Readonly<Record<string, unknown>>, asked) => (args.text === undefined ? [] : answerWrong(args, asked)),
    ),
    'schedule.cancel': onCase(
      'Takes back what is planned in this case: your own deferred messages, else your reopen, else the only thing that a colleague has planned.',
      Type.Object({ which }),
      async (tx, c, args) => cancelPlanned(tx, c, args.which),
    ),
  }
}

async function send(tx: Tx, c: Case, { which: number, ...answer }: Readonly<Record<string, unknown>>): Promise<ActionResult> {
  if (answer.text !== undefined) return tx.act('reply.send', c.id, answer)
  if (typeof number !== 'string') return tx.act('deferred.send', c.id, {})
  const messages = await plannedMessages(tx, c.id)
  const meant = numbered(tx, c, messages, number)
  return tx.act('deferred.send', c.id, { message: meant.message_id })
}

async function cancelPlanned(tx: Tx, c: Case, number: string | undefined): Promise<ActionResult> {
  const [messages, reopens] = [await plannedMessages(tx, c.id), await plannedReopens(tx, c.id)]
  const all = [...messages, ...reopens].sort((a, b) => a.due_at - b.due_at)
  const [first] = all
  const { locale } = personOf(tx, c.mailbox)
  if (!first) throw new PosternError('not_found', say(locale, 'which.nothing', { number: c.number }))
  const drop = (plan: (typeof all)[number]): Promise<ActionResult> =>
    'message_id' in plan
      ? tx.act('deferred.cancel', c.id, { message: plan.message_id })
      : tx.act('reopen.cancel', c.id, { reopen: plan.id })
  if (number !== undefined) return drop(numbered(tx, c, all, number))
  const mine = messages.filter((m) => tx.origin.kind !== 'agent' || m.agent === tx.origin.id)
  if (mine.length > 0) {
    for (const row of mine) await drop(row)
    return { said: say(locale, 'deferred.cancelled'), data: { messages: mine.map((r) => r.message_id) } }
  }
  if (tx.origin.kind !== 'agent' || reopens.some((r) => r.owner === tx.origin.id)) return tx.act('reopen.cancel', c.id, {})
  if (all.length > 1) throw new PosternError('invalid', say(locale, 'which.several', { list: listed(tx, c, all) }))
  return drop(first)
}
