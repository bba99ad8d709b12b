// REL-13: what goes out as an envelope is what came in, or nothing goes out.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkedAddress } from '../../core/mail/address.ts'
import { mailTo, never, rig } from './rig.ts'
import { runs } from '../support/runs.ts'

/** Pieces of addresses and of attacks. */
const pieces = [
  'a',
  'B',
  '@',
  '.',
  '+',
  '"',
  '\\',
  '<',
  '>',
  ' ',
  '\t',
  '\r',
  '\n',
  '\0',
  ',',
  ';',
  ':',
  '(',
  ')',
  '[',
  ']',
  '=',
  '%',
  '!',
  '-',
  '_',
  '{',
  '|',
  'x.test',
  'EXAMPLE.org',
  'пример.test',
  'é',
  '\u2028',
  '\u0085',
  '😀',
  '\ud800',
  '127.0.0.1',
  '[127.0.0.1]',
  '[ipv6:::1]',
  '\r\nRCPT TO:<evil@x.test>',
  '> NOTIFY=NEVER',
  'a@b.test',
  '"a b"@x.test',
  '%0d%0a',
  'mailto:',
  '@x:a@y.test',
] as const
const attempt = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((p) => p.join('')),
  fc
    .tuple(
      fc.array(fc.constantFrom(...pieces), { maxLength: 5 }),
      fc.constantFrom('x.test', 'Sub.Example.ORG', 'пример.test', '[127.0.0.1]'),
    )
    .map(([p, d]) => `${p.join('')}@${d}`),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.emailAddress(),
  fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300 })).map(([l, d]) => `${'l'.repeat(l)}@${'d'.repeat(d)}.test`),
)

/** The local part as it came, the domain in lower case. */
const same = (given: string): string => `${given.slice(0, given.lastIndexOf('@'))}@${given.slice(given.lastIndexOf('@') + 1).toLowerCase()}`

describe('the envelope', () => {
  test('100,000 strings come out of the check as they went in, harmless, or not at all', () => {
    let passed = 0
    fc.assert(
      fc.property(attempt, (given) => {
        const checked = checkedAddress(given)
        if (checked === null) return
        passed++
        const { address } = checked
        if (address !== same(given)) throw new Error(`${JSON.stringify(given)} became ${JSON.stringify(address)}`)
        if (/[\x00-\x20\x7f<>]/.test(address)) throw new Error(`${JSON.stringify(address)} is dangerous`)
        const [local = '', domain = ''] = [address.slice(0, address.lastIndexOf('@')), address.slice(address.lastIndexOf('@') + 1)]
        if (Buffer.byteLength(local) > 64 || Buffer.byteLength(domain) > 255 || Buffer.byteLength(address) > 254)
          throw new Error('too long')
        if (!local.startsWith('"') && local.includes('@')) throw new Error('two @')
      }),
      { numRuns: runs(100_000) },
    )
    expect(passed).toBeGreaterThan(1000)
  })

  test('hundreds of those that pass arrive at the next hop unchanged', async () => {
    const { sink, pool } = await rig()
    const sound = attempt.filter((text) => checkedAddress(text) !== null).map(same)
    let sent = 0
    await fc.assert(
      fc.asyncProperty(sound, sound, sound, async (from, ...rcpts) => {
        const before = sink.messages.length
        const envelopeFrom = checkedAddress(from)
        if (!envelopeFrom) throw new Error(from)
        await pool.send(mailTo(rcpts, { envelopeFrom }), never)
        expect(sink.messages.length).toBe(before + 1)
        expect(sink.messages.at(-1)).toMatchObject({ from, rcpts })
        sent++
      }),
      { numRuns: runs(200) },
    )
    expect(sink.sessions.flatMap((s) => s.commands).filter((c) => /^(RCPT|MAIL)/.test(c))).toHaveLength(3 * sent)
  })
})
