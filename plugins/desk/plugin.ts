// Everything that can be done to a case: status, assignee, subject, tags, copies, notes, answers; and what becomes of mail that does not arrive.
import Type from 'typebox'
import { definePlugin, duration } from '../../core/plugin.ts'
import { caseActions } from './case-actions.ts'
import { deliveryNotices } from './delivery.ts'
import { deskNotices } from './notices.ts'
import { replyActions } from './reply.ts'
import { startActions } from './start.ts'

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
