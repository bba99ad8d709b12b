// What waits for receivers of webhooks, for those who watch the gateway.
import type { GaugeDefinition } from '../../core/plugin.ts'
import { backlogOf } from './delivery-store.ts'
import { readEndpoints } from './endpoints.ts'
import type { WebhookHost } from './endpoints.ts'

/** By the name of the metric; endpoints without any delivery stand there with 0. */
export function gauges(host: WebhookHost): Readonly<Record<string, GaugeDefinition>> {
  /** Those of the file have a row from their first event on. */
  const disabled = async () => {
    const rows = [...(await readEndpoints(host, host.read)).values()]
    return new Map([
      ...Object.keys(host.settings.endpoints).map((name) => [name, false] as const),
      ...rows.map(({ name, state }) => [name, state === 'disabled'] as const),
    ])
  }
  const backlog = async () => backlogOf(host.read, [...(await disabled()).keys()])
  return {
    postern_webhook_deliveries: {
      help: 'Deliveries that wait or were given up',
      labels: ['endpoint', 'state'],
      read: async () =>
        (await backlog()).flatMap(({ endpoint, states }) =>
          states.map(({ state, count }) => ({ labels: { endpoint, state }, value: count })),
        ),
    },
    postern_webhook_disabled: {
      help: '1 for an endpoint that is disabled: it hears nothing until it is enabled again',
      labels: ['endpoint'],
      read: async () => [...(await disabled())].map(([endpoint, is]) => ({ labels: { endpoint }, value: is ? 1 : 0 })),
    },
    postern_webhook_oldest_delivery_seconds: {
      help: 'Age of the oldest delivery that waits, 0 where none does',
      labels: ['endpoint'],
      read: async () =>
        (await backlog()).map(({ endpoint, oldestAt }) => ({
          labels: { endpoint },
          value: oldestAt === null ? 0 : Math.max(0, host.now() - oldestAt) / 1000,
        })),
    },
  }
}
