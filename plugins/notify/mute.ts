// Muting a case: for a time an agent hears of it only what is for him alone, and at the end of it once what came meanwhile.
import Type from 'typebox'
import { defineAction, formatDateTime, languageOf, parseSpan, refersTo, agentProblems } from '../../core/plugin.ts'
import type { ActionDefinition, ArgumentProblem, ArgumentsAsked } from '../../core/plugin.ts'
import { mutedUntil } from './choice.ts'
import { tellNow } from './pending.ts'
import { texts } from './texts.ts'

const agent = Type.String({ ...refersTo('writer'), minLength: 1, maxLength: 100, description: 'Agent id; an agent may name only himself' })
const longest = 366 * 86_400_000

/** The actions by name. They throw `invalid` for a span that is none or longer than a year, and where an agent names a colleague. */
export const muteActions: Readonly<Record<string, ActionDefinition>> = {
  'case.mute': defineAction({
    description:
      'Tells an agent nothing of the case for a time, but what is for him alone, and then once what came. case.unmute takes it back.',
    args: Type.Object({ agent, for: Type.String({ minLength: 1, maxLength: 100, description: 'How long: 2d, 3 hours, неделю' }) }),
    check: (args, asked) => [...onlyHimself(args, asked), ...spanWrong(args.for, asked)],
    async run(tx, { case: c, args }) {
      const until = tx.now + (parseSpan(args.for) ?? 0)
      await tx.cases.watch(c.id, args.agent, { mutedUntil: until })
      const locale = languageOf(tx, c)
      const zone = tx.config.agents.get(args.agent)?.timezone ?? tx.config.timezone
      return {
        said: texts(locale, 'said.mute', { when: formatDateTime(until, zone, locale) }),
        data: { agent: args.agent, until: new Date(until).toISOString() },
      }
    },
  }),
  'case.unmute': defineAction({
    description: 'Tells an agent of the case again, and at once what came while he had muted it.',
    args: Type.Object({ agent }),
    check: onlyHimself,
    async run(tx, { case: c, args }) {
      const was = await mutedUntil(tx, c.id, args.agent)
      await tx.cases.watch(c.id, args.agent, { mutedUntil: null })
      if (was !== null) await tellNow(tx, c.id, args.agent)
      return { said: texts(languageOf(tx, c), was === null ? 'said.notMuted' : 'said.unmute'), data: { agent: args.agent } }
    },
  }),
}

function onlyHimself(args: { readonly agent: string }, asked: ArgumentsAsked): readonly ArgumentProblem[] {
  const wrong = agentProblems(['agent'], args.agent, asked)
  const { kind, id } = asked.origin
  return wrong.length === 0 && kind === 'agent' && id !== args.agent
    ? [{ path: ['agent'], message: texts(asked.locale, 'refused.himself') }]
    : wrong
}

function spanWrong(text: string, { locale }: ArgumentsAsked): readonly ArgumentProblem[] {
  if (text.includes('{{')) return []
  const span = parseSpan(text)
  if (span === undefined || span <= 0) return [{ path: ['for'], message: texts(locale, 'refused.span', { about: text }) }]
  return span > longest ? [{ path: ['for'], message: texts(locale, 'refused.long') }] : []
}
