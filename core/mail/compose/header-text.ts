// Header values: what a person wrote becomes lines of ASCII that no value can break out of (RFC 5322 §2.2, RFC 2047, RFC 2231).

/** RFC 5322 §2.1.1: characters of a line that should not be passed; folding aims at it. */
const softColumns = 76
/** RFC 2047 §2: an encoded word has at most 75 characters, `=?utf-8?Q?` and `?=` included. */
const encodedWordRoom = 75 - '=?utf-8?Q??='.length

/** One line: line breaks, tabs and other controls become a blank, ends are trimmed, lone surrogates U+FFFD. What `textHeader` carries is exactly this. */
export function flatText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim()
}

/** An unstructured header (`Subject: ...`), folded, with CRLF at its end. The value decodes to `flatText(value)`; words of up to `longestWord` octets stay readable. */
export function textHeader(name: string, value: string, longestWord = 69): string {
  const flat = flatText(value)
  return foldedHeader(name, needsEncoding(flat, longestWord) ? encodedWords(flat, softColumns - name.length - 2) : words(flat))
}

/** A header from pieces that must not be broken inside; folds stand between pieces. The pieces are ASCII, or UTF-8 for RFC 6532. */
export function foldedHeader(name: string, pieces: readonly string[]): string {
  let out = `${name}:`
  let column = out.length
  let first = true
  for (const piece of pieces) {
    // Never a fold before the first piece: some old readers take such a header for empty.
    if (!first && column + 1 + piece.length > softColumns) {
      out += '\r\n'
      column = 0
    }
    out += ` ${piece}`
    column += 1 + piece.length
    first = false
  }
  return `${out}\r\n`
}

/** The first `n` characters of a text. */
export function firstCharacters(text: string, n: number): string {
  return text.length <= n ? text : [...text.slice(0, 2 * n)].slice(0, n).join('')
}

/** A display name (its first 200 characters) as a phrase: as it is, quoted, or encoded; in pieces that may be folded between. */
export function phrase(name: string): readonly string[] {
  const flat = firstCharacters(flatText(name), 200).trim()
  if (flat === '') return []
  if (needsEncoding(flat, 69)) return encodedWords(flat, encodedWordRoom)
  if (/^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+$/.test(flat)) return words(flat)
  return flat.length > 60 ? encodedWords(flat, encodedWordRoom) : [quotedString(flat)]
}

/** A MIME parameter `; name=value`, in pieces: token or quoted string in ASCII, else RFC 2231 with continuations. */
export function parameter(name: string, value: string): readonly string[] {
  const flat = flatText(value)
  if (isShortAscii(flat)) {
    return [/^[A-Za-z0-9!#$&+\-.^_`{|}~]+$/.test(flat) ? `${name}=${flat}` : `${name}=${quotedString(flat)}`]
  }
  const encoded = [...flat].map((c) => (/^[A-Za-z0-9.\-_]$/.test(c) ? c : percent(c)))
  const room = softColumns - 5 - name.length - "*99*=utf-8''".length
  const chunks: string[] = ['']
  for (const c of encoded) {
    const last = chunks.length - 1
    if ((chunks[last] ?? '').length + c.length > room) chunks.push(c)
    else chunks[last] = (chunks[last] ?? '') + c
  }
  const [only] = chunks
  if (chunks.length === 1) return [`${name}*=utf-8''${only ?? ''}`]
  return chunks.map((chunk, i) => `${name}*${i}*=${i === 0 ? "utf-8''" : ''}${chunk}`)
}

/** The parameter `name` of a Content-Type, which old readers understand only with encoded words in quotes, against RFC 2047 §5 (3). */
export function legacyName(value: string): readonly string[] {
  const flat = flatText(value)
  if (isShortAscii(flat)) return parameter('name', flat)
  const parts = encodedWords(flat, softColumns - ' name="";'.length)
  return parts.map((part, i) => `${i === 0 ? 'name="' : ''}${part}${i === parts.length - 1 ? '"' : ''}`)
}

/** The encoded words of a text (RFC 2047), each whole on its own, `firstRoom` columns for the first one. Readers join them without blanks. */
function encodedWords(text: string, firstRoom: number): readonly string[] {
  const q = split(text, firstRoom, (c) => (/^[A-Za-z0-9!*+\-/]$/.test(c) ? 1 : c === ' ' ? 1 : 3 * Buffer.byteLength(c)), 1)
  const b = split(text, firstRoom, (c) => Buffer.byteLength(c), 4 / 3)
  const inQ = q.map((part) => `=?utf-8?Q?${[...part].map(qCharacter).join('')}?=`)
  const inB = b.map((part) => `=?utf-8?B?${Buffer.from(part).toString('base64')}?=`)
  // ASCII in base64 looks like something to hide to spam filters.
  return /^[\x20-\x7e]*$/.test(text) || length(inQ) <= length(inB) ? inQ : inB
}

function length(parts: readonly string[]): number {
  return parts.reduce((n, p) => n + p.length + 1, 0)
}

/** Splits between code points, so that each part stays within the room of one encoded word. */
function split(text: string, firstRoom: number, cost: (c: string) => number, factor: number): readonly string[] {
  const parts: string[] = []
  let part = ''
  let used = 0
  let room = Math.min(encodedWordRoom, Math.max(20, firstRoom - '=?utf-8?Q??='.length))
  for (const c of text) {
    const next = used + cost(c)
    if (part !== '' && (factor === 1 ? next : 4 * Math.ceil(next / 3)) > room) {
      parts.push(part)
      part = ''
      used = 0
      room = encodedWordRoom
    }
    part += c
    used += cost(c)
  }
  if (part !== '') parts.push(part)
  return parts
}

/** RFC 2047 §5 (3): the characters that are safe in a phrase are safe everywhere. */
function qCharacter(c: string): string {
  if (/^[A-Za-z0-9!*+\-/]$/.test(c)) return c
  return c === ' ' ? '_' : percent(c).replaceAll('%', '=')
}

function percent(c: string): string {
  return [...Buffer.from(c)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}

/** Plain text may stand as it is if it is ASCII, cannot be read as an encoded word, and folding at its blanks loses none. */
function needsEncoding(flat: string, longestWord: number): boolean {
  return !/^[\x20-\x7e]*$/.test(flat) || flat.includes('=?') || flat.includes('  ') || words(flat).some((w) => w.length > longestWord)
}

/** A lenient reader takes an encoded word in a quoted string for one. */
function isShortAscii(flat: string): boolean {
  return /^[\x20-\x7e]*$/.test(flat) && flat.length <= 60 && !flat.includes('=?')
}

function words(flat: string): readonly string[] {
  return flat === '' ? [] : flat.split(' ')
}

function quotedString(flat: string): string {
  return `"${flat.replace(/["\\]/g, '\\$&')}"`
}
