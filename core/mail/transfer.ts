// Content transfer encodings (RFC 2045 §6) and uuencode, decoded leniently from bytes.

/** Base64 with anything that is not of its alphabet skipped; stops at padding only where nothing decodable follows. */
export function fromBase64(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const padding = text.indexOf('=')
  // Several encoded pieces pasted together: Buffer would stop at the first padding.
  if (padding < 0 || !/[A-Za-z0-9+/_-]/.test(text.slice(padding))) return Buffer.from(text, 'base64')
  return Buffer.concat(text.split(/=+/).map((piece) => Buffer.from(piece, 'base64')))
}

/** Quoted-printable; `word` for the Q encoding of headers, which has no soft line breaks. A `=` that starts nothing is kept. */
export function fromQuotedPrintable(bytes: Uint8Array, word = false): Uint8Array {
  const out = new Uint8Array(bytes.length)
  let n = 0
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i] ?? 0
    if (c !== 0x3d) {
      out[n++] = c
      continue
    }
    const high = hexValue(bytes[i + 1])
    const low = hexValue(bytes[i + 2])
    if (high >= 0 && low >= 0) {
      out[n++] = high * 16 + low
      i += 2
      continue
    }
    const end = word ? -1 : softBreak(bytes, i + 1)
    if (end < 0) out[n++] = c
    else i = end - 1
  }
  return out.subarray(0, n)
}

/** Where the line after a soft break begins, or -1: blanks may stand between `=` and the line end. */
function softBreak(bytes: Uint8Array, from: number): number {
  let i = from
  while (i < from + 80 && (bytes[i] === 0x20 || bytes[i] === 0x09)) i++
  if (i >= bytes.length) return bytes.length
  if (bytes[i] === 0x0d) return bytes[i + 1] === 0x0a ? i + 2 : i + 1
  return bytes[i] === 0x0a ? i + 1 : -1
}

function hexValue(c: number | undefined): number {
  if (c === undefined) return -1
  if (c >= 0x30 && c <= 0x39) return c - 0x30
  if (c >= 0x41 && c <= 0x46) return c - 0x37
  return c >= 0x61 && c <= 0x66 ? c - 0x57 : -1
}

/** The lines of a uuencoded file, without or with its `begin` and `end` lines. */
export function fromUuencode(bytes: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = []
  for (const line of Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
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
