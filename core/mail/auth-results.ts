// Authentication-Results (RFC 8601): what the one server that we trust says of a mail, and nobody else.
import { domainOf } from './address.ts'

/** unknown: no trusted server is named, or it says nothing of DMARC for this domain. */
export type AuthVerdict = 'pass' | 'fail' | 'unknown'

/**
 * DMARC of `domain` as the server `trusted` (its authserv-id) saw it. Only its topmost header counts: what stands below was there when
 * the mail came to it, so anybody may have written it (jsr#1510). Headers of other servers, and ARC's copies, are not looked at. Linear
 * in the length of the headers.
 */
export function dmarcVerdict(
  headers: readonly { readonly name: string; readonly value: string }[],
  trusted: string,
  domain: string,
): AuthVerdict {
  for (const { name, value } of headers) {
    if (name !== 'authentication-results') continue
    const said = authResults(value)
    // It may be that server's own: what stands below it is not believed in its place.
    if (said === null) return 'unknown'
    if (said.id !== trusted.toLowerCase()) continue
    if (said.dmarc.some((r) => r.result === 'fail')) return 'fail'
    // A verdict about another domain than the one in From is none about this mail.
    if (said.dmarc.length > 0 && said.dmarc.every((r) => r.result === 'pass'))
      return said.dmarc.every((r) => r.from === null || r.from === domain.toLowerCase()) ? 'pass' : 'fail'
    return 'unknown'
  }
  return 'unknown'
}

interface AuthResults {
  /** authserv-id, in lower case; never empty. */
  readonly id: string
  readonly dmarc: readonly { readonly result: string; /** The domain in header.from, in lower case. */ readonly from: string | null }[]
}

/** null for what is not in the form of RFC 8601 §2.2, or is too long to be whole. */
function authResults(value: string): AuthResults | null {
  const [head = '', ...rest] = piecesOf(value) ?? []
  const id = /^"?([^\s=;"]{1,255})"?(?:\s+\d{1,3})?$/.exec(head.trim())?.[1]
  if (id === undefined) return null
  const dmarc = rest.flatMap((piece) => {
    const result = /^dmarc(?:\s*\/\s*\d{1,3})?\s*=\s*([a-z]{1,20})(?=\s|$)/i.exec(piece.trim())?.[1]
    const from = /\sheader\.from\s*=\s*"?([^\s";]{1,255})"?/i.exec(piece)?.[1]
    return result === undefined ? [] : [{ result: result.toLowerCase(), from: from === undefined ? null : domainOf(from).toLowerCase() }]
  })
  return { id: id.toLowerCase(), dmarc }
}

/** At `;` outside of quotes and comments; comments out, blanks, `;` and `=` out of quoted strings, so that nothing in them can look like a result. null where one does not end. */
function piecesOf(value: string): readonly string[] | null {
  if (value.length > 16_000) return null
  const pieces: string[] = []
  let piece = ''
  let comment = 0
  let quoted = false
  for (let i = 0; i < value.length; i++) {
    const c = value.charAt(i)
    if (c === '\\' && (quoted || comment > 0)) i++
    else if (quoted) {
      if (c === '"') quoted = false
      piece += /[\s;=]/.test(c) ? '_' : c
    } else if (c === '(') comment++
    else if (c === ')' && comment > 0) comment--
    else if (comment > 0) continue
    else if (c === '"') {
      quoted = true
      piece += c
    } else if (c === ';') {
      pieces.push(piece)
      piece = ''
    } else piece += c
  }
  return quoted || comment > 0 ? null : [...pieces, piece]
}
