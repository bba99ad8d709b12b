// The things of the glossary as plugins see them: rows turned into readonly objects, JSON columns read.
import type { Address } from '../../mail/address.ts'
import { fromJson } from '../../store/json.ts'
import type { AttachmentRow, CaseRow, CaseStatus, MessageRow, NoteRow, NoticeRow, NoticeTable } from '../../store/tables.ts'

export type { CaseStatus }

export interface Case {
  readonly id: string
  /** What people say: #123. */
  readonly number: number
  /** Mailbox id of the config. */
  readonly mailbox: string
  /** mail | chat. */
  readonly channel: string
  readonly subject: string
  readonly status: CaseStatus
  readonly previousStatus: CaseStatus | null
  /** Agent id. */
  readonly assignee: string | null
  /** Group id. */
  readonly group: string | null
  /** The primary recipient. */
  readonly requester: Address
  readonly locale: string | null
  readonly custom: Readonly<Record<string, unknown>>
  /** Optimistic version: grows with every transaction that locks the case. */
  readonly version: number
  /** customer | agent | api | rule. */
  readonly origin: string
  readonly messageCount: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly statusAt: number
  readonly lastCustomerAt: number | null
  readonly lastAgentAt: number | null
}

export interface Recipients {
  readonly from: readonly Address[]
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
  readonly replyTo: readonly Address[]
}

export type MessageState = 'received' | 'sending' | 'sent' | 'held' | 'deferred' | 'cancelled' | 'failed'

export interface Message {
  readonly id: string
  readonly caseId: string
  /** Place in the case's timeline, shared with notes, notices and events. */
  readonly seq: number
  readonly author: 'customer' | 'agent' | 'system'
  readonly from: Address
  /** Agent id, where the author is one. */
  readonly agent: string | null
  readonly state: MessageState
  /** normal | auto-reply | bounce | bulk | report | receipt | rule | forward. */
  readonly kind: string
  readonly subject: string
  /** The author's new words. */
  readonly text: string
  /** The HTML of the new words, NOT sanitised. */
  readonly html: string | null
  readonly quoted: string
  readonly signature: string
  /** Message-ID without angle brackets. */
  readonly headerId: string | null
  readonly inReplyTo: readonly string[]
  readonly references: readonly string[]
  readonly recipients: Recipients
  readonly evidence: readonly string[]
  readonly warnings: readonly string[]
  /** What plugins keep with the message, by plugin name. */
  readonly data: Readonly<Record<string, unknown>>
  /** It could not be parsed: the raw mail is attached and nothing else is known. */
  readonly degraded: boolean
  readonly rawId: string | null
  readonly inboundId: string | null
  readonly sentAt: number | null
  readonly createdAt: number
}

/** How bytes are encoded inside their blob. */
export type BlobEncoding = 'identity' | 'base64' | 'quoted-printable' | 'uuencode'

export interface StoredAttachment {
  readonly id: string
  readonly messageId: string
  readonly filename: string
  readonly contentType: string
  /** Decoded size. */
  readonly sizeBytes: number
  readonly contentId: string | null
  readonly inline: boolean
  /** null once the bytes are no longer kept. */
  readonly blob: { readonly id: string; readonly start: number; readonly end: number; readonly encoding: BlobEncoding } | null
}

export interface Mention {
  readonly kind: 'agent' | 'group'
  readonly id: string
}

export interface Note {
  readonly id: string
  readonly caseId: string
  /** Place in the case's timeline. */
  readonly seq: number
  /** agent, system (Postern itself), or customer (a mail kept as a note because it proved nothing). */
  readonly author: string
  readonly agent: string | null
  /** note | reopen | transcript | unauthenticated | ...: what made it. */
  readonly kind: string
  readonly text: string
  readonly mentions: readonly Mention[]
  readonly data: Readonly<Record<string, unknown>>
  readonly messageId: string | null
  readonly createdAt: number
}

/** Something that an agent can do about a notice: a named action with its arguments. */
export interface NoticeAction {
  /** Key of the button: update | split | keep | cancel | postpone | send_all ... */
  readonly name: string
  readonly action: string
  readonly args: Readonly<Record<string, unknown>>
}

export interface Notice {
  readonly id: string
  readonly caseId: string
  /** Place in the case's timeline: where it was raised first. */
  readonly seq: number
  readonly messageId: string | null
  readonly kind: string
  readonly data: Readonly<Record<string, unknown>>
  readonly actions: readonly NoticeAction[]
  readonly state: NoticeTable['state']
  readonly takenAction: string | null
  readonly resolvedBy: string | null
  readonly createdAt: number
  readonly resolvedAt: number | null
  readonly expiresAt: number | null
}

export function toCase(r: CaseRow): Case {
  return {
    id: r.id,
    number: r.number,
    mailbox: r.mailbox,
    channel: r.channel,
    subject: r.subject,
    status: r.status,
    previousStatus: r.previous_status,
    assignee: r.assignee,
    group: r.group_id,
    requester: { address: r.requester_address, name: r.requester_name },
    locale: r.locale,
    custom: fromJson(r.custom, `cases.custom of ${r.id}`),
    version: r.version,
    origin: r.origin,
    messageCount: r.message_count,
    createdAt: r.created_at,
    updatedAt: r.updated_at,
    statusAt: r.status_at,
    lastCustomerAt: r.last_customer_at,
    lastAgentAt: r.last_agent_at,
  }
}

export function toMessage(r: MessageRow): Message {
  return {
    id: r.id,
    caseId: r.case_id,
    seq: r.seq,
    author: r.author,
    from: { address: r.author_address, name: r.author_name },
    agent: r.agent,
    state: r.state as MessageState, // written by this program only
    kind: r.kind,
    subject: r.subject,
    text: r.text,
    html: r.html,
    quoted: r.quoted,
    signature: r.signature,
    headerId: r.header_id,
    inReplyTo: fromJson(r.in_reply_to, `messages.in_reply_to of ${r.id}`),
    references: fromJson(r.reference_ids, `messages.reference_ids of ${r.id}`),
    recipients: fromJson(r.recipients, `messages.recipients of ${r.id}`),
    evidence: fromJson(r.evidence, `messages.evidence of ${r.id}`),
    warnings: fromJson(r.warnings, `messages.warnings of ${r.id}`),
    data: fromJson(r.data, `messages.data of ${r.id}`),
    degraded: r.degraded === 1,
    rawId: r.raw_id,
    inboundId: r.inbound_id,
    sentAt: r.sent_at,
    createdAt: r.created_at,
  }
}

export function toAttachment(r: AttachmentRow): StoredAttachment {
  return {
    id: r.id,
    messageId: r.message_id,
    filename: r.filename,
    contentType: r.content_type,
    sizeBytes: r.size,
    contentId: r.content_id,
    inline: r.inline === 1,
    blob:
      r.blob_id === null
        ? null
        : { id: r.blob_id, start: r.start_at, end: r.end_at, encoding: r.encoding as BlobEncoding /* written by this program only */ },
  }
}

export function toNote(r: NoteRow): Note {
  return {
    id: r.id,
    caseId: r.case_id,
    seq: r.seq,
    author: r.author,
    agent: r.agent,
    kind: r.kind,
    text: r.text,
    mentions: fromJson(r.mentions, `notes.mentions of ${r.id}`),
    data: fromJson(r.data, `notes.data of ${r.id}`),
    messageId: r.message_id,
    createdAt: r.created_at,
  }
}

export function toNotice(r: NoticeRow): Notice {
  return {
    id: r.id,
    caseId: r.case_id,
    seq: r.seq,
    messageId: r.message_id,
    kind: r.kind,
    data: fromJson(r.data, `notices.data of ${r.id}`),
    actions: fromJson(r.actions, `notices.actions of ${r.id}`),
    state: r.state,
    takenAction: r.taken_action,
    resolvedBy: r.resolved_by,
    createdAt: r.created_at,
    resolvedAt: r.resolved_at,
    expiresAt: r.expires_at,
  }
}
