// Encoded words (RFC 2047) and raw 8-bit bytes in header values: found and joined by libmime, their charset judged by ours.
import { Libmime } from 'libmime'
import { decodeText } from './charset.ts'
import { fromBase64, fromQuotedPrintable } from './transfer.ts'

/** A header value as bytes-in-a-string (latin1) to text, encoded words untouched; `hint` is a charset that the mail declares elsewhere. */
export function decodeEightBit(binary: string, hint?: string): string {
  if (!/[^\x00-\x7f]|\x1b/.test(binary)) return binary
  return decodeText(Buffer.from(binary, 'latin1'), undefined, hint).text
}

/** libmime takes the charset of a word at its word; senders that label UTF-8 or windows-1251 as something else are common. */
class GuessingWords extends Libmime {
  override decodeWord(charset: string, encoding: string, text: string): string {
    const bytes =
      encoding.toUpperCase() === 'B' ? fromBase64(Buffer.from(text)) : fromQuotedPrintable(Buffer.from(text.replace(/[_\s]/g, '=20')))
    return decodeText(bytes, charset.replace(/\*.*$/, '')).text
  }
}

/** libmime with our charset guess. */
export const words: Libmime = new GuessingWords()

/**
 * Replaces encoded words by their text. White space between two of them vanishes, bytes of neighbours with one charset are joined
 * before decoding (senders cut multi-byte letters in two), blanks and `?` inside and missing blanks around are forgiven.
 * For display values only: an address is taken from the header before this runs, so no encoded word can make one.
 */
export function decodeWords(text: string): string {
  return text.includes('=?') ? words.decodeWords(text.replace(questioning, escapeQuestions)) : text
}

/** A word with a `?` in its text, which libmime 5.6.4 leaves undecoded: `=?utf-8?Q?Where_is_it??=`. */
const questioning = /(=\?[\w*-]{1,60}\?q\?)([^?]{0,1000}(?:\?(?![=?])[^?]{0,1000}|\?(?=\?=)){1,20})\?=/gi
const escapeQuestions = (_: string, head: string, body: string): string => `${head}${body.replace(/\?/g, '=3F')}?=`

/** Where the encoded word that starts here ends, if one does. The search is capped: RFC 2047 §2 allows 75 characters, senders write up to some thousand. */
export function wordEnd(text: string, start: number): number | undefined {
  const word = /^=\?[^?\s=]{1,60}\?[BbQq]\?/.exec(text.slice(start, start + 70))
  if (!word) return undefined
  const from = start + word[0].length
  const body = text.slice(from, from + maxWordLength).split('?=', 1)[0] ?? ''
  // A word with a `=?` inside is not one.
  return body.length === Math.min(maxWordLength, text.length - from) || body.includes('=?') ? undefined : from + body.length + 2
}

const maxWordLength = 16_000
