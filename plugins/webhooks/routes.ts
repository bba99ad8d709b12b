// Endpoints and deliveries over the API: everything here is the admin's.
import Type from 'typebox'
import type { Static, TSchema } from 'typebox'
import { PosternError, systemClock } from '../../core/plugin.ts'
import type { RouteAnswer, RouteDefinition, RouteRequest } from '../../core/plugin.ts'
import { addEndpoint, changeEndpoint, removeEndpoint, rotate } from './endpoints.ts'
import type { WebhookHost } from './endpoints.ts'
import { ping, sample } from './ping.ts'
import { retry } from './queue-store.ts'
import { replay, timeOf } from './replay.ts'
import { choiceSchema } from './settings.ts'
import type { StoredSettings } from './settings.ts'
import { disable, enable } from './state.ts'
import type { DeliveryState } from './tables.ts'
import { deliveryDetail, endpointViews, listDeliveries } from './view.ts'

const name = Type.Object({ name: Type.String({ maxLength: 63 }) })
const id = Type.Object({ id: Type.String({ maxLength: 100 }) })
const span = Type.Object({
  since: Type.String({ maxLength: 40, description: 'ISO 8601, or how long ago: 2d' }),
  until: Type.Optional(Type.String({ maxLength: 40, description: 'The same; default: now' })),
  all: Type.Optional(Type.Boolean({ description: 'What was delivered as well' })),
})
const made = Type.Object({ ...choiceSchema.properties, name: Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' }) })
const { url, events, mailboxes, tags, payload, signature, ordered, headers, format } = choiceSchema.properties
/** Without defaults: what is left out stays. */
const changed = Type.Partial(
  Type.Object(
    Object.fromEntries(
      Object.entries({ url, events, mailboxes, tags, payload, signature, ordered, headers, format }).map(([key, schema]) => [
        key,
        bare(schema),
      ]),
    ),
  ),
)
const found = Type.Object({
  endpoint: Type.Optional(Type.String()),
  state: Type.Optional(Type.Union([Type.Literal('queued'), Type.Literal('sending'), Type.Literal('delivered'), Type.Literal('failed')])),
  before: Type.Optional(Type.String({ description: 'Id of the last one seen' })),
  limit: Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$' })),
})

function bare<S extends TSchema>(schema: S): TSchema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'default'))
}

/** An endpoint as lists show it. Throws `not_found`. */
async function viewNamed(host: WebhookHost, name: string) {
  const view = (await endpointViews(host, host.read)).find((e) => e.name === name)
  if (!view) throw new PosternError('not_found', `there is no webhook endpoint "${name}"`)
  return view
}

/** The routes of endpoints and deliveries. They answer `forbidden` to a token that is bound to mailboxes. */
export function routes(host: WebhookHost): readonly RouteDefinition[] {
  const admin = (
    method: RouteDefinition['method'],
    url: string,
    summary: string,
    schema: NonNullable<RouteDefinition['schema']>,
    handle: (request: RouteRequest) => Promise<RouteAnswer>,
    list?: RouteDefinition['list'],
  ): RouteDefinition => ({
    ...{ method, url, access: 'admin', summary, schema, ...(list && { list }) },
    async handle(request) {
      // An endpoint hears of everything, and a delivery holds what it heard: nothing for a token that is bound to mailboxes.
      if (!request.sees(null)) throw new PosternError('forbidden', 'this token is bound to mailboxes, and webhooks are not')
      return handle(request)
    },
  })
  const nameOf = (request: RouteRequest): string => request.params.name ?? ''
  return [
    admin(
      'GET',
      '/v1/webhooks',
      'Lists the webhook endpoints',
      {},
      async () => ({ body: { items: await endpointViews(host, host.read) } }),
      { key: 'items' },
    ),
    admin(
      'POST',
      '/v1/webhooks',
      'Makes a webhook endpoint; its secret is in the answer and is not shown again (of v1a: its public key)',
      { body: made },
      async (request) => {
        // Checked against `made` by the endpoint.
        const { name: wanted, ...stored } = request.body as StoredSettings & { readonly name: string }
        const handed = await host.transact(request.origin, (tx) =>
          addEndpoint(host, tx, wanted, {
            ...stored,
            events: stored.events ?? ['*'],
            mailboxes: stored.mailboxes ?? [],
            tags: stored.tags ?? [],
            payload: stored.payload ?? 'full',
            signature: stored.signature ?? 'v1',
            ordered: stored.ordered ?? false,
            headers: stored.headers ?? {},
            format: stored.format ?? 'standard',
          }),
        )
        return { status: 201, body: { name: wanted, ...handed } }
      },
    ),
    admin('GET', '/v1/webhooks/:name', 'Reads a webhook endpoint', { params: name }, async (request) => ({
      body: await viewNamed(host, nameOf(request)),
    })),
    admin(
      'PATCH',
      '/v1/webhooks/:name',
      'Changes a webhook endpoint that the API made; what waits for it stays, and its secret too. Another `signature` makes a new secret, which is in the answer',
      { params: name, body: changed },
      async (request) => {
        const patch = request.body as Partial<StoredSettings> // checked against `changed`
        const handed = await host.transact(request.origin, (tx) => changeEndpoint(host, tx, nameOf(request), patch))
        return { body: { ...(await viewNamed(host, nameOf(request))), ...handed } }
      },
    ),
    admin(
      'POST',
      '/v1/webhooks/:name/sample',
      'Sends a made-up event of a type, `sample: true` in its data, and answers what came of it',
      { params: name, body: Type.Object({ type: Type.String({ maxLength: 100, description: 'Of the event' }) }) },
      async (request) => ({
        body: await sample(host, systemClock, nameOf(request), (request.body as { readonly type: string }).type), // checked above
      }),
    ),
    admin('DELETE', '/v1/webhooks/:name', 'Removes an endpoint with its deliveries', { params: name }, async (request) => {
      await host.transact(request.origin, (tx) => removeEndpoint(host, tx, nameOf(request)))
      return { status: 204 }
    }),
    admin(
      'POST',
      '/v1/webhooks/:name/rotate',
      'Makes a new secret; the old one stays good for a day',
      { params: name },
      async (request) => ({
        body: { name: nameOf(request), ...(await host.transact(request.origin, (tx) => rotate(host, tx, nameOf(request)))) },
      }),
    ),
    admin('POST', '/v1/webhooks/:name/enable', 'Enables an endpoint that was disabled', { params: name }, async (request) => ({
      body: { name: nameOf(request), changed: await host.transact(request.origin, (tx) => enable(host, tx, nameOf(request))) },
    })),
    admin('POST', '/v1/webhooks/:name/disable', 'Disables an endpoint', { params: name }, async (request) => ({
      body: {
        name: nameOf(request),
        changed: await host.transact(request.origin, (tx) => disable(host, tx, nameOf(request), 'somebody asked for it', tx.now)),
      },
    })),
    admin('POST', '/v1/webhooks/:name/ping', 'Sends a probe and answers what came of it', { params: name }, async (request) => ({
      body: await ping(host, systemClock, nameOf(request)),
    })),
    admin(
      'POST',
      '/v1/webhooks/:name/replay',
      'Sends again what happened in a span of time',
      { params: name, body: span },
      async (request) => {
        const { since, until, all } = request.body as Static<typeof span> // checked against it
        const now = host.now()
        return {
          status: 202,
          body: {
            queued: await replay(host, {
              endpoint: nameOf(request),
              since: timeOf(since, now),
              until: until === undefined ? now : timeOf(until, now),
              all: all ?? false,
            }),
          },
        }
      },
    ),
    admin(
      'GET',
      '/v1/deliveries',
      'Lists deliveries, newest first',
      { query: found },
      async ({ query }) => {
        const limit = Math.min(Math.max(Number(query.limit ?? 100), 1), 500)
        // `state` was checked against `found`.
        const items = await listDeliveries(host.read, {
          limit,
          ...(query.endpoint !== undefined && { endpoint: query.endpoint }),
          ...(query.state !== undefined && { state: query.state as DeliveryState }),
          ...(query.before !== undefined && { before: query.before }),
        })
        return { body: { items, next: items.length < limit ? null : (items.at(-1)?.id ?? null) } }
      },
      { key: 'items', cursor: 'before' },
    ),
    admin('GET', '/v1/deliveries/:id', 'A delivery with its body and its attempts', { params: id }, async (request) => ({
      body: await deliveryDetail(host.read, request.params.id ?? ''),
    })),
    admin('POST', '/v1/deliveries/:id/retry', 'Sends a delivery again, now', { params: id }, async (request) => {
      if (request.params.id === undefined) throw new PosternError('invalid', 'which delivery?')
      const wanted = request.params.id
      await host.transact(request.origin, (tx) => retry(tx, wanted))
      return { status: 202, body: { id: wanted, state: 'queued' } }
    }),
  ]
}
