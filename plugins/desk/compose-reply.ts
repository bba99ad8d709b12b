// The mail that an answer becomes: from the case's mailbox, in the case's thread, to be recognised when it comes back.
import { escapeHtml, htmlForMail } from '../../core/plugin.ts'
import type { Address, Case, Letter, Message, Tx } from '../../core/plugin.ts'
import { senderOf } from './sender.ts'

/** Who gets an answer. */
export interface ReplyRecipients {
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
}

/** References are counted from the end; the composer trims what is too long for a header. */
const historyDepth = 20

/** The mail for the outbox; it sends nothing. Automatic answers get a null return path (RFC 3834). `vouched`: as in Letter. */
export async function composeReply(
  tx: Tx,
  settings: { readonly number_in_subject: boolean },
  c: Case,
  message: Message,
  people: ReplyRecipients,
  vouched: boolean,
): Promise<Letter> {
  const { inReplyTo, references } = await threadOf(tx, c, message)
  const attachments = (await tx.messages.attachments(message.id)).flatMap((a) =>
    a.blob
      ? [
          {
            filename: a.filename,
            contentType: a.contentType,
            contentId: a.contentId,
            inline: a.inline,
            sizeBytes: a.sizeBytes,
            blob: a.blob,
          },
        ]
      : [],
  )
  const automatic = message.kind === 'receipt' || message.kind === 'rule'
  return {
    case: c,
    messageId: message.id,
    kind: message.kind === 'receipt' ? 'receipt' : message.kind === 'rule' ? 'rule' : 'reply',
    from: await senderOf(tx, c, message),
    ...people,
    replyAs: { purpose: 'customer', address: c.requester.address },
    subject: subjectOf(settings, c, message, inReplyTo !== null),
    text: message.text,
    html: message.html === null ? htmlOf(message.text) : htmlForMail(message.html),
    attachments,
    inReplyTo,
    references,
    ...(automatic && { automatic: 'auto-replied' as const, returnPath: 'null' as const, vouched }),
  }
}

function subjectOf(settings: { readonly number_in_subject: boolean }, c: Case, message: Message, isAnswer: boolean): string {
  const base = message.subject.trim()
  // "Re" in whatever language it came, once.
  // A template's own subject says what it is; the others answer under the subject of the case.
  const ownWords = message.kind !== 'normal' && message.subject !== c.subject
  const again = isAnswer && !ownWords && !/^(?:re|aw|sv|antw|отв?|на)(?:\[\d+\])?:/i.test(base) ? `Re: ${base}` : base
  return settings.number_in_subject && !again.includes(`[#${c.number}]`) ? `${again} [#${c.number}]` : again
}

/** The newest message of the customer is answered; what stood before it is its thread. */
async function threadOf(
  tx: Tx,
  c: Case,
  message: Message,
): Promise<{ readonly inReplyTo: string | null; readonly references: readonly string[] }> {
  const earlier = (await tx.messages.last(c.id, historyDepth, message.seq)).filter(
    (m) => m.headerId !== null && (m.state === 'received' || m.state === 'sent' || m.state === 'sending' || m.state === 'failed'),
  )
  const answered = earlier.find((m) => m.author === 'customer') ?? earlier[0]
  if (!answered || answered.headerId === null) return { inReplyTo: null, references: [] }
  const chain = [...answered.references, ...answered.inReplyTo, ...earlier.map((m) => m.headerId ?? '').reverse()].filter(
    (id) => id !== '' && id !== answered.headerId,
  )
  return { inReplyTo: answered.headerId, references: [...new Set(chain), answered.headerId] }
}

/** Plain words as HTML: nothing but line breaks, each once (`pre-wrap` keeps those of the source too). */
function htmlOf(text: string): string {
  return `<div style="white-space:pre-wrap">${escapeHtml(text).replace(/\r?\n/g, '<br>')}</div>`
}
