// A case: read with its timeline, begun, changed. Changes are the same actions that commands, rules and links order.
import Type from 'typebox'
import type { Static } from 'typebox'
import { PosternError } from '../../../base/errors.ts'
import { nextSchema } from '../../../base/page.ts'
import { caseFor } from '../../../contract/access.ts'
import type { ActionResult, Tx } from '../../../contract/tx.ts'
import { addressProblems, agentProblems, asking, groupProblems, refusalOf } from '../../../contract/arguments.ts'
import { requireAddress } from '../../../mail/address.ts'
import { caseOfExternalId, setExternalId } from '../../../store/external-ids.ts'
import { mailboxOfCase } from '../../../store/owners.ts'
import { requireOrder } from '../order-limits.ts'
import { timelineOf } from '../../../store/timeline.ts'
import type { TimelineEntry } from '../../../store/timeline.ts'
import type { Answer, ApiCall, ApiRoute } from '../route.ts'
import { included, includedOf, includeSchema, partsAsked } from './include.ts'
import { viewOfNotice } from './notices.ts'
import { cut, placeAsked, placePaging } from './paging.ts'
import { etagOf, lockFor } from './scope.ts'
import { fileSchema, withFiles } from './uploads.ts'
import { caseView, eventView, iso, messageViews, noteView, ref, time } from './views.ts'

const address = Type.String({ minLength: 3, maxLength: 320 })
const addresses = Type.Array(address, { maxItems: 100 })
const status = Type.Union([
  Type.Literal('open'),
  Type.Literal('waiting'),
  Type.Literal('closed'),
  Type.Literal('spam'),
  Type.Literal('trash'),
])
const orNull = (description: string) => Type.Optional(Type.Union([Type.String({ maxLength: 64 }), Type.Null()], { description }))
const tag = Type.String({ minLength: 1, maxLength: 100 })
const custom = Type.Record(
  Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' }),
  Type.Union([Type.String({ maxLength: 10_000 }), Type.Number(), Type.Boolean(), Type.Null()]),
)
const externalId = Type.String({
  minLength: 1,
  maxLength: 200,
  description:
    'Id of the case in the system of who asks: unique among those of tokens of the same name; GET /v1/cases?external_id= finds it',
})
const words = {
  text: Type.String({ maxLength: 5_000_000 }),
  html: Type.Optional(
    Type.Union([Type.String({ maxLength: 5_000_000 }), Type.Null()], { description: 'Sanitised before it is sent or shown' }),
  ),
  attachments: Type.Optional(Type.Array(fileSchema, { maxItems: 100 })),
}

/** Schema of what an action answers. */
export const resultSchema = Type.Object({
  case: Type.Optional(ref('Case')),
  said: Type.Optional(Type.String({ description: 'For people, in the language of the agent' })),
  data: Type.Optional(Type.Unknown({ description: 'What came of it: ids of what was made' })),
})

const newCase = Type.Object({
  mailbox: Type.String({ maxLength: 64 }),
  from: Type.Union([Type.Literal('customer'), Type.Literal('agent')], {
    default: 'agent',
    description: 'Who begins it. agent: the text goes to the requester; customer: the text came from him, by a form for example',
  }),
  requester: Type.Object({ address, name: Type.Optional(Type.String({ maxLength: 200 })) }),
  cc: Type.Optional(addresses),
  subject: Type.String({ minLength: 1, maxLength: 1000 }),
  ...words,
  at: Type.Optional(
    Type.String({
      maxLength: 120,
      description: 'from agent: when it is sent ("in 2h", "tomorrow 9:00", ISO 8601); until then only agents see the case',
    }),
  ),
  status: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('waiting'), Type.Literal('closed')])),
  assignee: orNull('Agent id'),
  group: orNull('Group id'),
  tags: Type.Optional(Type.Array(tag, { maxItems: 100 })),
  custom: Type.Optional(custom),
  external_id: Type.Optional(externalId),
})

const change = Type.Object({
  status: Type.Optional(status),
  assignee: orNull('Agent id; null: nobody'),
  group: orNull('Group id; null: none'),
  subject: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
  tags: Type.Optional(
    Type.Object({ add: Type.Optional(Type.Array(tag, { maxItems: 100 })), remove: Type.Optional(Type.Array(tag, { maxItems: 100 })) }),
  ),
  requester: Type.Optional(
    Type.Object(
      {
        address,
        name: Type.Optional(Type.String({ maxLength: 200 })),
        old: Type.Optional(
          Type.Union([Type.Literal('drop'), Type.Literal('cc')], { description: 'What becomes of who was it before; default: drop' }),
        ),
      },
      { description: 'Answers go to him from now on (the action case.requester)' },
    ),
  ),
  from: Type.Optional(
    Type.String({ maxLength: 320, description: 'Answers leave from this address of the mailbox (the action case.from)' }),
  ),
  mailbox: Type.Optional(Type.String({ maxLength: 320, description: 'Moves the case (the action case.move)' })),
  cc: Type.Optional(Type.Array(address, { maxItems: 100, description: 'The whole list from now on' })),
  bcc: Type.Optional(Type.Array(address, { maxItems: 100, description: 'The whole list from now on' })),
  custom: Type.Optional(custom),
  external_id: Type.Optional(Type.Union([externalId, Type.Null()])),
})

const timelineQuery = Type.Object({
  events: Type.Boolean({ default: false, description: 'The events of the case as well' }),
  ...placePaging,
})

/** Routes that read, begin and change a case and read its timeline. */
export const caseRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    url: '/v1/cases/:ref',
    access: 'read',
    tag: 'Cases',
    summary: 'Reads a case',
    description: 'By its number (`12`) or its id. The ETag is its version.',
    query: Type.Object({ include: includeSchema }),
    response: Type.Intersect([ref('Case'), Type.Object(included)]),
    answerHeaders: ['etag'],
    async read(call) {
      const row = await caseFor(call.db, call.principal, call.params.ref ?? '')
      const view = await caseView(call.db, row, (m) => call.principal.sees(m))
      return { headers: { etag: etagOf(row.version) }, body: { ...view, ...(await includedOf(call.db, row, partsAsked(call.query))) } }
    },
  },
  {
    method: 'GET',
    url: '/v1/cases/:ref/timeline',
    list: { key: 'timeline' },
    access: 'read',
    tag: 'Cases',
    summary: 'Reads a case with everything that happened in it',
    description:
      'Messages, notes and notices stand where they came, an event behind what it tells of. A place is given once and the last is the highest: who reads on from `next` misses nothing and gets nothing twice.',
    query: timelineQuery,
    response: Type.Object({
      case: ref('Case'),
      timeline: Type.Array(
        Type.Object({
          seq: Type.Integer(),
          at: time(),
          what: Type.String({ description: 'message, note, notice or event' }),
          message: Type.Optional(ref('Message')),
          note: Type.Optional(ref('Note')),
          notice: Type.Optional(ref('Notice')),
          event: Type.Optional(ref('Event')),
        }),
      ),
      next: nextSchema,
    }),
    read: async (call) => ({ body: await timeline(call) }),
  },
  {
    method: 'POST',
    url: '/v1/cases',
    access: 'act',
    tag: 'Cases',
    summary: 'Begins a case: as an agent, now or later, or in the name of a customer',
    body: newCase,
    status: 201,
    response: resultSchema,
    answerHeaders: ['etag', 'location'],
    write: begin,
  },
  {
    method: 'PATCH',
    url: '/v1/cases/:ref',
    access: 'act',
    tag: 'Cases',
    summary: 'Changes a case',
    description: 'All of it or nothing; each part is the action of its name.',
    body: change,
    versioned: true,
    response: ref('Case'),
    async write(tx, call) {
      const a = call.body as Static<typeof change> // checked against it
      const c = await lockFor(tx, call, call.params.ref ?? '')
      if (a.subject !== undefined) await tx.act('case.subject', c.id, { subject: a.subject })
      // First, for who may be responsible depends on it.
      if (a.mailbox !== undefined) await tx.act('case.move', c.id, { mailbox: a.mailbox })
      if (a.from !== undefined) await tx.act('case.from', c.id, { address: a.from })
      if (a.requester) await tx.act('case.requester', c.id, a.requester)
      if (a.assignee !== undefined || a.group !== undefined)
        await tx.act('case.assign', c.id, {
          ...(a.assignee !== undefined && { assignee: a.assignee }),
          ...(a.group !== undefined && { group: a.group }),
        })
      if (a.tags) await tx.act('case.tags', c.id, a.tags)
      if (a.cc) await tx.act('case.cc', c.id, { set: a.cc })
      if (a.bcc) await tx.act('case.bcc', c.id, { set: a.bcc })
      if (a.custom) await tx.act('case.custom', c.id, { set: a.custom })
      if (a.status !== undefined) await tx.act('case.status', c.id, { status: a.status })
      if (a.external_id !== undefined) {
        requireOrder(call.principal, 'case.custom')
        await giveExternalId(tx, call, c.id, a.external_id)
      }
      const row = await caseFor(tx.db, call.principal, c.id)
      return { headers: { etag: etagOf(row.version) }, body: await caseView(tx.db, row, (m) => call.principal.sees(m)) }
    },
  },
]

async function timeline(call: ApiCall) {
  const row = await caseFor(call.db, call.principal, call.params.ref ?? '')
  const { rows, next } = cut(call, await timelineOf(call.db, row.id, placeAsked(call), call.query.events === true))
  const messages = new Map(
    (
      await messageViews(
        call.db,
        rows.flatMap((e) => (e.what === 'message' ? [e.row] : [])),
      )
    ).map((m) => [m.id, m]),
  )
  const entry = (e: TimelineEntry) => {
    const head = { seq: e.seq, at: iso(e.row.created_at), what: e.what }
    switch (e.what) {
      case 'message':
        return { ...head, message: messages.get(e.id) }
      case 'note':
        return { ...head, note: noteView(e.row) }
      case 'notice':
        return { ...head, notice: viewOfNotice(call, e.row) }
      case 'event':
        return { ...head, event: eventView(e.row) }
    }
  }
  return { case: await caseView(call.db, row, (m) => call.principal.sees(m)), timeline: rows.map(entry), next }
}

async function begin(tx: Tx, call: ApiCall): Promise<Answer> {
  const a = call.body as Static<typeof newCase> // checked against it
  if (!call.principal.sees(a.mailbox) || !tx.config.mailboxes.has(a.mailbox)) throw new PosternError('not_found', `mailbox ${a.mailbox}`)
  requireOrder(call.principal, 'case.start')
  const { result, id } = a.from === 'customer' ? await fromCustomer(tx, call, a) : await fromAgent(tx, call, a)
  if (a.tags?.length) await tx.act('case.tags', id, { add: a.tags })
  if (a.custom) await tx.act('case.custom', id, { set: a.custom })
  if (a.external_id !== undefined) await giveExternalId(tx, call, id, a.external_id)
  const row = await caseFor(tx.db, call.principal, id)
  return {
    status: 201,
    headers: { etag: etagOf(row.version), location: `/v1/cases/${id}` },
    body: { case: await caseView(tx.db, row, (m) => call.principal.sees(m)), ...result },
  }
}

/** Throws `conflict` where another case has it, with its id where it may be seen. */
async function giveExternalId(tx: Tx, call: ApiCall, caseId: string, externalId: string | null): Promise<void> {
  const owner = call.principal.name
  if (await setExternalId(tx.db, owner, caseId, externalId)) return
  const other = await caseOfExternalId(tx.db, owner, externalId ?? '')
  const mailbox = other === undefined ? undefined : await mailboxOfCase(tx.db, other)
  const seen = mailbox !== undefined && call.principal.sees(mailbox)
  throw new PosternError('conflict', `external_id: another case has it${seen ? ` (${other})` : ''}`)
}

type NewCase = Static<typeof newCase>
type Begun = { readonly id: string; readonly result: ActionResult }

async function fromAgent(tx: Tx, call: ApiCall, a: NewCase): Promise<Begun> {
  const { from: _from, requester, tags: _tags, custom: _custom, external_id: _external, ...rest } = a
  const result = await tx.act(
    'case.start',
    null,
    await withFiles(tx, call, { ...rest, to: requester.address, ...(requester.name !== undefined && { name: requester.name }) }),
  )
  return { id: String(result.data?.case), result }
}

/** The people of a new case, by what the actions ask of theirs and in the same words. */
function requirePeople(tx: Tx, call: ApiCall, { mailbox, requester, cc, assignee, group }: NewCase): void {
  const asked = asking(call.services.engine.registry, tx.origin, undefined, tx.now)
  const problems = [
    ...addressProblems(['requester', 'address'], requester.address, asked),
    ...addressProblems(['cc'], cc, asked),
    ...agentProblems(['assignee'], assignee, asked, mailbox),
    ...groupProblems(['group'], group, asked),
  ]
  if (problems.length > 0) throw refusalOf(problems)
}

/** As if he had written a mail: rules, receipts and notifications hear of it alike. */
async function fromCustomer(tx: Tx, call: ApiCall, a: NewCase): Promise<Begun> {
  if (a.at !== undefined) throw new PosternError('invalid', 'at: only what an agent sends can be sent later')
  requirePeople(tx, call, a)
  const requester = { ...sound(a.requester.address), name: a.requester.name ?? '' }
  const cc = (a.cc ?? []).map(sound)
  const mailbox = tx.config.mailboxes.get(a.mailbox)
  const subject = a.subject.replace(/\s+/g, ' ').trim()
  const c = await tx.cases.create({
    ...{ mailbox: a.mailbox, subject, requester, cc },
    ...(a.status && { status: a.status }),
    ...(a.assignee !== undefined && { assignee: a.assignee }),
    ...(a.group !== undefined && { group: a.group }),
  })
  const files = await withFiles(tx, call, { attachments: a.attachments ?? [] })
  const message = await tx.messages.add({
    caseId: c.id,
    author: 'customer',
    from: requester,
    state: 'received',
    subject,
    text: a.text,
    // As that of a mail: kept as it came, made safe wherever it is shown.
    html: a.html || null,
    recipients: { from: [requester], to: mailbox ? [{ address: mailbox.address, name: mailbox.name }] : [], cc, bcc: [], replyTo: [] },
    evidence: ['came by the API'],
    attachments: storable(files),
  })
  return { id: c.id, result: { data: { case: c.id, number: c.number, message: message.id } } }
}

/** Files as `withFiles` makes them; a new case has none of its own to name. */
function storable(files: unknown): NonNullable<Parameters<Tx['messages']['add']>[0]['attachments']> {
  const list = (
    files as {
      readonly attachments: readonly {
        readonly attachment?: string
        readonly filename: string
        readonly contentType: string
        readonly sizeBytes: number
        readonly inline?: boolean
        readonly contentId?: string
        readonly blob: { readonly id: string; readonly start: number; readonly end: number; readonly encoding: 'identity' }
      }[]
    }
  ).attachments // made by `withFiles` from what `fileSchema` admits
  return list.map((f) => {
    if (f.attachment !== undefined) throw new PosternError('not_found', `attachment ${f.attachment}`)
    return {
      filename: f.filename,
      contentType: f.contentType,
      sizeBytes: f.sizeBytes,
      contentId: f.contentId ?? null,
      inline: f.inline ?? false,
      blob: f.blob,
    }
  })
}

const sound = (written: string): { readonly address: string; readonly name: string } => ({
  address: requireAddress(written).toLowerCase(),
  name: '',
})
