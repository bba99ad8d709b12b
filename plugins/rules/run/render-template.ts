// A template filled in for a case, for programs that show or edit its words before they are sent.
import Type from 'typebox'
import type { Static } from 'typebox'
import { agentProblems, defineAction, refersTo } from '../../../core/plugin.ts'
import type { ActionDefinition, ActionResult, Case, Locale, Origin, Tx } from '../../../core/plugin.ts'
import { filesAsBlobs, localeFor } from './answers.ts'
import { factsFor } from '../conditions/facts.ts'
import { valuesOf } from '../conditions/variables.ts'
import { templateNamed } from './use-template.ts'
import type { Offering } from './use-template.ts'
import { templateWrong } from './wrong.ts'

const fillArgs = Type.Object({
  name: Type.String({ description: 'Name of the template' }),
  agent: Type.Optional(Type.String({ ...refersTo('writer'), description: 'Agent who uses it; default: who orders it' })),
  locale: Type.Optional(Type.Union([Type.Literal('en'), Type.Literal('ru')], { description: 'Default: that of the case' })),
})

/** The action `template.render`. */
export function renderAction(offering: Offering): ActionDefinition {
  return defineAction({
    description: 'Fills a template in for a case and answers with its words and files; nothing is sent or changed.',
    args: fillArgs,
    check: (args, asked) => [
      ...templateWrong(offering.templates, 'name', args.name, true, asked),
      ...(args.agent === undefined || asked.config.agents.has(args.agent) ? [] : agentProblems(['agent'], args.agent, asked)),
    ],
    run: (tx, { case: c, args, origin }) => fillIn(offering, tx, c, args, origin),
  })
}

/** The words of a template as somebody who uses it would send them. */
async function fillIn(
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
