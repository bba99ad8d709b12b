// What plugins see of cases, messages, notes and notices.
import type { CaseStatus, NoticeTable } from '../store/tables.ts'
import type { Address } from '../mail/address.ts'

/** A case as plugins see it, a copy that does not follow later changes. Times are ms UTC, ids those of the config. */
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
  /** Id of the case that it was merged into and to which it points; null: it stands for itself. */
  readonly mergedInto: string | null
}

/** The address headers of a message, in their order. */
export interface Recipients {
  readonly from: readonly Address[]
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
  readonly replyTo: readonly Address[]
}

/** Where a message stands: `held` waits for a person, `deferred` for its time, `sending` until the outcome for all recipients is known. */
export type MessageState = 'received' | 'sending' | 'sent' | 'held' | 'deferred' | 'cancelled' | 'failed'

/** A message of a case as plugins see it. Words and HTML come from strangers unless the author is an agent. Times are ms UTC. */
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
  /** normal | auto-reply | bounce | bulk | report | blocked | receipt | rule | forward. */
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
  /** What plugins keep with the message, by plugin name; `version`: that of the case when the message came into its conversation. */
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

/** A file of a message. Its bytes are a range of a stored blob, `end` exclusive, in the transfer encoding that it came in. */
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

/** An agent or group named in a note, by its id in the config. */
export interface Mention {
  readonly kind: 'agent' | 'group'
  readonly id: string
}

/** An internal note of a case; customers never get to see it. Times are ms UTC. */
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

/**
 * Something that agents should know or decide. It ends once: by an action, dismissed, overtaken by events, or expired. Times are ms UTC.
 */
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
