// Outgoing mail: from what it says to its final bytes, the same for the same input, without a clock or chance (IDM-4).
//
//   mixed( alternative( text, related( html, inline images ) ), attachments )
//
// Levels that would hold one part are left out. Lines end in CRLF and stay under 79 octets except where one address, id or name of a header is longer;
// nothing is 8bit unless an address needs SMTPUTF8. There is no Bcc: hidden recipients exist in the envelope only.
//
// The tree, its headers and the encodings of names are nodemailer's. It is walked here, not read from its stream: a mail is composed inside the
// transaction that orders it, without a turn of the event loop, and attachments stay references to stored mail.
import { createHash } from 'node:crypto'
import MimeNode from 'nodemailer/lib/mime-node'
import type { MimeNodeHeader } from 'nodemailer/lib/mime-node'
import { PosternError } from '../../base/errors.ts'
import type { Address } from '../address.ts'
import { addressList } from './address-header.ts'
import { attachmentHeaders, soundContentId } from './attachment.ts'
import type { Attachment } from './attachment.ts'
import { encodeText } from './body-text.ts'
import { headerDate } from './header-date.ts'
import { firstCharacters, headerText } from './header-text.ts'
import { base64Size } from './segments.ts'
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
  const tree = partTree(mail)
  // A Message-ID holds a random token: nobody can write the boundary of a mail into what is quoted in it.
  const baseBoundary = createHash('sha256').update(`boundary\0${mail.messageId}`).digest('hex').slice(0, 32)
  const root = new Message(tree.type, { boundaryPrefix: '=_', baseBoundary })
  const people = peopleHeaders(mail)
  root.addHeader([{ key: 'Date', value: headerDate(mail.dateMs, mail.timezone) }, ...people.headers, ...otherHeaders(mail)])
  // The library leaves out a header without a value, and a mail without a Subject is suspect to spam filters.
  const noSubject = root.getHeader('Subject') === '' ? [{ text: 'Subject:\r\n' }] : []
  const segments = joinTexts([...noSubject, ...written(tree, root)])
  const own = segments.reduce((n, s) => n + ('text' in s ? Buffer.byteLength(s.text) : 0), 0)
  const sizeOf = (a: Attachment): number => base64Size(a.source.reduce((n, s) => n + s.sizeBytes, 0))
  return {
    segments,
    sizeBytes: own + (mail.attachments ?? []).reduce((n, a) => n + sizeOf(a), 0),
    needsSmtpUtf8: people.smtpUtf8,
  }
}

/** The root. Its values are final: the library would spell the domain beside a UTF-8 local part otherwise than the envelope has it. */
class Message extends MimeNode {
  override encodeHeaderValue(...[, value]: Parameters<MimeNode['encodeHeaderValue']>): string {
    return typeof value === 'string' ? value : ''
  }
}

/** Headers that `compose` writes itself, that only a transport may write, or that would give away hidden recipients. */
const reserved =
  /^(?:from|sender|to|cc|bcc|reply-to|subject|date|message-id|in-reply-to|references|mime-version|content-.*|resent-.*|return-path|received|dkim-signature|arc-.*|authentication-results)$/i

function peopleHeaders(mail: OutgoingMail): { readonly headers: readonly MimeNodeHeader[]; readonly smtpUtf8: boolean } {
  const lists: readonly (readonly [string, readonly Address[]])[] = [
    ['From', [mail.from]],
    ['Reply-To', mail.replyTo ? [mail.replyTo] : []],
    ['To', mail.to],
    ['Cc', mail.cc ?? []],
  ]
  const own = lists.filter(([, list]) => list.length > 0).map(([key, list]) => ({ key, ...addressList(key, list) }))
  // RFC 5322 §3.4: a group without members, for mail whose recipients are all hidden.
  const hidden = mail.to.length === 0 && (mail.cc ?? []).length === 0 ? [{ key: 'To', value: 'undisclosed-recipients:;' }] : []
  return { headers: [...own.map(({ key, value }) => ({ key, value })), ...hidden], smtpUtf8: own.some((h) => h.smtpUtf8) }
}

function otherHeaders(mail: OutgoingMail): readonly MimeNodeHeader[] {
  const extra = (mail.headers ?? []).map(([key, value]) => {
    if (!/^[A-Za-z][A-Za-z0-9-]{0,60}$/.test(key) || reserved.test(key)) throw new PosternError('invalid', 'header name')
    // Structured values (URLs in List-Unsubscribe) must not be encoded for being long; a line ends at 998.
    return { key, value: headerText(value, 900) }
  })
  return [{ key: 'Subject', value: headerText(firstCharacters(mail.subject, 1000)) }, ...threadHeaders(mail), ...extra]
}

/** A node of the mail before it is written: a container of parts, or a body. */
interface Part {
  readonly type: string
  readonly filename?: string
  readonly headers?: MimeNodeHeader[]
  readonly parts?: readonly Part[]
  readonly body?: readonly Segment[]
}

function partTree(mail: OutgoingMail): Part {
  const attachments = mail.attachments ?? []
  const isRelated = (a: Attachment): boolean => mail.html !== undefined && a.inline === true && soundContentId(a.contentId) !== null
  const html =
    mail.html === undefined
      ? []
      : [container('related; type="text/html"', [textPart('html', mail.html), ...attachments.filter(isRelated).map(attachmentPart)])]
  const words = container('alternative', [textPart('plain', mail.text), ...html])
  return container('mixed', [words, ...attachments.filter((a) => !isRelated(a)).map(attachmentPart)])
}

/** One part alone needs no container. */
function container(subtype: string, parts: readonly Part[]): Part {
  const [only] = parts
  return only && parts.length === 1 ? only : { type: `multipart/${subtype}`, parts }
}

function textPart(subtype: 'plain' | 'html', content: string): Part {
  const { encoding, body } = encodeText(content)
  return {
    type: `text/${subtype}; charset=utf-8`,
    headers: [{ key: 'Content-Transfer-Encoding', value: encoding }],
    body: [{ text: body }],
  }
}

function attachmentPart(attachment: Attachment): Part {
  const body = attachment.source.map(({ blob, start, end, from }): Segment => ({ blob, start, end, from, as: 'base64' }))
  return { ...attachmentHeaders(attachment), body }
}

/**
 * The octets of a part behind its node's headers. Each body ends in CRLF, and the CRLF before a boundary belongs to the boundary
 * (RFC 2046 §5.1.1). `=_` cannot occur in base64 or quoted-printable, and 7bit bodies have none: no content can hold a boundary.
 */
function written(part: Part, node: MimeNode): readonly Segment[] {
  node.addHeader(part.headers ?? [])
  // Never a fold right behind the name: some old readers take such a header for empty.
  const head = { text: `${node.buildHeaders().replace(/^([\w-]+:)\r\n(?= )/gm, '$1')}\r\n\r\n` }
  if (!part.parts) return [head, ...(part.body ?? [])]
  const mark = `--${node.boundary || ''}`
  const child = ({ type, filename }: Part): MimeNode => node.createChild(type, { filename, baseBoundary: node.baseBoundary })
  const inside = part.parts.flatMap((p) => [{ text: `${mark}\r\n` }, ...written(p, child(p))])
  return [head, ...inside, { text: `${mark}--\r\n` }]
}

function joinTexts(segments: readonly Segment[]): readonly Segment[] {
  return segments.reduce<Segment[]>((out, segment) => {
    const last = out.at(-1)
    if (last && 'text' in last && 'text' in segment) out[out.length - 1] = { text: last.text + segment.text }
    else out.push(segment)
    return out
  }, [])
}
