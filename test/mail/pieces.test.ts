import fc from 'fast-check'
import { expect, test } from 'vitest'
import { attachmentBytes, decodedSize } from '../../core/mail/content.ts'
import type { ByteRange } from '../../core/mail/content.ts'
import { decodedPieces } from '../../core/mail/pieces.ts'
import { runs } from '../support/runs.ts'

async function joined(raw: Buffer, range: ByteRange, start: number, end: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of decodedPieces((from, to) => Promise.resolve(raw.subarray(from, to)), range, start, end)) pieces.push(piece)
  return Buffer.concat(pieces)
}

test('a file in pieces is the file, in every encoding, however its lines are broken, and so is any part of it', async () => {
  const noise = fc.constantFrom('', '\r\n', '\n', ' ', '\r\n\r\n', '!', '\u00ff', '\0')
  const base64 = fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.array(noise, { minLength: 1, maxLength: 9 })).map(([bytes, breaks]) =>
    Buffer.from(
      Buffer.from(bytes)
        .toString('base64')
        .replace(/.{1,7}/g, (line) => line + (breaks[line.charCodeAt(0) % breaks.length] ?? '')),
      'latin1',
    ),
  )
  const any = fc.oneof(
    base64,
    fc.uint8Array({ maxLength: 300 }).map((b) => Buffer.from(b)),
    fc.array(base64, { maxLength: 3 }).map((parts) => Buffer.concat(parts)),
    fc.string({ unit: fc.constantFrom('A', 'b', '9', '+', '/', '-', '_', '=', '\n'), maxLength: 40 }).map((s) => Buffer.from(s)),
  )
  await fc.assert(
    fc.asyncProperty(
      any,
      fc.constantFrom('identity' as const, 'base64' as const, 'quoted-printable' as const, 'uuencode' as const),
      fc.nat(400),
      fc.nat(400),
      fc.nat(20),
      async (encoded, encoding, a, b, before) => {
        const raw = Buffer.concat([Buffer.alloc(before, 'Q'), encoded, Buffer.from('QUJD')])
        const range = { start: before, end: before + encoded.length, encoding }
        const whole = Buffer.from(attachmentBytes(raw, range))
        expect(decodedSize(raw, range)).toBe(whole.length)
        expect(await joined(raw, range, 0, whole.length)).toEqual(whole)
        const [from, to] = [Math.min(a, b, whole.length), Math.min(Math.max(a, b), whole.length)]
        expect(await joined(raw, range, from, to)).toEqual(whole.subarray(from, to))
      },
    ),
    { numRuns: runs(1000) },
  )
})

test('a big file comes in small pieces, a slice is read when it is wanted, and what nobody asks for is not read', async () => {
  const file = Buffer.from(Array.from({ length: 8_000_000 }, (_, i) => (i * 7) % 251))
  const encoded = Buffer.from(file.toString('base64').replace(/.{76}/g, '$&\r\n'))
  const range = { start: 0, end: encoded.length, encoding: 'base64' as const }
  const reads: number[] = []
  const read = (from: number, to: number): Promise<Buffer> => {
    reads.push(to - from)
    return Promise.resolve(encoded.subarray(from, to))
  }
  const seen: Buffer[] = []
  for await (const piece of decodedPieces(read, range, 0, file.length)) {
    seen.push(piece)
    if (seen.length === 1) expect(reads).toHaveLength(1)
  }
  expect(Math.max(...seen.map((p) => p.length))).toBeLessThanOrEqual(65_536)
  expect(Buffer.concat(seen).equals(file)).toBe(true)
  expect(Math.max(...reads)).toBeLessThanOrEqual(4 * 1024 * 1024)
  reads.length = 0
  for await (const piece of decodedPieces(read, range, 10, 20)) expect(piece).toEqual(file.subarray(10, 20))
  expect(reads).toHaveLength(1)
  reads.length = 0
  for await (const piece of decodedPieces(read, { ...range, encoding: 'identity' }, 10_000_000, 10_000_010))
    expect(piece).toEqual(encoded.subarray(10_000_000, 10_000_010))
  expect(reads).toEqual([10])
})
