// Opaque S/MIME (RFC 8551 §3.5.2): the mail inside of a CMS SignedData (RFC 5652 §5), read without verifying its signature.

/** What a CMS message is; `signed` with what stands inside. */
export type Cms = { readonly kind: 'signed'; readonly content: Uint8Array } | { readonly kind: 'encrypted' | 'other' }

/** Reads DER and BER. Never throws; linear, nesting bounded. */
export function readCms(bytes: Uint8Array): Cms {
  const outer = elementAt(bytes, 0, bytes.length)
  const [type, explicit] = outer ? childrenOf(bytes, outer, 2) : []
  const name = type ? Buffer.from(bytes.subarray(type.start, type.end)).toString('hex') : ''
  if (name === envelopedData || name === authEnvelopedData) return { kind: 'encrypted' }
  if (name !== signedData || !explicit) return { kind: 'other' }
  const [sequence] = childrenOf(bytes, explicit, 1)
  const inside = sequence ? childrenOf(bytes, sequence, 3)[2] : undefined
  const wrapped = inside ? childrenOf(bytes, inside, 2)[1] : undefined
  const [octets] = wrapped ? childrenOf(bytes, wrapped, 1) : []
  if (!octets) return { kind: 'other' }
  const pieces: Uint8Array[] = []
  gather(bytes, octets, pieces, 0)
  return { kind: 'signed', content: Buffer.concat(pieces) }
}

const signedData = '2a864886f70d010702'
const envelopedData = '2a864886f70d010703'
const authEnvelopedData = '2a864886f70d0109100117'

interface Element {
  readonly tag: number
  readonly start: number
  /** Of its content; what follows begins at `next`. */
  readonly end: number
  readonly next: number
}

/** Nesting of indefinite lengths, and of octet strings in octet strings. */
const deepest = 12
/** Signers write pieces of a thousand bytes and more: enough for 100 MB. */
const maxPieces = 100_000

function elementAt(bytes: Uint8Array, at: number, limit: number, depth = 0): Element | undefined {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined || at + 2 > limit || depth > deepest) return undefined
  if (first === 0x80) {
    let next = at + 2
    let count = 0
    while (next + 2 <= limit && (bytes[next] !== 0 || bytes[next + 1] !== 0)) {
      const child = elementAt(bytes, next, limit, depth + 1)
      if (!child || ++count > maxPieces) return undefined
      next = child.next
    }
    return { tag, start: at + 2, end: next, next: next + 2 }
  }
  const extra = first < 0x80 ? 0 : first & 0x7f
  if (extra > 4) return undefined
  let length = extra === 0 ? first : 0
  for (let i = 0; i < extra; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0)
  const start = at + 2 + extra
  // A file cut off on its way: what is there is read.
  return { tag, start, end: Math.min(start + length, limit), next: start + length }
}

function childrenOf(bytes: Uint8Array, parent: Element, most: number): readonly Element[] {
  const found: Element[] = []
  for (let at = parent.start; at < parent.end && found.length < most;) {
    const child = elementAt(bytes, at, parent.end)
    if (!child) break
    found.push(child)
    at = child.next
  }
  return found
}

/** An octet string, or one made of octet strings as streaming signers write it. */
function gather(bytes: Uint8Array, element: Element, pieces: Uint8Array[], depth: number): void {
  if ((element.tag & 0x20) === 0) return void pieces.push(bytes.subarray(element.start, element.end))
  if (depth < deepest) for (const child of childrenOf(bytes, element, maxPieces)) gather(bytes, child, pieces, depth + 1)
}
