import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keyOf, newSecret, signedHeaders } from '../../plugins/webhooks/signature.ts'

test('the oracle of Standard Webhooks takes 10,000 random payloads, and none that was changed', () => {
  const alphabet = ['a', '"', '\\', '\n', '\u0000', 'é', 'Ж', '漢', '🙂', '\u2028', '\ud800', ' ']
  const now = Date.now()
  for (let i = 0; i < 10_000; i++) {
    const bytes = randomBytes(24)
    const text = [...bytes].map((b) => alphabet[b % alphabet.length]).join('').repeat(1 + ((bytes[0] ?? 0) % 20))
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
  const headers = signedHeaders('msg_1', Date.now(), '{}', secrets.flatMap((s) => keyOf(s) ?? []))
  expect(headers['webhook-signature'].split(' ')).toHaveLength(3)
  for (const secret of secrets) expect(new Webhook(secret).verify('{}', headers)).toEqual({})
  expect(() => new Webhook(newSecret()).verify('{}', headers)).toThrow()
})

test('a secret has 32 random octets; what is no Base64 of 24 to 64 octets is no secret', () => {
  expect(newSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(new Set(Array.from({ length: 100 }, newSecret)).size).toBe(100)
  fc.assert(fc.property(fc.uint8Array({ minLength: 0, maxLength: 80 }), (bytes) => (keyOf(`whsec_${Buffer.from(bytes).toString('base64')}`) !== null) === (bytes.length >= 24 && bytes.length <= 64)))
  for (const bad of ['', 'whsec_', 'whsec_!!!!', 'hunter2', `whsec_${'A'.repeat(43)}!`]) expect(keyOf(bad)).toBeNull()
})
