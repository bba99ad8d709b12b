// What is planned, for programs to read; changed it is by the actions.
import Type from 'typebox'
import { PosternError } from '../../core/plugin.ts'
import type { Host, RouteDefinition, RouteRequest, Tables } from '../../core/plugin.ts'
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
const query = Type.Object({ state: Type.Optional(Type.String({ maxLength: 20, description: 'planned (default), or all' })) })

export function schedulerRoutes(host: Host<unknown>): readonly RouteDefinition[] {
  return [
    { method: 'GET', url: '/v1/cases/:ref/reopens', access: 'read', summary: 'Lists the reopens of a case', schema: { params, query, response: Type.Object({ reopens: Type.Array(reopen) }) }, handle: async (request) => ({ body: { reopens: await reopensOf(host.read, request, await caseOf(host.read, request)) } }) },
    { method: 'GET', url: '/v1/reopens', access: 'read', summary: 'Lists planned reopens, the next one first', schema: { query, response: Type.Object({ reopens: Type.Array(reopen) }) }, handle: async (request) => ({ body: { reopens: await reopensOf(host.read, request, null) } }) },
    { method: 'GET', url: '/v1/cases/:ref/deferred', access: 'read', summary: 'Lists the deferred messages of a case', schema: { params, query, response: Type.Object({ deferred: Type.Array(deferred) }) }, handle: async (request) => ({ body: { deferred: await deferredOf(host.read, request, await caseOf(host.read, request)) } }) },
    { method: 'GET', url: '/v1/deferred', access: 'read', summary: 'Lists deferred messages, the next one first', schema: { query, response: Type.Object({ deferred: Type.Array(deferred) }) }, handle: async (request) => ({ body: { deferred: await deferredOf(host.read, request, null) } }) },
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

/** Most rows of one answer. */
const most = 1000
const iso = (ms: number): string => new Date(ms).toISOString()

async function reopensOf(db: Read, request: RouteRequest, caseId: string | null) {
  let q = db.selectFrom('scheduler_reopens').innerJoin('cases', 'cases.id', 'scheduler_reopens.case_id').selectAll('scheduler_reopens').select('cases.mailbox as mailbox').orderBy('due_at').orderBy('scheduler_reopens.id').limit(most)
  if (caseId !== null) q = q.where('case_id', '=', caseId)
  if (request.query.state !== 'all') q = q.where('state', '=', (request.query.state ?? 'planned') as Tables['scheduler_reopens']['state']) // an unknown one finds nothing
  const rows = await q.execute()
  return rows
    .filter((r) => request.sees(r.mailbox))
    .map((r) => ({ id: r.id, case: r.case_id, state: r.state, owner: { kind: r.owner_kind, id: r.owner }, due_at: iso(r.due_at), zone: r.zone, note: r.note, mentions: mentionsOf(r), any_assignee: r.any_assignee === 1, postponable: r.offered === 1 }))
}

async function deferredOf(db: Read, request: RouteRequest, caseId: string | null) {
  let q = db
    .selectFrom('scheduler_deferred')
    .innerJoin('messages', 'messages.id', 'scheduler_deferred.message_id')
    .innerJoin('cases', 'cases.id', 'messages.case_id')
    .selectAll('scheduler_deferred')
    .select(['messages.case_id', 'messages.agent', 'messages.subject', 'messages.text', 'cases.mailbox as mailbox'])
    .orderBy('due_at')
    .orderBy('message_id')
    .limit(most)
  if (caseId !== null) q = q.where('messages.case_id', '=', caseId)
  if (request.query.state !== 'all') q = q.where('scheduler_deferred.state', '=', (request.query.state ?? 'planned') as Tables['scheduler_deferred']['state']) // an unknown one finds nothing
  const rows = await q.execute()
  return rows
    .filter((r) => request.sees(r.mailbox))
    .map((r) => ({ message: r.message_id, case: r.case_id, kind: r.kind, state: r.state, due_at: iso(r.due_at), zone: r.zone, agent: r.agent, subject: r.subject, text: r.text }))
}
