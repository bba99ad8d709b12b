// REL-9: the line ends by which one mail could become two, through the daemon and by the pure function.
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { BodyReader } from '../../core/edge/smtp/body-reader.ts'
import { unstuff } from '../../core/edge/smtp/line-ends.ts'
import { startRig } from './rig.ts'
import type { Rig } from './rig.ts'

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
  'CR LF NUL . CR LF': '\r\n\0.\r\n',
}
const inner = 'MAIL FROM:<forged@bank.example>\r\nRCPT TO:<support@example.org>\r\nDATA\r\nSubject: forged\r\n\r\nPay now'

describe.each(['in one write', 'octet by octet'])('%s', (chunking) => {
  test.each(Object.entries(sequences))(
    'a mail with %s inside is refused whole, and no second mail comes out of it',
    async (name, sequence) => {
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
      expect(rig.counters.counts.get(`postern_smtp_refused_total ${name.includes('NUL') ? 'nul_byte' : 'bare_line_end'}`)).toBe(1)
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

test('a stuffed dot does not hide a bare line end behind it', () => {
  for (const end of ['\n', '\r', '\rx']) {
    expect(unstuff(Buffer.from(`a\r\n..${end}b\r\n`))).toBe('bare_line_end')
    expect(unstuff(Buffer.from(`..${end}b\r\n`))).toBe('bare_line_end')
    expect(unstuff(Buffer.from(`.${end}b\r\n`))).toBe('bare_line_end')
  }
  expect(unstuff(Buffer.from('a\r\n..\r\nb\r\n')).toString()).toBe('a\r\n.\r\nb\r\n')
})

const alphabet = fc.constantFrom('\r', '\n', '.', 'a', '\r\n', '\r\n.', '\r\n.\r\n', '\0')
const soup = fc.array(alphabet, { maxLength: 40 }).map((parts) => parts.join(''))

test('wherever it is cut, a body ends at the same octet and holds the same octets', () => {
  fc.assert(
    fc.property(soup, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 20 }), (text, cuts) => {
      const wire = Buffer.from(`${text}\r\n.\r\nNOOP\r\n`)
      // The plain definition: a line of one dot, and the body may begin with it.
      const end = `\r\n${wire.toString('latin1')}`.indexOf('\r\n.\r\n') + 3
      const reader = new BodyReader(10_000)
      let at = 0
      for (let i = 0; ; i++) {
        const piece = wire.subarray(at, at + (cuts[i % cuts.length] ?? 1))
        at += piece.length
        const rest = reader.push(piece)
        if (!rest) continue
        expect(at - rest.length).toBe(end)
        expect(reader.take().toString('latin1')).toBe(wire.toString('latin1', 0, end - 3))
        return
      }
    }),
    { numRuns: 3000 },
  )
})

test('what is accepted has no dot at a line start beside a bare line end, whoever counts the lines', () => {
  fc.assert(
    fc.property(soup, (text) => {
      const body = text.split('\r\n.\r\n')[0] ?? ''
      const wire = Buffer.from(body.startsWith('.\r\n') ? '' : `${body}\r\n`)
      const raw = unstuff(wire)
      if (!(raw instanceof Buffer)) return
      expect(raw.includes(0)).toBe(false)
      expect(wire.toString('latin1')).not.toMatch(/(^|[^\r])\n\.|\r\.|(^|\n)\.\.?(\n|\r(?!\n))/)
      expect(raw.toString('latin1')).toBe(wire.toString('latin1').replace(/(^|\r\n)\./g, '$1'))
    }),
    { numRuns: 3000 },
  )
})

test('every mail that is stuffed as RFC 5321 §4.5.2 says arrives as it was', () => {
  const line = fc.array(fc.constantFrom('.', 'a', 'é', ' ', '..'), { maxLength: 6 }).map((p) => p.join(''))
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const raw = lines.map((l) => `${l}\r\n`).join('')
      const stuffed = lines.map((l) => `${l.startsWith('.') ? '.' : ''}${l}\r\n`).join('')
      expect(unstuff(Buffer.from(stuffed)).toString()).toBe(raw)
    }),
    { numRuns: 1000 },
  )
})
