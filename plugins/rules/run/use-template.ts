// A template in the hands of an agent (or a rule): its words leave as an answer, and what else it says is done with it, or not at all.
//
//   sent   what must precede the answer (subject, copies) ─> the answer ─> the rest
//   held   nothing is done: what precedes it is kept with the answer for its release, the rest for when it has left or is planned
import Type from 'typebox'
import type { Static } from 'typebox'
import {
  PosternError,
  agentOrigin,
  defineAction,
  goesAlong,
  joinArguments,
  refersTo,
  withFirst,
  withOrdered,
} from '../../../core/plugin.ts'
import type { ActionDefinition, ActionResult, Arguments, Case, Host, Locale, Message, Origin, Tx } from '../../../core/plugin.ts'
import { filesAsBlobs, localeFor, noAnswerBecause, sendAnswer, spendCaps } from './answers.ts'
import { factsFor } from '../conditions/facts.ts'
import type { RuleContext } from '../conditions/facts.ts'
import { mayEcho, valuesOf } from '../conditions/variables.ts'
import { renderArgs } from '../files/rule-files.ts'
import type { RuleAction } from '../files/rule-files.ts'
import type { LoadedTemplate, Templates } from '../files/template-files.ts'
import type { Settings } from '../settings.ts'
import { laterWrong, templateWrong, toWrong } from './wrong.ts'

/** What the actions work with. */
export interface Offering {
  readonly host: Host<Settings>
  readonly context: RuleContext
  readonly templates: Templates
  /** What a template does besides its words, by its name. */
  readonly templateActions: ReadonlyMap<string, readonly RuleAction[]>
}

/** Whom an answer reaches, as actions of this plugin take it. */
export const replyTo = Type.Optional(
  Type.Union(
    [Type.Literal('requester'), Type.Literal('everybody'), Type.Array(Type.String({ minLength: 3 }), { minItems: 1, maxItems: 20 })],
    { description: 'requester (default), everybody (with those in copy), or addresses' },
  ),
)

/** When an answer leaves, where that is not now. */
export const leavesAt = Type.Optional(
  Type.String({ minLength: 1, maxLength: 120, description: 'Leaves later: "tomorrow 9:00", "in 2 days". Needs the plugin scheduler' }),
)

const useArgs = Type.Object({
  name: Type.String({ description: 'Name of the template' }),
  to: replyTo,
  send: Type.Boolean({ default: true, description: 'false: only its actions' }),
  text: Type.Optional(Type.String({ maxLength: 100_000, description: "The agent's own words, before those of the template" })),
  at: leavesAt,
  signature: Type.Optional(Type.Boolean({ description: 'false: no signature below it' })),
  answers: Type.Optional(Type.String({ description: 'Message that is answered' })),
  seen_version: Type.Optional(Type.Integer({ description: 'Case version that the writer saw' })),
  seen_at: Type.Optional(Type.Integer({ description: 'When the writer was shown the case (ms UTC)' })),
  seen_mail: Type.Optional(Type.String({ description: 'The mail of ours by which he was shown it (its outbox id)' })),
  seen_in: Type.Optional(Type.String({ ...refersTo('case'), description: 'Case that he was shown; default: this one' })),
  hold: Type.Optional(Type.String({ maxLength: 100, description: 'Keep the answer back for this reason instead of sending it' })),
})
type UseArgs = Static<typeof useArgs>

/** One thing that a template does besides its words, its variables filled in. */
interface TemplateOrder {
  /** As it is told to people. */
  readonly line: string
  readonly action: string
  readonly args: Readonly<Record<string, unknown>>
}

/** What is kept with an answer that is held: what must precede it, and what comes after it. */
interface Kept {
  readonly agent: string | null
  readonly before: readonly TemplateOrder[]
  readonly after: readonly TemplateOrder[]
}

const ordersAction = 'template.orders'

/** The actions by name: `template.use` throws `not_found` for a template that does not exist. */
export function templateActions(offering: Offering): Readonly<Record<string, ActionDefinition>> {
  const { host, templates } = offering
  return {
    'template.use': defineAction({
      description: 'Answers with a template in the name of the agent who uses it, and does what else the template says.',
      args: useArgs,
      check: (args, asked) => [
        ...templateWrong(templates, 'name', args.name, false, asked),
        ...toWrong(args.to, asked),
        ...laterWrong(host.registry, args.at, asked),
      ],
      run: (tx, { case: c, args, origin }) => useTemplate(offering, tx, c, args, origin),
    }),
    [ordersAction]: defineAction({
      description: 'Does what a template says with an answer that was held and must precede it; its release orders this.',
      args: Type.Object({ message: Type.String({ description: 'The held answer, by its id' }) }),
      async run(tx, { args }) {
        const message = await tx.messages.get(args.message)
        const kept = keptWith(message)
        if (!message || !kept || kept.before.length === 0) return
        await doAll(host, tx, message.caseId, kept.agent, kept.before)
        await keep(tx, message.id, { ...kept, before: [] })
      },
    }),
  }
}

/** An answer that was held has left, or is planned: the rest of what its template says is done now. */
export async function doTheRest(host: Host<Settings>, tx: Tx, id: string): Promise<void> {
  const message = await tx.messages.get(id)
  const kept = keptWith(message)
  if (!message || !kept || message.state === 'held' || message.state === 'cancelled') return
  const { template: _t, ...data } = message.data
  await tx.messages.update(id, { data: withOrdered(data, []) })
  await doAll(host, tx, message.caseId, kept.agent, kept.after)
}

/** The template of that name. Throws `not_found`. */
export function templateNamed(templates: Templates, name: string | undefined): LoadedTemplate | undefined {
  const template = name === undefined ? undefined : templates.byName.get(name)
  if (name !== undefined && !template) throw new PosternError('not_found', `there is no template "${name}"`)
  return template
}

async function useTemplate(
  { host, context, templates, templateActions: byName }: Offering,
  tx: Tx,
  c: Case,
  args: UseArgs,
  origin: Origin,
): Promise<ActionResult> {
  const template = templateNamed(templates, args.name)
  const facts = await factsFor(tx, c, undefined, context)
  const agent = origin.kind === 'agent' && origin.id !== null ? tx.config.agents.get(origin.id) : undefined
  const locale: Locale = localeFor(facts)
  const person = origin.kind === 'agent' || origin.kind === 'api'
  const values = await valuesOf(facts, { locale, echo: person || mayEcho(facts), agent, rule: origin.kind === 'rule' ? origin.id : null })
  const words = template?.words(c.mailbox, locale)
  const orders: TemplateOrder[] = []
  // What leaves later takes along what may wait for it.
  const planner = args.at !== undefined && args.send ? host.registry.action('reply.defer') : undefined
  let later: Arguments = { at: args.at }
  for (const one of byName.get(args.name) ?? []) {
    const given = await renderArgs(one, () => Promise.resolve(values))
    const carried = planner && goesAlong(planner, host.registry.action(one.action), given)
    if (carried) later = joinArguments(later, carried)
    else orders.push({ line: lineOf(args.name, one.action, given), action: one.action, args: given })
  }
  // Set before the mail leaves, so that a change of subject or recipients takes effect on it; a status that the template sets comes after it.
  const precedes = (o: TemplateOrder): boolean => host.registry.action(o.action)?.beforeSend === true
  const [before, after] = [orders.filter(precedes), orders.filter((o) => !precedes(o))]
  const kept: Kept = { agent: agent?.id ?? null, before, after }
  const all = (list: readonly TemplateOrder[]): Promise<void> => doAll(host, tx, c.id, null, list)
  if (!args.send || !template || (!words?.text && !words?.html)) {
    await all([...before, ...after])
    return { data: { template: args.name } }
  }
  if (!person) {
    await all(before)
    const why = noAnswerBecause(facts) ?? (await spendCaps(facts, host, args.to ?? 'requester'))?.reason
    if (why) return { said: `not sent, ${why}` }
    const to = args.to ?? 'requester'
    const sent = await sendAnswer(facts, { kind: 'rule', template, to, rule: origin.id, ...(args.at !== undefined && { later }) })
    await all(after)
    return { data: { ...sent.data, template: args.name } }
  }
  const html = args.text ? undefined : words.html?.render(values)
  const subject = words.subject?.render(values).replace(/\s+/g, ' ').trim()
  const attachments = await filesAsBlobs(tx, template)
  const send = (more: Readonly<Record<string, unknown>> = {}): Promise<ActionResult> =>
    tx.act(args.at === undefined ? 'reply.send' : 'reply.defer', c.id, {
      text: [args.text, words.text?.render(values)].filter((t) => t !== undefined && t !== '').join('\n\n'),
      ...(html && { html }),
      ...(subject && { subject }),
      ...(attachments.length > 0 && { attachments }),
      ...(args.to && { to: args.to }),
      ...(args.signature !== undefined && { signature: args.signature }),
      ...seenOf(args),
      ...(args.at !== undefined && later),
      ...more,
    })
  const whole = await tx.attempt(
    async () => {
      await all(before)
      return send()
    },
    (result) => !isHeld(result) || before.length === 0,
  )
  // Held for what precedes it, it is held without it as well: nothing of a template takes effect by halves.
  const result = isHeld(whole) && before.length > 0 ? await heldAlone(tx, send, String(whole.data?.held)) : whole
  if (isHeld(result)) await keep(tx, String(result.data?.message), kept)
  else await all(after)
  const said = args.at === undefined ? undefined : result.said
  return { ...(said !== undefined && { said }), data: { ...result.data, template: args.name } }
}

const isHeld = ({ data }: ActionResult): boolean => typeof data?.held === 'string'

/** The guard says itself why where it holds the bare answer too; where it does not, its reason has to do. */
async function heldAlone(
  tx: Tx,
  send: (more?: Readonly<Record<string, unknown>>) => Promise<ActionResult>,
  reason: string,
): Promise<ActionResult> {
  const alone = await tx.attempt(() => send(), isHeld)
  return isHeld(alone) ? alone : send({ hold: reason.slice(0, 100) })
}

async function doAll(host: Host<Settings>, tx: Tx, caseId: string, agent: string | null, orders: readonly TemplateOrder[]): Promise<void> {
  const as = agent === null ? tx : tx.as(agentOrigin(agent, 'command'))
  for (const { action, args } of orders) await as.act(action, host.registry.action(action)?.on === 'none' ? null : caseId, args)
}

const keptWith = (message: Message | undefined): Kept | undefined => message?.data.template as Kept | undefined // written by `keep`

/** What waits with an answer; whoever tells of it, or offers it where the answer is dropped, finds it with the message. */
async function keep(tx: Tx, id: string, kept: Kept): Promise<void> {
  const message = await tx.messages.get(id)
  const ordered = [...kept.before, ...kept.after]
  if (!message || (ordered.length === 0 && !keptWith(message))) return
  const data = withOrdered({ ...message.data, template: kept }, ordered)
  await tx.messages.update(id, { data: withFirst(data, ordersAction, kept.before.length > 0) })
}

/** `refund: case.tags add: money, return`. */
function lineOf(template: string, action: string, args: Readonly<Record<string, unknown>>): string {
  const values = Object.entries(args).map(([key, value]) => `${key}: ${Array.isArray(value) ? value.join(', ') : plain(value)}`)
  return [`${template}: ${action}`, values.join(', ')].filter((part) => part !== '').join(' ')
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

/** What the writer was shown, which an answer is judged by, and why it is held anyway. */
function seenOf({ answers, seen_version, seen_at, seen_mail, seen_in, hold }: UseArgs): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries({ answers, seen_version, seen_at, seen_mail, seen_in, hold }).filter(([, value]) => value !== undefined),
  )
}
