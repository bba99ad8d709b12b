// The bytes between DATA and the final dot (RFC 5321 §4.5.2).

const CR = 0x0d
const LF = 0x0a
const DOT = 0x2e

/**
 * Doubles each dot at the start of a line and ends the text with CRLF; a bare CR or LF becomes CRLF, so that nothing we send can be read
 * as two mails by a lax peer (REL-9). Deterministic: the same bytes in, the same bytes out. The final dot is not part of it.
 */
export function dotStuffed(raw: Buffer): Buffer {
  // At worst each byte becomes two; mails without odd lines are copied in few large pieces.
  const pieces: Buffer[] = []
  let from = 0
  const cut = (to: number, then: string): void => {
    if (to > from) pieces.push(raw.subarray(from, to))
    if (then !== '') pieces.push(Buffer.from(then, 'latin1'))
    from = to
  }
  let lineStart = true
  for (let i = 0; i < raw.length; i++) {
    const byte = raw[i]
    if (lineStart && byte === DOT) cut(i, '.')
    lineStart = false
    if (byte === CR) {
      if (raw[i + 1] === LF) i++
      else {
        cut(i, '\r\n')
        from = i + 1
      }
      lineStart = true
    } else if (byte === LF) {
      cut(i, '\r\n')
      from = i + 1
      lineStart = true
    }
  }
  cut(raw.length, raw.length > 0 && !lineStart ? '\r\n' : '')
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
}
