// A token is good for exactly what it was made for, in any letter case, and for nothing else.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeLink, readLink } from '../../core/mail/link-token.ts'
import {
  expiryDay,
  extractPlusToken,
  maxTokenMailboxLength,
  looksLikeOwnMessageId,
  makeEnvelopeId,
  makeToken,
  newTokenRef,
  ownMessageId,
  plusAddress,
  readEnvelopeId,
  readOwnMessageId,
  readToken,
  tokenKeys,
  verifyToken,
} from '../../core/mail/token.ts'
import type { TokenClaims } from '../../core/mail/token.ts'
import { runs } from '../support/runs.ts'

const dayMs = 86_400_000
const nowMs = Date.parse('2026-09-21T09:00:00Z')
const secretA = Buffer.alloc(32, 1)
const secretB = Buffer.alloc(32, 2)
const keys = tokenKeys('main', [secretA])
const alphabet = [...'abcdefghijklmnopqrstuvwxyz234567']

const recipient = fc.oneof(
  fc.uuid(),
  fc.emailAddress(),
  fc.string({ unit: 'grapheme', maxLength: 40 }).filter((s) => !s.includes('\0')),
)
const claims: fc.Arbitrary<TokenClaims> = fc.record({
  purpose: fc.constantFrom('customer', 'agent', 'bounce', 'personal'),
  ref: fc.constant(0).map(() => newTokenRef()),
  recipient,
  expiresDay: fc.integer({ min: expiryDay(nowMs, 0), max: 32_767 }),
})

/** The letters of a text turned up and down at will. */
const recased = (text: string, mask: number): string => [...text].map((c, i) => ((mask >> (i % 31)) & 1 ? c.toUpperCase() : c)).join('')

test('a token is read and verified in any letter case', () => {
  fc.assert(
    fc.property(claims, fc.nat(), (c, mask) => {
      const token = makeToken(keys, c)
      expect(token).toMatch(/^[a-z2-7]{43}$/)
      const back = recased(token, mask)
      expect(readToken(back)).toEqual({ purpose: c.purpose, keyId: keys.current.id, ref: c.ref, expiresDay: c.expiresDay })
      expect(verifyToken(keys, back, { recipient: c.recipient, nowMs })).toBe('ok')
    }),
    { numRuns: runs(2000) },
  )
})

test('one changed, lost or added character is refused', () => {
  fc.assert(
    fc.property(claims, fc.nat(42), fc.constantFrom(...alphabet), (c, at, letter) => {
      const token = makeToken(keys, c)
      const expect1 = { recipient: c.recipient, nowMs }
      const changed = token.slice(0, at) + letter + token.slice(at + 1)
      if (changed !== token) expect(verifyToken(keys, changed, expect1)).not.toBe('ok')
      expect(verifyToken(keys, token.slice(0, at), expect1)).toBe('forged')
      expect(verifyToken(keys, token.slice(0, at) + letter + token.slice(at), expect1)).toBe('forged')
    }),
    { numRuns: runs(5000) },
  )
})

test('another recipient, instance, secret or purpose is refused', () => {
  fc.assert(
    fc.property(claims, recipient, (c, other) => {
      const token = makeToken(keys, c)
      const at = { recipient: c.recipient, nowMs }
      if (other !== c.recipient) expect(verifyToken(keys, token, { ...at, recipient: other })).toBe('forged')
      expect(verifyToken(tokenKeys('other', [secretA]), token, at)).toBe('forged')
      expect(verifyToken(tokenKeys('main', [secretB]), token, at)).not.toBe('ok')
      const purposes = ['c', 'a', 'b', 'p'].filter((p) => p !== token[0])
      for (const p of purposes) expect(verifyToken(keys, p + token.slice(1), at)).toBe('forged')
    }),
    { numRuns: runs(1000) },
  )
})

test('a token is good until the end of its last day', () => {
  const ref = newTokenRef()
  const token = makeToken(keys, { purpose: 'agent', ref, recipient: 'anna', expiresDay: expiryDay(nowMs, 90) })
  const at = (ms: number): string => verifyToken(keys, token, { recipient: 'anna', nowMs: ms })
  const end = (Math.floor(nowMs / dayMs) + 91) * dayMs
  expect([at(nowMs), at(nowMs + 90 * dayMs), at(end - 1), at(end), at(end + 1e12)]).toEqual(['ok', 'ok', 'ok', 'expired', 'expired'])
  // A changed expiry is forged, not a longer life.
  const longer = token.slice(0, 2) + '777' + token.slice(5)
  expect(verifyToken(keys, longer, { recipient: 'anna', nowMs: end })).toBe('forged')
})

test('a customer token may live for ever, an agent token may not', () => {
  const token = makeToken(keys, { purpose: 'customer', ref: newTokenRef(), recipient: 'a@b.example', expiresDay: null })
  expect(readToken(token)?.expiresDay).toBeNull()
  expect(verifyToken(keys, token, { recipient: 'a@b.example', nowMs: 4e12 })).toBe('ok')
  expect(() => makeToken(keys, { purpose: 'agent', ref: newTokenRef(), recipient: 'anna', expiresDay: null })).toThrow(RangeError)
  expect(readToken('a' + token.slice(1))).toBeNull()
})

test('tokens of an old key are good as long as the key is kept, and new ones are signed with the new key', () => {
  const c: TokenClaims = { purpose: 'customer', ref: newTokenRef(), recipient: 'a@b.example', expiresDay: null }
  const before = makeToken(keys, c)
  const id = ownMessageId(keys, c.ref, 'mail.example')
  const rotated = tokenKeys('main', [secretB, secretA])
  const at = { recipient: c.recipient, nowMs }
  expect(verifyToken(rotated, before, at)).toBe('ok')
  expect(readOwnMessageId(rotated, id)).toBe(c.ref)
  const after = makeToken(rotated, c)
  expect(after).not.toBe(before)
  expect(verifyToken(rotated, after, at)).toBe('ok')
  expect(verifyToken(keys, after, at)).toBe('unknown-key')
  expect(readOwnMessageId(tokenKeys('main', [secretB]), id)).toBeNull()
  // Two keys may share their one-character id: both are tried.
  const secrets = Array.from({ length: 40 }, (_, i) => Buffer.alloc(32, i)) // 40 keys, 32 ids
  const [first = secretA, ...rest] = secrets
  const many = tokenKeys('main', [first, ...rest])
  for (const secret of secrets) expect(verifyToken(many, makeToken(tokenKeys('main', [secret]), c), at)).toBe('ok')
})

test('random text is never a good token', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.array(fc.constantFrom(...alphabet), { minLength: 43, maxLength: 43 }).map((a) => a.join('')),
      ),
      recipient,
      (text, who) => {
        expect(verifyToken(keys, text, { recipient: who, nowMs })).not.toBe('ok')
        expect(readOwnMessageId(keys, text)).toBeNull()
        expect(readEnvelopeId(keys, text)).toBeNull()
        expect(readLink(keys, text, { purpose: 'x', nowMs }).verdict).toBe('forged')
      },
    ),
    { numRuns: runs(5000) },
  )
})

test('letters that become ASCII when lowered do not pass for it', () => {
  const token = makeToken(keys, { purpose: 'customer', ref: 'kkkkkkkkkkkk', recipient: 'x', expiresDay: null })
  expect(readToken(token.replace('k', '\u212a'))).toBeNull() // KELVIN SIGN lowers to k
})

test('a reply address holds the token within 64 octets, and gives it back in any letter case', () => {
  const token = makeToken(keys, { purpose: 'agent', ref: newTokenRef(), recipient: 'anna', expiresDay: expiryDay(nowMs, 90) })
  expect(maxTokenMailboxLength).toBe(20)
  const mailbox = 'm'.repeat(maxTokenMailboxLength)
  const address = plusAddress(`${mailbox}@example.com`, token) ?? ''
  expect(address.split('@')[0]?.length).toBe(64)
  expect(plusAddress(`${mailbox}m@example.com`, token)).toBeNull()
  expect(extractPlusToken(address.split('@')[0] ?? '', mailbox)).toBe(token)
  expect(extractPlusToken(`SUPPORT+${token.toUpperCase()}`, 'support')).toBe(token)
  expect(extractPlusToken(`support-${token}`, 'support', '-')).toBe(token)
  expect(extractPlusToken(`support+eu+${token}`, 'support+eu')).toBe(token)
  for (const local of [
    'support',
    'support+',
    'support+news',
    `sales+${token}`,
    `support+${token}x`,
    `support+x${token}`,
    `support${token}`,
    `support+${token.slice(1)}`,
  ]) {
    expect(extractPlusToken(local, 'support')).toBeNull()
  }
})

test('a Message-ID of ours gives its ref back, a forged or foreign one nothing', () => {
  const ref = newTokenRef()
  const id = ownMessageId(keys, ref, 'mail.example.com')
  expect(id).toMatch(/^<[a-z2-7]{12}\.[a-z2-7]{27}@mail\.example\.com>$/)
  expect(readOwnMessageId(keys, id)).toBe(ref)
  expect(readOwnMessageId(keys, ` ${id.toUpperCase()} `)).toBe(ref)
  expect(readOwnMessageId(keys, id.slice(1, -1))).toBe(ref)
  expect(readOwnMessageId(keys, id.replace('mail.example.com', 'relay.example.net'))).toBe(ref)
  expect(readOwnMessageId(tokenKeys('other', [secretA]), id)).toBeNull()
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.constantFrom(...alphabet), (at, letter) => {
      const changed = id.slice(0, at) + letter + id.slice(at + 1)
      if (changed !== id) expect(readOwnMessageId(keys, changed)).toBeNull()
    }),
    { numRuns: runs() },
  )
  const forged = `<${newTokenRef()}.${id.slice(14)}`
  expect([looksLikeOwnMessageId(forged), readOwnMessageId(keys, forged)]).toEqual([true, null])
  expect(looksLikeOwnMessageId('<CAF+x@mail.gmail.com>')).toBe(false)
  expect(readOwnMessageId(keys, ownMessageId(keys, ref, 'почта.рф'))).toBe(ref)
  expect(() => ownMessageId(keys, ref, 'a b\r\n')).toThrow(RangeError)
})

test('a tag of one use is of no use elsewhere', () => {
  const ref = newTokenRef()
  const envid = makeEnvelopeId(keys, ref)
  expect(envid).toMatch(/^[a-z2-7]{12}\.[a-z2-7]{27}$/)
  expect(readEnvelopeId(keys, envid)).toBe(ref)
  expect(readOwnMessageId(keys, `<${envid}@mail.example>`)).toBeNull()
  expect(readEnvelopeId(keys, ownMessageId(keys, ref, 'mail.example').slice(1).split('@')[0] ?? '')).toBeNull()
})

test('a link carries its claims until it expires, for its purpose only', () => {
  const claim = fc.dictionary(
    fc.string({ maxLength: 8 }).filter((k) => k !== '__proto__'),
    fc.oneof(fc.integer(), fc.string({ unit: 'grapheme', maxLength: 30 })),
    { maxKeys: 4, noNullPrototype: true },
  )
  fc.assert(
    fc.property(claim, fc.nat(200), (linkClaims, at) => {
      const token = makeLink(keys, { purpose: 'action', claims: linkClaims, expiresMs: nowMs + 1000 })
      expect(token).toMatch(/^[A-Za-z0-9_.-]+$/)
      expect(readLink(keys, token, { purpose: 'action', nowMs })).toEqual({ verdict: 'ok', claims: linkClaims })
      expect(readLink(keys, token, { purpose: 'action', nowMs: nowMs + 1000 })).toEqual({ verdict: 'expired', claims: linkClaims })
      expect(readLink(keys, token, { purpose: 'page', nowMs })).toEqual({ verdict: 'forged' })
      expect(readLink(tokenKeys('other', [secretA]), token, { purpose: 'action', nowMs })).toEqual({ verdict: 'forged' })
      expect(readLink(tokenKeys('main', [secretB, secretA]), token, { purpose: 'action', nowMs }).verdict).toBe('ok')
      const i = at % token.length
      const changed = token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1)
      expect(readLink(keys, changed, { purpose: 'action', nowMs })).toEqual({ verdict: 'forged' })
    }),
    { numRuns: runs(1000) },
  )
})

test('claims that no token can hold, and weak keys, are refused when they are made', () => {
  const good: TokenClaims = { purpose: 'customer', ref: newTokenRef(), recipient: 'x', expiresDay: 20_000 }
  expect(() => makeToken(keys, { ...good, ref: 'short' })).toThrow(RangeError)
  expect(() => makeToken(keys, { ...good, ref: 'ABCDEFGHIJKL' })).toThrow(RangeError)
  expect(() => makeToken(keys, { ...good, recipient: 'a\0b' })).toThrow(RangeError)
  for (const expiresDay of [0, -1, 1.5, 32_768, Number.NaN]) expect(() => makeToken(keys, { ...good, expiresDay })).toThrow(RangeError)
  expect(() => tokenKeys('main', [Buffer.alloc(15)])).toThrow(RangeError)
  expect(() => tokenKeys('', [randomBytes(32)])).toThrow(RangeError)
})

test('refs are random: ten thousand of them differ', () => {
  const refs = new Set(Array.from({ length: 10_000 }, newTokenRef))
  expect(refs.size).toBe(10_000)
  for (const ref of refs) expect(ref).toMatch(/^[a-z2-7]{12}$/)
})
