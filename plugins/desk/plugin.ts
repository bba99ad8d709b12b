// Everything that can be done to a case: status, assignee, subject, tags, copies, notes, answers; and what becomes of mail that does not arrive.
import Type from 'typebox'
import { definePlugin, duration } from '../../core/plugin.ts'
import { caseActions } from './case-actions.ts'
import { deliveryNotices } from './delivery.ts'
import { deskNotices } from './notices.ts'
import { replyActions } from './reply.ts'
import type { WhenOlder } from './overtaken.ts'
import { startActions } from './start.ts'

const whenOlder = (description: string, byDefault: WhenOlder) =>
  Type.Union([Type.Literal('hold'), Type.Literal('tell'), Type.Literal('off')], { default: byDefault, description })

const config = Type.Object({
  number_in_subject: Type.Boolean({
    default: true,
    description:
      'Put [#number] behind the subject of answers, so that people find the case again even where a mail program loses the thread.',
  }),
  held_for: duration({
    default: '3d',
    description: 'How long an answer that is held waits for a decision before agents are told that it was not sent.',
  }),
  overtaken: whenOlder(
    "An agent's answer to what he was shown before another agent answered. hold: it waits for his word, with both texts; tell: it is sent and he is told; off: neither. His own answers of the last ten minutes let it pass.",
    'hold',
  ),
  newer: whenOlder("The same for an answer that is older than the customer's newest message.", 'tell'),
})

export default definePlugin({
  name: 'desk',
  description: 'The actions that change a case and answer it; notices about mail that did not arrive.',
  config,
  setup: (host) => {
    const replies = replyActions({ ...host.settings, channels: host.registry.channels })
    return {
      actions: { ...caseActions, ...replies.actions, ...startActions(host.registry) },
      jobs: replies.jobs,
      on: deliveryNotices,
      notices: deskNotices,
    }
  },
})
