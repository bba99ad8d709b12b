// Switching endpoints off and on.
import { agentsOf } from '../../core/plugin.ts'
import type { Tx } from '../../core/plugin.ts'
import { endpointNamed } from './endpoints.ts'
import type { WebhookHost } from './endpoints.ts'
import { say } from './messages.ts'

/** Switches an endpoint off once, says so as an event, and mails those who look after it. `since`: ms of the first failure. */
export async function disable(host: WebhookHost, tx: Tx, name: string, reason: string, since: number): Promise<boolean> {
  const row = await tx.db
    .updateTable('webhooks_endpoints')
    .set({ state: 'disabled', reason, disabled_at: tx.now })
    .where('name', '=', name)
    .where('state', '=', 'active')
    .returning('name')
    .executeTakeFirst()
  if (!row) return false
  await tx.emit('webhook.disabled', null, { endpoint: name, reason })
  host.count('postern_webhooks_disabled_total', { endpoint: name })
  host.log.warn({ endpoint: name, reason }, 'a webhook endpoint was disabled')
  const [mailbox] = tx.config.mailboxes.values()
  const { alarm } = host.settings
  for (const agent of agentsOf(tx.config, alarm.length > 0 ? alarm : [...tx.config.agents.keys()])) {
    if (!mailbox) break
    await tx.outbox.send({
      case: null,
      kind: 'alarm',
      from: { address: mailbox.address, name: 'Postern' },
      to: [{ address: agent.email, name: agent.name }],
      replyAs: null,
      subject: say(agent.locale, 'disabled.subject', { name }),
      text: say(agent.locale, 'disabled.text', { name, reason, instance: tx.config.name, since: new Date(since).toISOString() }),
      automatic: 'auto-generated',
    })
  }
  return true
}

/** Switches it on again; what still waits for it is sent at once. False: it was on. */
export async function enable(host: WebhookHost, tx: Tx, name: string): Promise<boolean> {
  await endpointNamed(host, tx, name)
  const row = await tx.db
    .updateTable('webhooks_endpoints')
    .set({ state: 'active', reason: null, disabled_at: null, failing_since: null })
    .where('name', '=', name)
    .where('state', '=', 'disabled')
    .returning('name')
    .executeTakeFirst()
  if (!row) return false
  await tx.db
    .updateTable('webhooks_deliveries')
    .set({ next_at: tx.now, failed: 0 })
    .where('endpoint', '=', name)
    .where('state', '=', 'queued')
    .execute()
  await tx.emit('webhook.enabled', null, { endpoint: name })
  return true
}
