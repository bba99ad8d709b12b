// Parameters of Content-Type and Content-Disposition (RFC 2045 §5.1), with RFC 2231 continuations and charsets, read leniently.
import { decodeText } from './charset.ts'
import { decodeEightBit, decodeWords } from './words.ts'

/** Parameter values by lower-case name, decoded to text. */
export type Parameters = ReadonlyMap<string, string>

/** At most so many parameters are read. */
const most = 100

/** Splits `type/subtype; a=b; c*=utf-8''d; e*0="f"; e*1="g"`. `value` is lower case. `text` is a raw header value (latin1). */
export function parseParameters(text: string): { readonly value: string; readonly params: Parameters } {
  // `text/plain charset=x` without the semicolon is common.
  const pieces = splitPieces(text.replace(/^(\s*[\w.+-]{1,60}\/[\w.+-]{1,100})\s+(?=[\w-]{1,40}\s?=)/, '$1;'))
  const value = (pieces[0] ?? '')
    .slice(0, 300)
    .replace(/\([^)]*\)/g, '')
    .replace(/[\s"']+/g, '')
    .toLowerCase()
  const plain = new Map<string, string>()
  const extended = new Map<string, { readonly order: number; readonly encoded: boolean; readonly text: string }[]>()
  for (const piece of pieces.slice(1, most)) {
    const equals = piece.indexOf('=')
    if (equals < 1) continue
    const name = piece.slice(0, equals).trim().toLowerCase()
    const content = unquote(piece.slice(equals + 1).trim())
    const star = /^([^*]{1,60})\*(?:(\d{1,3})(\*)?)?$/.exec(name)
    if (!star?.[1]) {
      if (!plain.has(name)) plain.set(name, content)
      continue
    }
    const list = extended.get(star[1]) ?? []
    list.push({ order: Number(star[2] ?? 0), encoded: star[2] === undefined || star[3] !== undefined, text: content })
    extended.set(star[1], list)
  }
  const params = new Map<string, string>()
  // A boundary is compared with bytes of the body: it stays as it is.
  for (const [name, content] of plain) params.set(name, name === 'boundary' ? content : decodeWords(decodeEightBit(content)))
  for (const [name, list] of extended) params.set(name, joined(list))
  return { value, params }
}

function joined(list: { readonly order: number; readonly encoded: boolean; readonly text: string }[]): string {
  const ordered = [...list].sort((a, b) => a.order - b.order)
  const head = ordered[0]
  const mark = head?.encoded ? /^([^']{0,40})'[^']{0,40}'/.exec(head.text) : null
  let bytes = ''
  for (const [i, piece] of ordered.entries()) {
    const text = i === 0 && mark ? piece.text.slice(mark[0].length) : piece.text
    bytes += piece.encoded ? text.replace(/%([\da-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))) : text
  }
  const text = decodeText(Buffer.from(bytes, 'latin1'), mark?.[1]).text
  return mark ? text : decodeWords(text)
}

/** Cuts at `;` outside of quotes. A quote that never closes quotes nothing. */
function splitPieces(text: string): readonly string[] {
  const pieces: string[] = []
  let start = 0
  let quotes = true
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i)
    if (c === ';') {
      pieces.push(text.slice(start, i))
      start = i + 1
    } else if (c === '"' && quotes) {
      const end = closingQuote(text, i + 1)
      if (end < 0) quotes = false
      else i = end
    }
  }
  pieces.push(text.slice(start))
  return pieces
}

function closingQuote(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const c = text.charAt(i)
    if (c === '"') return i
    if (c === '\\') i++
  }
  return -1
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text.length > 1000 ? text : text.replace(/\s*\([^)]*\)\s*$/, '')
  const end = closingQuote(text, 1)
  const inner = text.slice(1, end < 0 ? text.length : end)
  // A backslash quotes the next character, but Windows senders write whole paths with bare ones.
  return /^([A-Za-z]:)?\\\w/.test(inner) ? inner : inner.replace(/\\(.)/g, '$1')
}
