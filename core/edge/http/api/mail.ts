// What came in and what leaves, mail by mail: looked at, and for admins tried again or dropped.
import Type from 'typebox'
import { PosternError } from '../../../base/errors.ts'
import { fromJson } from '../../../store/json.ts'
import { Readable } from 'node:stream'
import { assembleStream } from '../../../mail/compose/segments.ts'
import { nextSchema } from '../../../base/page.ts'
import { cutBehind } from './paging.ts'
import type { Segment } from '../../../mail/compose/segments.ts'
import { readBlob } from '../../../store/blobs.ts'
import { dropInbound, inboundById, inboundPage, retryInbound } from '../../../store/inbound.ts'
import { settleMessageState } from '../../../store/messages.ts'
import { dropOutbox, outboxById, recipientsOfOutbox, retryOutbox } from '../../../store/outbox.ts'
import type { InboundRow, OutboxRecipientRow, OutboxRow, SendState } from '../../../store/tables.ts'
import type { ApiCall, ApiRoute } from '../route.ts'
import { blobsFor, fileHeaders, storedBytes } from './files.ts'
import { iso, isoOrNull, nullable, ref, time } from './views.ts'
import { outboxPage } from '../../../store/outbox-page.ts'
import { mailboxOfCase } from '../../../store/owners.ts'

const text = Type.String()

/** Schema of an accepted mail. */
export const inboundSchema = Type.Object(
  {
    id: text,
    url: Type.String({ description: 'Path of it at this API' }),
    mailbox: text,
    mail_from: text,
    rcpt: text,
    peer: text,
    size: Type.Integer(),
    received_at: time(),
    state: Type.String({ description: 'queued, done, parked or dropped' }),
    outcome: nullable(text),
    case: nullable(text),
    message: nullable(text),
    error: nullable(text),
    has_raw: Type.Boolean(),
  },
  { $id: 'Inbound', description: 'A mail that was accepted.' },
)

/** Schema of an outgoing mail with the state of each recipient. */
export const outboxSchema = Type.Object(
  {
    id: text,
    url: Type.String({ description: 'Path of it at this API' }),
    case: nullable(text),
    message: nullable(text),
    kind: Type.String({ description: 'reply, notification, receipt, rule ...' }),
    transport: text,
    message_id: text,
    subject: text,
    size: Type.Integer(),
    created_at: time(),
    recipients: Type.Array(
      Type.Object({
        address: text,
        state: Type.String({ description: 'queued, sending, sent, failed, unknown, held or cancelled' }),
        attempts: Type.Integer(),
        next_at: nullable(time()),
        reply: nullable(text),
      }),
    ),
  },
  { $id: 'Outbox', description: 'A mail that leaves.' },
)

const inboundView = (r: InboundRow) => ({
  id: r.id,
  url: `/v1/inbound/${r.id}`,
  mailbox: r.mailbox,
  mail_from: r.mail_from,
  rcpt: r.rcpt,
  peer: r.peer,
  size: r.size,
  received_at: iso(r.received_at),
  state: r.state,
  outcome: r.outcome,
  case: r.case_id,
  message: r.message_id,
  error: r.error,
  has_raw: r.raw_id !== null,
})

function outboxView(r: Omit<OutboxRow, 'segments'>, recipients: readonly OutboxRecipientRow[]) {
  return {
    id: r.id,
    url: `/v1/outbox/${r.id}`,
    case: r.case_id,
    message: r.message_id,
    kind: r.kind,
    transport: r.transport,
    message_id: r.header_id,
    subject: r.subject,
    size: r.size,
    created_at: iso(r.created_at),
    recipients: recipients.map((p) => ({
      address: p.address,
      state: p.state,
      attempts: p.attempts,
      next_at: p.state === 'queued' || p.state === 'unknown' ? isoOrNull(p.next_at) : null,
      reply: p.reply,
    })),
  }
}

const outboxViewOf = async ({ db }: Pick<ApiCall, 'db'>, row: Omit<OutboxRow, 'segments'>) =>
  outboxView(row, await recipientsOfOutbox(db, row.id))

const sendStates = ['queued', 'sending', 'sent', 'failed', 'unknown', 'held', 'cancelled'] as const

const paging = {
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  before: Type.Optional(Type.String({ maxLength: 64, description: 'Id of the last one of the page before' })),
}

/** Routes for accepted and outgoing mail. */
export const mailRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    url: '/v1/inbound',
    list: { key: 'inbound', cursor: 'before' },
    access: 'read',
    tag: 'Mail',
    summary: 'Lists accepted mails, newest first',
    query: Type.Object({
      state: Type.Optional(Type.Union([Type.Literal('queued'), Type.Literal('done'), Type.Literal('parked'), Type.Literal('dropped')])),
      ...paging,
    }),
    response: Type.Object({ inbound: Type.Array(ref('Inbound')), next: nextSchema }),
    async read(call) {
      const { state, before, limit } = call.query
      const found = await inboundPage(call.db, {
        mailboxes: call.principal.mailboxes,
        ...((state === 'queued' || state === 'done' || state === 'parked' || state === 'dropped') && { state }),
        ...(typeof before === 'string' && { before }),
        limit: Number(limit) + 1,
      })
      const { rows, next } = cutBehind(found, Number(limit), (r) => r.id)
      return { body: { inbound: rows.map(inboundView), next } }
    },
  },
  {
    method: 'GET',
    url: '/v1/inbound/:id',
    access: 'read',
    tag: 'Mail',
    summary: 'Reads what is known of an accepted mail',
    response: ref('Inbound'),
    read: async (call) => ({ body: inboundView(await inboundFor(call)) }),
  },
  {
    method: 'GET',
    url: '/v1/inbound/:id/raw',
    access: 'read',
    tag: 'Mail',
    summary: 'Reads an accepted mail as it came',
    response: text,
    responseType: 'message/rfc822',
    answerHeaders: ['content-disposition'],
    gone: true,
    async read(call) {
      const row = await inboundFor(call)
      if (row.raw_id === null) throw new PosternError('gone', 'the bytes are no longer kept')
      return { headers: fileHeaders('message/rfc822', `${row.id}.eml`), body: await storedBytes(blobsFor(call), row.raw_id) }
    },
  },
  {
    method: 'POST',
    url: '/v1/inbound/:id/retry',
    access: 'admin',
    tag: 'Mail',
    summary: 'Takes a parked, dropped or waiting mail in again',
    response: ref('Inbound'),
    async write(tx, call) {
      const row = await inboundFor(call)
      settled(await retryInbound(tx.db, call.services.engine.parts.ids, row.id, tx.now))
      return { body: inboundView(await inboundFor(call)) }
    },
  },
  {
    method: 'POST',
    url: '/v1/inbound/:id/drop',
    access: 'admin',
    tag: 'Mail',
    summary: 'Gives up on a mail that has not been taken in',
    body: Type.Object({ reason: Type.String({ maxLength: 200, default: 'by the admin' }) }),
    response: ref('Inbound'),
    async write(tx, call) {
      const row = await inboundFor(call)
      const { reason } = call.body as { readonly reason: string } // checked against the schema above
      settled(await dropInbound(tx.db, row.id, reason.replace(/[\x00-\x1f\x7f]+/g, ' '), tx.now))
      return { body: inboundView(await inboundFor(call)) }
    },
  },
  {
    method: 'GET',
    url: '/v1/outbox',
    list: { key: 'outbox', cursor: 'before' },
    access: 'read',
    tag: 'Mail',
    summary: 'Lists mails that leave, newest first',
    query: Type.Object({
      state: Type.Optional(
        Type.Union(
          sendStates.map((s) => Type.Literal(s)),
          { description: 'Of one of its recipients' },
        ),
      ),
      case: Type.Optional(Type.String({ maxLength: 64, description: 'Case id' })),
      ...paging,
    }),
    response: Type.Object({ outbox: Type.Array(ref('Outbox')), next: nextSchema }),
    async read(call) {
      const { state, before, case: caseId, limit } = call.query
      const found = await outboxPage(call.db, {
        mailboxes: call.principal.mailboxes,
        ...(sendStates.some((s) => s === state) && { state: state as SendState }), // one of the union in `query`
        ...(typeof before === 'string' && { before }),
        ...(typeof caseId === 'string' && { caseId }),
        limit: Number(limit) + 1,
      })
      const { rows, next } = cutBehind(found, Number(limit), (r) => r.mail.id)
      return { body: { outbox: rows.map(({ mail, recipients }) => outboxView(mail, recipients)), next } }
    },
  },
  {
    method: 'GET',
    url: '/v1/outbox/:id',
    access: 'read',
    tag: 'Mail',
    summary: 'Reads what is known of a mail that leaves',
    response: ref('Outbox'),
    read: async (call) => ({ body: await outboxViewOf(call, await outboxFor(call)) }),
  },
  {
    method: 'GET',
    url: '/v1/outbox/:id/raw',
    access: 'admin',
    tag: 'Mail',
    summary: 'Reads a mail as it is sent',
    description: 'For admins alone: it holds what proves its recipient.',
    response: text,
    responseType: 'message/rfc822',
    answerHeaders: ['content-disposition'],
    gone: true,
    async read(call) {
      const row = await outboxFor(call)
      const segments = fromJson<readonly Segment[]>(row.segments, `outbox.segments of ${row.id}`)
      return {
        headers: fileHeaders('message/rfc822', `${row.id}.eml`),
        body: Readable.from(
          assembleStream(segments, (blob) => readBlob(blobsFor(call), blob)),
          { objectMode: false },
        ),
      }
    },
  },
  {
    method: 'POST',
    url: '/v1/outbox/:id/retry',
    access: 'admin',
    tag: 'Mail',
    summary: 'Sends again now what failed, waits, is held or of unknown fate',
    response: ref('Outbox'),
    async write(tx, call) {
      const row = await outboxFor(call)
      if ((await retryOutbox(tx.db, row.id, tx.now)) === 0) throw new PosternError('gone', 'nothing of it is left to send')
      return { body: await outboxViewOf(call, row) }
    },
  },
  {
    method: 'POST',
    url: '/v1/outbox/:id/drop',
    access: 'admin',
    tag: 'Mail',
    summary: 'Does not send what waits, is held or of unknown fate',
    response: ref('Outbox'),
    async write(tx, call) {
      const row = await outboxFor(call)
      if ((await dropOutbox(tx.db, row.id, tx.now)) === 0) throw new PosternError('gone', 'nothing of it waits')
      if (row.message_id !== null) await settleMessageState(tx.db, row.message_id, row.id, tx.now)
      return { body: await outboxViewOf(call, row) }
    },
  },
]

async function inboundFor(call: ApiCall): Promise<InboundRow> {
  const row = await inboundById(call.db, call.params.id ?? '')
  if (!row || !call.principal.sees(row.mailbox)) throw new PosternError('not_found', 'inbound mail')
  return row
}

async function outboxFor(call: ApiCall): Promise<OutboxRow> {
  const row = await outboxById(call.db, call.params.id ?? '')
  const owner = !row || row.case_id === null ? undefined : await mailboxOfCase(call.db, row.case_id)
  if (!row || !call.principal.sees(owner ?? null)) throw new PosternError('not_found', 'outgoing mail')
  return row
}

function settled(what: 'done' | 'absent' | 'too-late' | 'gone'): void {
  if (what === 'absent') throw new PosternError('not_found', 'inbound mail')
  if (what === 'too-late') throw new PosternError('gone', 'it has been taken in')
  if (what === 'gone') throw new PosternError('gone', 'the bytes are no longer kept')
}
