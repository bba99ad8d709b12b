// Content transfer encodings (RFC 2045 §6) and uuencode, decoded leniently from bytes.
import libbase64 from 'libbase64'
import libqp from 'libqp'

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Base64 with anything that is not of its alphabet skipped; several padded pieces one after the other are all read. */
export const fromBase64 = (bytes: Uint8Array): Uint8Array => libbase64.decode(bufferOf(bytes).toString('latin1'))

/** Quoted-printable; a `=` that starts nothing is kept, blanks at the end of a line are no part of it (RFC 2045 §6.7 rule 3). */
export const fromQuotedPrintable = (bytes: Uint8Array): Uint8Array =>
  // libqp 3.0.1 knows no bare CR: mails that went through a Mac end their lines with it.
  libqp.decode(
    bytes.includes(13)
      ? Buffer.from(
          bufferOf(bytes)
            .toString('latin1')
            .replace(/=[ \t]{0,80}\r(?!\n)/g, ''),
          'latin1',
        )
      : bufferOf(bytes),
  )

/** The lines of a uuencoded file, without or with its `begin` and `end` lines. */
export function fromUuencode(bytes: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = []
  for (const line of bufferOf(bytes)
    .toString('latin1')
    .split(/\r\n|\n|\r/)) {
    if (/^begin(-base64)? [0-7]{3,4} /.test(line) || line === '') continue
    if (line === 'end') break
    const length = (line.charCodeAt(0) - 32) & 63
    const out = new Uint8Array(Math.ceil((line.length - 1) / 4) * 3)
    let n = 0
    for (let i = 1; i < line.length; i += 4) {
      const [a, b, c, d] = [0, 1, 2, 3].map((k) => ((line.charCodeAt(i + k) || 32) - 32) & 63)
      const value = ((a ?? 0) << 18) | ((b ?? 0) << 12) | ((c ?? 0) << 6) | (d ?? 0)
      out[n++] = value >> 16
      out[n++] = (value >> 8) & 255
      out[n++] = value & 255
    }
    chunks.push(out.subarray(0, Math.min(length, n)))
  }
  return Buffer.concat(chunks)
}
