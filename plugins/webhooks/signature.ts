// Standard Webhooks 1.0.0: what is signed, with which keys, and how the header is written.
//
//   webhook-id         the same in every attempt
//   webhook-timestamp  seconds since the epoch, of this attempt
//   webhook-signature  one for each valid key, with a space between, each over id.timestamp.body:
//                      `v1,`  and the Base64 of HMAC-SHA256: both sides hold the secret
//                      `v1a,` and the Base64 of Ed25519: the receiver holds the public key, and can sign nothing with it
//
// A secret of v1 is `whsec_` and the Base64 of the key; the specification wants 24 to 64 octets, ours have 32. One of v1a is `whsk_` and the
// Base64 of the 32 octets of the private key followed by the 32 of the public one, which alone is `whpk_`.
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** v1: HMAC-SHA256 with a shared secret; v1a: Ed25519. */
export type Scheme = 'v1' | 'v1a'

/** What signs. */
export type SigningKey = { readonly scheme: 'v1'; readonly key: Buffer } | { readonly scheme: 'v1a'; readonly key: KeyObject }

const prefixes = { v1: 'whsec_', v1a: 'whsk_', public: 'whpk_' } as const

/** A new random secret of the scheme, as it is written in settings. */
export function newSecret(scheme: Scheme = 'v1'): string {
  if (scheme === 'v1') return prefixes.v1 + randomBytes(32).toString('base64')
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  return prefixes.v1a + Buffer.concat([d, x].map((half) => Buffer.from(half ?? '', 'base64url'))).toString('base64')
}

/** The scheme of a secret, by its prefix. */
export const schemeOf = (secret: string): Scheme => (secret.startsWith(prefixes.v1a) ? 'v1a' : 'v1')

/** The key of a secret (one of v1 with or without its prefix); null where it is none. */
export function keyOf(secret: string): SigningKey | null {
  const scheme = schemeOf(secret)
  const text = secret.startsWith(prefixes[scheme]) ? secret.slice(prefixes[scheme].length) : secret
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) return null
  if (scheme === 'v1') return bytes.length >= 24 && bytes.length <= 64 ? { scheme, key: bytes } : null
  if (bytes.length !== 64) return null
  // The private key as PKCS #8 (RFC 8410 §7): these octets and the 32 of the key.
  const key = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), bytes.subarray(0, 32)]),
    format: 'der',
    type: 'pkcs8',
  })
  return publicBytes(key).equals(bytes.subarray(32)) ? { scheme, key } : null
}

const publicBytes = (key: KeyObject): Buffer => Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url')

/** What the receiver is given: the secret that he shares, or the public key. */
export function handedOver(secret: string): { readonly secret: string } | { readonly public_key: string } {
  const key = keyOf(secret)
  return key?.scheme === 'v1a' ? { public_key: prefixes.public + publicBytes(key.key).toString('base64') } : { secret }
}

/** The headers of one attempt. `atMs`: its time, ms UTC; `body`: the octets as they are sent; `keys`: the newest first. */
export function signedHeaders(
  id: string,
  atMs: number,
  body: string,
  keys: readonly SigningKey[],
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const timestamp = String(Math.floor(atMs / 1000))
  const signed = Buffer.from(`${id}.${timestamp}.${body}`, 'utf8')
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': keys
      .map(
        (k) =>
          `${k.scheme},${(k.scheme === 'v1' ? createHmac('sha256', k.key).update(signed).digest() : sign(null, signed, k.key)).toString('base64')}`,
      )
      .join(' '),
  }
}
