// Making a rule live and putting it on watch: by command line, API and the link of the daily mail.
import Type from 'typebox'
import { defineAction } from '../../../core/plugin.ts'
import type { ActionDefinition, ArgumentProblem, ArgumentsAsked, Origin } from '../../../core/plugin.ts'
import type { Rule } from '../files/rule-files.ts'
import { say } from './texts.ts'
import type { Modes } from './modes.ts'
import { sayMode } from './watch-store.ts'
import type { Mode } from './watch-store.ts'

const args = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100, description: 'Name of the rule' }),
  hash: Type.Optional(
    Type.String({ maxLength: 64, description: 'Of the text that is meant: refused where the rule is written in another way by now' }),
  ),
})

/** The actions `rule.live` and `rule.watch`. Both say something of the rule as it is written: of another text nothing is said. */
export function modeActions(rules: readonly Rule[], modes: Modes): Readonly<Record<string, ActionDefinition>> {
  const named = (name: string): Rule | undefined => rules.find((rule) => rule.name === name)
  const check = (given: { readonly name: string; readonly hash?: string }, { locale }: ArgumentsAsked): readonly ArgumentProblem[] => {
    const rule = named(given.name)
    if (!rule) return [{ path: ['name'], code: 'not_found', message: say(locale, 'no_rule', { name: given.name }) }]
    return given.hash === undefined || given.hash === rule.hash
      ? []
      : [{ path: ['hash'], message: say(locale, 'other_text', { name: given.name }) }]
  }
  const action = (mode: Mode, description: string): ActionDefinition =>
    defineAction({
      on: 'none',
      description,
      args,
      check,
      async run(tx, { args: given, origin }) {
        const rule = named(given.name)
        if (!rule) return
        await sayMode(tx, { rule: rule.name, hash: rule.hash, mode, at: tx.now, by: whoOf(origin) })
        modes.outdated()
        await tx.emit('rule.mode', null, { rule: rule.name, mode })
        return { said: `${rule.name}: ${mode}` }
      },
    })
  return {
    'rule.live': action('live', 'Lets a rule act, until its text changes.'),
    'rule.watch': action(
      'watch',
      'Puts a rule on watch: it is decided and kept what it would do, and nothing is done, until its text changes.',
    ),
  }
}

const whoOf = ({ kind, id, via }: Origin): string => (id === null ? via : `${kind} ${id}`)
