// What the plugin itself has to tell: an endpoint was switched off or on; and the probe that `ping` sends.
import Type from 'typebox'
import { event } from '../../core/plugin.ts'

declare module '../../core/engine/events.ts' {
  interface EventTypes {
    'webhook.disabled': { readonly endpoint: string; readonly reason: string }
    'webhook.enabled': { readonly endpoint: string }
    'webhook.ping': { readonly endpoint: string }
  }
}

const endpoint = Type.String({ description: 'Name of the endpoint' })

export const events = {
  'webhook.disabled': event('An endpoint gets nothing any more until somebody enables it.', Type.Object({ endpoint, reason: Type.String() }), { endpoint: 'desk', reason: 'every attempt of the last 5 days failed' }),
  'webhook.enabled': event('An endpoint that was disabled gets events again.', Type.Object({ endpoint }), { endpoint: 'desk' }),
  'webhook.ping': event('A probe: it was sent because somebody asked for it, and says nothing.', Type.Object({ endpoint }), { endpoint: 'desk' }),
}
