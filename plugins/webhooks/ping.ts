// A probe or a sample, sent at once and not kept: does the receiver take it?
import type { Clock } from '../../core/plugin.ts'
import { Sender } from './attempt.ts'
import type { AttemptResult, Network } from './attempt.ts'
import { example } from './catalogue.ts'
import { endpointNamed, keysAt, rulesOf } from './endpoints.ts'
import type { WebhookHost } from './endpoints.ts'
import { PosternError, publicUrl, systemOrigin } from '../../core/plugin.ts'
import { filledHeaders } from './own-headers.ts'
import { cloudEvent, typeOfBody } from './payload.ts'
import { signedHeaders } from './signature.ts'

/**
 * Sends `webhook.ping` to an endpoint, enabled or not. Rejects with `not_found` or `gone` where there is none; a receiver that fails is a
 * result.
 */
export async function ping(host: WebhookHost, clock: Clock, name: string, network?: Network): Promise<AttemptResult> {
  return sendNow(
    host,
    clock,
    name,
    (id, at) => ({
      type: 'webhook.ping',
      timestamp: at,
      data: { event: id, version: 1, seq: null, mailbox: null, origin: systemOrigin, thin: false, case: null, facts: { endpoint: name } },
    }),
    network,
  )
}

/** Sends a made-up event of a type (the example of the catalogue, with `sample: true` in its data). Rejects as `ping` does, and for an unknown type. */
export async function sample(host: WebhookHost, clock: Clock, name: string, type: string, network?: Network): Promise<AttemptResult> {
  const definition = host.registry.events.get(type)
  if (!definition) throw new PosternError('not_found', `there is no event "${type.slice(0, 100)}" (GET /v1/event-types, postern events)`)
  return sendNow(
    host,
    clock,
    name,
    (id, at) => {
      const made = example(type, definition)
      return { ...made, timestamp: at, data: { ...made.data, event: id, sample: true } }
    },
    network,
  )
}

async function sendNow(
  host: WebhookHost,
  clock: Clock,
  name: string,
  make: (id: string, at: string) => unknown,
  network: Network | undefined,
): Promise<AttemptResult> {
  const endpoint = await host.transact(systemOrigin, (tx) => endpointNamed(host, tx, name))
  if (!endpoint.settings) throw new PosternError('gone', `"${name}" no longer stands in the configuration`)
  const now = clock.now()
  const id = host.ids.next()
  const plain = JSON.stringify(make(id, new Date(now).toISOString()))
  const body = endpoint.settings.format === 'cloudevents' ? cloudEvent(plain, publicUrl(host.config)) : plain
  const sender = new Sender(clock, network)
  try {
    return await sender.send({
      rules: rulesOf(endpoint.settings),
      headers: {
        ...filledHeaders(endpoint.settings.headers, host.settings.header_secrets),
        'content-type': typeOfBody(body),
        ...signedHeaders(`msg_${id}`, now, body, keysAt(endpoint, now)),
      },
      body,
      timeoutMs: endpoint.settings.timeout,
    })
  } finally {
    sender.stop()
  }
}
