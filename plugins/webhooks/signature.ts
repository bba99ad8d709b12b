// Standard Webhooks 1.0.0, symmetric (v1): what is signed, with which keys, and how the header is written.
//
//   webhook-id         the same in every attempt
//   webhook-timestamp  seconds since the epoch, of this attempt
//   webhook-signature  `v1,` and the Base64 of HMAC-SHA256(key, id.timestamp.body); one for each valid key, with a space between
//
// A secret is `whsec_` and the Base64 of the key; the specification wants 24 to 64 octets, ours have 32.
import { createHmac, randomBytes } from 'node:crypto'

const prefix = 'whsec_'

export function newSecret(): string {
  return prefix + randomBytes(32).toString('base64')
}

/** The key of a secret (with or without its prefix); null where it is no Base64 of 24 to 64 octets. */
export function keyOf(secret: string): Buffer | null {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret
  const key = Buffer.from(text, 'base64')
  return key.length >= 24 && key.length <= 64 && key.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '') ? key : null
}

/** The headers of one attempt. `atMs`: its time, ms UTC; `body`: the octets as they are sent; `keys`: the newest first. */
export function signedHeaders(id: string, atMs: number, body: string, keys: readonly Buffer[]): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const timestamp = String(Math.floor(atMs / 1000))
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': keys.map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`, 'utf8').digest('base64')}`).join(' '),
  }
}
