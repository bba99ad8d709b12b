// Content-Type and Content-Disposition (RFC 2045 §5.1) with RFC 2231 continuations, split by libmime and decoded with our charset guess.
import { decodeEightBit, decodeWords, words } from './words.ts'

/** Parameter values by lower-case name, decoded to text. */
export type Parameters = ReadonlyMap<string, string>

/** So much of a value is read: 100 long parameters. */
const longest = 20_000

/** Splits `type/subtype; a=b; c*=utf-8''d; e*0="f"; e*1="g"`. `value` is lower case. `text` is a raw header value (latin1). */
export function parseParameters(text: string): { readonly value: string; readonly params: Parameters } {
  const { value, params, decodedParams } = words.parseHeaderValue(repaired(text.slice(0, longest)), { stripComments: true })
  const decoded = new Set(decodedParams)
  return {
    value: value
      .slice(0, 300)
      .replace(/[\s"']+/g, '')
      .toLowerCase(),
    params: new Map(
      // A boundary is compared with bytes of the body: it stays as it is.
      Object.entries(params).map(([name, content]) => [
        name,
        name === 'boundary' || decoded.has(name) ? content : decodeWords(decodeEightBit(content)),
      ]),
    ),
  }
}

/** `text/plain charset=x` without the semicolon is common, and Windows senders write whole paths with bare backslashes. */
function repaired(text: string): string {
  return text
    .replace(/^(\s*[\w.+-]{1,60}\/[\w.+-]{1,100})\s+(?=[\w-]{1,40}\s?=)/, '$1;')
    .replace(/"(?:[A-Za-z]:)?\\\w[^"]{0,1000}"/g, (path) => path.replace(/\\/g, '\\\\'))
}
