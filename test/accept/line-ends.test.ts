// REL-9: the line ends by which one mail could become two, through the daemon and by the pure function.
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { hasBareLineEnd } from '../../core/edge/smtp/body.ts'
import { startRig } from './rig.ts'
import type { Rig } from './rig.ts'
import { runs } from '../support/runs.ts'

let rig: Rig | undefined
afterEach(() => rig?.stop())

const sequences = {
  'LF . LF': '\n.\n',
  'LF . CR LF': '\n.\r\n',
  'CR LF . LF': '\r\n.\n',
  'CR . CR': '\r.\r',
  'CR . CR LF': '\r.\r\n',
  'CR LF . CR': '\r\n.\r',
  'LF . CR': '\n.\r',
  'CR . LF': '\r.\n',
}
const inner = 'MAIL FROM:<forged@bank.example>\r\nRCPT TO:<support@example.org>\r\nDATA\r\nSubject: forged\r\n\r\nPay now'

describe.each(['in one write', 'octet by octet'])('%s', (chunking) => {
  test.each(Object.entries(sequences))(
    'a mail with %s inside is refused whole, and no second mail comes out of it',
    async (_name, sequence) => {
      rig = await startRig()
      const c = await rig.client()
      await c.envelope('a@b.example', ['support@example.org'])
      const wire = Buffer.from(`Subject: outer\r\n\r\nHello${sequence}${inner}\r\n.\r\nNOOP\r\n`)
      if (chunking === 'in one write') c.send(wire)
      else {
        for (const octet of wire) {
          c.send(Buffer.from([octet]))
          // Its own segment: the server reads each octet before the next one is sent.
          await new Promise(setImmediate)
        }
      }
      expect(await c.reply()).toMatch(/^554 5\.6\.0/)
      expect(await c.reply()).toMatch(/^250 2\.0\.0 OK/)
      expect(rig.store.rows).toHaveLength(0)
      expect(rig.counters.counts.get('postern_smtp_refused_total bare_line_end')).toBe(1)
    },
  )
})

test('other bare line ends are accepted, and kept as they came', async () => {
  rig = await startRig()
  const c = await rig.client()
  const body = 'Subject: x\n\nFirst sentence.\nSecond.\rThird\n\n\rend\r\r\n'
  expect((await c.deliver('a@b.example', ['support@example.org'], body))[0]).toMatch(/^250/)
  expect(Buffer.from(rig.store.rows[0]?.raw ?? []).toString()).toBe(`${body}\r\n`)
})

test('a NUL is no reason to refuse a mail, wherever it stands, and is kept', async () => {
  rig = await startRig()
  const c = await rig.client()
  const body = 'Subject: a\0b\r\n\r\n\0\r\n\0.\r\nHello\0'
  expect((await c.deliver('a@b.example', ['support@example.org'], body))[0]).toMatch(/^250/)
  expect(Buffer.from(rig.store.rows[0]?.raw ?? []).toString()).toBe(`${body}\r\n`)
})

const alphabet = fc.constantFrom('\r', '\n', '.', 'a', '\r\n', '\r\n.', '\0')
const soup = fc.array(alphabet, { maxLength: 40 }).map((parts) => `${parts.join('')}\r\n`)

test('refused is a dot at a line start beside a bare line end, whoever counts the lines, and nothing else', () => {
  fc.assert(
    fc.property(soup, (raw) => {
      expect(hasBareLineEnd(Buffer.from(raw))).toBe(/(^|[^\r])\n\.|\r\.|(^|\n)\.(\n|\r(?!\n))/.test(raw))
    }),
    { numRuns: runs(5000) },
  )
})
