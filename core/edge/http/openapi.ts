// The OpenAPI 3.1 document: from the schemas by which calls are checked, of the core's resources, the routes of plugins and every action.
import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import type { FastifySchema, HTTPMethods } from 'fastify'
import type { TSchema } from 'typebox'
import { isRecord } from '../../base/schema-walk.ts'
import type { Registry } from '../../engine/registry.ts'
import { outsideSchema } from './api/actions.ts'
import { resultSchema } from './api/cases.ts'
import { inboundSchema, outboxSchema } from './api/mail.ts'
import { suppressionSchema } from './api/suppressions.ts'
import { components, ref } from './api/views.ts'
import { problemSchema, problemType } from './problem.ts'
import { answerHeaders, chapters, headerComponents, operationName, refusalComponents, refusalsOf } from './openapi-answers.ts'
import type { Refusable } from './openapi-answers.ts'
import { listSchema } from './list-shape.ts'
import type { ApiRoute } from './route.ts'
import type { CallbackDefinition } from '../../contract/endpoints.ts'
import { compileSchema } from '../../base/schema.ts'

/** An OpenAPI 3.1 document as plain JSON. */
export type OpenApi = Readonly<Record<string, unknown>>

/** Made once for each registry: a reload makes another. */
const made = new WeakMap<Registry, Promise<OpenApi>>()

/** The document of what is in force. */
export function openapiOf(registry: Registry, routes: readonly ApiRoute[]): Promise<OpenApi> {
  const known = made.get(registry) ?? build(registry, routes)
  made.set(registry, known)
  return known
}

const introduction = `JSON over HTTP. Every call carries \`Authorization: Bearer TOKEN\` with a token made by \`postern token create\`.

**Scopes.** A token reads, acts or administers, in all mailboxes or some; everything beyond is as if it did not exist (404).
**On behalf of.** \`On-Behalf-Of: AGENT\` makes the agent the author; he may do what his groups allow.
**Versions.** A case has a version, its ETag. A change with \`If-Match: "VERSION"\` is refused with 412, and the case as it is, where somebody was faster.
**Repetition.** A call that changes something may carry an \`Idempotency-Key\` (kept for two days): said again, it gets the first answer and does nothing.
**Errors.** \`application/problem+json\` with a \`code\`; \`temporary\` says whether the same call may succeed later. A token has so many calls in a while (\`RateLimit\`); beyond that it is answered with 429 and \`Retry-After\`.
**Log.** Every answer has an \`X-Request-Id\`: yours, or one that was made.
**Lists.** \`data\`, \`next\` (null on the last page) and \`next_url\`, the call for the page behind, \`total\` where it is known; \`include\` gives parts of a case with it; the keys under which lists stood before are deprecated.
**Times.** ISO 8601, UTC. **Files.** Uploaded beforehand (POST /v1/uploads) or as Base64 in the call.`

/** Checks nothing and serves nobody: it is there to be described. */
async function build(registry: Registry, routes: readonly ApiRoute[]): Promise<OpenApi> {
  const app = Fastify({ logger: false, exposeHeadRoutes: false })
  try {
    app.setValidatorCompiler(() => () => true)
    app.setSerializerCompiler(() => () => '')
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'Postern', version: '1', description: introduction, license: { name: 'MIT', identifier: 'MIT' } },
        servers: [{ url: '/' }],
        components: {
          securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'A token made by `postern token create`' } },
        },
        security: [{ token: [] }],
        tags: chaptersOf(registry, routes),
      },
      refResolver: { buildLocalReference: (json, _base, _fragment, i) => (typeof json.$id === 'string' ? json.$id : `Schema${i}`) },
    })
    for (const schema of [...components, inboundSchema, outboxSchema, suppressionSchema, problemSchema]) app.addSchema(schema)
    const add = (method: HTTPMethods, url: string, schema: FastifySchema): void =>
      void app.route({ method, url, schema, handler: () => null })
    for (const route of routes) add(route.method, route.url, described(registry, route))
    for (const action of registry.actions.values()) {
      const onCase = (action.on ?? 'case') === 'case'
      add('POST', onCase ? `/v1/cases/:ref/actions/${action.name}` : `/v1/actions/${action.name}`, {
        ...about({
          method: 'POST',
          tag: 'Actions',
          summary: action.description,
          access: 'act',
          versioned: onCase,
          url: onCase ? '/:ref' : '',
          input: true,
          body: true,
        }),
        operationId: `action.${action.name}`,
        body: asked(outsideSchema(action.schema.json)) as TSchema, // a JSON schema, copied
        response: answers(200, resultSchema),
        [headersOf]: answerHeaders([...(onCase ? ['etag' as const] : []), 'idempotency-replayed'], true),
      } as FastifySchema)
    }
    for (const { definition, hooks } of registry.plugins) {
      for (const route of hooks.routes ?? []) {
        const { params, query, body, response } = route.schema ?? {}
        add(route.method, route.url, {
          ...about({
            method: route.method,
            tag: `Plugin ${definition.name}`,
            summary: route.summary,
            access: route.access,
            url: route.url,
            input: Boolean(query ?? body),
            body: Boolean(body) && route.method !== 'GET',
          }),
          operationId: operationName(route.method, route.url),
          ...(params && { params }),
          ...(query && { querystring: asked(query) }),
          ...(body && route.method !== 'GET' && { body: asked(body) }),
          response: answers(200, route.list ? listSchema(response, route.list) : response),
          [headersOf]: answerHeaders(repeatable(route), route.access !== 'public'),
        } as FastifySchema)
      }
    }
    await app.ready()
    return tidy(completed(registry, app.swagger()))
  } finally {
    await app.close()
  }
}

function described(registry: Registry, route: ApiRoute): FastifySchema {
  const action = 'action' in route && route.action !== undefined ? registry.actions.get(route.action) : undefined
  const body = action ? without(outsideSchema(action.schema.json), namesIn(route.url)) : 'body' in route ? route.body : undefined
  const bytes = 'bytes' in route && route.bytes === true
  const versioned = 'versioned' in route && route.versioned === true
  const parts = route.answerHeaders?.includes('accept-ranges') === true
  const headers = [...new Set([...(route.answerHeaders ?? []), ...(versioned ? ['etag' as const] : [])]), ...repeatable(route)]
  return {
    ...about({
      ...route,
      versioned,
      input: Boolean(route.query) || body !== undefined,
      body: body !== undefined || bytes,
      parts,
    }),
    operationId: operationName(route.method, route.url),
    ...(route.query && { querystring: asked(route.query) }),
    ...(body !== undefined && { body: asked(body) }),
    ...(bytes && { consumes: ['application/octet-stream'], body: { type: 'string', format: 'binary' } }),
    response: answers(route.status ?? 200, route.list ? listSchema(route.response, route.list) : route.response, route.responseType, parts),
    [headersOf]: answerHeaders(headers, true),
  } as FastifySchema
}

/** What a caller may send: a field with a default may be left out. */
function asked(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(asked)
  if (!isRecord(schema)) return schema
  const { properties, required } = schema
  const needed = isRecord(properties) && Array.isArray(required) ? required.filter((key) => !hasDefault(properties[String(key)])) : required
  const rest = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, key === 'default' || key === 'enum' || key === 'const' ? value : asked(value)]),
  )
  return { ...rest, ...(needed !== undefined && { required: needed }) }
}

const hasDefault = (schema: unknown): boolean => isRecord(schema) && 'default' in schema

const namesIn = (url: string): readonly string[] => [...url.matchAll(/:([a-z]+)/g)].map((m) => m[1] ?? '')

/** The schema of an action whose arguments stand in the path in part. */
function without(schema: unknown, names: readonly string[]): unknown {
  if (!isRecord(schema) || !isRecord(schema.properties)) return schema
  const required = (Array.isArray(schema.required) ? schema.required : []).filter((key) => !names.includes(String(key)))
  return { ...schema, properties: Object.fromEntries(Object.entries(schema.properties).filter(([key]) => !names.includes(key))), required }
}

interface About extends Refusable {
  readonly tag: string
  readonly summary: string
  readonly description?: string
}

/** A call that changes something may be said again, where its caller is known. */
const repeatable = ({ method, access }: { readonly method: string; readonly access: string }) =>
  method !== 'GET' && access !== 'public' ? (['idempotency-replayed'] as const) : []

function about({ tag, summary, description, ...of }: About) {
  const { method, url, access, versioned } = of
  const names = namesIn(url)
  const meaning: Readonly<Record<string, string>> = { ref: 'Number or id of a case' }
  const headers = {
    ...(access !== 'public' && { 'on-behalf-of': { type: 'string', description: 'Agent as whom it is done' } }),
    ...(method !== 'GET' &&
      access !== 'public' && {
        'idempotency-key': {
          type: 'string',
          maxLength: 200,
          description: 'Said again with the same key, a call does nothing and gets the first answer',
        },
      }),
    ...(versioned === true && { 'if-match': { type: 'string', description: 'Version of the case in quotes: "7"' } }),
  }
  return {
    tags: [tag],
    summary,
    description: [description, access === 'public' ? 'Needs no token: it brings its own proof.' : `Access: ${access}.`]
      .filter(Boolean)
      .join('\n\n'),
    ...(access === 'public' && { security: [] }),
    // Taken out again by `completed`: @fastify/swagger 9 writes no references to responses.
    [refusedBy]: refusalsOf(of),
    ...(names.length > 0 && {
      params: {
        type: 'object',
        properties: Object.fromEntries(names.map((n) => [n, { type: 'string', description: meaning[n] ?? `Id (${n})` }])),
        required: names,
      },
    }),
    ...(Object.keys(headers).length > 0 && { headers: { type: 'object', properties: headers } }),
  }
}

function answers(status: number, schema: unknown, type = 'application/json', parts = false) {
  const content = { [type]: { schema: schema ?? {} } }
  return {
    [status]: { description: 'Done', content },
    ...(parts && { 206: { description: 'The part that was asked for', content }, 304: { description: 'It is what the caller has' } }),
    default: { description: 'Refused', content: { [problemType]: { schema: ref('Problem') } } },
  }
}

const refusedBy = 'x-refused-by'
const headersOf = 'x-answer-headers'

/** Puts in what @fastify/swagger has no words for: references to shared answers and headers, and the calls that plugins make themselves. */
function completed(registry: Registry, document: unknown): unknown {
  if (!isRecord(document) || !isRecord(document.components)) return document
  const operation = (held: unknown): unknown => {
    if (!isRecord(held)) return held
    const { [refusedBy]: refusals, [headersOf]: headers, responses, ...rest } = held
    const good = Object.entries(isRecord(responses) ? responses : {}).map(([status, answer]) => [
      status,
      isRecord(answer) && status === '304'
        ? { description: answer.description }
        : isRecord(answer) && /^20/.test(status) && isRecord(headers) && Object.keys(headers).length > 0
          ? { ...answer, headers }
          : answer,
    ])
    return { ...rest, responses: { ...Object.fromEntries(good), ...(isRecord(refusals) && refusals) } }
  }
  const { paths, ...rest } = document
  return {
    ...rest,
    components: { ...document.components, headers: headerComponents, responses: refusalComponents() },
    paths: Object.fromEntries(
      Object.entries(isRecord(paths) ? paths : {}).map(([path, item]) => [
        path,
        isRecord(item) ? Object.fromEntries(Object.entries(item).map(([method, held]) => [method, operation(held)])) : item,
      ]),
    ),
    webhooks: Object.fromEntries(
      registry.plugins.flatMap(({ definition, hooks }) =>
        (hooks.callbacks?.() ?? []).map((callback) => [callback.name, { post: calledBy(definition.name, callback) }]),
      ),
    ),
  }
}

/** A call of ours to a program of somebody else's, as an operation of that program. */
function calledBy(plugin: string, { name, summary, description, headers, body }: CallbackDefinition) {
  return {
    operationId: `webhook.${name}`,
    tags: [`Plugin ${plugin}`],
    summary,
    description,
    security: [],
    parameters: Object.entries(headers).map(([header, says]) => ({
      ...{ name: header, in: 'header', required: true, description: says, schema: { type: 'string' } },
    })),
    requestBody: { required: true, content: { 'application/json': { schema: compileSchema(body).json } } },
    responses: {
      '2XX': { description: 'Taken' },
      '410': { description: 'Nothing is wanted any more: the endpoint is disabled' },
      default: { description: 'Tried again later' },
    },
  }
}

function chaptersOf(registry: Registry, routes: readonly ApiRoute[]) {
  const plugins = registry.plugins.filter(({ hooks }) => (hooks.routes ?? []).length > 0 || hooks.callbacks !== undefined)
  return [
    ...[...new Set(['Actions', ...routes.map((route) => route.tag)])].sort().map((name) => ({ name, description: chapters[name] ?? name })),
    ...plugins.map(({ definition }) => ({ name: `Plugin ${definition.name}`, description: definition.description })),
  ]
}

/** Keys in one order, so that two documents can be compared as text; what only our own checker reads is left out. */
function tidy(value: unknown): OpenApi {
  const walk = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(walk)
    if (!isRecord(item)) return item
    return Object.fromEntries(
      Object.entries(item)
        .filter(([k]) => k !== '$id' && k !== 'x-kind')
        .map(([k, v]) => [k, walk(v)]),
    )
  }
  const out = walk(value)
  return isRecord(out) ? out : {}
}
