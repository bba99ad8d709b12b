// Actions that change what a case is: status, assignee, subject, tags, people in copy, custom fields, notes.
import Type from 'typebox'
import type { Static, TSchema } from 'typebox'
import { PosternError, addressProblems, agentProblems, groupProblems, requireAddress } from '../../core/plugin.ts'
import type { ActionDefinition, ActionResult, Address, ArgumentProblem, ArgumentsAsked, Case, Origin, Tx } from '../../core/plugin.ts'
import { say } from './texts.ts'

/** What an action on a case is called with. */
export interface CaseCall<A> {
  readonly case: Case
  readonly args: A
  readonly origin: Origin
}

/** An action on a case, its arguments typed by their schema. */
export function caseAction<S extends TSchema>(definition: {
  readonly description: string
  readonly args: S
  readonly beforeSend?: boolean
  along?(args: Static<S>): Readonly<Record<string, unknown>> | null
  check?(args: Static<S>, asked: ArgumentsAsked): readonly ArgumentProblem[]
  run(tx: Tx, call: CaseCall<Static<S>>): Promise<ActionResult | void>
}): ActionDefinition {
  return {
    ...definition,
    run: async (tx, call) => {
      if (!call.case) throw new PosternError('invalid', 'this action needs a case')
      return definition.run(tx, { case: call.case, args: call.args, origin: call.origin })
    },
  }
}

// Beside each the words of other languages that mean it, for "did you mean".
const status = Type.Union([
  Type.Literal('open', { 'x-words': ['открытое', 'открыто', 'открыть'] }),
  Type.Literal('waiting', { 'x-words': ['в ожидании', 'ожидание'] }),
  Type.Literal('closed', { 'x-words': ['закрытое', 'закрыто', 'закрыть'] }),
  Type.Literal('spam', { 'x-words': ['спам'] }),
  Type.Literal('trash', { 'x-words': ['корзина', 'в корзину'] }),
])
const addresses = (description: string) => Type.Optional(Type.Array(Type.String({ minLength: 3 }), { maxItems: 100, description }))
const people = Type.Object({
  add: addresses('Addresses to add'),
  remove: addresses('Addresses to take out'),
  set: addresses('The whole list from now on'),
})

/**
 * The actions by name. They throw `invalid` without a case, for agents and groups that do not exist, and for an assignee who is not
 * active.
 */
export const caseActions: Readonly<Record<string, ActionDefinition>> = {
  'case.status': caseAction({
    description: 'Sets the status.',
    args: Type.Object({ status }),
    along: (args) => (args.status === 'spam' || args.status === 'trash' ? null : { status: args.status }),
    run: async (tx, { case: c, args }) => void (await tx.cases.set(c.id, { status: args.status })),
  }),
  'case.assign': caseAction({
    description: 'Makes an agent or a group responsible; null for nobody.',
    args: Type.Object({
      assignee: Type.Optional(Type.Union([Type.String(), Type.Null()], { description: 'Agent id' })),
      group: Type.Optional(Type.Union([Type.String(), Type.Null()], { description: 'Group id' })),
    }),
    check: (args, asked) => [...agentProblems(['assignee'], args.assignee, asked), ...groupProblems(['group'], args.group, asked)],
    async run(tx, { case: c, args }) {
      await tx.cases.set(c.id, {
        ...(args.assignee !== undefined && { assignee: args.assignee }),
        ...(args.group !== undefined && { group: args.group }),
      })
    },
  }),
  'case.subject': caseAction({
    description: 'Replaces the subject.',
    args: Type.Object({ subject: Type.String({ minLength: 1, maxLength: 1000 }) }),
    beforeSend: true,
    check: ({ subject }, { locale }) => (subject.trim() === '' ? [{ path: ['subject'], message: say(locale, 'refused.empty') }] : []),
    run: async (tx, { case: c, args }) => void (await tx.cases.set(c.id, { subject: args.subject.replace(/\s+/g, ' ').trim() })),
  }),
  'case.tags': caseAction({
    description: 'Adds and removes tags.',
    args: Type.Object({
      add: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 })),
      remove: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 })),
    }),
    run: (tx, { case: c, args }) => tx.cases.tag(c.id, { add: args.add ?? [], remove: args.remove ?? [] }),
  }),
  'case.cc': caseAction({
    description: 'Changes who gets copies of every answer.',
    args: people,
    beforeSend: true,
    along: (args) => ({ cc: args }),
    check: peopleWrong,
    run: (tx, { case: c, args }) => changePeople(tx, c, 'cc', args),
  }),
  'case.bcc': caseAction({
    description: 'Changes who gets hidden copies of every answer.',
    args: people,
    beforeSend: true,
    check: peopleWrong,
    run: (tx, { case: c, args }) => changePeople(tx, c, 'bcc', args),
  }),
  'case.custom': caseAction({
    description: 'Sets custom fields; null takes one out.',
    args: Type.Object({
      set: Type.Record(
        Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' }),
        Type.Union([Type.String({ maxLength: 10_000 }), Type.Number(), Type.Boolean(), Type.Null()]),
      ),
    }),
    async run(tx, { case: c, args }) {
      const custom = Object.fromEntries(Object.entries({ ...c.custom, ...args.set }).filter(([, value]) => value !== null))
      await tx.cases.set(c.id, { custom })
    },
  }),
  'note.add': caseAction({
    description: 'Adds an internal note; people outside never see it.',
    args: Type.Object({
      text: Type.String({ minLength: 1, maxLength: 100_000 }),
      mentions: Type.Optional(
        Type.Array(Type.Object({ kind: Type.Union([Type.Literal('agent'), Type.Literal('group')]), id: Type.String() }), {
          maxItems: 50,
          description: 'Agents and groups to be told',
        }),
      ),
    }),
    check: ({ text, mentions }, asked) => [
      ...(text.trim() === '' ? [{ path: ['text'], message: say(asked.locale, 'refused.empty') }] : []),
      ...(mentions ?? []).flatMap((m, i) =>
        m.kind === 'agent'
          ? agentProblems(['mentions', i, 'id'], m.id, { ...asked, case: undefined })
          : groupProblems(['mentions', i, 'id'], m.id, asked),
      ),
    ],
    async run(tx, { case: c, args }) {
      const note = await tx.notes.add({ caseId: c.id, text: args.text, mentions: args.mentions ?? [] })
      return { data: { note: note.id } }
    },
  }),
}

/** A change of who gets copies, as arguments give it. */
export interface PeopleChange {
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
  readonly set?: readonly string[]
}

/** What is wrong with such a change. Whoever is in the list already can be taken out of it, whatever he is. */
export function peopleWrong(change: PeopleChange, asked: ArgumentsAsked): readonly ArgumentProblem[] {
  const none = { ...asked, isOurs: () => false }
  return [
    ...addressProblems(['add'], change.add, asked),
    ...addressProblems(['set'], change.set, asked),
    ...addressProblems(['remove'], change.remove, none),
  ]
}

async function changePeople(tx: Tx, c: Case, role: 'cc' | 'bcc', change: PeopleChange): Promise<void> {
  const before = await (role === 'cc' ? tx.cases.cc(c.id) : tx.cases.bcc(c.id))
  const remove = new Set((change.remove ?? []).map((a) => sound(a).address))
  const named = new Map(before.map((p) => [p.address, p]))
  const base = change.set ? change.set.map((a) => named.get(sound(a).address) ?? sound(a)) : before
  const people = [...base, ...(change.add ?? []).map(sound)].filter((p) => !remove.has(p.address) && p.address !== c.requester.address)
  await tx.cases.setPeople(c.id, role, people)
}

/** An address that mail can be sent to, in lower case; refused with a sentence otherwise. */
export function sound(text: string): Address {
  return { address: requireAddress(text).toLowerCase(), name: '' }
}
