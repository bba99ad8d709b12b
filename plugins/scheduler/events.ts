// What happens to planned things, for other plugins and for webhooks.
import Type from 'typebox'
import type { Static } from 'typebox'
import { event } from '../../core/plugin.ts'
import type { EventDefinition } from '../../core/plugin.ts'

const reopenId = '01996a10-5f2e-7c3a-9b1d-2f4e6a8c0d1e'
const messageId = '01996a10-5f2e-7c3a-9b1d-2f4e6a8c0d1f'
const due = Date.UTC(2026, 8, 25, 11)
const nullable = Type.Union([Type.String(), Type.Null()])

const reopen = {
  reopen: Type.String({ description: 'Id of the planned reopen' }),
  due: Type.Integer({ description: 'ms UTC' }),
  owner: nullable,
}
const reopenExample = { reopen: reopenId, due, owner: 'anna' }
const deferred = {
  message: Type.String({ description: 'Id of the deferred message' }),
  due: Type.Integer({ description: 'ms UTC' }),
  agent: nullable,
}
const deferredExample = { message: messageId, due, agent: 'anna' }

/** The events of planned reopens and deferred messages, by type. */
export const schedulerEvents = {
  'reopen.planned': event('A reopen was planned.', Type.Object(reopen), reopenExample),
  'reopen.edited': event(
    'A planned reopen was changed; who changed it owns it now.',
    Type.Object({ ...reopen, from: Type.Integer({ description: 'The time before, ms UTC' }) }),
    { ...reopenExample, from: due - 3_600_000 },
  ),
  'reopen.cancelled': event('A planned reopen was cancelled.', Type.Object(reopen), reopenExample),
  'reopen.kept': event('After a message of the customer an agent decided to keep the planned reopen.', Type.Object(reopen), reopenExample),
  'reopen.fired': event(
    'The time of a planned reopen came.',
    Type.Object({ ...reopen, reopened: Type.Boolean({ description: 'false: the case was open already' }) }),
    { ...reopenExample, reopened: true },
  ),
  'reopen.skipped': event(
    'The time of a planned reopen came and nothing was done.',
    Type.Object({ ...reopen, reason: Type.Union([Type.Literal('assignee'), Type.Literal('spam'), Type.Literal('trash')]) }),
    { ...reopenExample, reason: 'assignee' as const },
  ),
  'reopen.postponed': event(
    'A reopen that had come was put off; the status is what it was before.',
    Type.Object({
      ...reopen,
      note: Type.Union([Type.String(), Type.Null()], { description: 'The note that spoke of its coming and now speaks of the new time' }),
    }),
    { ...reopenExample, note: messageId },
  ),
  'deferred.planned': event(
    'A message was written that leaves later.',
    Type.Object({
      ...deferred,
      kind: Type.Union([Type.Literal('deferred'), Type.Literal('undo')], {
        description: 'undo: an ordinary answer that may still be taken back',
      }),
    }),
    { ...deferredExample, kind: 'deferred' as const },
  ),
  'deferred.edited': event(
    'A deferred message or its time was changed.',
    Type.Object({ ...deferred, from: Type.Integer({ description: 'The time before, ms UTC' }) }),
    { ...deferredExample, from: due - 3_600_000 },
  ),
  'deferred.cancelled': event(
    'A deferred message was taken out of the conversation before it left.',
    Type.Object(deferred),
    deferredExample,
  ),
  'deferred.sent': event(
    'A deferred message was handed to the outbox.',
    Type.Object({ ...deferred, late: Type.Integer({ description: 'How long after its time, in ms; 0: in time, or ordered before it' }) }),
    { ...deferredExample, late: 0 },
  ),
  'deferred.held': event(
    'The time of a deferred message came, and it was kept back.',
    Type.Object({ ...deferred, reason: Type.String() }),
    { ...deferredExample, reason: 'agent_inactive' },
  ),
  'deferred.became_note': event(
    'A new message made a deferred message a note.',
    Type.Object({ ...deferred, note: Type.String(), cause: Type.String({ description: 'The new message' }) }),
    { ...deferredExample, note: reopenId, cause: messageId },
  ),
} as const satisfies Record<string, EventDefinition>

type OwnEvents = typeof schedulerEvents

declare module '../../core/contract/events.ts' {
  interface EventTypes {
    'reopen.planned': Data<'reopen.planned'>
    'reopen.edited': Data<'reopen.edited'>
    'reopen.cancelled': Data<'reopen.cancelled'>
    'reopen.kept': Data<'reopen.kept'>
    'reopen.fired': Data<'reopen.fired'>
    'reopen.skipped': Data<'reopen.skipped'>
    'reopen.postponed': Data<'reopen.postponed'>
    'deferred.planned': Data<'deferred.planned'>
    'deferred.edited': Data<'deferred.edited'>
    'deferred.cancelled': Data<'deferred.cancelled'>
    'deferred.sent': Data<'deferred.sent'>
    'deferred.held': Data<'deferred.held'>
    'deferred.became_note': Data<'deferred.became_note'>
  }
}

type Data<K extends keyof OwnEvents> = Readonly<Static<OwnEvents[K]['data']>>
