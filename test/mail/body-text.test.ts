import { encode, wrap } from 'nodemailer/lib/qp'
import { expect, test } from 'vitest'
import { encodeText } from '../../core/mail/compose/body-text.ts'

/** As nodemailer encodes a whole text, with our rules for the start of a line. */
const byLibrary = (content: string): string =>
  wrap(encode(content), 74)
    .replace(/^\./gm, '=2E')
    .replace(/^F(?=rom )/gm, '=46')

const pieces = [
  ...['word', 'слово', '=', '.', ',', ' ', '   ', '\t', 'From ', 'é', '😀', '=3D', '<p style="margin:0">', '\r\n', '\r\n', '\r\n'],
  ...[72, 73, 74, 75, 200, 1200].map((n) => 'x'.repeat(n)),
  'ж'.repeat(12),
]

test('quoted-printable is octet by octet that of the library, whatever is put together', () => {
  let state = 17
  const next = (n: number): number => (state = (state * 1103515245 + 12345) % 2147483648) % n
  let quoted = 0
  for (let i = 0; i < 2000; i++) {
    const text = `${Array.from({ length: next(40) }, () => pieces[next(pieces.length)] ?? '').join('')}\r\n`
    const { encoding, body } = encodeText(text)
    if (encoding !== 'quoted-printable') continue
    quoted++
    expect(body).toBe(byLibrary(text))
    expect(encodeText(text).body).toBe(body)
  }
  expect(quoted).toBeGreaterThan(500)
})
