// Every event type with its fields, an example and its version: as a page in Markdown, and as JSON Schemas.
import type { CallbackDefinition, EventDefinition } from '../../core/plugin.ts'
import { compileSchema } from '../../core/plugin.ts'
import { payloadSchema } from './payload.ts'

/** One object for each event type, in the order of the types: its fields and its payload as JSON Schema, and an example. */
export function catalogueJson(events: ReadonlyMap<string, EventDefinition>): readonly unknown[] {
  return sorted(events).map(([type, e]) => ({
    type,
    version: e.version,
    description: e.description,
    facts: compileSchema(e.data).json,
    payload: payloadSchema(type, e),
    example: example(type, e),
  }))
}

/** The page, line by line. */
export function cataloguePage(events: ReadonlyMap<string, EventDefinition>): readonly string[] {
  return [
    '# Events',
    '',
    'Each is sent as `{ type, timestamp, data }` (Standard Webhooks 1.0.0). `data` holds `event` (its id), `version`, `seq` (grows within the',
    'case), `mailbox`, `origin` (who), `thin`, `case` (or null), and in `facts` what is listed here; with full payloads also the `message`,',
    '`note` or `notice` that the facts name. They look as they do over the API. Fields are added, never changed: ignore what you do not know.',
    ...sorted(events).flatMap(([type, e]) => [
      '',
      `## ${type}`,
      '',
      `${e.description} Version ${e.version}.`,
      '',
      ...fields(e),
      '',
      '```json',
      JSON.stringify(example(type, e), null, 2),
      '```',
    ]),
  ]
}

/** Each event type as a call to a receiver, for the OpenAPI document. */
export function callbacks(events: ReadonlyMap<string, EventDefinition>): readonly CallbackDefinition[] {
  return sorted(events).map(([type, e]) => ({
    name: type,
    summary: e.description,
    description:
      'Standard Webhooks 1.0.0, sent to the endpoints that ask for it, again for three days until it is answered with 2xx; it may come twice, with the same `webhook-id`. Fields are added, never changed.',
    headers: {
      'webhook-id': 'The same in every attempt',
      'webhook-timestamp': 'Unix time of the attempt, in seconds',
      'webhook-signature':
        'One or more, with a space between: `v1,` and Base64 (HMAC-SHA256), or `v1a,` and Base64 (Ed25519), over `id.timestamp.body`',
    },
    body: payloadSchema(type, e),
  }))
}

const sorted = (events: ReadonlyMap<string, EventDefinition>) => [...events].sort(([a], [b]) => (a < b ? -1 : 1))

/** A thin body, as a receiver sees it. */
export function example(type: string, e: EventDefinition) {
  const ofCase = !type.startsWith('webhook.') && !type.startsWith('inbound.')
  const data = {
    event: '01996a10-5f2e-7c3a-9b1d-2f4e6a8c0d1e',
    version: e.version,
    seq: ofCase ? 7 : null,
    mailbox: ofCase ? 'support' : null,
    origin: { kind: 'system', id: null, via: 'system' },
    thin: true,
    case: ofCase ? { id: '01996a10-1b2c-7d3e-8f40-5a6b7c8d9e0f', number: 17 } : null,
    facts: e.example as unknown,
  }
  return { type, timestamp: '2026-09-21T09:00:00.000Z', data }
}

function fields(e: EventDefinition): readonly string[] {
  const { properties } = compileSchema(e.data).json
  // A checked JSON schema: the properties are schemas.
  const rows = Object.entries((properties ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>>>>)
  if (rows.length === 0) return ['No facts.']
  return [
    '| field | type | |',
    '| --- | --- | --- |',
    ...rows.map(
      ([name, schema]) => `| \`${name}\` | ${typeOf(schema)} | ${typeof schema.description === 'string' ? schema.description : ''} |`,
    ),
  ]
}

function typeOf(schema: Readonly<Record<string, unknown>>): string {
  if ('const' in schema) return JSON.stringify(schema.const)
  // As above: the branches of a checked schema are schemas.
  if (Array.isArray(schema.anyOf)) return (schema.anyOf as readonly Readonly<Record<string, unknown>>[]).map(typeOf).join(' or ')
  return typeof schema.type === 'string' ? schema.type : 'anything'
}
