// The routes of plugins, looked up in the registry in force at every call: a reload changes them without a restart.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { PosternError } from '../../base/errors.ts'
import type { Registry } from '../../engine/registry.ts'
import { callHook } from '../../engine/transaction/hook-call.ts'
import { systemOrigin } from '../../contract/origin.ts'
import type { RouteDefinition, RouteRequest } from '../../contract/endpoints.ts'
import { requireAccess } from './access.ts'
import { withData } from './list-shape.ts'
import { requireByActions } from './order-limits.ts'
import type { Rights } from './rights.ts'
import { checkPart, performOnce, send, texts } from './call.ts'
import type { Services } from './route.ts'

interface Found {
  readonly plugin: string
  readonly route: RouteDefinition
  readonly params: Readonly<Record<string, string>>
}

/** The route of a plugin that a call is meant for: method and path segments, `:name` stands for one of them. */
export function findPluginRoute(registry: Registry, method: string, url: string): Found | undefined {
  const segments = segmentsOf(url.split('?', 1)[0] ?? '')
  if (!segments) return undefined
  const wanted = method === 'HEAD' ? 'GET' : method
  for (const { definition, hooks } of registry.plugins) {
    for (const route of hooks.routes ?? []) {
      const params = route.method === wanted ? match(route.url, segments) : undefined
      if (params) return { plugin: definition.name, route, params }
    }
  }
  return undefined
}

function segmentsOf(path: string): readonly string[] | undefined {
  try {
    return path.split('/').slice(1).map(decodeURIComponent)
  } catch {
    return undefined
  }
}

function match(pattern: string, segments: readonly string[]): Record<string, string> | undefined {
  const wanted = pattern.split('/').slice(1)
  if (wanted.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [i, part] of wanted.entries()) {
    const given = segments[i] ?? ''
    if (part.startsWith(':') && given !== '') params[part.slice(1)] = given
    else if (part !== given) return undefined
  }
  return params
}

/** Calls it. `rights` is undefined for public routes only, which bring their own proof. */
export async function answerPluginRoute(
  services: Services,
  found: Found,
  rights: Rights | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { route } = found
  // The registry may have changed since the call began, its body may have taken minutes to come.
  const principal = await rights?.begin()
  if (route.access !== 'public') {
    if (!principal) throw new PosternError('unauthenticated')
    requireAccess(principal, route.access)
    if (route.method !== 'GET') requireByActions(principal, { url: route.url })
  }
  const { schema } = route
  const asked: RouteRequest = {
    method: request.method,
    params: texts(schema?.params ? checkPart(schema.params, 'params', found.params) : found.params),
    query: schema?.query ? lists(checkPart(schema.query, 'query', request.query)) : texts(request.query),
    body: schema?.body ? checkPart(schema.body, 'body', request.body) : request.body,
    headers: texts(request.headers),
    peer: request.ip,
    origin: principal?.origin ?? systemOrigin,
    sees: (mailbox) => principal === undefined || principal.sees(mailbox),
  }
  const work = () => callHook(services.engine.parts.hooks, found.plugin, `route ${route.method} ${route.url}`, () => route.handle(asked))
  const answer = principal && route.method !== 'GET' ? await performOnce(services, principal, request, work) : await work()
  return send(reply, route.list ? { ...answer, body: withData(answer.body, route.list, request.url, schema?.query) } : answer, rights)
}

/** Plugins get every value of a query as the text it was. */
function lists(query: unknown): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [key, value] of Object.entries(query ?? {})) if (value !== undefined && value !== null) out[key] = String(value)
  return out
}
