// What is planned, for programs to read; changed it is by the actions.
import Type from 'typebox'
import { PosternError } from '../../core/plugin.ts'
import type { Host, RouteDefinition, RouteRequest, Tables } from '../../core/plugin.ts'
import type { SchedulerHost } from './person.ts'
import { presetsFor } from './presets.ts'
import { mentionsOf } from './reopen-store.ts'

/** A database to read from; `Host.read` is one. */
type Read = Host<unknown>['read']

const text = Type.String()
const nullable = Type.Union([text, Type.Null()])
const reopen = Type.Object({
  id: text,
  case: text,
  state: Type.String({ description: 'planned, fired, skipped (its condition did not hold) or cancelled' }),
  owner: Type.Object({ kind: text, id: nullable }),
  due_at: text,
  zone: text,
  note: text,
  mentions: Type.Array(Type.Object({ kind: text, id: text })),
  any_assignee: Type.Boolean({ description: 'Works whoever is responsible then' }),
  assignee: Type.Union([text, Type.Null()], { description: 'Who must be responsible then, where it depends on that' }),
  postponable: Type.Boolean({ description: 'It has come and may still be postponed (reopen.postpone)' }),
})
const deferred = Type.Object({
  message: text,
  case: text,
  kind: Type.String({ description: 'deferred: planned; undo: an ordinary answer that may still be taken back' }),
  state: Type.String({ description: 'planned, sent, held, note or cancelled' }),
  due_at: text,
  zone: text,
  agent: nullable,
  subject: text,
  text,
})
const params = Type.Object({ ref: Type.String({ minLength: 1, maxLength: 64, description: 'Number or id of a case' }) })
const query = Type.Object({
  state: Type.Optional(Type.String({ maxLength: 20, description: 'planned (default), or all' })),
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 200 }),
  cursor: Type.Optional(Type.String({ maxLength: 200, description: '`next` of the page before, with everything else as it was' })),
})
const next = Type.Union([text, Type.Null()], { description: 'Cursor of the next page; null on the last' })
const reopens = Type.Object({ reopens: Type.Array(reopen), next })
const messages = Type.Object({ deferred: Type.Array(deferred), next })
const presets = Type.Object({ presets: Type.Array(Type.Object({ value: Type.String({ description: 'For `in` or `at` of what plans' }), due_at: text, label: Type.String({ description: 'When that is, in the language and zone of the agent' }) })) })

export function schedulerRoutes(host: SchedulerHost): readonly RouteDefinition[] {
  const { read: db } = host
  const read = { method: 'GET', access: 'read' } as const
  return [
    { ...read, url: '/v1/cases/:ref/reopens', summary: 'Lists the reopens of a case', schema: { params, query, response: reopens }, handle: async (request) => ({ body: await reopensOf(host, request, await caseOf(db, request)) }) },
    { ...read, url: '/v1/reopens', summary: 'Lists planned reopens, the next one first', schema: { query, response: reopens }, handle: async (request) => ({ body: await reopensOf(host, request, null) }) },
    { ...read, url: '/v1/cases/:ref/deferred', summary: 'Lists the deferred messages of a case', schema: { params, query, response: messages }, handle: async (request) => ({ body: await deferredOf(host, request, await caseOf(db, request)) }) },
    { ...read, url: '/v1/deferred', summary: 'Lists deferred messages, the next one first', schema: { query, response: messages }, handle: async (request) => ({ body: await deferredOf(host, request, null) }) },
    { ...read, url: '/v1/presets', summary: 'Lists the times that are offered ready-made for reopens and deferred messages', schema: { response: presets }, handle: (request) => Promise.resolve({ body: { presets: presetsFor(host, request.origin) } }) },
  ]
}

/** Id of the case in the path; `not_found` beyond the scope of who asks. */
async function caseOf(db: Read, request: RouteRequest): Promise<string> {
  const ref = (request.params.ref ?? '').trim().toLowerCase()
  const number = /^#?(\d{1,15})$/.exec(ref)?.[1]
  const q = db.selectFrom('cases').select(['id', 'mailbox'])
  const row = await (number === undefined ? q.where('id', '=', ref) : q.where('number', '=', Number(number))).executeTakeFirst()
  if (!row || !request.sees(row.mailbox)) throw new PosternError('not_found', `case ${ref}`)
  return row.id
}

const iso = (ms: number): string => new Date(ms).toISOString()

async function reopensOf(host: SchedulerHost, request: RouteRequest, caseId: string | null) {
  const { after, limit, scope } = pageOf(host, request)
  let q = host.read.selectFrom('scheduler_reopens').innerJoin('cases', 'cases.id', 'scheduler_reopens.case_id').selectAll('scheduler_reopens').orderBy('due_at').orderBy('scheduler_reopens.id').limit(limit + 1)
  if (caseId !== null) q = q.where('case_id', '=', caseId)
  if (scope) q = q.where('cases.mailbox', 'in', scope)
  if (after) q = q.where((eb) => eb.or([eb('due_at', '>', after.due), eb.and([eb('due_at', '=', after.due), eb('scheduler_reopens.id', '>', after.id)])]))
  if (request.query.state !== 'all') q = q.where('state', '=', (request.query.state ?? 'planned') as Tables['scheduler_reopens']['state']) // an unknown one finds nothing
  const { rows, next: cursor } = cut(await q.execute(), limit, (r) => r.id)
  return {
    reopens: rows.map((r) => ({ id: r.id, case: r.case_id, state: r.state, owner: { kind: r.owner_kind, id: r.owner }, due_at: iso(r.due_at), zone: r.zone, note: r.note, mentions: mentionsOf(r), any_assignee: r.any_assignee === 1, assignee: r.assignee, postponable: r.offered === 1 })),
    next: cursor,
  }
}

async function deferredOf(host: SchedulerHost, request: RouteRequest, caseId: string | null) {
  const { after, limit, scope } = pageOf(host, request)
  let q = host.read
    .selectFrom('scheduler_deferred')
    .innerJoin('messages', 'messages.id', 'scheduler_deferred.message_id')
    .innerJoin('cases', 'cases.id', 'messages.case_id')
    .selectAll('scheduler_deferred')
    .select(['messages.case_id', 'messages.agent', 'messages.subject', 'messages.text'])
    .orderBy('due_at')
    .orderBy('message_id')
    .limit(limit + 1)
  if (caseId !== null) q = q.where('messages.case_id', '=', caseId)
  if (scope) q = q.where('cases.mailbox', 'in', scope)
  if (after) q = q.where((eb) => eb.or([eb('due_at', '>', after.due), eb.and([eb('due_at', '=', after.due), eb('message_id', '>', after.id)])]))
  if (request.query.state !== 'all') q = q.where('scheduler_deferred.state', '=', (request.query.state ?? 'planned') as Tables['scheduler_deferred']['state']) // an unknown one finds nothing
  const { rows, next: cursor } = cut(await q.execute(), limit, (r) => r.message_id)
  return { deferred: rows.map((r) => ({ message: r.message_id, case: r.case_id, kind: r.kind, state: r.state, due_at: iso(r.due_at), zone: r.zone, agent: r.agent, subject: r.subject, text: r.text })), next: cursor }
}

interface Page {
  readonly limit: number
  /** The last row of the page before. */
  readonly after: { readonly due: number; readonly id: string } | null
  /** Mailboxes of a token that is bound to some; null: everything. */
  readonly scope: readonly string[] | null
}

function pageOf({ config }: SchedulerHost, request: RouteRequest): Page {
  const { cursor } = request.query
  const last = cursor === undefined ? null : /^(\d{1,16}):([0-9a-f-]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  if (cursor !== undefined && !last) throw new PosternError('invalid', 'cursor: not one of this list')
  return { limit: Number(request.query.limit), after: last && { due: Number(last[1]), id: last[2] ?? '' }, scope: request.sees(null) ? null : [...config.mailboxes.keys()].filter((m) => request.sees(m)) }
}

/** One row more than the page holds was asked for. */
function cut<R extends { readonly due_at: number }>(found: readonly R[], limit: number, id: (row: R) => string): { readonly rows: readonly R[]; readonly next: string | null } {
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return { rows, next: found.length > limit && last ? Buffer.from(`${last.due_at}:${id(last)}`).toString('base64url') : null }
}
