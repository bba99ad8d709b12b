// Outgoing mail: from what it says to its final bytes, the same for the same input, without a clock or chance (IDM-4).
//
//   mixed( alternative( text, related( html, inline images ) ), attachments )
//
// Levels that would hold one part are left out. Lines end in CRLF and stay under 79 octets except where one address or id is longer;
// nothing is 8bit unless an address needs SMTPUTF8. There is no Bcc: hidden recipients exist in the envelope only.
import { createHash } from 'node:crypto'
import { PosternError } from '../../base/errors.ts'
import type { Address } from '../address.ts'
import { addressHeader } from './address-header.ts'
import { attachmentPart, soundContentId } from './attachment.ts'
import type { Attachment, ComposedPart } from './attachment.ts'
import { encodeText } from './body-text.ts'
import { headerDate } from './header-date.ts'
import { firstCharacters, textHeader } from './header-text.ts'
import type { Segment } from './segments.ts'
import { threadHeaders } from './thread-headers.ts'

export interface OutgoingMail {
  readonly from: Address
  readonly to: readonly Address[]
  readonly cc?: readonly Address[] | undefined
  readonly replyTo?: Address | undefined
  /** Sent as one line: line breaks become blanks, what is over 1,000 characters is cut (Postfix refuses header blocks over 100 kB). */
  readonly subject: string
  /** `<id@host>`, from `ownMessageId`. */
  readonly messageId: string
  readonly inReplyTo?: string | undefined
  /** Ids from the root to the answered message, as received: unsound ones are left out, long chains trimmed. */
  readonly references?: readonly string[] | undefined
  /** ms UTC. */
  readonly dateMs: number
  /** IANA zone in which Date is written; UTC by default. */
  readonly timezone?: string | undefined
  readonly text: string
  readonly html?: string | undefined
  /** Further headers, such as `automaticHeaders`; none of those that are written here. */
  readonly headers?: readonly (readonly [name: string, value: string])[] | undefined
  readonly attachments?: readonly Attachment[] | undefined
  /** What the boundaries are made from; the Message-ID by default. */
  readonly boundarySeed?: string | undefined
}

export interface ComposedMail {
  readonly segments: readonly Segment[]
  /** Octets on the wire, exact if the attachments' sizes are. */
  readonly sizeBytes: number
  /** An address has a local part beyond ASCII: the next hop must offer SMTPUTF8 (RFC 6531). */
  readonly needsSmtpUtf8: boolean
}

/** Composes a mail. Throws `bad_address` for an address and `invalid` for a header that cannot be sent; every text can. */
export function compose(mail: OutgoingMail): ComposedMail {
  const head = headerBlock(mail)
  const body = bodyPart(mail)
  const segments = joinTexts([{ text: head.text }, ...body.segments])
  return { segments, sizeBytes: Buffer.byteLength(head.text) + body.sizeBytes, needsSmtpUtf8: head.smtpUtf8 }
}

/** Headers that `compose` writes itself, that only a transport may write, or that would give away hidden recipients. */
const reserved =
  /^(?:from|sender|to|cc|bcc|reply-to|subject|date|message-id|in-reply-to|references|mime-version|content-.*|resent-.*|return-path|received|dkim-signature|arc-.*|authentication-results)$/i

function headerBlock(mail: OutgoingMail): { readonly text: string; readonly smtpUtf8: boolean } {
  const from = addressHeader('From', [mail.from])
  const replyTo = mail.replyTo ? addressHeader('Reply-To', [mail.replyTo]) : undefined
  const to = mail.to.length > 0 ? addressHeader('To', mail.to) : undefined
  const cc = mail.cc && mail.cc.length > 0 ? addressHeader('Cc', mail.cc) : undefined
  const extra = (mail.headers ?? []).map(([name, value]) => {
    if (!/^[A-Za-z][A-Za-z0-9-]{0,60}$/.test(name) || reserved.test(name)) throw new PosternError('invalid', 'header name')
    // Structured values (URLs in List-Unsubscribe) must not be encoded for being long; a line ends at 998.
    return textHeader(name, value, 900)
  })
  const text =
    `Date: ${headerDate(mail.dateMs, mail.timezone)}\r\n` +
    from.header +
    (replyTo?.header ?? '') +
    // RFC 5322 §3.4: a group without members, for mail whose recipients are all hidden.
    (to?.header ?? (cc ? '' : 'To: undisclosed-recipients:;\r\n')) +
    (cc?.header ?? '') +
    textHeader('Subject', firstCharacters(mail.subject, 1000)) +
    threadHeaders(mail) +
    extra.join('') +
    'MIME-Version: 1.0\r\n'
  return { text, smtpUtf8: [from, replyTo, to, cc].some((h) => h?.smtpUtf8 === true) }
}

function bodyPart(mail: OutgoingMail): ComposedPart {
  const boundary = boundaries(mail.boundarySeed ?? mail.messageId)
  const attachments = mail.attachments ?? []
  const isRelated = (a: Attachment): boolean => mail.html !== undefined && a.inline === true && soundContentId(a.contentId) !== null
  const text = textPart('plain', mail.text)
  const html =
    mail.html === undefined
      ? []
      : [multipart('related', [textPart('html', mail.html), ...attachments.filter(isRelated).map(attachmentPart)], boundary)]
  const words = multipart('alternative', [text, ...html], boundary)
  return multipart('mixed', [words, ...attachments.filter((a) => !isRelated(a)).map(attachmentPart)], boundary)
}

function textPart(subtype: 'plain' | 'html', content: string): ComposedPart {
  const { encoding, body } = encodeText(content)
  const text = `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`
  return { segments: [{ text }], sizeBytes: text.length }
}

/** One part alone needs no container. */
function multipart(subtype: 'mixed' | 'alternative' | 'related', parts: readonly ComposedPart[], boundary: () => string): ComposedPart {
  const [only] = parts
  if (only && parts.length === 1) return only
  const mark = boundary()
  const type = subtype === 'related' ? ';\r\n type="text/html"' : ''
  const open = `Content-Type: multipart/${subtype}${type};\r\n boundary="${mark}"\r\n\r\n`
  // Each body ends in CRLF; the CRLF before a boundary belongs to the boundary (RFC 2046 §5.1.1), so content ends without one.
  const between = `--${mark}\r\n`
  const close = `--${mark}--\r\n`
  const segments = [{ text: open }, ...parts.flatMap((p): readonly Segment[] => [{ text: between }, ...p.segments]), { text: close }]
  const own = open.length + parts.length * between.length + close.length
  return { segments, sizeBytes: own + parts.reduce((n, p) => n + p.sizeBytes, 0) }
}

/** `=_` cannot occur in base64 or quoted-printable, and plain bodies with it are not sent as 7bit: no content can hold a boundary. */
function boundaries(seed: string): () => string {
  let n = 0
  return () => `=_${createHash('sha256').update(`boundary\0${seed}\0${n++}`).digest('hex').slice(0, 32)}`
}

function joinTexts(segments: readonly Segment[]): readonly Segment[] {
  const out: Segment[] = []
  let text = ''
  for (const segment of segments) {
    if ('text' in segment) text += segment.text
    else {
      if (text !== '') out.push({ text })
      text = ''
      out.push(segment)
    }
  }
  if (text !== '') out.push({ text })
  return out
}
