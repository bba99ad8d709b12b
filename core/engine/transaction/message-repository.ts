// Messages, notes and notices, written: each takes its number in the case's timeline and tells what happened.
import { toAttachment, toMessage, toNote, toNotice } from './from-rows.ts'
import { putBlob } from '../../store/blobs.ts'
import { toJson } from '../../store/json.ts'
import * as messages from '../../store/messages.ts'
import * as notes from '../../store/notes.ts'
import { PosternError } from '../../base/errors.ts'
import type { Origin } from '../../contract/origin.ts'
import type { MessageRepository, NewMessage, NoteBook, NoticeBook } from '../../contract/tx.ts'
import type { TransactionContext } from './transaction-context.ts'
import type { BlobEncoding, Message, Notice } from '../../contract/model.ts'
import type { AttachmentRow } from '../../store/tables.ts'

/** The messages of one transaction; what it emits carries this origin. */
export function messageRepository(unit: TransactionContext, origin: Origin): MessageRepository {
  /** What a message in this state means to the plugins. */
  const tell = async (m: Message, mailbox: string, first: boolean): Promise<void> => {
    // Nobody asked for it: no rule, receipt or notification hears of it.
    if (m.kind === 'blocked') return unit.emit(origin, 'message.blocked', m.caseId, { message: m.id, address: m.from.address }, mailbox)
    if (m.state === 'received') await unit.emit(origin, 'message.received', m.caseId, { message: m.id, kind: m.kind, first }, mailbox)
    if (m.state === 'sent' || m.state === 'sending')
      await unit.emit(origin, 'message.sent', m.caseId, { message: m.id, kind: m.kind, author: m.author }, mailbox)
    if (m.state === 'held')
      await unit.emit(origin, 'message.held', m.caseId, { message: m.id, reason: String(m.data.held ?? 'held') }, mailbox)
  }
  return {
    async get(id) {
      const row = await unit.rows.message(id)
      return row && toMessage(row)
    },
    list: async (caseId) => (await messages.messagesOf(unit.db, caseId)).map(toMessage),
    last: async (caseId, limit, beforeSeq = Number.MAX_SAFE_INTEGER) =>
      (await messages.lastMessages(unit.db, caseId, beforeSeq, limit)).map(toMessage),
    async add(m) {
      const c = await unit.lock(m.caseId)
      const seq = await unit.seq(m.caseId)
      const id = m.id ?? unit.parts.ids.next()
      const files = attachmentRows(unit, m.attachments, id)
      const counts = m.state === 'received' || m.state === 'sent' || m.state === 'sending'
      const entered = counts ? { ...m, data: { ...m.data, version: c.version, version_in: c.id } } : m
      const row = await messages.insertMessage(unit.db, rowOf(entered, id, seq, unit.now), files)
      unit.rows.added(row, files)
      const message = toMessage(row)
      const at = message.createdAt
      if (counts) {
        await unit.rows.changeCase(
          m.caseId,
          {
            message_count: c.message_count + 1,
            ...(m.author === 'customer' && { last_customer_at: at }),
            ...(m.author === 'agent' && { last_agent_at: at }),
          },
          unit.now,
        )
      }
      const first = counts && c.message_count === 0
      if (first && message.kind !== 'blocked') await unit.emit(origin, 'case.created', m.caseId, { message: id }, c.mailbox)
      await tell(message, c.mailbox, first)
      return message
    },
    async update(id, patch) {
      const before = await messages.messageById(unit.db, id)
      if (!before) throw new PosternError('not_found', `message ${id}`)
      const c = await unit.lock(patch.caseId ?? before.case_id)
      const enters = (patch.state === 'sent' || patch.state === 'sending') && (before.state === 'held' || before.state === 'deferred')
      const data = enters ? { ...(patch.data ?? toMessage(before).data), version: c.version, version_in: c.id } : patch.data
      const row = await messages.updateMessage(unit.db, id, {
        ...(patch.state !== undefined && { state: patch.state }),
        ...(data !== undefined && { data: toJson(data) }),
        ...(patch.caseId !== undefined && { case_id: patch.caseId, seq: await unit.seq(patch.caseId) }),
        ...(patch.sentAt !== undefined && { sent_at: patch.sentAt }),
        ...(patch.recipients !== undefined && { recipients: toJson(patch.recipients) }),
        ...(patch.subject !== undefined && { subject: patch.subject }),
        ...(patch.text !== undefined && { text: patch.text }),
        ...(patch.html !== undefined && { html: patch.html }),
        ...(patch.signature !== undefined && { signature: patch.signature }),
        ...(patch.headerId !== undefined && { header_id: patch.headerId }),
      })
      unit.rows.added(row)
      if (patch.attachments) await messages.replaceAttachments(unit.db, id, attachmentRows(unit, patch.attachments, id))
      const message = toMessage(row)
      if (patch.state !== undefined && patch.state !== before.state) {
        if (enters)
          await unit.rows.changeCase(
            c.id,
            { message_count: c.message_count + 1, ...(message.author === 'agent' && { last_agent_at: unit.now }) },
            unit.now,
          )
        if (enters && c.message_count === 0) await unit.emit(origin, 'case.created', c.id, { message: id }, c.mailbox)
        // sending -> sent is the outbox's business and no new fact for the case.
        if (enters || patch.state === 'held') await tell(message, c.mailbox, false)
      }
      return message
    },
    async reread(id, m) {
      const before = await messages.messageById(unit.db, id)
      if (!before) throw new PosternError('not_found', `message ${id}`)
      if (before.degraded !== 1) throw new PosternError('conflict', `message ${id} has been read`)
      const c = await unit.lock(before.case_id)
      const { id: _id, seq: _seq, case_id: _case, created_at: _at, ...read } = rowOf(m, id, before.seq, before.created_at)
      const row = await messages.updateMessage(unit.db, id, read)
      const files = attachmentRows(unit, m.attachments, id)
      await messages.replaceAttachments(unit.db, id, files)
      unit.rows.added(row, files)
      const message = toMessage(row)
      const first = c.message_count === 1
      if (first && message.kind !== 'blocked') await unit.emit(origin, 'case.created', c.id, { message: id }, c.mailbox)
      await tell(message, c.mailbox, first)
      return message
    },
    async recast(id, { evidence }) {
      const before = await messages.messageById(unit.db, id)
      if (!before) throw new PosternError('not_found', `message ${id}`)
      const c = await unit.lock(before.case_id)
      if (before.raw_id === null || before.author !== 'agent' || c.message_count !== 1)
        throw new PosternError('conflict', `message ${id} is no mail of an agent, or not alone in its case`)
      const row = await messages.updateMessage(unit.db, id, {
        ...{ author: 'customer', agent: null, state: 'received', sent_at: null, data: '{}' },
        evidence: toJson(evidence),
      })
      unit.rows.added(row)
      await unit.rows.changeCase(c.id, { last_customer_at: before.created_at, last_agent_at: null }, unit.now)
      await unit.emit(origin, 'case.created', c.id, { message: id }, c.mailbox)
      await tell(toMessage(row), c.mailbox, true)
      return toMessage(row)
    },
    async move(id, to, place) {
      const before = await messages.messageById(unit.db, id)
      if (!before) throw new PosternError('not_found', `message ${id}`)
      for (const caseId of [before.case_id, to].sort()) await unit.lock(caseId)
      const seq = place ?? (await unit.seq(to))
      const row = await messages.updateMessage(unit.db, id, { case_id: to, seq })
      unit.rows.added(row)
      await messages.repointThreadKeys(unit.db, id, to)
      if (row.state === 'held') await notes.moveOpenNotices(unit.db, id, to)
      for (const caseId of [before.case_id, to]) await messages.recountMessages(unit.db, caseId, unit.now)
      await unit.emit(origin, 'message.moved', to, { message: id, from: before.case_id, to }, (await unit.lock(to)).mailbox)
      return toMessage(row)
    },
    async remove(id) {
      const before = await messages.messageById(unit.db, id)
      if (!before) throw new PosternError('not_found', `message ${id}`)
      await unit.lock(before.case_id)
      if (!(await messages.removeUnsent(unit.db, id))) throw new PosternError('gone', `the message is ${before.state}`)
    },
    attachments: async (id) => (await unit.rows.files(id)).map(toAttachment),
    async attachment(id) {
      const row = await messages.attachmentById(unit.db, id)
      return row && toAttachment(row)
    },
    withRaw: async (hash) => (await messages.messagesByHash(unit.db, hash)).map(toMessage),
    async putBlob(bytes) {
      const id = unit.parts.ids.next()
      await putBlob(unit.db, { id, bytes }, unit.now)
      return { id, start: 0, end: bytes.byteLength, encoding: 'identity' }
    },
  }
}

/** The notes of one transaction; a note without an author is by the agent of this origin, else by the system. */
export function noteRepository(unit: TransactionContext, origin: Origin): NoteBook {
  return {
    async add(n) {
      const c = await unit.lock(n.caseId)
      const author =
        n.author ?? (origin.kind === 'agent' && origin.id ? { kind: 'agent' as const, agent: origin.id } : { kind: 'system' as const })
      const row = await notes.insertNote(unit.db, {
        id: unit.parts.ids.next(),
        case_id: n.caseId,
        seq: await unit.seq(n.caseId),
        author: author.kind,
        agent: author.agent ?? null,
        kind: n.kind ?? 'note',
        text: n.text,
        mentions: toJson(n.mentions ?? []),
        data: toJson(n.data ?? {}),
        message_id: n.messageId ?? null,
        created_at: n.createdAt ?? unit.now,
      })
      await unit.rows.changeCase(n.caseId, {}, unit.now)
      await unit.emit(origin, 'note.added', n.caseId, { note: row.id, kind: row.kind }, c.mailbox)
      return toNote(row)
    },
    async get(id) {
      const row = await notes.noteById(unit.db, id)
      return row && toNote(row)
    },
    list: async (caseId) => (await notes.notesOf(unit.db, caseId)).map(toNote),
    async move(id, to) {
      const before = await notes.noteById(unit.db, id)
      if (!before) throw new PosternError('not_found', `note ${id}`)
      for (const caseId of [before.case_id, to].sort()) await unit.lock(caseId)
      return toNote(await notes.moveNote(unit.db, id, to, await unit.seq(to)))
    },
    async update(id, patch) {
      const before = await notes.noteById(unit.db, id)
      if (!before) throw new PosternError('not_found', `note ${id}`)
      await unit.lock(before.case_id)
      return toNote(
        await notes.updateNote(unit.db, id, {
          ...(patch.text !== undefined && { text: patch.text }),
          ...(patch.data !== undefined && { data: toJson(patch.data) }),
        }),
      )
    },
  }
}

/** The notices of one transaction; what it emits carries this origin. */
export function noticeBook(unit: TransactionContext, origin: Origin): NoticeBook {
  const raised = async (n: Notice): Promise<Notice> => {
    const c = await unit.lock(n.caseId)
    await unit.emit(
      origin,
      'notice.raised',
      n.caseId,
      { notice: n.id, kind: n.kind, message: n.messageId, data: n.data, actions: n.actions.map((a) => a.name) },
      c.mailbox,
    )
    return n
  }
  return {
    async raise(n) {
      const row = await notes.insertNotice(unit.db, {
        id: unit.parts.ids.next(),
        case_id: n.caseId,
        seq: await unit.seq(n.caseId),
        message_id: n.messageId ?? null,
        kind: n.kind,
        data: toJson(n.data ?? {}),
        actions: toJson(n.actions ?? []),
        state: 'open',
        taken_action: null,
        resolved_by: null,
        created_at: unit.now,
        resolved_at: null,
        expires_at: n.expiresAt ?? null,
      })
      return raised(toNotice(row))
    },
    async get(id) {
      const row = await notes.noticeById(unit.db, id)
      return row && toNotice(row)
    },
    open: async (caseId, kind) => (await unit.rows.openNotices(caseId)).map(toNotice).filter((n) => kind === undefined || n.kind === kind),
    list: async (caseId) => (await notes.noticesOf(unit.db, caseId)).map(toNotice),
    async resolve(id, end) {
      const there = await notes.noticeById(unit.db, id)
      if (!there) return undefined
      const c = await unit.lock(there.case_id)
      const by = origin.id ?? origin.kind
      const row = await notes.endNotice(unit.db, id, {
        state: end.state,
        by,
        at: unit.now,
        ...(end.action !== undefined && { action: end.action }),
      })
      if (!row) return undefined
      await unit.emit(
        origin,
        'notice.resolved',
        row.case_id,
        { notice: id, kind: row.kind, state: end.state, action: end.action ?? null, by, message: row.message_id, data: toNotice(row).data },
        c.mailbox,
      )
      return toNotice(row)
    },
    async move(id, to) {
      const before = await notes.noticeById(unit.db, id)
      if (!before) throw new PosternError('not_found', `notice ${id}`)
      for (const caseId of [before.case_id, to].sort()) await unit.lock(caseId)
      return toNotice(await notes.moveNotice(unit.db, id, to, await unit.seq(to)))
    },
    async reopen(id) {
      const there = await notes.noticeById(unit.db, id)
      if (!there) return undefined
      await unit.lock(there.case_id)
      const row = await notes.reopenNotice(unit.db, id)
      return row && raised(toNotice(row))
    },
  }
}

function rowOf(m: NewMessage, id: string, seq: number, now: number): Parameters<typeof messages.insertMessage>[1] {
  return {
    id,
    case_id: m.caseId,
    seq,
    author: m.author,
    author_address: m.from.address,
    author_name: m.from.name,
    agent: m.agent ?? null,
    state: m.state,
    kind: m.kind ?? 'normal',
    subject: m.subject,
    text: m.text,
    html: m.html ?? null,
    quoted: m.quoted ?? '',
    signature: m.signature ?? '',
    header_id: m.headerId ?? null,
    in_reply_to: toJson(m.inReplyTo ?? []),
    reference_ids: toJson(m.references ?? []),
    recipients: toJson(m.recipients),
    evidence: toJson(m.evidence ?? []),
    warnings: toJson(m.warnings ?? []),
    data: toJson(m.data ?? {}),
    degraded: m.degraded ? 1 : 0,
    raw_id: m.raw?.id ?? null,
    raw_hash: m.raw?.hash ?? null,
    inbound_id: m.raw?.inboundId ?? null,
    sent_at: m.sentAt ?? null,
    created_at: m.createdAt ?? now,
  }
}

function attachmentRows(unit: TransactionContext, attachments: NewMessage['attachments'], messageId: string): readonly AttachmentRow[] {
  return (attachments ?? []).map((a, position) => ({
    id: unit.parts.ids.next(),
    message_id: messageId,
    position,
    filename: a.filename,
    content_type: a.contentType,
    size: a.sizeBytes,
    content_id: a.contentId,
    inline: a.inline ? 1 : 0,
    blob_id: a.blob?.id ?? null,
    start_at: a.blob?.start ?? 0,
    end_at: a.blob?.end ?? 0,
    encoding: (a.blob?.encoding ?? 'identity') satisfies BlobEncoding,
  }))
}
