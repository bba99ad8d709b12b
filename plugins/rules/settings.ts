// Settings of the rules plugin: where its files are, who gets a receipt, when the office is open, whose word about a sender counts.
import Type from 'typebox'
import type { Static } from 'typebox'
import { businessHoursSchema, filePath, idOf, rate } from '../../core/plugin.ts'

const receipt = Type.Object({
  mailboxes: Type.Array(idOf('mailbox', { description: 'Mailbox.' }), {
    default: [],
    description: 'Mailboxes whose customers get it. Default: all that no other entry names.',
  }),
  template: Type.String({ minLength: 1, description: 'Name of the template.' }),
})

/** Schema of the settings. */
export const config = Type.Object({
  rules: filePath({ default: 'rules', description: 'Folder of the rules: its .yaml files in the order of their names.' }),
  templates: filePath({ default: 'templates', description: 'Folder of the templates (.yaml) and their partials (.liquid).' }),
  receipts: Type.Array(receipt, {
    default: [],
    description: 'Receipts: which template confirms to the requester that his first mail has arrived.',
  }),
  receipt_caps: Type.Object(
    {
      per_sender: Type.Array(rate({ description: 'n/time' }), {
        default: ['3/10m', '10/1d'],
        description: 'Automatic answers to one address.',
      }),
      same_text: Type.Array(rate({ description: 'n/time' }), {
        default: ['3/1d'],
        description:
          'Automatic answers to the same words from one domain, whatever the address: it is how a robot without a return address shows.',
      }),
    },
    {
      default: {},
      description:
        'Beside `budget`, which holds for all automatic mail. Senders whom your own server vouches for (`authserv_id`) are counted by themselves, `same_text` and `per_domain` do not hold for them, and a receipt of theirs that is over a cap is put off for up to a day.',
    },
  ),
  authserv_id: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'Name under which your own MTA writes Authentication-Results (RFC 8601). Without it no sender counts as authenticated, and automatic mail repeats nothing that he wrote.',
    }),
  ),
  watch: Type.Object(
    {
      tell: Type.Array(idOf('people', { description: 'Agent or group' }), {
        default: [],
        description: 'Who is told once a day by mail what rules on watch would have done. Default: all agents.',
      }),
      at: Type.String({
        pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
        'x-pattern': 'a time of day such as 08:00',
        default: '08:00',
        description: 'When, in `timezone` of the config; no mail where there was nothing.',
      }),
    },
    { default: {}, description: 'Rules on watch (`mode: watch`).' },
  ),
  spam_header: Type.Object(
    {
      name: Type.String({ default: 'X-Spam-Flag', description: 'Header that your spam filter writes.' }),
      value: Type.String({ default: 'yes', description: 'What it begins with for spam, in any case.' }),
    },
    { default: {}, description: 'What marks a mail as spam.' },
  ),
  hours: Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,63}$' }), businessHoursSchema, {
    default: {},
    description: 'Business hours by name; `default` is meant where a rule names none.',
  }),
})

/** The settings once they are checked; spans of time are ms. */
export type Settings = Static<typeof config>
