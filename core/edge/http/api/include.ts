// `include=`: what belongs to a case in the answer that has the case, so that a page with cases needs no call for each of them.
import Type from 'typebox'
import type { Kysely } from 'kysely'
import { PosternError } from '../../../base/errors.ts'
import { peopleOf } from '../../../store/cases.ts'
import type { CaseRow, Tables } from '../../../store/tables.ts'
import { messagePage, notePage } from '../../../store/timeline.ts'
import { messageViews, noteView, person, ref } from './views.ts'

const parts = ['messages', 'people', 'notes'] as const
type Part = (typeof parts)[number]

/** Messages and notes of one case; all of them are at /v1/cases/{ref}/messages and /notes. */
const newest = 20
/** Cases of a page with something included. */
const mostCases = 50

/** The query parameter. */
export const includeSchema = Type.Optional(
  Type.Array(Type.Union(parts.map((part) => Type.Literal(part))), {
    maxItems: 3,
    description: `With each case: its newest ${newest} messages, its newest ${newest} notes, both in their order, or the people who take part. In a list \`limit\` is then at most ${mostCases}`,
  }),
)

/** What a case has besides, where it was asked for. */
export const included = {
  messages: Type.Optional(Type.Array(ref('Message'), { description: 'Only with include=messages' })),
  notes: Type.Optional(Type.Array(ref('Note'), { description: 'Only with include=notes' })),
  people: Type.Optional(
    Type.Array(Type.Object({ ...person.properties, role: Type.String({ description: 'requester, cc or bcc' }) }), {
      description: 'Only with include=people',
    }),
  ),
}

/** The parts that a call asks for. Throws `invalid` for a page that is too long for it. */
export function partsAsked(query: Readonly<Record<string, unknown>>, limit = 1): ReadonlySet<Part> {
  const asked = new Set(parts.filter((part) => Array.isArray(query.include) && query.include.includes(part)))
  if (asked.size > 0 && limit > mostCases) throw new PosternError('invalid', `include: \`limit\` is at most ${mostCases} with it`)
  return asked
}

/** What of a case was asked for. */
export async function includedOf(db: Kysely<Tables>, row: CaseRow, asked: ReadonlySet<Part>) {
  const page = { direction: 'desc', limit: newest } as const
  return {
    ...(asked.has('messages') && { messages: await messageViews(db, [...(await messagePage(db, row.id, page))].reverse()) }),
    ...(asked.has('notes') && { notes: [...(await notePage(db, row.id, page))].reverse().map(noteView) }),
    ...(asked.has('people') && {
      people: [
        { address: row.requester_address, name: row.requester_name, role: 'requester' },
        ...(await peopleOf(db, row.id)).map(({ address, name, role }) => ({ address, name, role })),
      ],
    }),
  }
}
