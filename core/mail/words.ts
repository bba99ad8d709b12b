// Encoded words (RFC 2047) and raw 8-bit bytes in header values, decoded leniently and in linear time.
import { decodeText } from './charset.ts'
import { fromQuotedPrintable } from './transfer.ts'

/** A header value as bytes-in-a-string (latin1) to text, encoded words untouched; `hint` is a charset that the mail declares elsewhere. */
export function decodeEightBit(binary: string, hint?: string): string {
  if (!/[^\x00-\x7f]|\x1b/.test(binary)) return binary
  return decodeText(Buffer.from(binary, 'latin1'), undefined, hint).text
}

interface Word {
  readonly charset: string
  readonly bytes: Uint8Array
}

/**
 * Replaces encoded words by their text. White space between two of them vanishes, bytes of neighbours with one charset are joined
 * before decoding (senders cut multi-byte letters in two), blanks and `?` inside and missing blanks around are forgiven.
 * For display values only: an address is taken from the header before this runs, so no encoded word can make one.
 */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text
  let out = ''
  let pos = 0
  let run: Word[] = []
  const flush = (): void => {
    out += joined(run)
    run = []
  }
  while (pos < text.length) {
    const start = text.indexOf('=?', pos)
    if (start < 0) break
    const word = wordAt(text, start)
    if (word === undefined) {
      flush()
      out += text.slice(pos, start + 2)
      pos = start + 2
      continue
    }
    const gap = text.slice(pos, start)
    if (run.length === 0 || gap.trim() !== '') {
      flush()
      out += gap
    }
    run.push(word.word)
    pos = word.end
  }
  flush()
  return out + text.slice(pos)
}

/** The encoded word that starts here, if one does: `=?charset[*lang]?B|Q?text?=`. The search for its end is capped: RFC 2047 §2 allows 75 characters, senders write up to some thousand. */
export function wordAt(text: string, start: number): { readonly word: Word; readonly end: number } | undefined {
  const head = /^=\?([^?\s=]{1,60})\?([BbQq])\?/.exec(text.slice(start, start + 70))
  if (!head?.[1] || !head[2]) return undefined
  const from = start + head[0].length
  const rest = text.slice(from, from + longestWord)
  const end = rest.indexOf('?=')
  if (end < 0) return undefined
  const body = rest.slice(0, end)
  // Two words run together without a blank are cut at the first `?=`; a word with a `=?` inside is not one.
  if (body.includes('=?')) return undefined
  const bytes = /b/i.test(head[2])
    ? Buffer.from(body.replace(/\s/g, ''), 'base64')
    : fromQuotedPrintable(Buffer.from(body.replace(/_/g, ' '), 'latin1'), true)
  return { word: { charset: head[1].replace(/\*.*$/, '').toLowerCase(), bytes }, end: from + end + 2 }
}

const longestWord = 16_000

function joined(run: readonly Word[]): string {
  let out = ''
  for (let i = 0; i < run.length;) {
    const charset = run[i]?.charset
    let j = i
    while (j < run.length && run[j]?.charset === charset) j++
    const bytes = Buffer.concat(run.slice(i, j).map((w) => w.bytes))
    out += decodeText(bytes, charset).text
    i = j
  }
  return out
}
