// Who gets an answer, compared with whom the customers' side wrote to: nobody is added or left out without an agent's knowledge, except
// that new people join where a reply names everybody else as well. All combinations and what becomes of them: compare.ts.
//
//   intake            judges the reply under the case's lock; the judgement is kept with the message as `data.recipients`
//   message.received  lets new people join (class a), or raises a notice with its buttons (classes b and c)
//   guard             holds an answer to a reply that left out the requester, and one that was written when others took part
//   actions           recipients.update, recipients.join, recipients.undo, case.split, case.unsplit
//
// A notice ends as taken (a button, or its action by any other way), dismissed (`notice.dismiss`), or overtaken: its writer has named
// everybody again, raised a newer one, or the case's people have become what the reply asked for. Somebody who joins gets no message
// that was written before.
import Type from 'typebox'
import { definePlugin, event } from '../../core/plugin.ts'
import { guard } from './guard.ts'
import { judge, judgementOf } from './judge.ts'
import { noticeTexts } from './notice-texts.ts'
import { peopleChanged, settleReply } from './notices.ts'
import { writerByReplyTo } from './reply-to.ts'
import { splitActions } from './split.ts'
import { dropCase, migrations } from './tables.ts'
import { updateActions } from './update.ts'

declare module '../../core/contract/events.ts' {
  interface EventTypes {
    'case.split': { readonly to: string; readonly number: number; readonly message: string }
    'case.unsplit': { readonly from: string; readonly number: number; readonly message: string }
  }
}

const config = Type.Object({
  participants: Type.Union([Type.Literal('anybody'), Type.Literal('authenticated')], {
    default: 'anybody',
    description:
      'Whose replies may bring new people into a case by themselves: anybody whose authentication has not failed, or only senders who passed it. All others raise a notice.',
  }),
  authserv_id: Type.String({
    default: '',
    description:
      'Name with which your mail server begins its Authentication-Results; only those are believed. Empty: none are, and every sender counts as unknown.',
  }),
  most: Type.Integer({
    default: 50,
    minimum: 0,
    maximum: 1000,
    description: 'Most people in copy that come about by themselves; beyond that a notice asks.',
  }),
  hold_undecided: Type.Boolean({
    default: false,
    description:
      'Hold answers also to a reply whose writer left out somebody in copy, until an agent has updated the recipients, split the reply off or dismissed the notice.',
  }),
})

const splitFields = {
  number: Type.Integer({ description: 'Number of the case that was split off' }),
  message: Type.String({ description: 'The message' }),
}
const exampleId = '01996a10-5f2e-7c3a-9b1d-2f4e6a8c0d1e'

export default definePlugin({
  name: 'recipients',
  description: 'Compares whom a reply names with whom the case knows; asks before an answer reaches the wrong people.',
  requires: ['desk'],
  config,
  migrations,
  events: {
    'case.split': event(
      'A reply was split off into a case of its own.',
      Type.Object({ to: Type.String({ description: 'The new case' }), ...splitFields }),
      { to: exampleId, number: 18, message: exampleId },
    ),
    'case.unsplit': event(
      'A reply that had been split off was put back.',
      Type.Object({ from: Type.String({ description: 'The case that had been made for it' }), ...splitFields }),
      { from: exampleId, number: 18, message: exampleId },
    ),
  },
  setup: (host) => ({
    async intake(tx, arrival, route) {
      const found = await judge(tx, host, arrival, route)
      const author = writerByReplyTo(host, arrival, route)
      return { verdict: 'pass', ...(found && { data: found }), ...(author && { author }) }
    },
    on: {
      'case.created': (tx, { caseId }) => (caseId === null ? Promise.resolve() : peopleChanged(tx, host, caseId)),
      'case.people_changed': (tx, { caseId }) => (caseId === null ? Promise.resolve() : peopleChanged(tx, host, caseId)),
      async 'message.received'(tx, { data }) {
        const message = await tx.messages.get(data.message)
        const found = message && judgementOf(message)
        if (message && found) await settleReply(tx, message, found)
      },
    },
    deleted: (tx, { caseId }) => dropCase(tx, caseId),
    guard: (tx, draft) => guard(tx, host, draft),
    actions: { ...updateActions(host), ...splitActions(host) },
    notices: noticeTexts(host),
  }),
})
