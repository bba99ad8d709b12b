// How things look from outside: JSON with snake_case names, times in ISO 8601 UTC. The schemas are those of the OpenAPI document.
import Type from 'typebox'
import type { TSchema } from 'typebox'
import type { Kysely } from 'kysely'
import { toAttachment, toMessage, toNote, toNotice } from '../../../engine/transaction/from-rows.ts'
import type { CaseRow, EventRow, MessageRow, NoteRow, NoticeRow, Tables } from '../../../store/tables.ts'
import type { AttachmentRow } from '../../../store/tables.ts'
import { fromJson } from '../../../store/json.ts'
import { linksOf, peopleOf, tagsOf, tagsOfCases } from '../../../store/cases.ts'
import { caseNumbers } from '../../../store/case-list.ts'
import { externalIdsOf } from '../../../store/external-ids.ts'
import { mailboxesOfCases } from '../../../store/owners.ts'
import { followersOf } from '../../../store/watchers.ts'
import { attachmentsOfMessages } from '../../../store/messages.ts'

/** An instant (ms UTC) as ISO 8601 in UTC with ms. */
export const iso = (ms: number): string => new Date(ms).toISOString()

/** The same, or null for what has no instant or lies beyond what a date can hold (8.64e15 ms). */
export const isoOrNull = (ms: number | null): string | null => (ms === null || ms > 8.64e15 ? null : iso(ms))

/** A reference to a component of the document. */
export const ref = (name: string): TSchema => Type.Unsafe({ $ref: `${name}#` })

/** Schema of a value that may be null. */
export const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])

/** Schema of an instant in ISO 8601. */
export const time = (description?: string) => Type.String({ format: 'date-time', ...(description !== undefined && { description }) })
const text = (description?: string) => Type.String(description === undefined ? {} : { description })

/** An address and the name that stood beside it. */
export const person = Type.Object({ address: Type.String(), name: Type.String() })
const people = Type.Array(person)

/** Schema of where a thing is read. */
const urlOf = (what: string) => Type.String({ description: `Path of ${what} at this API` })

const caseHead = {
  id: text(),
  url: urlOf('the case'),
  number: Type.Integer({ description: 'What people say: #12' }),
  mailbox: text('Mailbox id'),
  channel: text('mail, chat or a channel of a plugin'),
  subject: text(),
  status: text('open, waiting, closed, spam or trash'),
  previous_status: nullable(text()),
  assignee: nullable(text('Agent id')),
  group: nullable(text('Group id')),
  requester: person,
  tags: Type.Array(text()),
  custom: Type.Object({}, { additionalProperties: true, description: 'Custom fields' }),
  locale: nullable(text()),
  version: Type.Integer({ description: 'Grows with every change; the ETag, and what If-Match is compared with' }),
  origin: text('Who began it: customer, agent, api or rule'),
  message_count: Type.Integer(),
  created_at: time(),
  updated_at: time(),
  status_at: time(),
  last_customer_at: nullable(time()),
  last_agent_at: nullable(time()),
  merged_into: nullable(text('Id of the case that it was merged into: what is ordered on this one is done to that one')),
}

/** Schema of a case in lists. */
export const caseSummarySchema = Type.Object(caseHead, { $id: 'CaseSummary', description: 'A case as lists show it.' })

/** Schema of a case by itself, with people in copy and linked cases. */
export const caseSchema = Type.Object(
  {
    ...caseHead,
    cc: people,
    bcc: people,
    followers: Type.Array(text('Agent id'), { description: 'Agents who follow the case' }),
    external_ids: Type.Record(Type.String(), Type.String(), {
      description: 'Its ids in other systems, by the name of the token that gave them',
    }),
    links: Type.Array(
      Type.Object({ case: text('Case id'), number: nullable(Type.Integer()), kind: text('What the other case is to this one') }),
    ),
  },
  { $id: 'Case', description: 'A case.' },
)

const summaryOf = (row: CaseRow, tags: readonly string[]) => ({
  id: row.id,
  url: `/v1/cases/${row.id}`,
  number: row.number,
  mailbox: row.mailbox,
  channel: row.channel,
  subject: row.subject,
  status: row.status,
  previous_status: row.previous_status,
  assignee: row.assignee,
  group: row.group_id,
  requester: { address: row.requester_address, name: row.requester_name },
  tags,
  custom: fromJson<Record<string, unknown>>(row.custom, `cases.custom of ${row.id}`),
  locale: row.locale,
  version: row.version,
  origin: row.origin,
  message_count: row.message_count,
  created_at: iso(row.created_at),
  updated_at: iso(row.updated_at),
  status_at: iso(row.status_at),
  last_customer_at: isoOrNull(row.last_customer_at),
  last_agent_at: isoOrNull(row.last_agent_at),
  merged_into: row.merged_into,
})

/** Rows of a list with their tags, in the order of the rows. */
export async function caseSummaries(db: Kysely<Tables>, rows: readonly CaseRow[]) {
  const tags = await tagsOfCases(
    db,
    rows.map((r) => r.id),
  )
  return rows.map((r) => summaryOf(r, tags.get(r.id) ?? []))
}

/** `sees`: links to cases that the reader may not see are left out. */
export async function caseView(db: Kysely<Tables>, row: CaseRow, sees: (mailbox: string) => boolean) {
  const everybody = await peopleOf(db, row.id)
  const of = (role: string) => everybody.filter((p) => p.role === role).map(({ address, name }) => ({ address, name }))
  const links = await linksOf(db, row.id)
  const owners = await mailboxesOfCases(
    db,
    links.map((l) => l.other_id),
  )
  const shown = new Set([...owners].filter(([, mailbox]) => sees(mailbox)).map(([id]) => id))
  const numbers = await caseNumbers(db, [...shown])
  return {
    ...summaryOf(row, await tagsOf(db, row.id)),
    cc: of('cc'),
    bcc: of('bcc'),
    followers: await followersOf(db, row.id),
    external_ids: await externalIdsOf(db, row.id),
    links: links
      .filter((l) => shown.has(l.other_id))
      .map((l) => ({ case: l.other_id, number: numbers.get(l.other_id) ?? null, kind: l.kind })),
  }
}

/** Schema of a file of a message, without its bytes. */
export const attachmentSchema = Type.Object(
  {
    id: text(),
    url: urlOf('its bytes'),
    filename: text(),
    content_type: text(),
    size: Type.Integer({ description: 'Bytes, decoded' }),
    content_id: nullable(text()),
    inline: Type.Boolean(),
    kept: Type.Boolean({ description: 'Whether the bytes are still there' }),
  },
  { $id: 'Attachment', description: 'A file of a message; its bytes are at /v1/attachments/{id}.' },
)

const attachmentView = (row: AttachmentRow) => {
  const a = toAttachment(row)
  return {
    id: a.id,
    url: `/v1/attachments/${a.id}`,
    filename: a.filename,
    content_type: a.contentType,
    size: a.sizeBytes,
    content_id: a.contentId,
    inline: a.inline,
    kept: a.blob !== null,
  }
}

/** Schema of a message with its files; its HTML is read by a call of its own. */
export const messageSchema = Type.Object(
  {
    id: text(),
    url: urlOf('the message'),
    case: text('Case id'),
    seq: Type.Integer({ description: 'Place in the timeline' }),
    author: text('customer, agent or system'),
    from: person,
    agent: nullable(text('Agent id')),
    state: text('received, sending, sent, held, deferred, cancelled or failed'),
    kind: text('normal, auto-reply, bounce, bulk, report, receipt, rule or forward'),
    subject: text(),
    text: text("The author's new words"),
    has_html: Type.Boolean({ description: 'Whether /v1/messages/{id}/html has more than the text' }),
    quoted: text('What was cut off: the quoted history'),
    signature: text('What was cut off: the signature'),
    message_id: nullable(text('Message-ID without angle brackets')),
    recipients: Type.Object({
      ...{ from: people, to: people, cc: people, bcc: people, reply_to: people },
      replyTo: Type.Array(person, { deprecated: true, description: 'Until 2.0: the same as `reply_to`' }),
    }),
    evidence: Type.Array(text()),
    warnings: Type.Array(text()),
    data: Type.Object({}, { additionalProperties: true, description: 'What plugins keep with it' }),
    degraded: Type.Boolean({ description: 'It could not be parsed; the raw mail is there' }),
    has_raw: Type.Boolean({ description: 'Whether /v1/messages/{id}/raw has the bytes as they came' }),
    attachments: Type.Array(ref('Attachment')),
    sent_at: nullable(time()),
    created_at: time(),
  },
  { $id: 'Message', description: 'A message of a case.' },
)

/** Messages as `messageSchema` says, in the order given; one query for the files of all of them. */
export async function messageViews(db: Kysely<Tables>, rows: readonly MessageRow[]) {
  const files = await attachmentsOfMessages(
    db,
    rows.map((r) => r.id),
  )
  return rows.map((row) => {
    const m = toMessage(row)
    return {
      id: m.id,
      url: `/v1/messages/${m.id}`,
      case: m.caseId,
      seq: m.seq,
      author: m.author,
      from: m.from,
      agent: m.agent,
      state: m.state,
      kind: m.kind,
      subject: m.subject,
      text: m.text,
      has_html: m.html !== null,
      quoted: m.quoted,
      signature: m.signature,
      message_id: m.headerId,
      recipients: { ...m.recipients, reply_to: m.recipients.replyTo },
      evidence: m.evidence,
      warnings: m.warnings,
      data: m.data,
      degraded: m.degraded,
      has_raw: m.rawId !== null,
      attachments: (files.get(m.id) ?? []).map(attachmentView),
      sent_at: isoOrNull(m.sentAt),
      created_at: iso(m.createdAt),
    }
  })
}

/** Schema of an internal note. */
export const noteSchema = Type.Object(
  {
    id: text(),
    url: urlOf('the note'),
    case: text('Case id'),
    seq: Type.Integer({ description: 'Place in the timeline' }),
    author: text('agent, system, or customer (a mail kept as a note because it proved nothing)'),
    agent: nullable(text()),
    kind: text(),
    text: text(),
    mentions: Type.Array(Type.Object({ kind: text('agent or group'), id: text() })),
    data: Type.Object({}, { additionalProperties: true }),
    message: nullable(text('Message that it speaks of')),
    created_at: time(),
  },
  { $id: 'Note', description: 'An internal note; people outside never see it.' },
)

/** A note as `noteSchema` says. Throws where a stored JSON value is damaged. */
export function noteView(row: NoteRow) {
  const n = toNote(row)
  return {
    id: n.id,
    url: `/v1/notes/${n.id}`,
    case: n.caseId,
    seq: n.seq,
    author: n.author,
    agent: n.agent,
    kind: n.kind,
    text: n.text,
    mentions: n.mentions,
    data: n.data,
    message: n.messageId,
    created_at: iso(n.createdAt),
  }
}

/** Schema of a notice with what may be done about it. */
export const noticeSchema = Type.Object(
  {
    id: text(),
    url: urlOf('the notice'),
    case: text('Case id'),
    seq: Type.Integer({ description: 'Place in the timeline: where it was raised first' }),
    message: nullable(text('Message that it speaks of')),
    kind: text(),
    text: text('For people, in the language of the agent who asks'),
    data: Type.Object({}, { additionalProperties: true, description: 'The facts' }),
    actions: Type.Array(
      Type.Object({ name: text(), label: text('For people'), action: text(), args: Type.Object({}, { additionalProperties: true }) }),
      { description: 'What may be done about it: POST .../notices/{id}/actions/{name}' },
    ),
    state: text('open, taken, dismissed, overtaken or expired'),
    taken_action: nullable(text()),
    resolved_by: nullable(text()),
    created_at: time(),
    resolved_at: nullable(time()),
    expires_at: nullable(time()),
  },
  { $id: 'Notice', description: 'Agents are asked for a decision.' },
)

/** `say` words it for the reader. */
export function noticeView(
  row: NoticeRow,
  say: { text(notice: ReturnType<typeof toNotice>): string; label(kind: string, action: string): string },
) {
  const n = toNotice(row)
  return {
    id: n.id,
    url: `/v1/notices/${n.id}`,
    case: n.caseId,
    seq: n.seq,
    message: n.messageId,
    kind: n.kind,
    text: say.text(n),
    data: n.data,
    actions: n.actions.map((a) => ({ name: a.name, label: say.label(n.kind, a.name), action: a.action, args: a.args })),
    state: n.state,
    taken_action: n.takenAction,
    resolved_by: n.resolvedBy,
    created_at: iso(n.createdAt),
    resolved_at: isoOrNull(n.resolvedAt),
    expires_at: isoOrNull(n.expiresAt),
  }
}

/** Schema of an event, the same in the feed, the timeline and webhooks. */
export const eventSchema = Type.Object(
  {
    id: text(),
    position: nullable(Type.Integer({ description: 'Place in the one order of all events; null for a moment after it happened' })),
    type: text(),
    case: nullable(text('Case id')),
    case_seq: nullable(Type.Integer({ description: 'Place in the timeline of the case' })),
    mailbox: nullable(text()),
    data: Type.Unknown({ description: 'By its type; see the chapter on events' }),
    origin: Type.Object({ kind: text('customer, agent, rule, api or system'), id: nullable(text()), via: text() }),
    at: time(),
  },
  { $id: 'Event', description: 'Something that happened.' },
)

/** An event as `eventSchema` says. Throws where a stored JSON value is damaged. */
export function eventView(row: EventRow) {
  return {
    id: row.id,
    position: row.position,
    type: row.type,
    case: row.case_id,
    case_seq: row.case_seq,
    mailbox: row.mailbox,
    data: fromJson<unknown>(row.data, `events.data of ${row.id}`),
    origin: fromJson<unknown>(row.origin, `events.origin of ${row.id}`),
    at: iso(row.created_at),
  }
}

/** Everything that has a name in the document. */
export const components: readonly TSchema[] = [
  caseSummarySchema,
  caseSchema,
  attachmentSchema,
  messageSchema,
  noteSchema,
  noticeSchema,
  eventSchema,
]
