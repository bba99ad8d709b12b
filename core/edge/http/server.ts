// The HTTP door: health, metrics, and the routes of plugins. Nothing else is served without a proof.
import Fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../base/clock.ts'
import type { HttpConfig } from '../../base/config/types.ts'
import { asPosternError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { addressMatcher } from '../../base/cidr.ts'
import type { Engine } from '../../engine/engine.ts'
import { systemOrigin } from '../../engine/origin.ts'
import { ping } from '../../store/database.ts'
import type { Database } from '../../store/database.ts'
import type { RouteDefinition } from '../../plugin.ts'
import type { Metrics } from './metrics.ts'

export interface HttpServerOptions {
  readonly config: HttpConfig
  readonly engine: Engine
  readonly database: Database
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Log
}

export class HttpServer {
  readonly #app: FastifyInstance
  readonly port: number

  private constructor(app: FastifyInstance, port: number) {
    this.#app = app
    this.port = port
  }

  static async start(options: HttpServerOptions): Promise<HttpServer> {
    const { config, engine, database, metrics, log } = options
    const trusted = addressMatcher(config.trusted_proxies)
    const app = Fastify({ logger: false, bodyLimit: 1024 * 1024, trustProxy: (address) => trusted(address) })
    // Action links carry a token in the path and forms carry fields only.
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))))
    app.get('/healthz', () => ({ ok: true }))
    app.get('/readyz', async (_request, reply) => {
      const ready = await ping(database)
      return reply.code(ready ? 200 : 503).send({ ready })
    })
    app.get('/metrics', async (_request, reply) => {
      const { type, body } = await metrics.text()
      return reply.type(type).send(body)
    })
    for (const { definition, hooks } of engine.registry.plugins) for (const route of hooks.routes ?? []) if (route.access === 'public') mount(app, definition.name, route, log)
    await app.listen({ host: config.host, port: config.port })
    const address = app.server.address()
    return new HttpServer(app, typeof address === 'object' && address ? address.port : config.port)
  }

  async stop(): Promise<void> {
    await this.#app.close()
  }
}

/** Mounts a public route: it brings its own proof. */
function mount(app: FastifyInstance, plugin: string, route: RouteDefinition, log: Log): void {
  app.route({
    method: route.method === 'GET' ? ['GET', 'HEAD'] : route.method,
    url: route.url,
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        const answer = await route.handle({
          method: request.method,
          params: strings(request.params),
          query: strings(request.query),
          body: request.body,
          headers: strings(request.headers),
          peer: request.ip,
          origin: systemOrigin,
        })
        return await reply.code(answer.status ?? 200).headers({ ...answer.headers }).send(answer.body)
      } catch (error) {
        const known = asPosternError(error)
        if (known.kind.http >= 500) log.error({ plugin, route: route.url, error: known.message }, 'a route failed')
        return reply.code(known.kind.http).type('application/problem+json').send({ title: known.kind.public, status: known.kind.http, code: known.code, detail: known.detail })
      }
    },
  })
}

function strings(values: unknown): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [key, value] of Object.entries(values ?? {})) if (typeof value === 'string') out[key] = value
  return out
}
