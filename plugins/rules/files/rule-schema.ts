// The shape of a rule file; what stands in `if` and `do` is checked with the conditions and actions themselves.
import Type from 'typebox'
import type { Static } from 'typebox'
import { duration, zone } from '../../../core/plugin.ts'

/** Short names for what rules mostly listen to. */
export const eventWords: Readonly<Record<string, { readonly events: readonly string[]; readonly by?: readonly string[] }>> = {
  incoming: { events: ['case.created'], by: ['customer'] },
  outgoing: { events: ['case.created'], by: ['agent', 'api'] },
  reply: { events: ['message.received'] },
  answer: { events: ['message.sent'] },
  changed: {
    events: [
      'message.received',
      'message.sent',
      'case.status_changed',
      'case.assigned',
      'case.tags_changed',
      'notice.raised',
      'message.bounced',
    ],
  },
}

const who = Type.Union([Type.Literal('customer'), Type.Literal('agent'), Type.Literal('api'), Type.Literal('rule'), Type.Literal('system')])

/** Schema of one rule, without the contents of `if` and `do`. */
export const ruleSchema = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100, description: 'Name, unique among all rules; it stands in events, logs and notes.' }),
  description: Type.Optional(Type.String({ description: 'For people.' })),
  mode: Type.Union([Type.Literal('live'), Type.Literal('watch')], {
    default: 'live',
    description:
      'watch: it is decided and kept what it would do (`postern rules watched NAME`), and nothing is done, until somebody makes it live; when its text changes it is on watch again.',
  }),
  enabled: Type.Boolean({ default: true, description: 'false: as if it were not there.' }),
  on: Type.Optional(
    Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
      description:
        'What it listens to: incoming (a case that a customer made), outgoing (made by an agent), reply (a message of a customer), answer (a message to a customer), changed, or names of events.',
    }),
  ),
  schedule: Type.Optional(
    Type.Object(
      {
        cron: Type.String({ description: 'Cron pattern, such as "0 9 * * mon-fri".' }),
        timezone: Type.Optional(zone({ description: 'Zone of the pattern. Default: `timezone` of the config.' })),
      },
      { description: 'Instead of `on`: looks at all cases at these times.' },
    ),
  ),
  by: Type.Optional(Type.Union([who, Type.Array(who, { minItems: 1 })], { description: 'Only what these caused.' })),
  mailboxes: Type.Optional(Type.Array(Type.String(), { minItems: 1, description: 'Only cases of these mailboxes.' })),
  priority: Type.Integer({ default: 0, description: 'Higher runs earlier; equal ones in the order of the files.' }),
  once_per: Type.Optional(
    // Flat: of a union within a union nobody can say which branch was meant, and times would stay texts.
    Type.Union(
      [
        Type.Literal('case'),
        Type.Literal('sender'),
        Type.Literal('status'),
        Type.Object({
          case: Type.Optional(duration({ description: 'Once a case in this time.' })),
          sender: Type.Optional(duration({ description: 'Once a sender in this time.' })),
        }),
        duration({ description: 'Once a case in this time.' }),
      ],
      {
        description:
          'case, sender, status (once while the case keeps its status), a time such as 7d (once a case in it), {case: 7d} or {sender: 7d}.',
      },
    ),
  ),
  stop: Type.Boolean({ default: false, description: 'Where it fires, no later rule hears of the event.' }),
  if: Type.Optional(Type.Unknown({ description: 'Conditions; all have to hold. `all`, `any` and `not` take further ones.' })),
  do: Type.Array(Type.Unknown(), { minItems: 1, description: 'Actions, in order.' }),
})

/** Schema of a whole rule file. */
export const ruleFileSchema = Type.Object(
  { rules: Type.Array(ruleSchema, { description: 'Rules, in the order in which they run.' }) },
  { description: 'Rules of Postern.' },
)

/** A rule file that was checked; spans of time are ms. */
export type RuleFile = Static<typeof ruleFileSchema>

/** One rule of such a file. */
export type RuleSpec = RuleFile['rules'][number]

/** How often a rule may fire: once for `key`, again after `ms` (null: never again). */
export interface Once {
  readonly per: 'case' | 'sender' | 'status'
  readonly ms: number | null
}

/**
 * `once_per` in its one full form; null: the rule may fire every time. Throws a TypeError for a time that the schema has not turned into
 * ms.
 */
export function onceOf(spec: RuleSpec['once_per']): Once | null {
  if (spec === undefined) return null
  if (typeof spec === 'number') return { per: 'case', ms: spec }
  if (spec === 'case' || spec === 'sender' || spec === 'status') return { per: spec, ms: null }
  if (typeof spec === 'string') throw new TypeError('times are numbers once they are checked')
  return spec.sender === undefined ? { per: 'case', ms: spec.case ?? null } : { per: 'sender', ms: spec.sender }
}
