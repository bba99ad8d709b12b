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

/** What quoted-printable does not leave as it is, in a line. */
const encodable = /[^\t\r\n\x20-\x3c\x3e-\x7e]|[\t ]\r/

/** Lines end by CRLF. An expression would count the characters of a line anew from each of them: 1 ms for a mail of 6 kB. */
function hasLongLine(content: string, most: number): boolean {
  for (let start = 0, end = content.indexOf('\r\n'); end >= 0; start = end + 2, end = content.indexOf('\r\n', start))
    if (end - start > most) return true
  return false
}

/** Line breaks of any kind become CRLF, a last one is added where it is missing, NUL and lone surrogates become U+FFFD. */
export function encodeText(text: string): EncodedText {
  const sound = text.toWellFormed().replaceAll('\0', '\ufffd')
  const lines = sound.includes('\r') ? sound.replace(/\r\n?|\n/g, '\r\n') : sound.replaceAll('\n', '\r\n')
  const content = lines === '' || lines.endsWith('\r\n') ? lines : `${lines}\r\n`
  if (!hasLongLine(content, 76) && !fragile.test(content)) return { encoding: '7bit', body: content }
  const { quoted, size } = quotedPrintable(content)
  // Shorter of the two before lines are broken.
  if (size > base64Size(Buffer.byteLength(content))) return { encoding: 'base64', body: base64Lines(Buffer.from(content)) }
  return { encoding: 'quoted-printable', body: guarded(quoted) }
}

/** Two columns are kept for what `guarded` encodes. */
const room = 74

/** A line with its end, encoded and broken softly, and its length before it was broken. */
interface QuotedLine {
  readonly quoted: string
  readonly size: number
}

/** Only lines that are long, or hold what is encoded, are given to the library: it looks at each octet, and for soft breaks by five expressions at each line. */
function quotedPrintable(content: string): QuotedLine {
  let quoted = ''
  let size = 0
  let kept = 0
  for (let start = 0; start < content.length;) {
    const end = content.indexOf('\r\n', start) + 2
    if (end - start > room || encodable.test(content.slice(start, end))) {
      const line = quotedLine(content.slice(start, end))
      quoted += content.slice(kept, start) + line.quoted
      size += start - kept + line.size
      kept = end
    }
    start = end
  }
  return { quoted: quoted + content.slice(kept), size: size + content.length - kept }
}

/** Lines met before: the mails about one message, to several people, have nearly all of theirs in common. Emptied when it is full. */
const known = new Map<string, QuotedLine>()
const mostKnown = 500
/** Characters of a line that is remembered. */
const longestKnown = 1000

function quotedLine(line: string): QuotedLine {
  const before = known.get(line)
  if (before !== undefined) return before
  const encoded = encode(line)
  const made = { quoted: wrap(encoded, room), size: encoded.length }
  if (line.length > longestKnown) return made
  if (known.size >= mostKnown) known.clear()
  known.set(line, made)
  return made
}

/** The library leaves "From " and dots at the start of a line. */
function guarded(body: string): string {
  const dots = body.startsWith('.') || body.includes('\n.') ? body.replace(/^\./gm, '=2E') : body
  return dots.startsWith('From ') || dots.includes('\nFrom ') ? dots.replace(/^F(?=rom )/gm, '=46') : dots
}
