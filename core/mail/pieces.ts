// The decoded bytes of a file piece by piece, read where they are stored as they are wanted: a big file is never held whole.
import { attachmentBytes } from './content.ts'
import type { ByteRange } from './content.ts'

/** Bytes of a stored range, `end` exclusive, counted from the beginning of what is stored. */
export type ReadBytes = (start: number, end: number) => Promise<Uint8Array>

/** Read at a time. Databases look through all that stands before a slice, so that many small ones would cost more. */
const sliceBytes = 4 * 1024 * 1024
/** Decoded in one go: 0.3 ms. */
const step = 64 * 1024

/** The bytes from `start` to `end` (exclusive, decoded) of a file that stands in `range`. */
export async function* decodedPieces(read: ReadBytes, range: ByteRange, start: number, end: number): AsyncGenerator<Buffer> {
  if (range.encoding === 'identity') return yield* slices(read, range.start + start, Math.min(range.end, range.start + end))
  yield* part(range.encoding === 'base64' ? fromBase64(slices(read, range.start, range.end)) : small(read, range), start, end)
}

/** Stored bytes as they are. */
export async function* slices(read: ReadBytes, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; at += sliceBytes) {
    const slice = await read(at, Math.min(end, at + sliceBytes))
    for (let i = 0; i < slice.length; i += step) yield Buffer.from(slice.buffer, slice.byteOffset + i, Math.min(step, slice.length - i))
  }
}

/** Quoted-printable and uuencode stand for text and old mail. */
async function* small(read: ReadBytes, { start, end, encoding }: ByteRange): AsyncGenerator<Buffer> {
  const decoded = attachmentBytes(await read(start, end), { start: 0, end: end - start, encoding })
  yield Buffer.from(decoded.buffer, decoded.byteOffset, decoded.length)
}

/** Four digits are three bytes; what is none is skipped, line breaks may stand anywhere, and behind padding another file may begin. */
async function* fromBase64(encoded: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let [bits, count] = [0, 0]
  for await (const piece of encoded) {
    const out = Buffer.allocUnsafe(Math.ceil((piece.length * 3) / 4) + 3)
    let length = 0
    for (let i = 0; i < piece.length; i++) {
      const value = digits[piece[i] ?? 0] ?? -1
      if (value === padding) {
        for (const byte of tail(bits, count)) out[length++] = byte
        bits = count = 0
      }
      if (value < 0) continue
      bits = (bits << 6) | value
      if (++count < 4) continue
      out[length++] = bits >> 16
      out[length++] = (bits >> 8) & 255
      out[length++] = bits & 255
      bits = count = 0
    }
    yield out.subarray(0, length)
  }
  yield Buffer.from(tail(bits, count))
}

/** One byte of two digits that are left, two of three. */
const tail = (bits: number, count: number): readonly number[] =>
  count === 2 ? [(bits >> 4) & 255] : count === 3 ? [(bits >> 10) & 255, (bits >> 2) & 255] : []

const padding = -2
/** The value of a digit, of the URL alphabet too; -1: none. */
const digits = Int8Array.from({ length: 256 }, (_, c) =>
  c === 0x3d
    ? padding
    : 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.indexOf(
        c === 0x2d ? '+' : c === 0x5f ? '/' : String.fromCharCode(c),
      ),
)

async function* part(pieces: AsyncIterable<Buffer>, start: number, end: number): AsyncGenerator<Buffer> {
  let at = 0
  for await (const piece of pieces) {
    const wanted = piece.subarray(Math.max(0, start - at), Math.max(0, end - at))
    if (wanted.length > 0) yield wanted
    at += piece.length
    if (at >= end) return
  }
}
