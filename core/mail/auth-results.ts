// Authentication-Results (RFC 8601): what the one server that we trust says of a mail, and nobody else.

/** unknown: no trusted server is named, or it says nothing of DMARC for this domain. */
export type AuthVerdict = 'pass' | 'fail' | 'unknown'

/**
 * DMARC of `domain` as the server `trusted` (its authserv-id) saw it. Only its topmost header counts: what stands below was there when
 * the mail came to it, so anybody may have written it (jsr#1510). Linear in the length of the headers.
 */
export function dmarcVerdict(headers: readonly { readonly name: string; readonly value: string }[], trusted: string, domain: string): AuthVerdict {
  if (trusted === '') return 'unknown'
  for (const { name, value } of headers) {
    if (name !== 'authentication-results') continue
    const pieces = piecesOf(value)
    if (pieces?.[0]?.trim().split(/\s/, 1)[0]?.toLowerCase() !== trusted.toLowerCase()) continue
    const results = pieces.slice(1).flatMap((piece) => {
      const result = /^dmarc(?:\/\d{1,3})?=([a-z]{1,20})(?=\s|$)/i.exec(piece.trim())?.[1]?.toLowerCase()
      const from = /\sheader\.from=([^\s]{1,255})/i.exec(piece)?.[1]?.toLowerCase()
      return result === undefined ? [] : [{ result, from: from?.slice(from.lastIndexOf('@') + 1) }]
    })
    if (results.some((r) => r.result === 'fail')) return 'fail'
    // A verdict about another domain than the one in From is none about this mail.
    if (results.length > 0 && results.every((r) => r.result === 'pass')) return results.every((r) => r.from === undefined || r.from === domain.toLowerCase()) ? 'pass' : 'fail'
    return 'unknown'
  }
  return 'unknown'
}

/** Split at `;` outside of quotes and comments, comments left out, quoted strings without blanks; null where one has no end. */
function piecesOf(value: string): readonly string[] | null {
  if (value.length > 16_000) return null
  const pieces: string[] = []
  let piece = ''
  let depth = 0
  let quoted = false
  for (let i = 0; i < value.length; i++) {
    const c = value.charAt(i)
    if (c === '\\' && (quoted || depth > 0)) i++
    else if (c === '"' && depth === 0) quoted = !quoted
    else if (quoted) piece += /[\s;=]/.test(c) ? '_' : c
    else if (c === '(') depth++
    else if (c === ')' && depth > 0) depth--
    else if (depth > 0) continue
    else if (c === ';') {
      pieces.push(piece)
      piece = ''
    } else piece += c
  }
  return quoted || depth > 0 ? null : [...pieces, piece]
}
