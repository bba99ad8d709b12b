// What a merge would do, before anything is done: for programs, and for the page of a button.
import Type from 'typebox'
import { PosternError, caseFor, defineAction, refersTo, systemOrigin } from '../../core/plugin.ts'
import type { ActionDefinition, Case, Host, Locale, RouteDefinition, Tx } from '../../core/plugin.ts'
import { mergeArgs } from './merge.ts'
import { peopleOf } from './people.ts'
import { namedCase, planOf } from './plan.ts'
import type { MergeArgs, Plan } from './plan.ts'
import { say } from './texts.ts'

const text = Type.String()
const one = Type.Object({ case: text, number: Type.Integer(), mailbox: text, subject: text, status: text, messages: Type.Integer() })
const response = Type.Object({
  source: one,
  target: one,
  people: Type.Object({
    answers: Type.Array(text, { description: 'Who gets the answers of the target afterwards' }),
    strangers: Type.Array(text, { description: 'People of the source who take no part in the target: with people=keep they get none' }),
  }),
  tags: Type.Array(text, { description: 'Tags that the target gets' }),
  custom: Type.Unknown({ description: 'Fields that it gets' }),
  conflicts: Type.Array(Type.Object({ field: text, target: Type.Unknown(), source: Type.Unknown() }), {
    description: 'Fields that both have with other values: those of the target stay',
  }),
  status: Type.String({ description: 'Of the target afterwards' }),
  subject: Type.String({ description: 'Of the target afterwards' }),
})

/** What a plan comes to, for programs. */
export async function previewOf(tx: Tx, plan: Plan, args: MergeArgs) {
  const { source, target, strangers } = plan
  const view = (c: Case) => ({
    case: c.id,
    number: c.number,
    mailbox: c.mailbox,
    subject: c.subject,
    status: c.status,
    messages: c.messageCount,
  })
  const joined = args.people === 'join' ? [...strangers.cc, ...strangers.bcc] : []
  return {
    source: view(source),
    target: view(target),
    people: {
      answers: [...(await peopleOf(tx, target)), ...joined].map((p) => p.address),
      strangers: [...strangers.cc, ...strangers.bcc].map((p) => p.address),
    },
    tags: plan.tags,
    custom: plan.custom,
    conflicts: plan.conflicts,
    status: plan.status ?? target.status,
    subject: plan.subject ?? target.subject,
  }
}

/** The same in sentences, for people. */
export async function planLines(tx: Tx, plan: Plan, locale: Locale): Promise<readonly string[]> {
  const { source, target, strangers } = plan
  const people = (await peopleOf(tx, target)).map((p) => p.address).join(', ')
  return [
    say(locale, 'effect.merge', { source: source.number, target: target.number, people }),
    ...(strangers.cc.length > 0 ? [say(locale, 'effect.strangers', { people: strangers.cc.map((p) => p.address).join(', ') })] : []),
    ...(plan.tags.length > 0 ? [say(locale, 'effect.tags', { tags: plan.tags.join(', ') })] : []),
    ...(plan.conflicts.length > 0
      ? [say(locale, 'effect.conflicts', { target: target.number, fields: plan.conflicts.map((c) => c.field).join(', ') })]
      : []),
    ...(plan.status !== null ? [say(locale, 'effect.opens')] : []),
  ]
}

/** The action `case.merge_preview`, by name: it changes nothing. */
export function previewActions(host: Host<unknown>): Readonly<Record<string, ActionDefinition>> {
  return {
    'case.merge_preview': defineAction({
      description: 'Says what a merge of this case into another one would do; changes nothing.',
      args: Type.Object({
        into: Type.String({ ...refersTo('case'), minLength: 1, maxLength: 64, description: '#number or id' }),
        ...mergeArgs,
      }),
      others: ({ into }) => [into],
      async run(tx, { case: c, args }) {
        const plan = await planOf(tx, host.registry, c, await namedCase(tx, c, args.into), args)
        return { data: await previewOf(tx, plan, args) }
      },
    }),
  }
}

/** GET of what a merge would do. It answers `not_found` where either case is beyond the scope of who asks. */
export function previewRoutes(host: Host<unknown>): readonly RouteDefinition[] {
  return [
    {
      method: 'GET',
      access: 'read',
      url: '/v1/cases/:ref/merge',
      summary: 'Says what a merge into another case would do',
      schema: {
        params: Type.Object({ ref: Type.String({ minLength: 1, maxLength: 64, description: 'Number or id of a case' }) }),
        query: Type.Object({
          into: Type.String({ minLength: 1, maxLength: 64, description: 'Number or id of the case that it would be merged into' }),
          people: mergeArgs.people,
          status: mergeArgs.status,
          subject: mergeArgs.subject,
        }),
        response,
      },
      async handle(request) {
        const { into = '', people, status, subject } = request.query
        const args: MergeArgs = {
          people: people === 'join' ? 'join' : 'keep',
          status: status === 'target' ? 'target' : 'newest',
          subject: subject === 'source' ? 'source' : 'target',
        }
        const [source, named] = [await caseFor(host.read, request, request.params.ref ?? ''), await caseFor(host.read, request, into)]
        const body = await host.transact(request.origin.kind === 'agent' ? request.origin : systemOrigin, async (tx) => {
          const [c, target] = [await tx.cases.current(source.id), await tx.cases.current(named.id)]
          if (!c || !target || !request.sees(c.mailbox) || !request.sees(target.mailbox))
            throw new PosternError('not_found', `case ${into.slice(0, 64)}`)
          return previewOf(tx, await planOf(tx, host.registry, c, target, args), args)
        })
        return { body }
      },
    },
  ]
}
