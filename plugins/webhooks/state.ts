// Switching endpoints off and on.
import { mailAgents } from '../../core/plugin.ts'
import type { Tx } from '../../core/plugin.ts'
import { endpointNamed } from './endpoints.ts'
import type { WebhookHost } from './endpoints.ts'
import { say } from './messages.ts'
import { markDisabled, markEnabled } from './endpoint-store.ts'

/** Switches an endpoint off once, says so as an event, and mails those who look after it. `since`: ms of the first failure. */
export async function disable(host: WebhookHost, tx: Tx, name: string, reason: string, since: number): Promise<boolean> {
  if (!(await markDisabled(tx, name, reason))) return false
  await tx.emit('webhook.disabled', null, { endpoint: name, reason })
  host.count('postern_webhooks_disabled_total', { endpoint: name })
  host.log.warn({ endpoint: name, reason }, 'a webhook endpoint was disabled')
  const { alarm } = host.settings
  await mailAgents(tx, alarm.length > 0 ? alarm : [...tx.config.agents.keys()], ({ locale }) => ({
    subject: say(locale, 'disabled.subject', { name }),
    text: say(locale, 'disabled.text', { name, reason, instance: tx.config.name, since: new Date(since).toISOString() }),
  }))
  return true
}

/** Switches it on again; what still waits for it is sent at once. False: it was on. */
export async function enable(host: WebhookHost, tx: Tx, name: string): Promise<boolean> {
  await endpointNamed(host, tx, name)
  if (!(await markEnabled(tx, name))) return false
  await tx.emit('webhook.enabled', null, { endpoint: name })
  return true
}
