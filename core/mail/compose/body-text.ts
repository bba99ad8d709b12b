// The content of a text part as lines of ASCII: 7bit where it is already fit, else quoted-printable or base64, whichever is shorter (RFC 2045 §6).
import { base64Lines } from './segments.ts'

export interface EncodedText {
  readonly encoding: '7bit' | 'quoted-printable' | 'base64'
  /** Lines of at most 76 characters, CRLF behind each, also the last. */
  readonly body: string
}

const columns = 76

/** Line breaks of any kind become CRLF, a last one is added where it is missing, NUL and lone surrogates become U+FFFD. */
export function encodeText(text: string): EncodedText {
  const lines = text.toWellFormed().replaceAll('\0', '\ufffd').split(/\r\n|\r|\n/)
  if (lines.at(-1) === '') lines.pop()
  if (lines.every(isPlain)) return { encoding: '7bit', body: lines.map((l) => `${l}\r\n`).join('') }
  const bytes = Buffer.from(lines.map((l) => `${l}\r\n`).join(''))
  if (quotedLength(bytes) > 1.34 * bytes.length) return { encoding: 'base64', body: base64Lines(bytes) }
  return { encoding: 'quoted-printable', body: lines.map((l) => `${quotedLine(l)}\r\n`).join('') }
}

/** Fit to travel as it is: short ASCII that no relay touches (blanks at the end, "From ", a lone dot) and that is no boundary of ours. */
function isPlain(line: string): boolean {
  return line.length <= columns && /^[\x20-\x7e\t]*$/.test(line) && !/[ \t]$/.test(line) && !/^(?:From |\.)/.test(line) && !line.includes('=_')
}

function quotedLength(bytes: Buffer): number {
  let n = 0
  for (const byte of bytes) n += isSafe(byte) || byte === 10 || byte === 13 ? 1 : 3
  return n
}

function isSafe(byte: number): boolean {
  return (byte >= 0x20 && byte <= 0x7e && byte !== 0x3d) || byte === 9
}

/** One line of text as one or more quoted-printable lines, soft breaks between. */
function quotedLine(line: string): string {
  const bytes = Buffer.from(line)
  let out = ''
  let column = 0
  bytes.forEach((byte, i) => {
    const last = i === bytes.length - 1
    const blankAtEnd = last && (byte === 0x20 || byte === 9)
    // "From " is rewritten by mbox writers and a dot by careless transports; both only at the start of a line.
    const fragile = column === 0 && (byte === 0x2e || byte === 0x46)
    const piece = isSafe(byte) && !blankAtEnd && !fragile ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
    if (column + piece.length > columns - (last ? 0 : 1)) {
      out += '=\r\n'
      column = 0
    }
    out += piece
    column += piece.length
  })
  return out
}
