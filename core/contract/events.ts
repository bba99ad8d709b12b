// The core's events: past facts, each with a schema, a sentence and an example. Plugins add theirs by `PluginDefinition.events`, each made
// with `event`.
import Type from 'typebox'
import type { Static, TSchema } from 'typebox'
import type { Origin } from './origin.ts'
import type { PluginEvents } from './plugin-events.ts'

/** One event type. Data is versioned: a field is added, never changed; a breaking change takes a new type. */
export interface EventDefinition<S extends TSchema = TSchema> {
  readonly description: string
  readonly data: S
  readonly example: Static<S>
  readonly version: number
}

/** Defines an event of version 1: what happened in one sentence, the schema of its data, and an example that fits the schema. */
export function event<S extends TSchema>(description: string, data: S, example: Static<S>): EventDefinition<S> {
  return { description, data, example, version: 1 }
}

const id = (description: string) => Type.String({ description })
const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
const exampleId = '01996a10-5f2e-7c3a-9b1d-2f4e6a8c0d1e'

/** Every event of the core by its type. Types and data are part of the public contract: fields are added, none is taken away. */
export const coreEvents = {
  'case.created': event('A case was made.', Type.Object({ message: nullable(id('First message, null where there is none yet')) }), {
    message: exampleId,
  }),
  'case.deleted': event('A case was deleted with everything of it.', Type.Object({ number: Type.Integer() }), { number: 12 }),
  'case.anonymised': event(
    'Everything that says whose a case was or what was said was taken out of it.',
    Type.Object({ number: Type.Integer() }),
    {
      number: 12,
    },
  ),
  'case.status_changed': event('The status of a case changed.', Type.Object({ from: Type.String(), to: Type.String() }), {
    from: 'open',
    to: 'waiting',
  }),
  'case.assigned': event(
    'Assignee or group of a case changed (ids of the config).',
    Type.Object({ assignee: nullable(Type.String()), group: nullable(Type.String()), from: nullable(Type.String()) }),
    { assignee: 'anna', group: null, from: null },
  ),
  'case.subject_changed': event('The subject of a case changed.', Type.Object({ from: Type.String(), to: Type.String() }), {
    from: 'Help',
    to: 'Invoice 17',
  }),
  'case.tags_changed': event(
    'Tags were added to or removed from a case.',
    Type.Object({ added: Type.Array(Type.String()), removed: Type.Array(Type.String()) }),
    { added: ['vip'], removed: [] },
  ),
  'case.people_changed': event(
    'The CC or BCC list, or the requester of a case changed.',
    Type.Object({
      added: Type.Array(Type.String()),
      removed: Type.Array(Type.String()),
      role: Type.Union([Type.Literal('cc'), Type.Literal('bcc'), Type.Literal('requester')]),
    }),
    { added: ['boss@example.com'], removed: [], role: 'cc' as const },
  ),
  'case.custom_changed': event('Custom fields of a case changed.', Type.Object({ fields: Type.Array(Type.String()) }), {
    fields: ['order'],
  }),
  'case.followed': event('An agent follows the case: he hears of its messages and notes.', Type.Object({ agent: id('Agent id') }), {
    agent: 'boris',
  }),
  'case.unfollowed': event('An agent no longer follows the case.', Type.Object({ agent: id('Agent id') }), { agent: 'boris' }),
  'case.muted': event(
    'An agent wants to hear nothing of the case for a time.',
    Type.Object({ agent: id('Agent id'), until: Type.String({ description: 'UTC, as ISO 8601' }) }),
    { agent: 'boris', until: '2026-08-03T09:00:00.000Z' },
  ),
  'case.unmuted': event('An agent hears of the case again, sooner than he had said.', Type.Object({ agent: id('Agent id') }), {
    agent: 'boris',
  }),
  'case.linked': event('Two cases were linked.', Type.Object({ other: id('The other case'), kind: Type.String() }), {
    other: exampleId,
    kind: 'follows',
  }),
  'message.received': event(
    'A message of somebody outside was added to a case.',
    Type.Object({ message: id('Message'), kind: Type.String(), first: Type.Boolean() }),
    { message: exampleId, kind: 'normal', first: true },
  ),
  'message.blocked': event(
    'A message of somebody who is blocked was kept in spam. It makes no `case.created` and no `message.received`.',
    Type.Object({ message: id('Message'), address: Type.String() }),
    { message: exampleId, address: 'nuisance@example.com' },
  ),
  'message.sent': event(
    'A message to the customer was handed to the outbox.',
    Type.Object({ message: id('Message'), kind: Type.String(), author: Type.String() }),
    { message: exampleId, kind: 'normal', author: 'agent' },
  ),
  'message.held': event('An answer was kept back and waits for an agent.', Type.Object({ message: id('Message'), reason: Type.String() }), {
    message: exampleId,
    reason: 'recipients_changed',
  }),
  'message.delayed': event(
    'A mail has not been taken by the next server for hours; it is still being tried.',
    Type.Object({ outbox: id('Outbox row'), address: Type.String(), reply: Type.String(), message: nullable(Type.String()) }),
    {
      outbox: exampleId,
      address: 'customer@example.com',
      reply: '451 4.3.0 try later',
      message: exampleId,
    },
  ),
  'message.failed': event(
    'A mail could not be delivered to an address and is no longer tried.',
    Type.Object({ outbox: id('Outbox row'), address: Type.String(), reply: Type.String(), message: nullable(Type.String()) }),
    {
      outbox: exampleId,
      address: 'customer@example.com',
      reply: '550 5.1.1 no such user',
      message: exampleId,
    },
  ),
  'message.unknown': event(
    'The connection broke after the mail was handed over: whether it arrived is unknown.',
    Type.Object({ outbox: id('Outbox row'), address: Type.String(), reply: Type.String(), message: nullable(Type.String()) }),
    {
      outbox: exampleId,
      address: 'customer@example.com',
      reply: 'connection closed after the final dot',
      message: exampleId,
    },
  ),
  'note.added': event('An internal note was added.', Type.Object({ note: id('Note'), kind: Type.String() }), {
    note: exampleId,
    kind: 'note',
  }),
  'notice.raised': event(
    'Agents are asked for a decision.',
    Type.Object({
      notice: id('Notice'),
      kind: Type.String(),
      message: nullable(Type.String()),
      data: Type.Unknown(),
      actions: Type.Array(Type.String()),
    }),
    {
      notice: exampleId,
      kind: 'recipients',
      message: exampleId,
      data: { added: [], dropped: ['boss@example.com'] },
      actions: ['update', 'split'],
    },
  ),
  'notice.resolved': event(
    'A notice came to its end.',
    Type.Object({
      notice: id('Notice'),
      kind: Type.String(),
      state: Type.String(),
      action: nullable(Type.String()),
      by: nullable(Type.String()),
      message: nullable(Type.String()),
      data: Type.Unknown(),
    }),
    {
      notice: exampleId,
      kind: 'recipients',
      state: 'taken',
      action: 'update',
      by: 'anna',
      message: exampleId,
      data: { added: [], dropped: ['boss@example.com'] },
    },
  ),
  'message.moved': event(
    'A message went to another case, with its files and everything that leads later mail to it.',
    Type.Object({ message: id('Message'), from: id('The case it was in'), to: id('The case it is in now') }),
    { message: exampleId, from: exampleId, to: exampleId },
  ),
  'inbound.parked': event(
    'An accepted mail could not be taken in after all tries and waits for an admin.',
    Type.Object({ inbound: id('Inbound row'), error: Type.String() }),
    { inbound: exampleId, error: 'plugin rules: timeout' },
  ),
  'automatic.quarantined': event(
    'Automatic mail was not sent because its budget is spent.',
    Type.Object({ recipient: Type.String(), kind: Type.String(), reason: Type.String() }),
    { recipient: 'robot@example.com', kind: 'receipt', reason: 'more than 10 in 10 minutes' },
  ),
} as const satisfies Record<string, EventDefinition>

/** All event types with their data, so a misspelt field is a compile error. Plugins add theirs to `PluginEvents`, those of this repository here. */
// Empty by itself: what it holds comes from others.
export interface EventTypes extends CoreEventTypes, PluginEvents {}
type CoreEventTypes = { readonly [K in keyof typeof coreEvents]: Frozen<Static<(typeof coreEvents)[K]['data']>> }

/** Read-only all the way down: a handler cannot change what happened. */
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T

/** The type of any event, those of plugins included. */
export type EventType = keyof EventTypes

/** A fact, as handlers get it. */
export interface PosternEvent<T extends EventType = EventType> {
  readonly id: string
  readonly type: T
  readonly caseId: string | null
  /** Number within the case, shared with messages and notes; null without a case. */
  readonly caseSeq: number | null
  readonly mailbox: string | null
  readonly data: EventTypes[T]
  readonly origin: Origin
  /** 0: caused by the outside; n+1: caused by a handler of an event of depth n. */
  readonly depth: number
  /** ms UTC. */
  readonly at: number
}
