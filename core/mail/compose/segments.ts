// The final bytes of an outgoing mail as a list of segments: text of its own, and attachments by reference to the mail they came in with.
// The list is plain JSON and is stored; assembling it gives the same bytes at every attempt (IDM-4).
import { attachmentBytes } from '../content.ts'

/** Where bytes lie: [start, end) of a stored blob, in the transfer encoding they have there. */
export interface SegmentSource {
  readonly blob: string
  readonly start: number
  readonly end: number
  readonly from: 'identity' | 'base64' | 'quoted-printable' | 'uuencode'
  /** Bytes after decoding, as the parser counted them. */
  readonly sizeBytes: number
}

/**
 * `text` goes out as it is; neighbouring blobs are decoded, joined and sent as one base64 body. `wire` is a whole stored mail that is
 * passed on (a mailbox copy): its own bytes, with bare CR and LF made CRLF.
 */
export type Segment = { readonly text: string } | (Omit<SegmentSource, 'sizeBytes'> & { readonly as: 'base64' | 'wire' })

/** Gives the bytes of a stored blob; rejects if there are none. */
export type ReadBlob = (id: string) => Promise<Uint8Array>

/** Characters of base64 in a line, and bytes in such a line. */
const lineCharacters = 76
const lineBytes = 57
/** Bytes encoded in one go: whole lines, so that pieces can be glued. */
const pieceBytes = lineBytes * 1024

/** The bytes of the mail. */
export async function assemble(segments: readonly Segment[], readBlob: ReadBlob): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of assembleStream(segments, readBlob)) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** The bytes of the mail, piece by piece (about 80 kB each); one blob is held at a time. */
export async function* assembleStream(segments: readonly Segment[], readBlob: ReadBlob): AsyncGenerator<Uint8Array, void, void> {
  let held: { readonly id: string; readonly bytes: Uint8Array } | undefined
  let carry: Uint8Array = Buffer.alloc(0)
  for (const segment of segments) {
    if ('text' in segment) {
      if (carry.length > 0) yield encoded(carry)
      carry = Buffer.alloc(0)
      yield Buffer.from(segment.text)
      continue
    }
    if (held?.id !== segment.blob) held = { id: segment.blob, bytes: await readBlob(segment.blob) }
    if (segment.start < 0 || segment.end > held.bytes.length || segment.start > segment.end)
      throw new RangeError('A segment lies outside of its blob')
    if (segment.as === 'wire') {
      yield wireLines(held.bytes.subarray(segment.start, segment.end))
      continue
    }
    const decoded = attachmentBytes(held.bytes, { start: segment.start, end: segment.end, encoding: segment.from })
    const bytes = carry.length > 0 ? Buffer.concat([carry, decoded]) : decoded
    const whole = bytes.length - (bytes.length % lineBytes)
    for (let i = 0; i < whole; i += pieceBytes) yield encoded(bytes.subarray(i, Math.min(whole, i + pieceBytes)))
    carry = bytes.subarray(whole)
  }
  if (carry.length > 0) yield encoded(carry)
}

/** Octets of a base64 body with CRLF behind every line. */
export function base64Size(bytes: number): number {
  const characters = 4 * Math.ceil(bytes / 3)
  return characters + 2 * Math.ceil(characters / lineCharacters)
}

/** Base64 with CRLF behind every 76 characters and behind the last line (RFC 2045 §6.8). */
export function base64Lines(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  return text.replace(/.{1,76}/g, '$&\r\n')
}

/** Line ends as SMTP wants them (RFC 5321 §2.3.8), with one at the end. */
function wireLines(bytes: Uint8Array): Buffer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n')
  return Buffer.from(text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1')
}

function encoded(bytes: Uint8Array): Buffer {
  return Buffer.from(base64Lines(bytes), 'latin1')
}
