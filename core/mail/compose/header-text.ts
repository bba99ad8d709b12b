// Header values: what a person wrote becomes ASCII that no value can break out of (RFC 5322 §2.2, RFC 2047). Encoded words are nodemailer's; what
// must be encoded is decided here, for the library passes text that looks like an encoded word on as one, and a reader would see other words.
import { encodeWord, quoteString } from 'nodemailer/lib/mime-funcs'

/** Octets of an encoded word: beside the longest name of a header it fits a line of 76. */
const wordRoom = 52

/** One line: line breaks, tabs and other controls become a blank, ends are trimmed, lone surrogates U+FFFD. What `headerText` carries is exactly this. */
export function flatText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim()
}

/** The value of an unstructured header. It decodes to `flatText(value)`; words of up to `longestWord` octets stay readable. */
export function headerText(value: string, longestWord = 69): string {
  const flat = flatText(value)
  return needsEncoding(flat, longestWord) ? encoded(flat) : flat
}

/** A display name (its first 200 characters) as a phrase: as it is, quoted, or encoded. */
export function phrase(name: string): string {
  const flat = firstCharacters(flatText(name), 200).trim()
  if (needsEncoding(flat, 69)) return encoded(flat)
  if (/^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]*$/.test(flat)) return flat
  // A quoted string that is folded loses a blank at some readers.
  return flat.length > 60 ? encoded(flat) : quoteString(flat)
}

/** The first `n` characters of a text. */
export function firstCharacters(text: string, n: number): string {
  return text.length <= n ? text : [...text.slice(0, 2 * n)].slice(0, n).join('')
}

/** Plain text may stand as it is if it is ASCII, cannot be read as an encoded word, and folding at its blanks loses none. */
function needsEncoding(flat: string, longestWord: number): boolean {
  return !/^[\x20-\x7e]*$/.test(flat) || flat.includes('=?') || flat.includes('  ') || flat.split(' ').some((w) => w.length > longestWord)
}

/** The shorter form; ASCII in base64 looks like something to hide to spam filters. */
function encoded(flat: string): string {
  const q = encodeWord(flat, 'Q', wordRoom)
  if (/^[\x20-\x7e]*$/.test(flat)) return q
  const b = encodeWord(flat, 'B', wordRoom)
  return q.length <= b.length ? q : b
}
