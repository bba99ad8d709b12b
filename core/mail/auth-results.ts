// Authentication-Results (RFC 8601): what the one server that we trust says of a mail, and nobody else.
import { domainOf } from './address.ts'

/** unknown: no trusted server is named, or it says nothing of DMARC for this domain. */
export type AuthVerdict = 'pass' | 'fail' | 'unknown'

/**
 * DMARC of `domain` as the server `trusted` (its authserv-id) saw it. Only the topmost field of the whole header counts, and only above
 * the first Received field that a server of ours did not write: what stands below either was there when the mail came to us, so anybody
 * may have written it (SEC-1, jsr#1510). A field of another server on top means that ours said nothing. ARC's copies are not looked at.
 *
 * Ours are the hosts named `trusted`, those of the same domain (`mx.example.org`, `relay.example.org`), and those in `own` (this
 * gateway's hostname). Linear in the length of the headers.
 */
export function dmarcVerdict(
  headers: readonly { readonly name: string; readonly value: string }[],
  trusted: string,
  domain: string,
  own: readonly string[] = [],
): AuthVerdict {
  for (const { name, value } of headers) {
    if (name === 'received' && !writtenByUs(value, trusted, own)) return 'unknown'
    if (name === 'authentication-results') return verdictIn(authResults(value), trusted, domain)
  }
  return 'unknown'
}

function verdictIn(said: AuthResults | null, trusted: string, domain: string): AuthVerdict {
  if (said?.id !== trusted.toLowerCase()) return 'unknown'
  if (said.dmarc.some((r) => r.result === 'fail')) return 'fail'
  // A verdict about another domain than the one in From is none about this mail.
  if (said.dmarc.length > 0 && said.dmarc.every((r) => r.result === 'pass'))
    return said.dmarc.every((r) => r.from === null || r.from === domain.toLowerCase()) ? 'pass' : 'fail'
  return 'unknown'
}

/** Parents under which strangers have domains of their own: `example.co.uk` shares nothing with another one below `co.uk`. */
const registries = /^(?:co|com|net|org|gov|gob|edu|ac|or|ne|go|mil|nom|ltd|plc|msk|spb)\.[a-z]{2}$/

/** `by` of a Received field (RFC 5321 §4.4) is a host of ours. */
function writtenByUs(received: string, trusted: string, own: readonly string[]): boolean {
  let words = received.slice(0, 4000)
  // From the inside out; what is nested deeper than anybody writes stays, and is no host of ours.
  for (let depth = 0; depth < 10 && /\([^()]*\)/.test(words); depth += 1) words = words.replace(/\([^()]*\)/g, ' ')
  if (/[()]/.test(words)) return false
  const by = /(?:^|\s)by\s+([^\s;()<>]{1,255})/i.exec(words)?.[1]?.toLowerCase().replace(/\.$/, '')
  if (by === undefined) return false
  const id = trusted.toLowerCase()
  const labels = id.split('.')
  const parent = labels.slice(1).join('.')
  const zone = labels.length > 2 && !registries.test(parent) ? parent : id
  return by === id || by === zone || by.endsWith(`.${zone}`) || own.some((host) => host.toLowerCase() === by)
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
