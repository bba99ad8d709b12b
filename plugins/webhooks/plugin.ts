// Webhooks: what happens is told to the programs of others, signed, again until they have it, and never into our own network.
//
// State of a delivery (+ there is, - there is not), and what a crash leaves:
//
//   event  row        receiver   a crash here
//   +      queued     -          nothing lost: event and row were one commit
//   +      sending    -/+        claimed again when the lease is over (at once at a start on SQLite); the same webhook-id
//   +      delivered  +          done
//   +      failed     -          given up after ten attempts in about three days; kept, shown, retried by hand or replayed
//
// What is not promised: that a receiver gets it once (it may answer and we die before we have written that down), and that events come in
// their order (`seq` in the data says which is newer; `ordered` keeps one case in order).
import { definePlugin } from '../../core/plugin.ts'
import type { SettingsProblem } from '../../core/plugin.ts'
import { callAction } from './call.ts'
import { callbacks } from './catalogue.ts'
import { commands } from './commands.ts'
import { gauges } from './gauges.ts'
import { matches, rulesOf } from './endpoints.ts'
import { events } from './events.ts'
import { recordDeliveries } from './record.ts'
import { routes } from './routes.ts'
import { config } from './settings.ts'
import { headerProblem } from './own-headers.ts'
import { keyOf } from './signature.ts'
import { migrations } from './tables.ts'
import { targetOf } from './target.ts'
import { DeliveryWorker } from './worker.ts'
import { forgetCase, pruneDeliveries } from './delivery-store.ts'

export default definePlugin({
  name: 'webhooks',
  description: 'Tells other programs what happens (Standard Webhooks): signed, tried again for three days, a queue for each receiver.',
  config,
  migrations,
  events,
  check: (settings) =>
    Object.entries(settings.endpoints).flatMap(([name, endpoint]): readonly SettingsProblem[] => {
      const target = targetOf(rulesOf(endpoint))
      const header = headerProblem(endpoint.headers, settings.header_secrets)
      return [
        ...(header ? [{ path: ['endpoints', name, 'headers', header.name], message: header.message }] : []),
        ...('problem' in target ? [{ path: ['endpoints', name, 'url'], message: target.problem }] : []),
        ...(endpoint.secret !== undefined && keyOf(endpoint.secret) === null
          ? [
              {
                path: ['endpoints', name, 'secret'],
                message: 'expected whsec_ and the Base64 of 24 to 64 octets, or whsk_ and that of a key pair of Ed25519',
              },
            ]
          : []),
      ]
    }),
  counters: {
    postern_webhook_attempts_total: { help: 'Attempts to deliver an event', labels: { endpoint: [], outcome: [] } },
    postern_webhook_round_errors_total: { help: 'Rounds of the sender of webhooks that the database did not let end' },
    postern_webhooks_disabled_total: {
      help: 'Endpoints that were disabled because they failed too long or asked for it',
      labels: { endpoint: [] },
    },
  },
  setup: (host) => ({
    actions: { 'webhook.call': callAction(host) },
    written: (tx, written) => recordDeliveries(host, tx, written),
    workers: [{ start: (context) => new DeliveryWorker(host, context) }],
    crons: { prune: { pattern: '41 4 * * *', run: (tx) => pruneDeliveries(tx, tx.now - host.settings.keep), passOver: 'once' } },
    routes: routes(host),
    gauges: gauges(host),
    callbacks: () => callbacks(host.registry.events),
    commands: commands(host),
    // What was sent out is a copy of his words; that it was sent is not worth keeping without them.
    deleted: (tx, { caseId }) => forgetCase(tx, caseId),
    async forget(tx, { cases }) {
      for (const id of cases) await forgetCase(tx, id)
    },
    verify: () =>
      Object.entries(host.settings.endpoints).flatMap(([name, endpoint]) =>
        endpoint.events.flatMap((pattern, index) =>
          [...host.registry.events.keys()].some((type) => matches(pattern, type))
            ? []
            : [{ path: ['endpoints', name, 'events', index], message: `there is no event "${pattern}" (postern events lists them)` }],
        ),
      ),
  }),
})
