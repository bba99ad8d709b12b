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

/** What quoted-printable encodes besides the sign itself; most HTML has none, and the library looks at each octet. */
const unusual = /[^\t\r\n\x20-\x7e]|[\t ]\r/

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
  const quoted = unusual.test(content) ? encode(content) : content.replaceAll('=', '=3D')
  const size = Buffer.byteLength(content)
  if (quoted.length > base64Size(size)) return { encoding: 'base64', body: base64Lines(Buffer.from(content)) }
  return { encoding: 'quoted-printable', body: guarded(softBroken(quoted)) }
}

/** Two columns are kept for what `guarded` encodes. */
const room = 74

/** Soft breaks in the lines that need some. The library looks for them by five expressions for each line, also where there is nothing to do. */
function softBroken(quoted: string): string {
  let out = ''
  let kept = 0
  for (let start = 0; start < quoted.length;) {
    const end = quoted.indexOf('\r\n', start) + 2
    if (end - start > room) {
      out += quoted.slice(kept, start) + wrappedLine(quoted.slice(start, end))
      kept = end
    }
    start = end
  }
  return out + quoted.slice(kept)
}

/** Long lines met before: the mails about one message, to several people, have nearly all of theirs in common. Emptied when it is full. */
const wrapped = new Map<string, string>()
const mostWrapped = 500
/** Characters of a line that is remembered. */
const longestKept = 1000

function wrappedLine(line: string): string {
  if (line.length > longestKept) return wrap(line, room)
  const before = wrapped.get(line)
  if (before !== undefined) return before
  if (wrapped.size >= mostWrapped) wrapped.clear()
  const made = wrap(line, room)
  wrapped.set(line, made)
  return made
}

/** The library leaves "From " and dots at the start of a line. */
function guarded(body: string): string {
  const dots = body.startsWith('.') || body.includes('\n.') ? body.replace(/^\./gm, '=2E') : body
  return dots.startsWith('From ') || dots.includes('\nFrom ') ? dots.replace(/^F(?=rom )/gm, '=46') : dots
}
