// Rows of the database as plugins see them.
import { fromJson } from '../../store/json.ts'
import type { AttachmentRow, CaseRow, MessageRow, NoteRow, NoticeRow } from '../../store/tables.ts'
import type { BlobEncoding, Case, Message, MessageState, Note, Notice, StoredAttachment } from '../../contract/model.ts'

/** A case from its row. Throws where a stored JSON value is damaged. */
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
    mergedInto: r.merged_into,
  }
}

/** A message from its row, without its files. Throws where a stored JSON value is damaged. */
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

/** A file of a message from its row, without its bytes. */
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

/** A note from its row. Throws where a stored JSON value is damaged. */
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

/** A notice from its row. Throws where a stored JSON value is damaged. */
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
