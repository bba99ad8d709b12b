// What happens to cases that become one, or belong together.
import Type from 'typebox'
import type { Static } from 'typebox'
import { event } from '../../core/plugin.ts'
import type { EventDefinition } from '../../core/plugin.ts'

const id = (description: string) => Type.String({ description })
const exampleId = '01996a10-5f2e-7c3a-9b1d-2f4e6a8c0d1e'
const source = { source: id('The case that was merged'), number: Type.Integer({ description: 'Its number' }) }
const messages = Type.Integer({ description: 'How many messages it had, those that have not left included' })

/** The events of merges, by type. */
export const mergingEvents = {
  'case.merged': event(
    'Another case was merged into this one: its messages, notes and notices are here now, and its number leads here.',
    Type.Object({
      ...source,
      messages,
      people: Type.Array(Type.String(), { description: 'Addresses of those who take part in this case since' }),
    }),
    { source: exampleId, number: 10, messages: 3, people: [] },
  ),
  'case.merged_away': event(
    'The case was merged into another one and leads there.',
    Type.Object({ into: id('That case'), number: Type.Integer({ description: 'Its number' }) }),
    { into: exampleId, number: 12 },
  ),
  'case.unmerged': event(
    'A case that had been merged into this one was taken out again, with everything that had come from it.',
    Type.Object({ ...source, messages }),
    { source: exampleId, number: 10, messages: 3 },
  ),
  'case.restored': event(
    'The case is no longer merged into another one.',
    Type.Object({ from: id('That case'), number: Type.Integer({ description: 'Its number' }) }),
    { from: exampleId, number: 12 },
  ),
  'case.unlinked': event('The link between two cases was taken out.', Type.Object({ other: id('The other case'), kind: Type.String() }), {
    other: exampleId,
    kind: 'related',
  }),
} as const satisfies Record<string, EventDefinition>

type OwnEvents = typeof mergingEvents
type Data<K extends keyof OwnEvents> = Readonly<Static<OwnEvents[K]['data']>>

declare module '../../core/contract/events.ts' {
  interface EventTypes {
    'case.merged': Data<'case.merged'>
    'case.merged_away': Data<'case.merged_away'>
    'case.unmerged': Data<'case.unmerged'>
    'case.restored': Data<'case.restored'>
    'case.unlinked': Data<'case.unlinked'>
  }
}
