// What may be set for an endpoint: in the file everything, over the API what cannot reach the private network.
import Type from 'typebox'
import type { Static } from 'typebox'
import { duration, idOf, secret } from '../../core/plugin.ts'

const choices = {
  events: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
    default: ['*'],
    maxItems: 100,
    description: 'Event types; * stands for any letters, as in message.*.',
  }),
  mailboxes: Type.Array(idOf('mailbox', { description: 'Mailbox id' }), {
    default: [],
    maxItems: 1000,
    description: 'Only what happens in these mailboxes; none: in all of them, and what belongs to no mailbox.',
  }),
  tags: Type.Array(Type.String({ maxLength: 100 }), {
    default: [],
    maxItems: 100,
    description: 'Only cases with one of these tags; none: all.',
  }),
  payload: Type.Union([Type.Literal('full'), Type.Literal('thin')], {
    default: 'full',
    description: 'full: with the case and the message, note or notice; thin: ids alone. What is over 20 kB is always sent thin.',
  }),
  signature: Type.Union([Type.Literal('v1'), Type.Literal('v1a')], {
    default: 'v1',
    description: 'v1: HMAC-SHA256 with a secret that the receiver shares. v1a: Ed25519; the receiver has the public key alone.',
  }),
  headers: Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9-]{0,63}$' }), Type.String({ minLength: 1, maxLength: 1000 }), {
    default: {},
    maxProperties: 20,
    description:
      'Headers of our own that are sent along; {{ secret.NAME }} in a value stands for a secret of `header_secrets`, as in Authorization: "Bearer {{ secret.crm }}".',
  }),
  format: Type.Union([Type.Literal('standard'), Type.Literal('cloudevents')], {
    default: 'standard',
    description: 'standard: type, timestamp, data (Standard Webhooks). cloudevents: the same data in an event of CloudEvents 1.0.',
  }),
  ordered: Type.Boolean({
    default: false,
    description:
      'Send the events of one case one after the other; one that cannot be delivered then holds up the later ones of its case until it is given up.',
  }),
}
const url = Type.String({ minLength: 1, maxLength: 2000, description: 'Where it is sent: https, ports 80, 443 and 8443.' })

/** An endpoint as the API and the command line make it. */
export const choiceSchema = Type.Object({ url, ...choices })

const endpoint = Type.Object({
  url,
  secret: Type.Optional(
    secret({
      description:
        'whsec_ and 24 to 64 octets in Base64, or of v1a whsk_ and the 64 octets of the key pair. Default: made at first use; `postern webhook secret NAME` shows it. The one before it stays good for a day.',
    }),
  ),
  ...choices,
  timeout: duration({ default: '15s', min: 5000, max: 30_000, description: 'Time for one attempt in all; connecting has 5 s of it.' }),
  concurrency: Type.Integer({ default: 5, minimum: 1, maximum: 50, description: 'Attempts at a time.' }),
  ports: Type.Array(Type.Integer({ minimum: 1, maximum: 65_535 }), {
    default: [80, 443, 8443],
    description: 'Ports that the URL may name.',
  }),
  allow_http: Type.Boolean({ default: false, description: 'Plain http as well; for a lab.' }),
  allow_private: Type.Boolean({
    default: false,
    description: 'Loopback and private networks as well; for a receiver in your own network.',
  }),
})

/** Schema of the settings. */
export const config = Type.Object({
  endpoints: Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' }), endpoint, {
    default: {},
    description: 'Who is told, by a name of your choice. More can be made over the API and with `postern webhook add`.',
  }),
  header_secrets: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$' }), secret({ description: 'The secret' }), {
    default: {},
    description: 'Secrets for `headers` of endpoints, by name: ${file:...} or ${VARIABLE}. No list and no answer of the API shows them.',
  }),
  concurrency: Type.Integer({ default: 50, minimum: 1, maximum: 1000, description: 'Attempts at a time to all endpoints, per node.' }),
  disable_after: duration({ default: '5d', min: 60_000, description: 'An endpoint whose every attempt failed for so long is disabled.' }),
  alarm: Type.Array(idOf('people', { description: 'Agent or group' }), {
    default: [],
    description: 'Who gets a mail when an endpoint is disabled. None: all active agents.',
  }),
  keep: duration({ default: '30d', min: 86_400_000, description: 'How long finished deliveries are kept for looking at and replaying.' }),
})

/** The settings once they are checked; spans of time are ms. */
export type WebhookSettings = Static<typeof config>

/** Everything that can be set for one endpoint; spans of time are ms. */
export type EndpointSettings = Static<typeof endpoint>

/** What stands in the row of an endpoint that the file does not know. */
export type StoredSettings = Omit<Static<typeof choiceSchema>, 'headers' | 'format'> &
  Partial<Pick<EndpointSettings, 'headers' | 'format'>> &
  Partial<Pick<EndpointSettings, 'allow_http' | 'allow_private' | 'ports'>>

const fixed = {
  signature: 'v1' as const,
  headers: {},
  format: 'standard' as const,
  timeout: 15_000,
  concurrency: 5,
  ports: [80, 443, 8443],
  allow_http: false,
  allow_private: false,
}

/** The settings of an endpoint that was made over the API: what cannot be set there is as it is by default. */
export function complete(stored: StoredSettings): EndpointSettings {
  return { ...fixed, ...stored }
}
