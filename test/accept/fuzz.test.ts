// Whatever a peer says, however it is cut: the server answers or hangs up, never falls over, and stores what was sent octet by octet.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRig } from './rig.ts'
import type { Client, Rig } from './rig.ts'
import { runs } from '../support/runs.ts'

let rig: Rig
beforeAll(async () => {
  rig = await startRig({ server: { maxConnections: 10_000 } })
})
afterAll(() => rig.stop())

const bytes = fc.uint8Array({ maxLength: 80 }).map((b) => Buffer.from(b).toString('latin1'))
const word = fc.constantFrom(
  'EHLO x',
  'HELO',
  'LHLO x',
  'MAIL FROM:<>',
  'MAIL FROM:<a@b.example> SIZE=5',
  'MAIL FROM:',
  'RCPT TO:<support@example.org>',
  'RCPT TO:<"a>b"@x>',
  'RCPT TO:<@',
  'DATA',
  'RSET',
  'NOOP',
  'VRFY x',
  'STARTTLS',
  'AUTH PLAIN',
  'BDAT 10 LAST',
  'XCLIENT A=b',
  '.',
  '..',
  '',
)
const line = fc.oneof({ weight: 5, arbitrary: word }, { weight: 1, arbitrary: bytes })
const end = fc.oneof(
  { weight: 8, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\n.\r\n', '\0') },
)
const talk = fc.array(fc.tuple(line, end), { maxLength: 40 }).map((parts) => Buffer.from(parts.map((p) => p.join('')).join(''), 'latin1'))

/** Sends `wire` in pieces, each given the chance to arrive alone. */
async function sendCut(c: Client, wire: Buffer, cuts: readonly number[]): Promise<void> {
  let at = 0
  for (let i = 0; at < wire.length; i++) {
    const next = at + (cuts[i % cuts.length] ?? 1)
    c.send(wire.subarray(at, next))
    at = next
    await new Promise(setImmediate)
  }
}
const cutting = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 10 })

test('any talk, cut anywhere, is answered in whole reply lines, and the server lives on', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(talk, cutting), { minLength: 20, maxLength: 20 }), async (talks) => {
      const speak = async ([wire, cuts]: readonly [Buffer, readonly number[]]): Promise<void> => {
        const c = await rig.client()
        await sendCut(c, wire, cuts)
        c.socket.end()
        for (let reply = await c.reply(); reply !== ''; reply = await c.reply()) {
          for (const one of reply.split('\n')) expect(one).toMatch(/^[2345]\d\d[ -][\x20-\x7e]+$/)
        }
        c.destroy()
      }
      await Promise.all(talks.map(speak))
    }),
    { numRuns: runs(15) },
  )
  expect(await (await rig.client()).ask('NOOP')).toMatch(/^250/)
})

test('a body of any octets that is accepted is stored as it was sent', async () => {
  const c = await rig.client()
  const piece = fc.oneof(bytes, fc.constantFrom('\r\n', '\n', '\r', '.', '\r\n.', '..'))
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 60 }), cutting, async (pieces, cuts) => {
      const raw = `${pieces.join('')}\r\n`
      // Dots are stuffed as RFC 5321 §4.5.2 says; what it calls a line ends in CR LF.
      const wire = Buffer.from(raw.replace(/(^|\r\n)\./g, '$1..') + '.\r\n', 'latin1')
      await c.envelope('fuzz@b.example', ['support@example.org'])
      await sendCut(c, wire, cuts)
      const reply = await c.reply()
      const stored = rig.store.rows.find((r) => reply.endsWith(r.id))
      if (!reply.startsWith('250')) expect(raw).toMatch(/\r\.|[^\r]\n\.|^\n\.|(^|\n)\.(\n|\r(?!\n))/)
      else expect(Buffer.from(stored?.raw ?? []).toString('latin1')).toBe(raw)
    }),
    { numRuns: runs(300) },
  )
})
