// Whatever text goes into a composed mail comes out of it unchanged, and nothing of it touches the structure.
import fc from 'fast-check'
import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { addressList, wireAddress } from '../../core/mail/compose/address-header.ts'
import { safeFilename } from '../../core/mail/compose/attachment.ts'
import { encodeText } from '../../core/mail/compose/body-text.ts'
import { compose } from '../../core/mail/compose/compose.ts'
import { flatText } from '../../core/mail/compose/header-text.ts'
import { assemble, assembleStream } from '../../core/mail/compose/segments.ts'
import type { SegmentSource } from '../../core/mail/compose/segments.ts'
import { parseAddressList } from '../../core/mail/address.ts'
import { base, whole, wire } from './wire.ts'
import { runs } from '../support/runs.ts'

/** Every code point, with what breaks headers and encoders more often than it would come by chance. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc
    .array(
      fc.constantFrom(
        '\r\n',
        '\n',
        '\r',
        ' ',
        '  ',
        '\t',
        '"',
        '\\',
        '=?',
        '?=',
        '=?utf-8?Q?x?=',
        'ё',
        '漢',
        '🙂',
        '<a@b.example>',
        ',',
        ';',
        '(',
        ')',
        '=',
        '=_',
        '.',
        'From ',
        '%',
        "''",
        '_',
        'слово',
        'word',
        'x'.repeat(80),
        '\0',
        '\ud800',
        'Bcc: evil@example.com',
      ),
      { maxLength: 30 },
    )
    .map((a) => a.join('')),
)

/** Reads encoded words by the letter of RFC 2047 §6.2: those side by side join, white space between them goes. Nothing lenient. */
function strictlyDecoded(header: string): string {
  const unfolded = header.replace(/\r\n(?=[ \t])/g, '')
  return unfolded
    .replace(/(=\?utf-8\?[BQ]\?[^?\s]*\?=)[ \t]+(?==\?utf-8\?[BQ]\?)/gi, '$1')
    .replace(/=\?utf-8\?([BQ])\?([^?\s]*)\?=/gi, (word: string, kind: string, body: string) => {
      expect(word.length).toBeLessThanOrEqual(75)
      const bytes =
        kind === 'B'
          ? Buffer.from(body, 'base64')
          : Buffer.from(
              body.replaceAll('_', ' ').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
              'latin1',
            )
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) // each word whole characters
    })
}

function headerOf(bytes: Buffer, name: string): string {
  const head = bytes.toString().split('\r\n\r\n')[0] ?? ''
  return new RegExp(`^${name}: ?((?:.*)(?:\\r\\n[ \\t].*)*)`, 'm').exec(head)?.[1] ?? 'absent'
}

test('any subject decodes to itself as one line', async () => {
  await fc.assert(
    fc.asyncProperty(text, async (subject) => {
      const bytes = await wire({ ...base, subject })
      expect(strictlyDecoded(headerOf(bytes, 'Subject'))).toBe(flatText([...subject].slice(0, 1000).join('')))
      expect(headerOf(bytes, 'Bcc')).toBe('absent')
    }),
    { numRuns: runs(1500) },
  )
})

test('any name decodes to itself and the address beside it stays', async () => {
  await fc.assert(
    fc.asyncProperty(text, text, async (a, b) => {
      const bytes = await wire({
        ...base,
        to: [
          { name: a, address: 'a@x.example' },
          { name: b, address: '"odd,local"@x.example' },
        ],
      })
      const read = parseAddressList(headerOf(bytes, 'To').replace(/\r\n(?=[ \t])/g, ''))
      expect(read.map((r) => r.address)).toEqual(['a@x.example', '"odd,local"@x.example'])
      const parsed = await simpleParser(bytes)
      const list = parsed.to && !Array.isArray(parsed.to) ? parsed.to.value : []
      expect(list.map((r) => r.address)).toEqual(['a@x.example', '"odd,local"@x.example'])
      const squeezed = (s: string): string => s.replace(/\s+/g, ' ').trim()
      expect(list.map((r) => squeezed(r.name))).toEqual([a, b].map((n) => squeezed([...flatText(n)].slice(0, 200).join(''))))
    }),
    { numRuns: runs(1000) },
  )
})

test('any text and file name come out of the mail as they went in', async () => {
  await fc.assert(
    fc.asyncProperty(text, text, text, fc.uint8Array({ maxLength: 300 }), async (body, html, filename, content) => {
      const attachments = [{ filename, contentType: 'application/x-test', source: whole('b', content) }]
      const bytes = await wire({ ...base, text: body, html: `<p>${html}</p>`, attachments }, { b: content })
      const parsed = await simpleParser(bytes, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true })
      const lines = (s: string): string =>
        s
          .toWellFormed()
          .replaceAll('\0', '\ufffd')
          .replace(/\r\n|\r/g, '\n')
          .trimEnd()
      expect(lines(parsed.text ?? '')).toBe(lines(body))
      expect(lines(String(parsed.html))).toBe(lines(`<p>${html}</p>`))
      expect(parsed.attachments.length).toBe(1)
      expect(parsed.attachments[0]?.content.equals(content)).toBe(true)
      expect(parsed.attachments[0]?.filename ?? '').toBe(safeFilename(filename))
    }),
    { numRuns: runs(1000) },
  )
})

test('an encoded body is decoded by the letter, in lines of at most 76 characters without fragile starts and ends', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        fc.array(fc.constantFrom('a', 'b', '=', '.', 'F', ' ', '\t', '\n', 'ё'), { maxLength: 400 }).map((a) => a.join('')),
      ),
      (content) => {
        const { encoding, body } = encodeText(content)
        const lines = body.split('\r\n')
        expect(lines.pop()).toBe('')
        for (const line of lines) {
          expect(line.length).toBeLessThanOrEqual(76)
          expect(line).toMatch(/^[\x20-\x7e\t]*$/)
          expect(line).not.toMatch(/^(?:From |\.)|[ \t]$/)
        }
        const joined = body.replaceAll('=\r\n', '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
        const bytes = encoding === 'base64' ? Buffer.from(body, 'base64') : Buffer.from(encoding === '7bit' ? body : joined, 'latin1')
        const expected = content
          .toWellFormed()
          .replaceAll('\0', '\ufffd')
          .replace(/\r\n|\r|\n/g, '\r\n')
        expect(bytes.toString()).toBe(expected === '' || expected.endsWith('\r\n') ? expected : `${expected}\r\n`)
      },
    ),
    { numRuns: runs(3000) },
  )
})

test('any further header and any string as an address cannot add a header', async () => {
  await fc.assert(
    fc.asyncProperty(text, text, text, async (value, address, id) => {
      const bytes = await wire({ ...base, headers: [['X-Any', value]], references: [id], inReplyTo: id })
      const names = (bytes.toString().split('\r\n\r\n')[0] ?? '')
        .split('\r\n')
        .filter((l) => !/^[ \t]/.test(l))
        .map((l) => l.slice(0, l.indexOf(':')))
      const expected = [
        'Date',
        'From',
        'To',
        'Subject',
        'Message-ID',
        'In-Reply-To',
        'References',
        'X-Any',
        'MIME-Version',
        'Content-Type',
        'Content-Transfer-Encoding',
      ]
      expect(expected).toEqual(expect.arrayContaining(names))
      expect(strictlyDecoded(headerOf(bytes, 'X-Any'))).toBe(flatText(value) || 'absent')
      try {
        compose({ ...base, to: [{ name: '', address }] })
      } catch (e) {
        expect(String(e)).toContain('address')
      }
    }),
    { numRuns: runs(1000) },
  )
})

test('attachments by reference are joined and recoded alike, whole and as a stream, whatever their encoding', async () => {
  const quoted = (b: Uint8Array): Buffer =>
    Buffer.from([...b].map((c, i) => `=${c.toString(16).toUpperCase().padStart(2, '0')}${i % 20 === 19 ? '=\r\n' : ''}`).join(''))
  const uu = (b: Uint8Array): Buffer => {
    const lines: string[] = []
    for (let i = 0; i < b.length; i += 45) {
      const row = b.subarray(i, i + 45)
      let line = String.fromCharCode(32 + row.length)
      for (let j = 0; j < row.length; j += 3) {
        const v = ((row[j] ?? 0) << 16) | ((row[j + 1] ?? 0) << 8) | (row[j + 2] ?? 0)
        line += [v >> 18, (v >> 12) & 63, (v >> 6) & 63, v & 63].map((n) => String.fromCharCode(n === 0 ? 96 : n + 32)).join('')
      }
      lines.push(line)
    }
    return Buffer.from(['begin 644 x', ...lines, '`', 'end', ''].join('\r\n'))
  }
  const encoders = {
    identity: (b: Uint8Array): Buffer => Buffer.from(b),
    base64: (b: Uint8Array): Buffer => Buffer.from(Buffer.from(b).toString('base64').replace(/.{76}/g, '$&\n')),
    'quoted-printable': quoted,
    uuencode: uu,
  }
  const piece = fc.record({
    from: fc.constantFrom('identity', 'base64', 'quoted-printable', 'uuencode'),
    bytes: fc.uint8Array({ maxLength: 400 }),
    before: fc.nat(20),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 4 }), async (pieces) => {
      const blobs: Record<string, Buffer> = {}
      const source = pieces.map((p, i): SegmentSource => {
        const encoded = encoders[p.from](p.bytes)
        blobs[`b${i}`] = Buffer.concat([Buffer.alloc(p.before, 65), encoded, Buffer.from('tail')])
        return { blob: `b${i}`, start: p.before, end: p.before + encoded.length, from: p.from, sizeBytes: p.bytes.length }
      })
      const mail = { ...base, attachments: [{ filename: 'x.bin', contentType: 'application/octet-stream', source }] }
      const bytes = await wire(mail, blobs)
      const parsed = await simpleParser(bytes)
      expect(parsed.attachments[0]?.content.equals(Buffer.concat(pieces.map((p) => p.bytes)))).toBe(true)
      const read = (id: string): Promise<Uint8Array> => Promise.resolve(blobs[id] ?? Buffer.alloc(0))
      const streamed: Uint8Array[] = []
      for await (const chunk of assembleStream(compose(mail).segments, read)) streamed.push(chunk)
      expect(Buffer.concat(streamed).equals(bytes)).toBe(true)
    }),
    { numRuns: runs(300) },
  )
})

test('a segment that points outside of its blob, and a blob that is gone, are errors and not an empty attachment', async () => {
  const { segments } = compose({
    ...base,
    attachments: [{ filename: 'x', contentType: 'a/b', source: [{ blob: 'b', start: 0, end: 10, from: 'identity', sizeBytes: 10 }] }],
  })
  await expect(assemble(segments, () => Promise.resolve(Buffer.alloc(9)))).rejects.toThrow(RangeError)
  await expect(assemble(segments, () => Promise.reject(new Error('pruned')))).rejects.toThrow('pruned')
})

test('any string is refused as an address or stands alone and unchanged in its header and its envelope', () => {
  const local = fc.oneof(
    fc.constantFrom(
      'a',
      '"a b"',
      '"a@b"',
      '"a,b"',
      '"\\\\""',
      '"<x>"',
      'иван',
      'a+b',
      'a..b',
      '=?utf-8?q?x?=',
      "o'neil",
      '"a;b:c"',
      '"(x)"',
    ),
    fc.string({ maxLength: 8 }),
  )
  const domain = fc.oneof(
    fc.constantFrom(
      'b.example',
      'почта.рф',
      '[127.0.0.1]',
      '[ipv6:::1]',
      'B.Example',
      'x_y.example',
      'faß.example',
      '１.example',
      '-b.example',
      'b.example.',
    ),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
  )
  const candidate = fc.oneof(
    fc.tuple(local, domain).map(([l, d]) => `${l}@${d}`),
    fc.tuple(local, text).map((a) => a.join('@')),
    text,
    fc.emailAddress(),
  )
  fc.assert(
    fc.property(candidate, (address) => {
      const wired = wireAddress(address)
      if (!wired) {
        expect(() => addressList('To', [{ name: 'x', address }])).toThrow(/address/)
        return
      }
      expect(wired.address).not.toMatch(/[\s\0<>]/)
      expect(wireAddress(wired.address)?.address).toBe(wired.address)
      const { value, smtpUtf8 } = addressList('To', [
        { name: '', address },
        { name: 'x', address: 'other@x.example' },
      ])
      expect(smtpUtf8).toBe(wired.smtpUtf8)
      expect(parseAddressList(value).map((a) => a.address)).toEqual([wired.address, 'other@x.example'])
    }),
    { numRuns: runs(100_000) },
  )
})
