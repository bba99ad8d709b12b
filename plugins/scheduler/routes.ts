// What is planned, for programs to read; changed it is by the actions.
import Type from 'typebox'
import { caseFor, cursorSchema, cutPage, nextSchema, readCursor } from '../../core/plugin.ts'
import type { RouteDefinition, RouteRequest, Tables } from '../../core/plugin.ts'
import type { SchedulerHost } from './person.ts'
import { presetsFor } from './presets.ts'
import { mentionsOf } from './reopen/store.ts'
import { deferredPage, reopenPage } from './lists-store.ts'

const text = Type.String()
const nullable = Type.Union([text, Type.Null()])
const reopen = Type.Object({
  id: text,
  case: text,
  state: Type.String({ description: 'planned, fired, skipped (its condition did not hold) or cancelled' }),
  owner: Type.Object({ kind: text, id: nullable }),
  planner: Type.Union([text, Type.Null()], { description: 'Agent who planned it first; null: a rule or a program' }),
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
  cursor: cursorSchema,
})
const reopens = Type.Object({ reopens: Type.Array(reopen), next: nextSchema })
const messages = Type.Object({ deferred: Type.Array(deferred), next: nextSchema })
const presets = Type.Object({
  presets: Type.Array(
    Type.Object({
      value: Type.String({ description: 'For `in` or `at` of what plans' }),
      due_at: text,
      label: Type.String({ description: 'When that is, in the language and zone of the agent' }),
    }),
  ),
})

/**
 * The GET routes of reopens, deferred messages and presets. They answer for the cases that the caller may see, and `not_found` for another
 * one.
 */
export function schedulerRoutes(host: SchedulerHost): readonly RouteDefinition[] {
  const caseOf = async (request: RouteRequest): Promise<string> => (await caseFor(host.read, request, request.params.ref ?? '')).id
  const read = { method: 'GET', access: 'read' } as const
  return [
    {
      ...read,
      url: '/v1/cases/:ref/reopens',
      list: { key: 'reopens' },
      summary: 'Lists the reopens of a case',
      schema: { params, query, response: reopens },
      handle: async (request) => ({ body: await reopensOf(host, request, await caseOf(request)) }),
    },
    {
      ...read,
      url: '/v1/reopens',
      list: { key: 'reopens' },
      summary: 'Lists planned reopens, the next one first',
      schema: { query, response: reopens },
      handle: async (request) => ({ body: await reopensOf(host, request, null) }),
    },
    {
      ...read,
      url: '/v1/cases/:ref/deferred',
      list: { key: 'deferred' },
      summary: 'Lists the deferred messages of a case',
      schema: { params, query, response: messages },
      handle: async (request) => ({ body: await deferredOf(host, request, await caseOf(request)) }),
    },
    {
      ...read,
      url: '/v1/deferred',
      list: { key: 'deferred' },
      summary: 'Lists deferred messages, the next one first',
      schema: { query, response: messages },
      handle: async (request) => ({ body: await deferredOf(host, request, null) }),
    },
    {
      ...read,
      url: '/v1/presets',
      list: { key: 'presets' },
      summary: 'Lists the times that are offered ready-made for reopens and deferred messages',
      schema: { response: presets },
      handle: (request) => Promise.resolve({ body: { presets: presetsFor(host, request.origin) } }),
    },
  ]
}

const iso = (ms: number): string => new Date(ms).toISOString()

async function reopensOf(host: SchedulerHost, request: RouteRequest, caseId: string | null) {
  const { after, limit, scope } = pageOf(host, request)
  const found = await reopenPage(host.read, {
    ...{ caseId, mailboxes: scope ?? null, after: after ?? null, limit: limit + 1 },
    state: (request.query.state ?? 'planned') as Tables['scheduler_reopens']['state'], // an unknown one finds nothing
  })
  const { rows, next } = cutPage(found, limit, order, (r) => ({ key: r.due_at, id: r.id }))
  return {
    reopens: rows.map((r) => ({
      id: r.id,
      case: r.case_id,
      state: r.state,
      owner: { kind: r.owner_kind, id: r.owner },
      planner: r.planner,
      due_at: iso(r.due_at),
      zone: r.zone,
      note: r.note,
      mentions: mentionsOf(r),
      any_assignee: r.any_assignee === 1,
      assignee: r.assignee,
      postponable: r.offered === 1,
    })),
    next,
  }
}

async function deferredOf(host: SchedulerHost, request: RouteRequest, caseId: string | null) {
  const { after, limit, scope } = pageOf(host, request)
  const found = await deferredPage(host.read, {
    ...{ caseId, mailboxes: scope ?? null, after: after ?? null, limit: limit + 1 },
    state: (request.query.state ?? 'planned') as Tables['scheduler_deferred']['state'], // an unknown one finds nothing
  })
  const { rows, next } = cutPage(found, limit, order, (r) => ({ key: r.due_at, id: r.message_id }))
  return {
    deferred: rows.map((r) => ({
      message: r.message_id,
      case: r.case_id,
      kind: r.kind,
      state: r.state,
      due_at: iso(r.due_at),
      zone: r.zone,
      agent: r.agent,
      subject: r.subject,
      text: r.text,
    })),
    next,
  }
}

/** The list's order. */
const order = 'due_at'

function pageOf({ config }: SchedulerHost, request: RouteRequest) {
  const { cursor, limit } = request.query
  return {
    limit: Number(limit),
    /** The last row of the page before. */
    after: cursor === undefined ? null : readCursor(cursor, order),
    /** Mailboxes of a token that is bound to some; null: everything. */
    scope: request.sees(null) ? null : [...config.mailboxes.keys()].filter((m) => request.sees(m)),
  }
}
