// What a rule (or a program) tells the endpoints by a name of its own, beside what happens by itself.
import Type from 'typebox'
import { defineAction } from '../../core/plugin.ts'
import type { ActionDefinition } from '../../core/plugin.ts'
import { endpointNamed } from './endpoints.ts'
import type { WebhookHost } from './endpoints.ts'

const args = Type.Object({
  call: Type.String({ minLength: 1, maxLength: 100, description: 'Name of what is told, for those who hear it' }),
  data: Type.Optional(Type.Record(Type.String({ maxLength: 100 }), Type.Unknown(), { description: 'Further facts' })),
  endpoint: Type.Optional(Type.String({ minLength: 1, description: 'Only this endpoint; default: all that want webhook.called' })),
})

/** The action `webhook.call`. Throws `invalid` without a case, and what `endpointNamed` throws for an endpoint that does not exist. */
export function callAction(host: WebhookHost): ActionDefinition {
  return defineAction({
    description: 'Tells webhook endpoints something about the case by a name of its own.',
    args,
    async run(tx, { case: c, args: { call, data, endpoint } }) {
      if (endpoint !== undefined) await endpointNamed(host, tx, endpoint)
      await tx.emit('webhook.called', c.id, { call, data: data ?? {}, endpoint: endpoint ?? null })
      return { said: call }
    },
  })
}
