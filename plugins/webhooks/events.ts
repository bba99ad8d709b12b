// What the plugin itself has to tell: an endpoint was switched off or on; the probe that `ping` sends; and what rules send by a name of their own.
import Type from 'typebox'
import { event } from '../../core/plugin.ts'

declare module '../../core/contract/events.ts' {
  interface EventTypes {
    'webhook.disabled': { readonly endpoint: string; readonly reason: string }
    'webhook.enabled': { readonly endpoint: string }
    'webhook.ping': { readonly endpoint: string }
    'webhook.called': { readonly call: string; readonly data: Readonly<Record<string, unknown>>; readonly endpoint: string | null }
  }
}

const endpoint = Type.String({ description: 'Name of the endpoint' })

/** The plugin's own events, by type. */
export const events = {
  'webhook.disabled': event(
    'An endpoint gets nothing any more until somebody enables it.',
    Type.Object({ endpoint, reason: Type.String() }),
    { endpoint: 'desk', reason: 'every attempt of the last 5 days failed' },
  ),
  'webhook.enabled': event('An endpoint that was disabled gets events again.', Type.Object({ endpoint }), { endpoint: 'desk' }),
  'webhook.ping': event('A probe: it was sent because somebody asked for it, and says nothing.', Type.Object({ endpoint }), {
    endpoint: 'desk',
  }),
  'webhook.called': event(
    'A rule or a program told the endpoints something by a name of its own (action webhook.call).',
    Type.Object({
      call: Type.String({ description: 'The name' }),
      data: Type.Record(Type.String(), Type.Unknown(), { description: 'Further facts' }),
      endpoint: Type.Union([Type.String(), Type.Null()], { description: 'The only endpoint that gets it, or null' }),
    }),
    { call: 'escalate', data: { reason: 'nobody answered' }, endpoint: null },
  ),
}
