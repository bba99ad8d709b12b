import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { handedOver, keyOf, newSecret, signedHeaders } from '../../plugins/webhooks/signature.ts'
import { runs } from '../support/runs.ts'

test('the oracle of Standard Webhooks takes 10,000 random payloads, and none that was changed', () => {
  const alphabet = ['a', '"', '\\', '\n', '\u0000', 'é', 'Ж', '漢', '🙂', '\u2028', '\ud800', ' ']
  const now = Date.now()
  for (let i = 0; i < 10_000; i++) {
    const bytes = randomBytes(24)
    const text = [...bytes]
      .map((b) => alphabet[b % alphabet.length])
      .join('')
      .repeat(1 + ((bytes[0] ?? 0) % 20))
    // As it travels: octets, in which a lone surrogate is a replacement character.
    const body = Buffer.from(JSON.stringify({ type: 'x', data: { text, n: bytes.readInt32BE() } })).toString('utf8')
    const secret = newSecret()
    const key = keyOf(secret)
    if (!key) throw new Error('no key')
    const headers = signedHeaders(`msg_${i}`, now, body, [key])
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
    if (i % 100 === 0) expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow()
  }
})

test('with several keys each holder of one of them can verify', () => {
  const secrets = [newSecret(), newSecret(), newSecret()]
  const headers = signedHeaders(
    'msg_1',
    Date.now(),
    '{}',
    secrets.flatMap((s) => keyOf(s) ?? []),
  )
  expect(headers['webhook-signature'].split(' ')).toHaveLength(3)
  for (const secret of secrets) expect(new Webhook(secret).verify('{}', headers)).toEqual({})
  expect(() => new Webhook(newSecret()).verify('{}', headers)).toThrow()
})

test('a secret has 32 random octets; what is no Base64 of 24 to 64 octets is no secret', () => {
  expect(newSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(new Set(Array.from({ length: 100 }, newSecret)).size).toBe(100)
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 80 }),
      (bytes) => (keyOf(`whsec_${Buffer.from(bytes).toString('base64')}`) !== null) === (bytes.length >= 24 && bytes.length <= 64),
    ),
    { numRuns: runs() },
  )
  for (const bad of ['', 'whsec_', 'whsec_!!!!', 'hunter2', `whsec_${'A'.repeat(43)}!`]) expect(keyOf(bad)).toBeNull()
})

/** As a receiver does it who has the public key and a library for Ed25519: over the octets id.timestamp.body. */
function holds(publicKey: string, headers: Readonly<Record<string, string>>, body: string): boolean {
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey.replace(/^whpk_/, ''), 'base64').toString('base64url') },
    format: 'jwk',
  })
  const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
  return String(headers['webhook-signature'])
    .split(' ')
    .some((one) => one.startsWith('v1a,') && verify(null, signed, key, Buffer.from(one.slice(4), 'base64')))
}
const publicKeyOf = (secret: string): string => {
  const handed = handedOver(secret)
  return 'public_key' in handed ? handed.public_key : ''
}

test('signed by v1a, whoever has the public key can verify, also beside v1 while one takes the place of the other', () => {
  const [old, next, shared] = [newSecret('v1a'), newSecret('v1a'), newSecret()]
  expect(old).toMatch(/^whsk_[A-Za-z0-9+/]{86}==$/)
  expect(publicKeyOf(old)).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/)
  const body = '{"text":"Привет 🙂"}'
  const headers = signedHeaders(
    'msg_1',
    Date.now(),
    body,
    [next, old, shared].flatMap((s) => keyOf(s) ?? []),
  )
  expect(headers['webhook-signature'].split(' ').map((one) => one.split(',')[0])).toEqual(['v1a', 'v1a', 'v1'])
  for (const secret of [old, next])
    expect([holds(publicKeyOf(secret), headers, body), holds(publicKeyOf(secret), headers, `${body} `)]).toEqual([true, false])
  expect(holds(publicKeyOf(newSecret('v1a')), headers, body)).toBe(false)
  // A receiver that knows v1 alone overlooks what it does not know.
  expect(new Webhook(shared).verify(body, headers)).toEqual(JSON.parse(body))
})

test('a key pair of v1a is taken only where its halves belong together', () => {
  const [a, b] = [newSecret('v1a'), newSecret('v1a')].map((s) => Buffer.from(s.slice(5), 'base64'))
  if (!a || !b) throw new Error('two keys')
  const whole = (bytes: Buffer): string => `whsk_${bytes.toString('base64')}`
  expect([
    keyOf(whole(a)) !== null,
    keyOf(whole(Buffer.concat([a.subarray(0, 32), b.subarray(32)]))),
    keyOf(whole(a.subarray(0, 32))),
    keyOf('whsk_'),
    keyOf('whsk_x!'),
  ]).toEqual([true, null, null, null, null])
})
