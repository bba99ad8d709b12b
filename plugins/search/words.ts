// What a text is cut into before it is indexed or looked for: folded, stemmed words of letters and digits, the same on both sides.
import { stemmer as english } from '@orama/stemmers/english'
import { stemmer as russian } from '@orama/stemmers/russian'

/** Characters of a word that count; longer ones are mostly encoded bytes. */
export const longestWord = 40

/** Most words of one text that are indexed, as many as PostgreSQL's tsvector has places for. */
const mostWords = 16_000

/** One word of a text: as it is indexed, as it was written (folded), and where it stands in the text that was given. */
export interface Word {
  readonly stem: string
  readonly folded: string
  readonly start: number
  readonly end: number
}

/** Lower case, without accents, ё as е; й stays a letter of its own, since Russian endings are told by it. */
export function fold(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase()
  return text
    .toWellFormed()
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\u0438\u0306/gu, '\u0439')
    .replace(/\p{M}+/gu, '')
}

/** The form under which all forms of a word are found. Takes what `fold` gives. */
export function stem(word: string): string {
  if (word.length < 4 || /\p{N}/u.test(word)) return word
  if (/^[a-z]+$/.test(word)) return english(word)
  return /^[а-я]+$/.test(word) ? russian(word) : word
}

/** The words of a text in their order. Single letters are left out: they say nothing, here and where somebody looks for them. */
export function wordsOf(text: string, most = mostWords): readonly Word[] {
  const out: Word[] = []
  // Marks belong to their letter: a word may come in composed and in decomposed form.
  for (const { 0: written, index } of text.matchAll(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu)) {
    // What folding takes apart (ligatures, fractions) may hold more than letters.
    const folded = fold(written)
      .replace(/[^\p{L}\p{N}]+/gu, '')
      .slice(0, longestWord)
      .toWellFormed()
    if (folded === '' || /^\p{L}$/u.test(folded)) continue
    out.push({ stem: stemmed(folded), folded, start: index, end: index + written.length })
    if (out.length === most) break
  }
  return out
}

/** Stems of what was met before: a text has few different words. Emptied when it is full. */
const known = new Map<string, string>()
const mostKnown = 20_000

function stemmed(folded: string): string {
  const before = known.get(folded)
  if (before !== undefined) return before
  if (known.size >= mostKnown) known.clear()
  const found = stem(folded)
  known.set(folded, found)
  return found
}
