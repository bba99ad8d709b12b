// Reads Authentication-Results (RFC 8601): the verdict of the one server that we trust, and of nobody else.

export type DmarcVerdict = 'pass' | 'fail' | 'missing'

/**
 * What the trusted server says of DMARC for `domain`. Only the topmost header with its authserv-id counts: what stands below was there
 * when the mail came to it, so anybody may have written it. Headers of other servers, and ARC's copies, are not looked at.
 */
export function trustedDmarc(headers: readonly { readonly name: string; readonly value: string }[], trusted: string, domain: string): DmarcVerdict {
  for (const { name, value } of headers) {
    if (name !== 'authentication-results') continue
    const parsed = parseAuthResults(value)
    if (parsed?.id !== trusted.toLowerCase()) continue
    const dmarc = parsed.results.filter((r) => r.method === 'dmarc')
    if (dmarc.length === 0) return 'missing'
    // It says for which From domain: a verdict about another one is none about this mail.
    const fits = dmarc.every((r) => r.result === 'pass' && (r.from === null || r.from === domain.toLowerCase()))
    return fits ? 'pass' : 'fail'
  }
  return 'missing'
}

interface AuthResults {
  readonly id: string
  readonly results: readonly { readonly method: string; readonly result: string; /** header.from, in lower case. */ readonly from: string | null }[]
}

/** null for what is not in the form of RFC 8601 §2.2, or is too long to be whole. */
export function parseAuthResults(value: string): AuthResults | null {
  if (value.length > 16_000) return null
  const pieces = split(value)
  if (!pieces) return null
  const [head = '', ...rest] = pieces
  const id = /^([^\s=;]{1,255})(?:\s+\d{1,3})?$/.exec(head.trim())?.[1]
  if (id === undefined) return null
  const results = []
  for (const piece of rest) {
    const m = /^([a-z][a-z0-9_-]{0,40})(?:\s*\/\s*\d{1,3})?\s*=\s*([a-z]{1,20})(?=\s|$)/i.exec(piece.trim())
    if (!m) continue
    const from = /(?:^|\s)header\.from\s*=\s*"?([^\s";]{1,255})"?/i.exec(piece)?.[1]
    results.push({ method: (m[1] ?? '').toLowerCase(), result: (m[2] ?? '').toLowerCase(), from: from === undefined ? null : from.slice(from.lastIndexOf('@') + 1).toLowerCase() })
  }
  return { id: id.replace(/^"|"$/g, '').toLowerCase(), results }
}

/** At `;` outside of quotes and comments; comments out, quoted strings emptied of blanks and `;` so that nothing in them can look like a result. null where one does not end. */
function split(value: string): readonly string[] | null {
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
