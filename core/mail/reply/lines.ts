// A mail body as lines that carry how deeply they are quoted: what text and HTML have in common for the cutter.

/** Why the markup says something about a line; text mail has only plain lines. */
export type Mark =
  | 'plain'
  | 'indent' // in a bare blockquote: a quote only if an attribution stands above it
  | 'reply' // in Gmail's blockquote without the element that Gmail puts around a quote: a quote only at the end of the mail
  | 'cite' // in a blockquote that a mail program made for a quote
  | 'cut' // in a container in which a mail program puts the old conversation
  | 'after' // from here on everything is the old conversation
  | 'attribution' // in an element that holds the attribution
  | 'sign' // in an element that holds the signature
  | 'ours' // our own signature, unchanged
  | 'marker' // our own reply marker: everything from here on is ours

/** One line of a mail. */
export interface Line {
  /** As it will be shown: with its quote marks. */
  readonly raw: string
  /** Without quote marks and outer blanks: what is looked at. */
  readonly text: string
  /** How many quote marks or blockquotes it stands behind. */
  readonly depth: number
  readonly mark: Mark
  /** Of HTML: which outermost blockquote it stands in, for two side by side are two; 0 or nothing for none. */
  readonly block?: number
}

/** Lines and characters that are looked at; of a longer mail the rest is only carried along. Bounds the work at any size. */
export const MAX_LINES = 8_000
const MAX_CHARACTERS = 1_000_000
/** The text of a line that has only an image: U+FFFC OBJECT REPLACEMENT CHARACTER, never shown. */
export const IMAGE = '\ufffc'
/** Quote marks that are counted. */
const MAX_DEPTH = 100

const invisible = /[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]/g

/** The lines of a plain text body, and the rest that was not looked at (with the line end before it). */
export function textLines(body: string): { readonly lines: readonly Line[]; readonly rest: string } {
  let head = body
  if (body.length > MAX_CHARACTERS) {
    const lineEnd = body.lastIndexOf('\n', MAX_CHARACTERS)
    head = body.slice(0, lineEnd > 0 ? lineEnd : MAX_CHARACTERS)
  }
  const text = normalise(head)
  const lines: Line[] = []
  let at = 0
  while (at <= text.length && lines.length < MAX_LINES) {
    let end = text.indexOf('\n', at)
    if (end < 0) end = text.length
    lines.push(textLine(text.slice(at, end)))
    at = end + 1
  }
  return { lines, rest: (at <= text.length ? `\n${text.slice(at)}` : '') + body.slice(head.length) }
}

/** One line of text with its quote marks counted: `> > a` has depth 2. */
function textLine(raw: string): Line {
  let at = 0
  let depth = 0
  let content = 0
  while (depth < MAX_DEPTH) {
    let i = at
    while (i < at + 4 && (raw[i] === ' ' || raw[i] === '\t')) i += 1
    if (raw[i] !== '>') break
    depth += 1
    at = content = i + 1
  }
  return { raw: raw === '-- ' ? raw : raw.trimEnd(), text: clean(depth === 0 ? raw : raw.slice(content)), depth, mark: 'plain' }
}

/** LF line ends, plain blanks, no byte order marks and zero-width blanks. */
export function normalise(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/[\u00a0\u202f]/g, ' ')
    .replace(/[\u200b\ufeff]/g, '')
}

/** What is looked at: without direction marks and soft hyphens (Gmail wraps names in them), trimmed. */
export function clean(text: string): string {
  return text.replace(invisible, '').trim()
}

/** Whether a text has a letter or a digit of any script. */
export function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text)
}
