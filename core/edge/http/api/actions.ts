// Actions by their names, those of all plugins; and the usual ones under names of their own: answers, notes, plans.
import Type from 'typebox'
import type { Static } from 'typebox'
import { PosternError } from '../../../base/errors.ts'
import { isRecord } from '../../../base/schema-walk.ts'
import { caseFor } from '../../../contract/access.ts'
import type { ActionResult, Tx } from '../../../contract/tx.ts'
import { caseById } from '../../../store/cases.ts'
import type { Answer, ApiCall, ApiRoute } from '../route.ts'
import { resultSchema } from './cases.ts'
import { referencesIn } from '../../../contract/references.ts'
import type { JsonSchema } from '../../../base/schema-walk.ts'
import { etagOf, lockFor, requireArgsInScope } from './scope.ts'
import { fileSchema, withFiles } from './uploads.ts'
import { caseView } from './views.ts'

const anything = Type.Object({}, { additionalProperties: true, description: 'The arguments of the action' })

const reply = Type.Object({
  text: Type.Optional(Type.String({ maxLength: 5_000_000, description: 'Needed without `template`' })),
  html: Type.Optional(Type.Union([Type.String({ maxLength: 5_000_000 }), Type.Null()])),
  attachments: Type.Optional(Type.Array(fileSchema, { maxItems: 100 })),
  to: Type.Optional(
    Type.Union([
      Type.Literal('everybody'),
      Type.Literal('requester'),
      Type.Array(Type.String({ maxLength: 320 }), { minItems: 1, maxItems: 100 }),
    ]),
  ),
  status: Type.Optional(Type.Union([Type.Literal('keep'), Type.Literal('open'), Type.Literal('waiting'), Type.Literal('closed')])),
  subject: Type.Optional(Type.String({ maxLength: 1000 })),
  answers: Type.Optional(Type.String({ maxLength: 64, description: 'Message that is answered' })),
  seen_version: Type.Optional(
    Type.Integer({
      description:
        'Case version that the writer saw; default: that of If-Match. With it alone, an answer that is older than another one is kept back (`data.held`); with If-Match it is refused with 412.',
    }),
  ),
  at: Type.Optional(Type.String({ minLength: 1, maxLength: 120, description: 'Later: "in 2h", "tomorrow 9:00", ISO 8601' })),
  template: Type.Optional(Type.String({ maxLength: 200, description: 'Name of a template, instead of `text`' })),
})

/** Routes that list the actions of all plugins and order one by its name. */
export const actionRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    url: '/v1/actions',
    list: { key: 'actions' },
    access: 'read',
    tag: 'Actions',
    summary: 'Lists all actions with the schemas of their arguments',
    response: Type.Object({
      actions: Type.Array(
        Type.Object({ name: Type.String(), plugin: Type.String(), on: Type.String(), description: Type.String(), args: Type.Unknown() }),
      ),
    }),
    read: ({ services }) =>
      Promise.resolve({
        body: {
          actions: [...services.engine.registry.actions.values()].map((a) => ({
            name: a.name,
            plugin: a.plugin,
            on: a.on ?? 'case',
            description: a.description,
            args: outsideSchema(a.schema.json),
          })),
        },
      }),
  },
  {
    method: 'POST',
    url: '/v1/cases/:ref/actions/:name',
    access: 'act',
    tag: 'Actions',
    summary: 'Does any action to a case',
    body: anything,
    versioned: true,
    response: resultSchema,
    write: (tx, call) => onCase(tx, call, call.params.name ?? '', call.body),
  },
  {
    method: 'POST',
    url: '/v1/actions/:name',
    access: 'act',
    tag: 'Actions',
    summary: 'Does an action that needs no case',
    description: 'A token that is bound to mailboxes can do those that name one of them in `mailbox`.',
    body: anything,
    response: resultSchema,
    async write(tx, call) {
      const name = call.params.name ?? ''
      const action = call.services.engine.registry.action(name)
      if (action?.on !== 'none')
        throw new PosternError(
          'not_found',
          action ? `${name} needs a case: POST /v1/cases/{ref}/actions/${name}` : `action ${name.slice(0, 100)}`,
        )
      await requireArgsInScope(tx.db, call.principal, action, call.body)
      const names = referencesIn(action.args as unknown as JsonSchema, call.body).some((r) => r.to === 'mailbox') // a schema is plain data
      if (!names && !call.principal.sees(null))
        throw new PosternError('forbidden', 'this token is bound to mailboxes, and the action is not')
      return { body: await tx.act(name, null, await withFiles(tx, call, call.body)) }
    },
  },
  {
    method: 'POST',
    url: '/v1/cases/:ref/replies',
    access: 'act',
    tag: 'Messages',
    summary: 'Answers the customer: now, later, or with a template',
    description:
      'With `data.held` the answer was kept back and a notice asks what to do; `data.newer` names messages that its writer had not seen. Actions: reply.send, reply.defer, template.use.',
    body: reply,
    versioned: true,
    status: 201,
    response: resultSchema,
    async write(tx, call) {
      const { at, template, ...words } = call.body as Static<typeof reply> // checked against it
      if ((words.text === undefined) === (template === undefined)) throw new PosternError('invalid', 'give either a text or a template')
      if (template !== undefined && Object.keys(words).some((k) => k !== 'to' && k !== 'seen_version'))
        throw new PosternError('invalid', 'a template takes nothing but `to`, `seen_version` and `at`')
      const seen = /^"(\d{1,15})"$/.exec(call.headers['if-match'] ?? '')?.[1]
      const wanted =
        template !== undefined
          ? {
              name: template,
              ...(words.to !== undefined && { to: words.to }),
              ...(words.seen_version !== undefined && { seen_version: words.seen_version }),
              ...(at !== undefined && { at }),
            }
          : { ...(seen !== undefined && at === undefined && { seen_version: Number(seen) }), ...words, ...(at !== undefined && { at }) }
      const done = await onCase(tx, call, template !== undefined ? 'template.use' : at !== undefined ? 'reply.defer' : 'reply.send', wanted)
      return { ...done, status: 201 }
    },
  },
]

/** Does an action to the case in the path, with its lock, version, scope and files. */
export async function onCase(tx: Tx, call: ApiCall, name: string, args: unknown): Promise<Answer> {
  const action = call.services.engine.registry.action(name)
  // Before the existence of an action: who may not see the case learns nothing.
  await caseFor(tx.db, call.principal, call.params.ref ?? '')
  if (!action || (action.on ?? 'case') !== 'case') throw new PosternError('not_found', `action ${name.slice(0, 100)}`)
  // Who acts for an agent is refused as the agent is.
  if (action.admin && call.principal.agent === null && call.principal.access !== 'admin')
    throw new PosternError('forbidden', `${name} needs a token for admins`)
  await requireArgsInScope(tx.db, call.principal, action, args)
  const c = await lockFor(tx, call, call.params.ref ?? '', { action, args })
  return caseAfter(tx, call, c.id, await tx.act(name, c.id, await withFiles(tx, call, args)))
}

/** What an action came to, and the case as it is then, where it may still be seen. */
export async function caseAfter(tx: Tx, call: ApiCall, caseId: string, result: ActionResult): Promise<Answer> {
  const row = await caseById(tx.db, caseId)
  if (!row || !call.principal.sees(row.mailbox)) return { body: { ...result } }
  return { headers: { etag: etagOf(row.version) }, body: { case: await caseView(tx.db, row, (m) => call.principal.sees(m)), ...result } }
}

/** The schema of an action as callers from outside have to read it: files are uploads, never stored bytes. */
export function outsideSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(outsideSchema)
  if (!isRecord(schema)) return schema
  const properties = isRecord(schema.properties) ? schema.properties : undefined
  if (properties && isRecord(properties.attachments) && 'items' in properties.attachments) {
    const { attachments, ...others } = properties
    const list = Object.fromEntries(Object.entries(attachments).filter(([k]) => k !== 'items'))
    return {
      ...Object.fromEntries(Object.entries(schema).map(([k, v]) => [k, outsideSchema(v)])),
      properties: {
        ...Object.fromEntries(Object.entries(others).map(([k, v]) => [k, outsideSchema(v)])),
        attachments: { ...list, items: fileSchema },
      },
    }
  }
  return Object.fromEntries(Object.entries(schema).map(([k, v]) => [k, outsideSchema(v)]))
}
