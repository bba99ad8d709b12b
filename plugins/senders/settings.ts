// The settings of the plugin.
import Type from 'typebox'
import type { Static } from 'typebox'
import { duration } from '../../core/plugin.ts'

const argv = (description: string) => Type.Array(Type.String({ maxLength: 1000 }), { default: [], maxItems: 50, description })

/** Schema of the settings. */
export const config = Type.Object({
  learn: Type.Union([Type.Literal('ask'), Type.Literal('block'), Type.Literal('off')], {
    default: 'ask',
    description:
      'When an agent or a program puts a case into spam. ask: a notice offers to block its sender; block: his address is blocked at once; off: neither.',
  }),
  keep: duration({
    default: '30d',
    min: 86_400_000,
    description: 'How long mail of blocked senders is kept in spam before it is deleted.',
  }),
  authserv_id: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'Name under which your own MTA writes Authentication-Results. With it, who fails or lacks DMARC is not let in by his address alone.',
    }),
  ),
  learn_command: argv(
    'Program that learns spam, and its arguments: [rspamc, learn_spam]. It gets the mail on its standard input, is run without a shell and tried five times.',
  ),
  unlearn_command: argv('The same for a case that comes out of spam again: [rspamc, learn_ham].'),
  learn_timeout: duration({ default: '30s', min: 1000, max: 600_000, description: 'Longest time for one mail.' }),
})

/** The settings once they are checked; times are ms. */
export type Settings = Static<typeof config>
