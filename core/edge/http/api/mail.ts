// What came in and what leaves, mail by mail: looked at, and for admins tried again or dropped.
import Type from 'typebox'
import { PosternError } from '../../../base/errors.ts'
import { fromJson } from '../../../store/json.ts'
import { Readable } from 'node:stream'
import { assembleStream } from '../../../mail/compose/segments.ts'
import type { Segment } from '../../../mail/compose/segments.ts'
import { readBlob } from '../../../store/blobs.ts'
import { dropInbound, inboundById, retryInbound } from '../../../store/inbound.ts'
import { settleMessageState } from '../../../store/messages.ts'
import { dropOutbox, outboxById, recipientsOfOutbox, retryOutbox } from '../../../store/outbox.ts'
import type { InboundRow, OutboxRow } from '../../../store/tables.ts'
import type { ApiCall, ApiRoute } from '../route.ts'
import { fileHeaders, storedBytes } from './files.ts'
import { iso, isoOrNull, nullable, ref, time } from './views.ts'

const text = Type.String()

export const inboundSchema = Type.Object(
  {
    id: text,
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
export const outboxSchema = Type.Object(
  {
    id: text,
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

async function outboxView(call: Pick<ApiCall, 'db'>, r: Omit<OutboxRow, 'segments'>) {
  const recipients = await recipientsOfOutbox(call.db, r.id)
  return {
    id: r.id,
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

const paging = {
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  before: Type.Optional(Type.String({ maxLength: 64, description: 'Id of the last one of the page before' })),
}

export const mailRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    url: '/v1/inbound',
    access: 'read',
    tag: 'Mail',
    summary: 'Lists accepted mails, newest first',
    query: Type.Object({
      state: Type.Optional(Type.Union([Type.Literal('queued'), Type.Literal('done'), Type.Literal('parked'), Type.Literal('dropped')])),
      ...paging,
    }),
    response: Type.Object({ inbound: Type.Array(ref('Inbound')) }),
    async read(call) {
      const { mailboxes } = call.principal
      if (mailboxes?.length === 0) return { body: { inbound: [] } }
      // Ids sort by the time of their making.
      let q = call.db.selectFrom('inbound').selectAll().orderBy('id', 'desc').limit(Number(call.query.limit))
      if (mailboxes) q = q.where('mailbox', 'in', [...mailboxes])
      if (typeof call.query.before === 'string') q = q.where('id', '<', call.query.before)
      const { state } = call.query
      if (state === 'queued' || state === 'done' || state === 'parked' || state === 'dropped') q = q.where('state', '=', state)
      return { body: { inbound: (await q.execute()).map(inboundView) } }
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
    async read(call) {
      const row = await inboundFor(call)
      if (row.raw_id === null) throw new PosternError('gone', 'the bytes are no longer kept')
      return { headers: fileHeaders('message/rfc822', `${row.id}.eml`), body: await storedBytes(call.db, row.raw_id) }
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
    access: 'read',
    tag: 'Mail',
    summary: 'Lists mails that leave, newest first',
    query: Type.Object({
      state: Type.Optional(
        Type.Union(
          (['queued', 'sending', 'sent', 'failed', 'unknown', 'held', 'cancelled'] as const).map((s) => Type.Literal(s)),
          { description: 'Of one of its recipients' },
        ),
      ),
      case: Type.Optional(Type.String({ maxLength: 64, description: 'Case id' })),
      ...paging,
    }),
    response: Type.Object({ outbox: Type.Array(ref('Outbox')) }),
    async read(call) {
      const { mailboxes } = call.principal
      if (mailboxes?.length === 0) return { body: { outbox: [] } }
      const { state, before } = call.query
      let q = call.db.selectFrom('outbox').selectAll('outbox').orderBy('outbox.id', 'desc').limit(Number(call.query.limit))
      if (mailboxes)
        q = q.where('outbox.case_id', 'in', (eb) =>
          eb
            .selectFrom('cases')
            .select('id')
            .where('mailbox', 'in', [...mailboxes]),
        )
      if (typeof before === 'string') q = q.where('outbox.id', '<', before)
      if (typeof call.query.case === 'string') q = q.where('outbox.case_id', '=', call.query.case)
      if (typeof state === 'string')
        q = q.where('outbox.id', 'in', (eb) =>
          eb
            .selectFrom('outbox_recipients')
            .select('outbox_id')
            .where('state', '=', state as 'queued'),
        ) // one of the union in `query`
      const out = []
      for (const row of await q.execute()) out.push(await outboxView(call, row))
      return { body: { outbox: out } }
    },
  },
  {
    method: 'GET',
    url: '/v1/outbox/:id',
    access: 'read',
    tag: 'Mail',
    summary: 'Reads what is known of a mail that leaves',
    response: ref('Outbox'),
    read: async (call) => ({ body: await outboxView(call, await outboxFor(call)) }),
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
    async read(call) {
      const row = await outboxFor(call)
      const segments = fromJson<readonly Segment[]>(row.segments, `outbox.segments of ${row.id}`)
      return {
        headers: fileHeaders('message/rfc822', `${row.id}.eml`),
        body: Readable.from(
          assembleStream(segments, (blob) => readBlob(call.db, blob)),
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
      return { body: await outboxView(call, row) }
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
      return { body: await outboxView(call, row) }
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
  const owner =
    !row || row.case_id === null
      ? undefined
      : await call.db.selectFrom('cases').select('mailbox').where('id', '=', row.case_id).executeTakeFirst()
  if (!row || !call.principal.sees(owner?.mailbox ?? null)) throw new PosternError('not_found', 'outgoing mail')
  return row
}

function settled(what: 'done' | 'absent' | 'too-late' | 'gone'): void {
  if (what === 'absent') throw new PosternError('not_found', 'inbound mail')
  if (what === 'too-late') throw new PosternError('gone', 'it has been taken in')
  if (what === 'gone') throw new PosternError('gone', 'the bytes are no longer kept')
}
