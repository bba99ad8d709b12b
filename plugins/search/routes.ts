// GET /v1/search.
import Type from 'typebox'
import { cursorSchema, cutPage, nextSchema, readCursor } from '../../core/plugin.ts'
import type { RouteDefinition } from '../../core/plugin.ts'
import { find, mostFound } from './find.ts'
import type { FoundCase, SearchHost } from './find.ts'
import { fieldNames } from './query.ts'

const nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description })
const time = Type.String({ format: 'date-time' })

const query = Type.Object({
  q: Type.String({
    minLength: 1,
    maxLength: 200,
    description: `Words (all of them; OR, -word, word*, "a phrase") and ${fieldNames}; words without a field stand in one message, note, or the case itself, its subject included`,
  }),
  mailbox: Type.Optional(Type.String({ maxLength: 64, description: 'Only in this mailbox' })),
  sort: Type.Optional(
    Type.Union([Type.Literal('relevance'), Type.Literal('-updated_at')], {
      default: 'relevance',
      description: 'Of the newest thousand the best first (words in the subject, in the requester), or the newest change',
    }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  cursor: cursorSchema,
})

const response = Type.Object({
  data: Type.Array(
    Type.Object({
      case: Type.Object({
        id: Type.String(),
        url: Type.String({ description: 'Path of the case at this API' }),
        number: Type.Integer(),
        mailbox: Type.String(),
        subject: Type.String(),
        status: Type.String(),
        assignee: nullable('Agent id'),
        group: nullable('Group id'),
        requester: Type.Object({ address: Type.String(), name: Type.String() }),
        updated_at: time,
      }),
      score: Type.Number({ description: 'To be compared within one answer only; 0 with another order' }),
      hits: Type.Array(
        Type.Object({
          kind: Type.Union([Type.Literal('message'), Type.Literal('note'), Type.Literal('case')]),
          id: Type.String(),
          at: time,
          snippet: Type.String({ description: 'Text, not HTML' }),
          ranges: Type.Array(Type.Array(Type.Integer(), { minItems: 2, maxItems: 2 }), {
            description: 'Where the words stand in the snippet: [start, end) in UTF-16 code units',
          }),
        }),
      ),
    }),
  ),
  next: nextSchema,
  total_at_least: Type.Integer({ description: `How many cases were found; at ${mostFound} there may be more` }),
  ignored: Type.Array(Type.String(), { description: 'Terms that say nothing and were left out: single letters' }),
})

/** The routes of the plugin. */
export function routes(host: SearchHost): readonly RouteDefinition[] {
  return [
    {
      method: 'GET',
      url: '/v1/search',
      list: { key: 'data' },
      access: 'read',
      summary: 'Finds cases by words and by what they are',
      schema: { query, response },
      async handle({ query: asked, origin, sees }) {
        const by = asked.sort === '-updated_at' ? '-updated_at' : 'relevance'
        const limit = Number(asked.limit)
        // The place behind which to go on is how many came before: a score is none.
        const skip = asked.cursor === undefined ? 0 : (readCursor(asked.cursor, by).key ?? 0)
        const all = [...host.config.mailboxes.keys()]
        const mailboxes =
          asked.mailbox !== undefined ? [asked.mailbox].filter((m) => sees(m)) : sees(null) ? null : all.filter((m) => sees(m))
        const agent = origin.kind === 'agent' ? origin.id : null
        const found = await find(host, host.read, asked.q ?? '', viewerOf(host, agent), { mailboxes, by, skip, limit })
        const more = found.total > skip + limit
        const { next } = cutPage(
          [...found.cases, ...(more ? found.cases.slice(0, 1) : [])],
          Math.max(found.cases.length, 1),
          by,
          ({ row }) => ({
            key: skip + limit,
            id: row.id,
          }),
        )
        const total = found.total < mostFound && { total: found.total }
        return { body: { data: found.cases.map(view), next, ...total, total_at_least: found.total, ignored: found.query.ignored } }
      },
    },
  ]
}

/** In whose zone and language a query is read. */
export function viewerOf(host: SearchHost, agentId: string | null) {
  const agent = agentId === null ? undefined : host.config.agents.get(agentId)
  return {
    now: host.now(),
    timezone: agent?.timezone ?? host.config.timezone,
    locale: agent?.locale ?? host.config.locale,
    agent: agent?.id ?? null,
  }
}

/** A found case as programs get it. */
export function view({ row, score, hits }: FoundCase) {
  return {
    case: {
      id: row.id,
      url: `/v1/cases/${row.id}`,
      number: row.number,
      mailbox: row.mailbox,
      subject: row.subject,
      status: row.status,
      assignee: row.assignee,
      group: row.group_id,
      requester: { address: row.requester_address, name: row.requester_name },
      updated_at: iso(row.updated_at),
    },
    score,
    hits: hits.map((h) => ({ ...h, at: iso(h.at) })),
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
