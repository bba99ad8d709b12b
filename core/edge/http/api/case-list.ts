// GET /v1/cases: every filter and order that the core and the plugins have, page after page by an opaque cursor.
import Type from 'typebox'
import { PosternError } from '../../../base/errors.ts'
import { cursorSchema, cutPage, nextSchema, readCursor } from '../../../base/page.ts'
import { compileSchema } from '../../../base/schema.ts'
import { casesInOrder, readFilter } from '../../../engine/case-filter.ts'
import type { FilterQuery, Viewer } from '../../../contract/case-lists.ts'
import type { CasePageFilter } from '../../../store/case-page.ts'
import { countCases } from '../../../store/case-page.ts'
import { casesWithCustom } from '../../../store/custom-field.ts'
import { caseIdsOfExternal } from '../../../store/external-ids.ts'
import type { ApiCall, ApiRoute } from '../route.ts'
import { included, includedOf, includeSchema, partsAsked } from './include.ts'
import { caseSummaries, ref } from './views.ts'

const status = Type.Union([
  Type.Literal('open'),
  Type.Literal('waiting'),
  Type.Literal('closed'),
  Type.Literal('spam'),
  Type.Literal('trash'),
])
const word = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 320, description }))

/** What selects cases: of GET /v1/cases, and of POST /v1/bulk. */
export const selection = {
  status: Type.Optional(Type.Array(status, { maxItems: 5, description: 'One of these' })),
  mailbox: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 100, description: 'In one of these' })),
  channel: word('mail, chat or a channel of a plugin'),
  assignee: word('Agent id or address; "none": nobody; "me": the agent on whose behalf you ask'),
  group: word('Group id; "none": no group'),
  requester: word('Address of the requester'),
  person: word('Address of the requester or of somebody in copy'),
  tag: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 20, description: 'All of these' })),
  merged: Type.Optional(
    Type.Union([Type.Literal('false'), Type.Literal('true'), Type.Literal('any')], {
      description: 'Cases that were merged into another one: left out (false, the default), these alone (true), or both (any)',
    }),
  ),
  created_from: word('ISO 8601; not earlier'),
  created_before: word('ISO 8601; earlier'),
  updated_from: word('ISO 8601; not earlier'),
  updated_before: word('ISO 8601; earlier'),
  filter: Type.Optional(
    Type.Array(Type.String({ maxLength: 500 }), {
      maxItems: 20,
      description: 'A filter of a plugin, NAME=VALUE; see GET /v1/filters. All of them hold',
    }),
  ),
  external_id: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Its id in the system of who asks' })),
  custom: Type.Optional(
    Type.Array(Type.String({ maxLength: 500, pattern: '^[a-z][a-z0-9_]{0,63}=' }), {
      maxItems: 10,
      description: 'Custom fields, NAME=VALUE, each as text. All of them hold',
    }),
  ),
  q: word('Words in the case and what it is, as GET /v1/search takes them; needs a plugin with the filter `q` (search)'),
}

const query = Type.Object({
  ...selection,
  sort: Type.String({
    maxLength: 100,
    default: '-updated_at',
    description: 'updated_at, created_at, number, or a sort of a plugin (GET /v1/filters); with "-" in front the other way round',
  }),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  cursor: cursorSchema,
  include: includeSchema,
  total: Type.Boolean({
    default: false,
    description: 'How many cases there are in all pages, as `total`; it takes time where there are many',
  }),
})

/** Routes that list cases, and the filters and orders that there are. */
export const caseListRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    url: '/v1/cases',
    list: { key: 'cases' },
    access: 'read',
    tag: 'Cases',
    summary: 'Lists cases',
    query,
    response: Type.Object({
      cases: Type.Array(Type.Intersect([ref('CaseSummary'), Type.Object(included)])),
      next: nextSchema,
    }),
    read: async (call) => ({ body: await listPage(call) }),
  },
  {
    method: 'GET',
    url: '/v1/filters',
    access: 'read',
    tag: 'Cases',
    summary: 'Lists the filters and sorts of case lists that plugins bring',
    response: Type.Object({
      filters: Type.Array(
        Type.Object({ name: Type.String(), description: Type.String(), value: Type.Unknown({ description: 'JSON schema' }) }),
      ),
      sorts: Type.Array(Type.Object({ name: Type.String(), description: Type.String() })),
    }),
    read({ services }) {
      const { filters, sorts } = services.engine.registry
      return Promise.resolve({
        body: {
          filters: [...filters].map(([name, f]) => ({ name, description: f.description, value: compileSchema(f.value).json })),
          sorts: [...sorts].map(([name, s]) => ({ name, description: s.description })),
        },
      })
    },
  },
]

async function listPage(call: ApiCall) {
  const limit = Number(call.query.limit)
  const sort = String(call.query.sort)
  const parts = partsAsked(call.query, limit)
  const after = typeof call.query.cursor === 'string' ? readCursor(call.query.cursor, sort) : undefined
  const filter = await filterOf(call)
  const found =
    filter === null
      ? []
      : await casesInOrder(call.services.engine.registry, call.db, filter, sort, { limit: limit + 1, ...(after && { after }) })
  const { rows, next } = cutPage(found, limit, sort, ({ key, row }) => ({ key, id: row.id }))
  const page = rows.map((k) => k.row)
  const cases: object[] = []
  for (const [i, summary] of (await caseSummaries(call.db, page)).entries()) {
    const row = page[i]
    cases.push(row ? { ...summary, ...(await includedOf(call.db, row, parts)) } : summary)
  }
  const total = call.query.total !== true ? undefined : filter === null ? 0 : await countCases(call.db, filter)
  return { cases, next, ...(total !== undefined && { total }) }
}

/** null: nothing can match within the scope. */
export async function filterOf(call: ApiCall): Promise<CasePageFilter | null> {
  // Checked against `query`: lists are lists of texts, the rest are texts.
  const q = call.query as { readonly q?: string; readonly external_id?: string; readonly custom?: readonly string[] } & {
    readonly [K in 'status' | 'mailbox' | 'tag' | 'filter']?: readonly string[]
  } & {
    readonly [
      K in
        | 'channel'
        | 'assignee'
        | 'group'
        | 'requester'
        | 'person'
        | 'merged'
        | 'created_from'
        | 'created_before'
        | 'updated_from'
        | 'updated_before'
    ]?: string
  }
  const { principal, services } = call
  const scope = principal.mailboxes
  const mailboxes = q.mailbox ? q.mailbox.filter((m) => principal.sees(m)) : (scope ?? undefined)
  if (mailboxes?.length === 0 || q.status?.length === 0) return null
  const assignee =
    q.assignee === undefined
      ? undefined
      : q.assignee === 'none'
        ? null
        : q.assignee === 'me'
          ? (principal.agent ?? '')
          : (services.engine.registry.agentByAddress(q.assignee)?.id ?? q.assignee)
  const matching: FilterQuery[] = []
  for (const text of [...(q.filter ?? []), ...(q.q === undefined ? [] : [`q=${q.q}`])]) matching.push(await pluginFilter(call, text))
  const { kind } = services.database
  const named = (q.custom ?? []).map((text): FilterQuery => {
    const at = text.indexOf('=')
    return { caseIds: casesWithCustom(kind, text.slice(0, at), text.slice(at + 1)) }
  })
  const known: readonly FilterQuery[] =
    q.external_id === undefined ? [] : [{ caseIds: caseIdsOfExternal(call.db, principal.name, q.external_id) }]
  const all = [...matching, ...named, ...known]
  return {
    ...(q.status && { statuses: [...new Set(q.status)] as CasePageFilter['statuses'] & {} }), // each is one of the union in `query`
    ...(mailboxes && { mailboxes: [...new Set(mailboxes)] }),
    ...(q.channel !== undefined && { channel: q.channel }),
    ...(assignee !== undefined && { assignee }),
    ...(q.group !== undefined && { group: q.group === 'none' ? null : q.group }),
    ...(q.requester !== undefined && { requester: q.requester }),
    ...(q.person !== undefined && { person: q.person }),
    ...(q.tag && { tags: q.tag.map((t) => t.trim().toLowerCase()) }),
    // What was merged away is no case of its own.
    ...(q.merged !== 'any' && { merged: q.merged === 'true' }),
    created: span(q.created_from, q.created_before, 'created'),
    updated: span(q.updated_from, q.updated_before, 'updated'),
    ...(all.length > 0 && { matching: all }),
  }
}

function span(from: string | undefined, before: string | undefined, what: string): { readonly from?: number; readonly before?: number } {
  const ms = (text: string): number => {
    const parsed = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?$/i.test(text)
      ? Date.parse(/(?:Z|[+-]\d\d:\d\d|^.{10})$/i.test(text) ? text : `${text}Z`)
      : NaN
    if (Number.isNaN(parsed)) throw new PosternError('invalid', `${what}: expected a time such as 2026-09-21T10:00:00Z`)
    return parsed
  }
  return { ...(from !== undefined && { from: ms(from) }), ...(before !== undefined && { before: ms(before) }) }
}

async function pluginFilter(call: ApiCall, text: string): Promise<FilterQuery> {
  const query = await readFilter(call.services.engine.registry, call.db, text, viewerOf(call))
  if (typeof query === 'string') throw new PosternError('invalid', query)
  return query
}

/** In whose zone and language relative words are read. */
export function viewerOf({ principal, services }: ApiCall): Viewer {
  const agent = principal.agent === null ? undefined : services.config.agents.get(principal.agent)
  return {
    now: services.clock.now(),
    timezone: agent?.timezone ?? services.config.timezone,
    locale: agent?.language ?? agent?.locale ?? services.config.language ?? services.config.locale,
    agent: principal.agent,
  }
}
