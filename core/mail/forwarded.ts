// The mail that somebody passed on: written into the text by his mail program, or enclosed as a message of its own.
import type { Address } from './address.ts'
import type { Attachment } from './body.ts'
import { attachmentBytes } from './content.ts'
import { headerFacts } from './fields.ts'
import { readBody } from './body.ts'
import { parseMailDate } from './date.ts'
import { scanMail } from './mime.ts'
import { parseForward } from './reply/forward.ts'
import { htmlToText } from './reply/html-text.ts'
import type { ReplyInput } from './reply/input.ts'

/** A third party's mail, recovered from a forward. */
export interface Forwarded {
  /** null where the header of the forwarded mail had no address. */
  readonly from: Address | null
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly subject: string | null
  /** ms UTC, where the date could be read. */
  readonly dateMs: number | null
  /** As it stands there, in any language. */
  readonly date: string | null
  readonly text: string
  /** Not sanitised. */
  readonly html: string | null
  /** What the forwarder wrote above it. */
  readonly note: string
  readonly by: 'inline' | 'enclosed'
}

/** A forward inside the text. */
export function inlineForward(input: ReplyInput): Forwarded | null {
  const found = parseForward(input)
  if (!found) return null
  const { from, to, cc, date, subject, text, html, note } = found
  return { from, to, cc, subject, date, dateMs: date === null ? null : parseMailDate(date), text, html, note, by: 'inline' }
}

/** The only enclosed message, where a mail has one. Never throws: what cannot be read is no forward. */
export function enclosedForward(raw: Uint8Array, attachments: readonly Attachment[], note: string): Forwarded | null {
  const [message, another] = attachments.filter((a) => a.contentType === 'message/rfc822')
  if (!message || another) return null
  try {
    const inner = attachmentBytes(raw, message.range)
    const { root } = scanMail(inner)
    const limits = new Set<string>()
    const facts = headerFacts(root.fields, undefined, limits)
    if (facts.from === null) return null
    const segments = readBody(inner, root, undefined, limits).segments
    const html = segments.find((s) => s.html !== undefined)?.html ?? null
    const text = segments.map((s) => s.plain ?? htmlToText(s.html ?? '')).join('\n')
    return {
      from: facts.from,
      to: facts.to,
      cc: facts.cc,
      subject: facts.subject,
      date: null,
      dateMs: facts.dateMs,
      text,
      html,
      note,
      by: 'enclosed',
    }
  } catch {
    return null
  }
}
