// Everything that can be done to a case: status, assignee, subject, tags, copies, notes, answers; and what becomes of mail that does not arrive.
import Type from 'typebox'
import { definePlugin, duration, event } from '../../core/plugin.ts'
import { caseActions } from './case-actions.ts'
import { deleteActions } from './delete.ts'
import { deliveryNotices } from './delivery.ts'
import { moveActions } from './move.ts'
import { deskNotices } from './notices.ts'
import { replyActions } from './reply.ts'
import type { WhenOlder } from './overtaken.ts'
import { requesterActions } from './requester.ts'
import { senderActions, writtenTo } from './sender.ts'
import { signaturesWithout } from './signature.ts'
import { startActions } from './start.ts'
import { forgetChanges } from './store.ts'
import { migrations } from './tables.ts'
import { takeBackActions } from './take-back.ts'

declare module '../../core/contract/events.ts' {
  interface EventTypes {
    'case.moved': { readonly from: string; readonly to: string; readonly notify: boolean }
    'case.from_changed': { readonly from: string | null; readonly to: string | null }
  }
}

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
  migrations,
  events: {
    'case.moved': event(
      'A case was moved into another mailbox (ids of the config).',
      Type.Object({
        from: Type.String({ description: 'The mailbox it was in' }),
        to: Type.String({ description: 'The mailbox it is in now' }),
        notify: Type.Boolean({ description: 'Whether the agents of both are told by mail' }),
      }),
      { from: 'support', to: 'sales', notify: true },
    ),
    'case.from_changed': event(
      'The address of ours from which a case is answered changed; null: none is named for it.',
      Type.Object({ from: Type.Union([Type.String(), Type.Null()]), to: Type.Union([Type.String(), Type.Null()]) }),
      { from: null, to: 'help@example.com' },
    ),
  },
  setup: (host) => {
    const replies = replyActions({ ...host.settings, channels: host.registry.channels, isOurs: (a) => host.registry.isOurs(a) })
    return {
      actions: {
        ...caseActions,
        ...requesterActions(host),
        ...moveActions(host),
        ...senderActions(host),
        ...takeBackActions,
        ...deleteActions,
        ...replies.actions,
        ...startActions(host.registry),
      },
      async intake(_tx, arrival) {
        const alias = writtenTo(arrival)
        return { verdict: 'pass', ...(alias !== null && { data: { writtenTo: alias } }) }
      },
      forget: (tx, { cases }) => forgetChanges(tx, cases),
      jobs: replies.jobs,
      on: deliveryNotices,
      notices: deskNotices,
      verify: () => signaturesWithout(host.config, host.registry),
    }
  },
})
