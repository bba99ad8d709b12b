// The piece of a text that shows why it was found, and where in it the words stand.
import type { Phrase, Query } from './query.ts'
import { wordsOf } from './words.ts'

/** A piece of a text; `ranges` are places of it, in UTF-16 code units, end exclusive. */
export interface Snippet {
  readonly snippet: string
  readonly ranges: readonly (readonly [start: number, end: number])[]
}

/** Characters of a piece, more or less. */
const length = 160

/** Around the first word of the text that was looked for; the beginning where none is in it (it was in a name, or in the subject). */
export function snippetOf(text: string, query: Query): Snippet {
  const flat = text.replace(/\s+/gu, ' ').trim()
  const phrases = query.clauses.flatMap((c) => (c.not ? [] : c.any.filter((one): one is Phrase => one.what === 'text')))
  const stems = new Set(phrases.flatMap((p) => p.stems))
  const beginnings = phrases.flatMap((p) => (p.prefix === null ? [] : [p.prefix]))
  const hits = wordsOf(flat).filter((w) => stems.has(w.stem) || beginnings.some((b) => w.folded.startsWith(b)))
  const first = hits[0]?.start ?? 0
  const from = first <= length / 3 ? 0 : wordStart(flat, first - Math.floor(length / 3))
  const to = from + length >= flat.length ? flat.length : wordStart(flat, from + length)
  const before = from > 0 ? '… ' : ''
  const shift = before.length - from
  return {
    snippet: `${before}${flat.slice(from, to).trimEnd().toWellFormed()}${to < flat.length ? ' …' : ''}`,
    ranges: hits.filter((w) => w.start >= from && w.end <= to).map((w) => [w.start + shift, w.end + shift]),
  }
}

/** Where the word behind this place begins; the place itself in a word without end. */
function wordStart(text: string, at: number): number {
  const blank = text.indexOf(' ', at)
  return blank >= 0 && blank - at < 40 ? blank + 1 : at
}
