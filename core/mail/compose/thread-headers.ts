// Message-ID, In-Reply-To and References: ids of others are carried only where they are sound, and never more than readers take (RFC 5322 §3.6.4).
import type { MimeNodeHeader } from 'nodemailer/lib/mime-node'
import { PosternError } from '../../base/errors.ts'

/** Octets of the References value: some help desks refuse more than 4,096. */
const maxReferences = 3_900
/** Octets of one id: it cannot be folded, and a line ends at 998. */
const maxIdLength = 900

/** The id with its angle brackets, if it can stand in a header; null otherwise. Blanks, controls and letters beyond ASCII make it unusable. */
function soundMessageId(id: string): string | null {
  const m = /^\s*<?([\x21-\x3b\x3d\x3f-\x7e]+)>?\s*$/.exec(id.length <= maxIdLength ? id : '')
  return m?.[1] === undefined ? null : `<${m[1]}>`
}

export interface ThreadIds {
  readonly messageId: string
  readonly inReplyTo?: string | undefined
  readonly references?: readonly string[] | undefined
}

/**
 * The three headers. References ends with the answered id; of a chain that is too long the first id (the thread's root) and as many
 * of the last as fit stay (RFC 5537 §3.4.4 has the same cut). Throws `invalid` where our own Message-ID is unsound.
 */
export function threadHeaders(ids: ThreadIds): MimeNodeHeader[] {
  const own = soundMessageId(ids.messageId)
  if (!own?.includes('@')) throw new PosternError('invalid', 'Message-ID')
  const parent = ids.inReplyTo === undefined ? null : soundMessageId(ids.inReplyTo)
  const chain = [...new Set([...(ids.references ?? []), ...(parent ? [parent] : [])].map(soundMessageId))].filter(
    (id) => id !== null && id !== own && id !== parent,
  )
  const references = trimmed([...chain.filter((id) => id !== null), ...(parent ? [parent] : [])])
  return [
    { key: 'Message-ID', value: own },
    ...(parent ? [{ key: 'In-Reply-To', value: parent }] : []),
    ...(references.length > 0 ? [{ key: 'References', value: references.join(' ') }] : []),
  ]
}

function trimmed(chain: readonly string[]): readonly string[] {
  const [first, ...rest] = chain
  if (first === undefined) return []
  let room = maxReferences - first.length
  const kept: string[] = []
  for (const id of rest.reverse()) {
    // A fold costs CRLF and a blank.
    room -= id.length + 3
    if (room < 0) break
    kept.unshift(id)
  }
  return [first, ...kept]
}
