// The HTTP server: health, metrics, the API and the routes of plugins. Nothing but health and what brings its own proof is served without a token.
import { randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../base/clock.ts'
import type { Config, HttpConfig } from '../../base/config/types.ts'
import { PosternError, describeError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { FreeSpace } from '../smtp/free-space.ts'
import { whyNot } from '../smtp/listen.ts'
import { addressMatcher } from '../../base/cidr.ts'
import type { Engine } from '../../engine/engine.ts'
import type { ParsePool } from '../../engine/intake/parse-pool.ts'
import { ping, whyNotWritable } from '../../store/database.ts'
import type { Database } from '../../store/database.ts'
import { Authenticator, requireAccess } from './access.ts'
import type { Access } from './access.ts'
import { apiRoutes } from './api/routes.ts'
import { checkPart, perform, performOnce, send, texts } from './call.ts'
import { withData } from './list-shape.ts'
import type { Metrics } from './metrics.ts'
import { answerPluginRoute, findPluginRoute } from './plugin-routes.ts'
import { problemOf } from './problem.ts'
import { Rights } from './rights.ts'
import { pagePolicy } from './reference.ts'
import { languageOf, signInPage } from './sign-in-page.ts'
import { isRecord } from '../../base/schema-walk.ts'
import type { Answer, ApiCall, ApiRoute, ScenarioRunner, Services } from './route.ts'

/** What the HTTP server serves and works with. */
export interface HttpServerOptions {
  readonly config: HttpConfig
  readonly engine: Engine
  readonly database: Database
  readonly metrics: Metrics
  readonly pool: ParsePool
  readonly scenarios: ScenarioRunner
  readonly clock: Clock
  readonly log: Log
  /** /readyz says no where it is low: mail is refused then. */
  readonly freeSpace?: FreeSpace
  /** What stands in the file is not what is in force; /readyz says so and stays at 200, as mail goes on by the old one. */
  readonly configIsStale?: () => boolean
}

/** The id that a caller gave his call, so that he finds it in our log, or one of ours: what he sends stands in headers and lines of the log. */
function requestId(given: string | readonly string[] | undefined): string {
  return typeof given === 'string' && /^[A-Za-z0-9._:+/=@-]{1,128}$/.test(given) ? given : randomUUID()
}

/** What somebody without a token may send. */
const publicBytes = 1024 * 1024

/** The HTTP server from listening to its end; `port` is the one it got, also where the config says 0. */
export class HttpServer {
  readonly #app: FastifyInstance
  readonly #stopping: AbortController
  readonly port: number

  private constructor(app: FastifyInstance, stopping: AbortController, port: number) {
    this.#app = app
    this.#stopping = stopping
    this.port = port
  }

  static async start(options: HttpServerOptions): Promise<HttpServer> {
    const { config, engine, database, metrics, pool, scenarios, clock, log } = options
    const trusted = addressMatcher(config.trusted_proxies)
    const stopping = new AbortController()
    const services: Services = {
      ...{ engine, database, clock, metrics, pool, scenarios, stopping: stopping.signal },
      get config(): Config {
        return engine.registry.config
      },
    }
    // A file in Base64 is a third longer; nobody without a token may send that much (see `admit`).
    const bodyLimit = Math.ceil((engine.registry.config.limits.message_size * 4) / 3) + publicBytes
    const app = Fastify({
      logger: false,
      genReqId: (request) => requestId(request.headers['x-request-id']),
      bodyLimit,
      trustProxy: (address) => trusted(address),
      forceCloseConnections: true,
      frameworkErrors: (error, request, reply) => void refuse(services, log, error, request, reply),
    })
    app.setErrorHandler((error, request, reply) => refuse(services, log, error, request, reply))
    app.setNotFoundHandler((request, reply) => refuse(services, log, new PosternError('not_found'), request, reply))
    app.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id)
      done()
    })
    app.addHook('onResponse', (request, reply, done) => {
      const { method, id, routeOptions } = request
      log.debug(
        { request: id, method, route: routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
        'a call was answered',
      )
      done()
    })
    contentTypes(app)
    app.get('/healthz', () => ({ ok: true }))
    app.get('/readyz', async (_request, reply) => {
      const missing = options.freeSpace?.low()
        ? 'disk'
        : (await ping(database)) && (await whyNotWritable(database)) === null
          ? null
          : 'database'
      const stale = options.configIsStale?.() === true
      const body = { ready: missing === null, ...(missing !== null && { missing }), ...(stale && { config: 'stale' }) }
      return reply.code(missing === null ? 200 : 503).send(body)
    })
    const guard = new RequestGuard(services)
    for (const route of apiRoutes) if (!('bytes' in route)) mount(app, services, guard, route)
    await app.register((child, _options, done) => {
      child.removeAllContentTypeParsers()
      child.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body))
      for (const route of apiRoutes) if ('bytes' in route) mount(child, services, guard, route)
      done()
    })
    mountPlugins(app, services, guard)
    await app.listen({ host: config.host, port: config.port }).catch((cause: unknown) => {
      const why = cause instanceof Error ? whyNot(cause) : String(cause)
      throw new PosternError('config_invalid', `cannot listen on ${config.host}:${config.port} (http): ${why}`, { cause })
    })
    const address = app.server.address()
    return new HttpServer(app, stopping, typeof address === 'object' && address ? address.port : config.port)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#app.close()
  }
}

/** Lets in before a byte of the body is read. */
class RequestGuard {
  readonly #services: Services
  readonly #keeper: Authenticator
  readonly #admitted = new WeakMap<FastifyRequest, Rights>()

  constructor(services: Services) {
    this.#services = services
    this.#keeper = new Authenticator(services.database, services.clock)
  }

  /** Throws for whoever is not known, or may not have `access`. */
  async admit(request: FastifyRequest, reply: FastifyReply, access: Access, browser: boolean): Promise<void> {
    const { authorization } = request.headers
    const onBehalfOf = texts(request.headers)['on-behalf-of']
    const principal = await this.#keeper.admit(this.#services.config, { authorization, onBehalfOf, peer: request.ip, basic: browser })
    const services = this.#services
    reply.headers(this.#keeper.limits(principal.tokenId, services.config))
    requireAccess(principal, access)
    const means = {
      ...{ keeper: this.#keeper, clock: services.clock },
      get config(): Config {
        return services.config
      },
    }
    this.#admitted.set(request, new Rights(means, principal, access))
  }

  /** undefined: it was not asked who he is. */
  of(request: FastifyRequest): Rights | undefined {
    return this.#admitted.get(request)
  }
}

function contentTypes(app: FastifyInstance): void {
  const json = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser(['application/json', 'text/plain'])
  // A call without arguments often says that its empty body is JSON.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null, undefined) : json(request, String(body), done),
  )
  // The pages behind signed links submit forms; the API takes none.
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: publicBytes }, (_request, body, done) =>
    done(null, new Form(String(body))),
  )
}

class Form {
  readonly fields: Readonly<Record<string, string>>
  constructor(text: string) {
    this.fields = Object.fromEntries(new URLSearchParams(text))
  }
}

function mount(app: FastifyInstance, services: Services, guard: RequestGuard, route: ApiRoute): void {
  app.route({
    method: route.method,
    url: route.url,
    onRequest: async (request, reply) => {
      await guard.admit(request, reply, route.access, route.browser === true)
    },
    handler: async (request, reply) => {
      const rights = guard.of(request)
      if (!rights) throw new PosternError('unauthenticated')
      // Its body may have taken minutes to come.
      const principal = await rights.begin()
      if (request.body instanceof Form) throw new PosternError('invalid', 'send application/json')
      const call: ApiCall = {
        ...{ services, principal, rights },
        params: texts(route.params ? checkPart(route.params, 'params', request.params) : request.params),
        query: Object(checkPart(route.query ?? nothing, 'query', request.query)) as Record<string, unknown>, // an object by its schema
        body: 'body' in route && route.body ? checkPart(route.body, 'body', request.body) : request.body,
        headers: texts(request.headers),
        db: services.database.read,
      }
      const answer = await answered(services, route, call, request)
      return send(reply, route.list ? { ...answer, body: withData(answer.body, route.list, request.url, route.query) } : answer, rights)
    },
  })
}

function answered(services: Services, route: ApiRoute, call: ApiCall, request: FastifyRequest): Promise<Answer> {
  if ('read' in route) return route.read(call)
  return 'ask' in route ? performOnce(services, call.principal, request, () => route.ask(call)) : perform(services, route, call, request)
}

const nothing = { type: 'object', properties: {} }

function mountPlugins(app: FastifyInstance, services: Services, guard: RequestGuard): void {
  const found = new WeakMap<FastifyRequest, NonNullable<ReturnType<typeof findPluginRoute>>>()
  app.route({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    url: '/*',
    onRequest: async (request, reply) => {
      const route = findPluginRoute(services.engine.registry, request.method, request.url)
      if (!route) throw new PosternError('not_found')
      found.set(request, route)
      if (route.route.access !== 'public') return guard.admit(request, reply, route.route.access, false)
      const length = request.headers['content-length']
      if (request.headers['transfer-encoding'] !== undefined || Number(length ?? 0) > publicBytes) throw new PosternError('message_too_big')
    },
    handler: async (request, reply) => {
      const route = found.get(request)
      if (!route) throw new PosternError('not_found')
      if (request.body instanceof Form) request.body = request.body.fields
      return answerPluginRoute(services, route, guard.of(request), request, reply)
    },
  })
}

/** A person at a page for browsers is told how to sign in. His browser asks for the token once he says so: asked at once, it would show its own error page to whoever has none. */
function refuse(services: Services, log: Log, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, headers, body } = problemOf(error)
  if (status >= 500)
    log.error(
      { request: request.id, method: request.method, route: request.routeOptions.url, error: describeError(error) },
      'a call of the API failed',
    )
  const browser = status === 401 && apiRoutes.some((r) => r.browser && r.url === request.routeOptions.url)
  const person = browser && String(request.headers.accept).includes('text/html')
  const tried = request.headers.authorization !== undefined
  const asked = isRecord(request.query) && request.query.login !== undefined
  reply.code(status).headers({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': request.id,
    ...headers,
    ...(browser && (!person || tried || asked) && { 'www-authenticate': 'Basic realm="postern: the token is the password"' }),
  })
  if (!person) return reply.send(JSON.stringify(body))
  const locale = languageOf(request.headers['accept-language'], services.config.locale)
  return reply
    .headers({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': pagePolicy, 'content-language': locale })
    .send(signInPage(locale, tried))
}
