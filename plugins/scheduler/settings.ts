// What an admin can set about planned things.
import Type from 'typebox'
import type { Static } from 'typebox'
import { duration } from '../../core/plugin.ts'

const clock = (fallback: string, description: string) =>
  Type.String({ default: fallback, pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', description })

/** Schema of the settings. */
export const schedulerConfig = Type.Object({
  hours: Type.Object(
    {
      morning: clock('09:00', '"In the morning", and a day without a time.'),
      noon: clock('12:00', '"At noon".'),
      afternoon: clock('14:00', '"In the afternoon".'),
      evening: clock('18:00', '"In the evening".'),
    },
    { default: {}, description: 'What the parts of the day mean, by the wall clock of the agent who says them.' },
  ),
  presets: Type.Array(Type.String({ minLength: 1, maxLength: 120 }), {
    default: ['1 hour', '4 hours', 'tomorrow 9:00', '3 days', '1 week'],
    maxItems: 50,
    description: 'Times that programs offer ready-made (GET /v1/presets), each as an agent could say it.',
  }),
  offer: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
    default: [],
    maxItems: 10,
    description:
      'Times for which a mail about a message of a customer has a link each that plans a reopen of the agent\'s own: [1 day, "monday 9:00"]. Needs the plugin links.',
  }),
  furthest: duration({ default: '730d', min: 86_400_000, description: 'Nothing is planned further ahead than this.' }),
  undo: duration({
    default: '0s',
    max: 60_000,
    description: 'How long an answer of an agent waits before it leaves, so that it can be taken back. At most 60s; 0s sends at once.',
  }),
  automatic_mail: Type.Boolean({
    default: false,
    description:
      'Automatic mail (absence notices, newsletters) turns a deferred answer into a note as well, as a message of the customer does.',
  }),
  downtime: duration({
    default: '2m',
    min: 60_000,
    description: 'With no node at work for longer than this, mail may be waiting at the MTA in front.',
  }),
  grace: duration({
    default: '20m',
    description:
      'So long after a downtime deferred answers wait, so that the MTA can deliver first what came meanwhile. Not below its maximal_backoff_time and queue_run_delay together.',
  }),
  overdue_per_second: Type.Integer({
    default: 50,
    minimum: 1,
    maximum: 1000,
    description: 'Most planned things a second that are done by a node when they are overdue by more than a minute.',
  }),
})

/** The settings once they are checked; spans of time are ms. */
export type SchedulerSettings = Static<typeof schedulerConfig>

/** "09:30" in minutes since midnight. */
export const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
