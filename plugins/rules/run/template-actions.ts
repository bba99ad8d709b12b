// Templates that agents use: sent in their name with what else the template does, or only filled in.
import Type from 'typebox'
import type { Static } from 'typebox'
import { PosternError, goesAlong, joinArguments, refersTo } from '../../../core/plugin.ts'
import type { ActionResult, Arguments, Case, Host, Locale, Origin, Tx } from '../../../core/plugin.ts'
import { filesAsBlobs, localeFor, noAnswerBecause, sendAnswer, spendCaps } from './answers.ts'
import { factsFor } from '../conditions/facts.ts'
import type { RuleContext } from '../conditions/facts.ts'
import { renderArgs } from '../files/rule-files.ts'
import type { RuleAction } from '../files/rule-files.ts'
import type { Settings } from '../settings.ts'
import type { LoadedTemplate, Templates } from '../files/template-files.ts'
import { mayEcho, valuesOf } from '../conditions/variables.ts'

/** What the actions work with. */
export interface Offering {
  readonly host: Host<Settings>
  readonly context: RuleContext
  readonly templates: Templates
  /** What a template does besides its words, by its name. */
  readonly templateActions: ReadonlyMap<string, readonly RuleAction[]>
}

/** To whom a template's words go. */
export const toArgs = Type.Optional(
  Type.Union(
    [Type.Literal('requester'), Type.Literal('everybody'), Type.Array(Type.String({ minLength: 3 }), { minItems: 1, maxItems: 20 })],
    { description: 'requester (default), everybody (with those in copy), or addresses' },
  ),
)

/** When it leaves. */
export const atArgs = Type.Optional(
  Type.String({ minLength: 1, maxLength: 120, description: 'Leaves later: "tomorrow 9:00", "in 2 days". Needs the plugin scheduler' }),
)

/** Arguments of `template.use`. */
export const useArgs = Type.Object({
  name: Type.String({ description: 'Name of the template' }),
  to: toArgs,
  send: Type.Boolean({ default: true, description: 'false: only its actions' }),
  text: Type.Optional(Type.String({ maxLength: 100_000, description: "The agent's own words, before those of the template" })),
  at: atArgs,
  signature: Type.Optional(Type.Boolean({ description: 'false: no signature below it' })),
  answers: Type.Optional(Type.String({ description: 'Message that is answered' })),
  seen_version: Type.Optional(Type.Integer({ description: 'Case version that the writer saw' })),
  seen_at: Type.Optional(Type.Integer({ description: 'When the writer was shown the case (ms UTC)' })),
  seen_mail: Type.Optional(Type.String({ description: 'The mail of ours by which he was shown it (its outbox id)' })),
  seen_in: Type.Optional(Type.String({ ...refersTo('case'), description: 'Case that he was shown; default: this one' })),
})

/** Arguments of `template.render`. */
export const fillArgs = Type.Object({
  name: Type.String({ description: 'Name of the template' }),
  agent: Type.Optional(Type.String({ ...refersTo('writer'), description: 'Agent who uses it; default: who orders it' })),
  locale: Type.Optional(Type.Union([Type.Literal('en'), Type.Literal('ru')], { description: 'Default: that of the case' })),
})

/** A template by its name, where one is named; throws `not_found`. */
export function templateNamed(templates: Templates, name: string | undefined): LoadedTemplate | undefined {
  const template = name === undefined ? undefined : templates.byName.get(name)
  if (name !== undefined && !template) throw new PosternError('not_found', `there is no template "${name}"`)
  return template
}

/** Answers with a template in the name of who orders it, and does what else it says. */
export async function useTemplate(
  { host, context, templates, templateActions }: Offering,
  tx: Tx,
  c: Case,
  args: Static<typeof useArgs>,
  origin: Origin,
): Promise<ActionResult> {
  const template = templateNamed(templates, args.name)
  const facts = await factsFor(tx, c, undefined, context)
  const agent = origin.kind === 'agent' && origin.id !== null ? tx.config.agents.get(origin.id) : undefined
  const locale: Locale = localeFor(facts)
  const person = origin.kind === 'agent' || origin.kind === 'api'
  const values = await valuesOf(facts, { locale, echo: person || mayEcho(facts), agent, rule: origin.kind === 'rule' ? origin.id : null })
  const words = template?.words(c.mailbox, locale)
  const data: Record<string, unknown> = {}
  let said: string | undefined
  // Set before the mail leaves, so that a change of subject or recipients takes effect on it; a status that the template sets comes after it.
  const all = templateActions.get(args.name) ?? []
  // What leaves later takes along what may wait for it.
  const planner = args.at !== undefined && args.send ? host.registry.action('reply.defer') : undefined
  let later: Arguments = { at: args.at }
  const own: (() => Promise<unknown>)[] = []
  for (const rendered of all) {
    const given = await renderArgs(rendered, () => Promise.resolve(values))
    const action = host.registry.action(rendered.action)
    const carried = planner && goesAlong(planner, action, given)
    const act = (): Promise<unknown> => tx.act(rendered.action, action?.on === 'none' ? null : c.id, given)
    if (carried) later = joinArguments(later, carried)
    else if (action?.beforeSend === true) await act()
    else own.push(act)
  }
  if (args.send && template && (words?.text || words?.html)) {
    const text = [args.text, words.text?.render(values)].filter((t) => t !== undefined && t !== '').join('\n\n')
    if (!person) {
      const why = noAnswerBecause(facts) ?? (await spendCaps(facts, host, args.to ?? 'requester'))?.reason
      if (why) return { said: `not sent, ${why}` }
      Object.assign(
        data,
        (
          await sendAnswer(facts, {
            kind: 'rule',
            template,
            to: args.to ?? 'requester',
            rule: origin.id,
            ...(args.at !== undefined && { later }),
          })
        ).data,
      )
    } else {
      const html = args.text ? undefined : words.html?.render(values)
      const subject = words.subject?.render(values).replace(/\s+/g, ' ').trim()
      const attachments = await filesAsBlobs(tx, template)
      const result = await tx.act(args.at === undefined ? 'reply.send' : 'reply.defer', c.id, {
        text,
        ...(html && { html }),
        ...(subject && { subject }),
        ...(attachments.length > 0 && { attachments }),
        ...(args.to && { to: args.to }),
        ...(args.signature !== undefined && { signature: args.signature }),
        ...seenOf(args),
        ...(args.at !== undefined && later),
      })
      said = args.at === undefined ? undefined : result.said
      Object.assign(data, result.data)
    }
  }
  for (const act of own) await act()
  return { ...(said !== undefined && { said }), data: { ...data, template: args.name } }
}

/** The words of a template as somebody who uses it would send them. */
export async function fillIn(
  { context, templates }: Offering,
  tx: Tx,
  c: Case,
  args: Static<typeof fillArgs>,
  origin: Origin,
): Promise<ActionResult> {
  const template = templateNamed(templates, args.name)
  const facts = await factsFor(tx, c, undefined, context)
  const locale: Locale = args.locale ?? localeFor(facts)
  const id = args.agent ?? (origin.kind === 'agent' ? origin.id : null)
  const agent = id === null ? undefined : tx.config.agents.get(id)
  const values = await valuesOf(facts, { locale, echo: true, agent, rule: null })
  const words = template?.words(c.mailbox, locale)
  return {
    data: {
      subject: words?.subject?.render(values) ?? null,
      text: words?.text?.render(values) ?? null,
      html: words?.html?.render(values) ?? null,
      attachments: template ? await filesAsBlobs(tx, template) : [],
    },
  }
}

/** What the writer was shown, which an answer is judged by. */
function seenOf({ answers, seen_version, seen_at, seen_mail, seen_in }: Static<typeof useArgs>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries({ answers, seen_version, seen_at, seen_mail, seen_in }).filter(([, value]) => value !== undefined),
  )
}
