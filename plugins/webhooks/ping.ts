// A probe, sent at once and not kept: does the receiver take it?
import type { Clock } from '../../core/plugin.ts'
import { Sender } from './attempt.ts'
import type { AttemptResult, Network } from './attempt.ts'
import { endpointNamed, keysAt, rulesOf } from './endpoints.ts'
import type { WebhookHost } from './endpoints.ts'
import { PosternError, systemOrigin } from '../../core/plugin.ts'
import { signedHeaders } from './signature.ts'

/**
 * Sends `webhook.ping` to an endpoint, enabled or not. Rejects with `not_found` or `gone` where there is none; a receiver that fails is a
 * result.
 */
export async function ping(host: WebhookHost, clock: Clock, name: string, network?: Network): Promise<AttemptResult> {
  const endpoint = await host.transact(systemOrigin, (tx) => endpointNamed(host, tx, name))
  if (!endpoint.settings) throw new PosternError('gone', `"${name}" no longer stands in the configuration`)
  const now = clock.now()
  const id = host.ids.next()
  const body = JSON.stringify({
    type: 'webhook.ping',
    timestamp: new Date(now).toISOString(),
    data: { event: id, version: 1, seq: null, mailbox: null, origin: systemOrigin, thin: false, case: null, facts: { endpoint: name } },
  })
  const sender = new Sender(clock, network)
  try {
    return await sender.send({
      rules: rulesOf(endpoint.settings),
      headers: signedHeaders(`msg_${id}`, now, body, keysAt(endpoint, now)),
      body,
      timeoutMs: endpoint.settings.timeout,
    })
  } finally {
    sender.stop()
  }
}
