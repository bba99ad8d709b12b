// The content of a text part as lines of ASCII: 7bit where it is already fit, else quoted-printable or base64, whichever is shorter (RFC 2045 §6).
import { encode, wrap } from 'nodemailer/lib/qp'
import { base64Lines, base64Size } from './segments.ts'

export interface EncodedText {
  readonly encoding: '7bit' | 'quoted-printable' | 'base64'
  /** Lines of at most 76 characters, CRLF behind each, also the last. */
  readonly body: string
}

/** Not fit to travel as it is: beyond ASCII, lines that relays touch (blanks at the end, "From ", a dot in front), a boundary of ours. */
const fragile = /[^\t\r\n\x20-\x7e]|^\.|^From |[\t ]$|=_/m

/** Lines end by CRLF. An expression would count the characters of a line anew from each of them: 1 ms for a mail of 6 kB. */
function hasLongLine(content: string, most: number): boolean {
  for (let start = 0, end = content.indexOf('\r\n'); end >= 0; start = end + 2, end = content.indexOf('\r\n', start))
    if (end - start > most) return true
  return false
}

/** Line breaks of any kind become CRLF, a last one is added where it is missing, NUL and lone surrogates become U+FFFD. */
export function encodeText(text: string): EncodedText {
  const lines = text
    .toWellFormed()
    .replaceAll('\0', '\ufffd')
    .replace(/\r\n?|\n/g, '\r\n')
  const content = lines === '' || lines.endsWith('\r\n') ? lines : `${lines}\r\n`
  if (!hasLongLine(content, 76) && !fragile.test(content)) return { encoding: '7bit', body: content }
  const quoted = encode(content)
  const bytes = Buffer.from(content)
  if (quoted.length > base64Size(bytes.length)) return { encoding: 'base64', body: base64Lines(bytes) }
  // The library leaves "From " and dots at the start of a line; two columns are kept for encoding them.
  const body = wrap(quoted, 74)
    .replace(/^\./gm, '=2E')
    .replace(/^F(?=rom )/gm, '=46')
  return { encoding: 'quoted-printable', body }
}
