// Two cases become one: everything of the source goes to the target, and the source leads there.
import Type from 'typebox'
import { defineAction, languageOf, refersTo } from '../../core/plugin.ts'
import type { ActionDefinition, ActionResult, ArgumentProblem, Case, Host, Tx } from '../../core/plugin.ts'
import { offerChoice } from './choose.ts'
import { namedCase, planOf } from './plan.ts'
import type { MergeArgs, Plan } from './plan.ts'
import { insertMerge } from './store.ts'
import { takeLinks } from './take-links.ts'
import type { Taken } from './tables.ts'
import { localeOf, say } from './texts.ts'

/** How two cases are to become one, as every order of it may say. */
export const mergeArgs = {
  people: Type.Optional(
    Type.Union([Type.Literal('keep'), Type.Literal('join')], {
      default: 'keep',
      description:
        'keep: people of the source who take no part in the target are not added, and a notice offers to; join: they are in copy',
    }),
  ),
  status: Type.Optional(
    Type.Union([Type.Literal('newest'), Type.Literal('target')], {
      default: 'newest',
      description: 'newest: the target opens if the source was open; target: it stays as it is',
    }),
  ),
  subject: Type.Optional(Type.Union([Type.Literal('target'), Type.Literal('source')], { default: 'target', description: 'Whose stays' })),
  note: Type.Optional(Type.String({ maxLength: 10_000, description: 'Words for the note about it' })),
}

const args = Type.Object({
  into: Type.Optional(
    Type.String({
      ...refersTo('case'),
      minLength: 1,
      maxLength: 64,
      description: '#number or id; without it the other open cases of the requester are offered',
    }),
  ),
  ...mergeArgs,
})

/** The action `case.merge`, by name. It throws `not_found` for an unknown case, `conflict` where both are one already, and `invalid` or `forbidden` for two that cannot become one. */
export function mergeActions(host: Host<unknown>): Readonly<Record<string, ActionDefinition>> {
  return {
    'case.merge': defineAction({
      description: 'Merges this case into another one; its number leads there from then on. Can be taken back (case.unmerge).',
      args,
      beforeSend: true,
      others: ({ into }) => (into === undefined ? [] : [into]),
      check: ({ into }, asked): readonly ArgumentProblem[] =>
        into === undefined || refPattern.test(into.trim())
          ? []
          : [{ path: ['into'], message: say(asked.locale, 'refused.none', { ref: into.slice(0, 64) }), code: 'not_found' }],
      run: (tx, { case: c, args }) => (args.into === undefined ? offerChoice(tx, c) : mergeInto(tx, host, c, args.into, args)),
    }),
  }
}

/** How a case is named; a placeholder of a rule is filled in before it runs. */
export const refPattern = /^(?:#?\d{1,15}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|.*\{\{.*\}\}.*)$/i

async function mergeInto(tx: Tx, host: Host<unknown>, source: Case, into: string, args: MergeArgs): Promise<ActionResult> {
  const found = await namedCase(tx, source, into)
  const target = found.id === source.id ? found : await tx.cases.lockCurrent(found.id)
  const plan = await planOf(tx, host.registry, source, target, args)
  const unsent = await unsentOf(tx, source, target)
  const links = await takeLinks(tx, source, target)
  const part = await tx.cases.merge(source.id, target.id)
  const people = await bringIn(tx, plan, args)
  const taken: Taken = {
    tags: plan.tags,
    followers: plan.followers,
    ...people,
    custom: plan.custom,
    links,
    status: plan.status === null ? null : target.status,
    subject: plan.subject === null ? null : target.subject,
    unsent,
  }
  await insertMerge(tx, {
    row: {
      id: host.ids.next(),
      source_id: source.id,
      target_id: target.id,
      ordered_by: JSON.stringify(tx.origin),
      created_at: tx.now,
      undone_at: null,
    },
    part,
    taken,
  })
  await tx.cases.link(source.id, 'merged-into', target.id, 'merged')
  const messages = (await tx.messages.list(target.id)).filter((m) => m.seq > part.offset && m.seq <= part.last).length
  await tell(tx, plan, messages, args.note)
  await tx.emit('case.merged', target.id, {
    source: source.id,
    number: source.number,
    messages,
    people: [...people.cc, ...people.bcc].map((p) => p.address),
  })
  await tx.emit('case.merged_away', source.id, { into: target.id, number: target.number })
  const { strangers } = plan
  if (args.people !== 'join' && strangers.cc.length > 0)
    await tx.notices.raise({
      caseId: target.id,
      kind: 'merged_people',
      data: { source: source.id, number: source.number, people: strangers.cc.map((p) => p.address) },
      actions: [
        { name: 'add', action: 'case.cc', args: { add: strangers.cc.map((p) => p.address) } },
        { name: 'unmerge', action: 'case.unmerge', args: { case: source.id } },
      ],
    })
  return {
    said: say(languageOf(tx, target), 'said.merged', { source: source.number, target: target.number }),
    data: {
      case: target.id,
      number: target.number,
      messages,
      people: people.cc.map((p) => p.address),
      strangers: strangers.cc.map((p) => p.address),
    },
  }
}

/** Answers of both that wait: whoever takes the merge back asks what has become of them. */
async function unsentOf(tx: Tx, ...cases: readonly Case[]): Promise<readonly string[]> {
  const waits: string[] = []
  for (const c of cases) for (const m of await tx.messages.list(c.id)) if (m.state === 'held' || m.state === 'deferred') waits.push(m.id)
  return waits
}

/** Everything that the target gets besides the timeline. */
async function bringIn(tx: Tx, plan: Plan, args: MergeArgs): Promise<Pick<Taken, 'cc' | 'bcc'>> {
  const { target, strangers } = plan
  if (plan.tags.length > 0) await tx.cases.tag(target.id, { add: plan.tags })
  for (const agent of plan.followers) await tx.cases.watch(target.id, agent, { follows: true })
  const joins = args.people === 'join'
  if (joins && strangers.cc.length > 0) await tx.cases.setPeople(target.id, 'cc', [...(await tx.cases.cc(target.id)), ...strangers.cc])
  if (joins && strangers.bcc.length > 0) await tx.cases.setPeople(target.id, 'bcc', [...(await tx.cases.bcc(target.id)), ...strangers.bcc])
  const patch = {
    ...(Object.keys(plan.custom).length > 0 && { custom: { ...target.custom, ...plan.custom } }),
    ...(plan.status !== null && { status: plan.status }),
    ...(plan.subject !== null && { subject: plan.subject }),
  }
  if (Object.keys(patch).length > 0) await tx.cases.set(target.id, patch)
  return joins ? strangers : { cc: [], bcc: [] }
}

/** A note in both timelines; that of the target is told to both assignees. */
async function tell(tx: Tx, plan: Plan, messages: number, words: string | undefined): Promise<void> {
  const { source, target, conflicts } = plan
  const locale = localeOf(tx, target)
  const text = [
    say(locale, 'note.merged', {
      number: source.number,
      subject: source.subject,
      who: source.requester.address,
      messages: say(locale, 'messages', { n: messages }),
    }),
    conflicts.length > 0
      ? say(locale, 'note.conflicts', {
          number: source.number,
          fields: conflicts.map((c) => `${c.field}: ${JSON.stringify(c.source)}`).join(', '),
        })
      : '',
    words ?? '',
  ]
  await tx.notes.add({
    caseId: target.id,
    kind: 'merge',
    text: text.filter((t) => t.trim() !== '').join('\n\n'),
    data: {
      case: source.id,
      number: source.number,
      tell: [...new Set([target.assignee, source.assignee].filter((a) => a !== null))],
    },
  })
  await tx.notes.add({
    caseId: source.id,
    kind: 'merge',
    text: say(locale, 'note.away', { number: target.number, subject: target.subject }),
    data: { case: target.id, number: target.number },
  })
}
