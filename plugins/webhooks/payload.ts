// What is sent: the envelope of Standard Webhooks (type, timestamp, data) around the event, with or without what it speaks of.
import Type from 'typebox'
import type { TSchema } from 'typebox'
import type { Case, EventDefinition, PosternEvent, Tx } from '../../core/plugin.ts'

/** Octets; what is bigger is sent thin, and what is then still bigger without its facts. */
export const largestPayload = 20_000

/** The bodies of one event, each made once however many endpoints get it. */
export class Bodies {
  readonly #tx: Tx
  readonly #event: PosternEvent
  readonly #version: number
  readonly #base: string
  #thin: string | undefined
  #full: string | undefined

  /** `base`: address of the API, for the URLs of what is spoken of. */
  constructor(tx: Tx, event: PosternEvent, version: number, base: string) {
    this.#base = base
    this.#tx = tx
    this.#event = event
    this.#version = version
  }

  /** `format`: see the settings of an endpoint. */
  async in(format: Format, kind: 'full' | 'thin'): Promise<string> {
    const body = await this.get(kind)
    return format === 'standard' ? body : cloudEvent(body, this.#base)
  }

  async get(kind: 'full' | 'thin'): Promise<string> {
    if (kind === 'full') return (this.#full ??= await this.#makeFull())
    return (this.#thin ??= await this.#makeThin())
  }

  async #makeThin(): Promise<string> {
    const c = await this.#case()
    const rest = { thin: true, case: c && { id: c.id, number: c.number, url: this.#urlOf('cases', c.id) } }
    const whole = this.#body({ ...rest, facts: this.#event.data })
    return Buffer.byteLength(whole) <= largestPayload ? whole : this.#body(rest)
  }

  async #makeFull(): Promise<string> {
    const c = await this.#case()
    const subject = c && (await subjectOf(this.#tx, this.#event, (what, id) => this.#urlOf(what, id)))
    const whole = this.#body({
      thin: false,
      case: c && { ...caseView(c), tags: await this.#tx.cases.tags(c.id), url: this.#urlOf('cases', c.id) },
      facts: this.#event.data,
      ...subject,
    })
    return Buffer.byteLength(whole) <= largestPayload ? whole : this.get('thin')
  }

  #urlOf(what: 'cases' | 'messages' | 'attachments', id: string): string {
    return `${this.#base}/v1/${what}/${id}`
  }

  async #case(): Promise<Case | null> {
    return this.#event.caseId === null ? null : ((await this.#tx.cases.get(this.#event.caseId)) ?? null)
  }

  #body(rest: Readonly<Record<string, unknown>>): string {
    const { id, type, caseSeq, mailbox, origin, at } = this.#event
    return JSON.stringify({
      type,
      timestamp: new Date(at).toISOString(),
      data: {
        event: id,
        version: this.#version,
        seq: caseSeq,
        mailbox,
        origin: { kind: origin.kind, id: origin.id, via: origin.via },
        ...rest,
      },
    })
  }
}

/** How a body is written: see the settings of an endpoint. */
export type Format = 'standard' | 'cloudevents'

/** What a body is, for the header. */
export const typeOfBody = (body: string): string =>
  body.startsWith('{"specversion"') ? 'application/cloudevents+json' : 'application/json'

/** The same data in the structured form of CloudEvents 1.0: `id` is that of the event, `subject` the case. */
export function cloudEvent(body: string, source: string): string {
  // Written by this file a moment ago.
  const { type, timestamp, data } = JSON.parse(body) as {
    readonly type: string
    readonly timestamp: string
    readonly data: { readonly event: string; readonly case?: { readonly id: string } | null }
  }
  return JSON.stringify({
    specversion: '1.0',
    id: data.event,
    source,
    type,
    time: timestamp,
    ...(data.case && { subject: data.case.id }),
    datacontenttype: 'application/json',
    data,
  })
}

/** Things look as they do over the API: snake_case, times in ISO 8601 UTC. */
const iso = (ms: number): string => new Date(ms).toISOString()
const isoOrNull = (ms: number | null): string | null => (ms === null || ms > 8.64e15 ? null : iso(ms))

function caseView(c: Case) {
  const { id, number, mailbox, channel, subject, status, assignee, group, requester, custom, version } = c
  return {
    id,
    number,
    mailbox,
    channel,
    subject,
    status,
    assignee,
    group,
    requester,
    custom,
    version,
    message_count: c.messageCount,
    created_at: iso(c.createdAt),
    updated_at: iso(c.updatedAt),
  }
}

/** The message, note or notice that the facts name. */
async function subjectOf(
  tx: Tx,
  event: PosternEvent,
  urlOf: (what: 'messages' | 'attachments', id: string) => string,
): Promise<Readonly<Record<string, unknown>>> {
  // Facts are the plugin's own objects; these three names always hold ids.
  const facts = event.data as { readonly message?: unknown; readonly note?: unknown; readonly notice?: unknown }
  if (typeof facts.notice === 'string') {
    const n = await tx.notices.get(facts.notice)
    return n
      ? {
          notice: {
            id: n.id,
            kind: n.kind,
            state: n.state,
            data: n.data,
            actions: n.actions,
            message: n.messageId,
            created_at: iso(n.createdAt),
            expires_at: isoOrNull(n.expiresAt),
          },
        }
      : {}
  }
  if (typeof facts.note === 'string') {
    const n = await tx.notes.get(facts.note)
    return n
      ? {
          note: {
            id: n.id,
            kind: n.kind,
            author: n.author,
            agent: n.agent,
            text: n.text,
            mentions: n.mentions,
            created_at: iso(n.createdAt),
          },
        }
      : {}
  }
  if (typeof facts.message !== 'string') return {}
  const m = await tx.messages.get(facts.message)
  if (!m) return {}
  const attachments = (await tx.messages.attachments(m.id)).map((a) => ({
    id: a.id,
    filename: a.filename,
    content_type: a.contentType,
    size: a.sizeBytes,
    inline: a.inline,
    url: urlOf('attachments', a.id),
  }))
  return {
    message: {
      id: m.id,
      author: m.author,
      from: m.from,
      agent: m.agent,
      state: m.state,
      kind: m.kind,
      subject: m.subject,
      text: m.text,
      recipients: { ...m.recipients, reply_to: m.recipients.replyTo },
      url: urlOf('messages', m.id),
      sent_at: isoOrNull(m.sentAt),
      created_at: iso(m.createdAt),
      attachments,
    },
  }
}

const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
const open = { additionalProperties: true }
const thinCase = Type.Object({ id: Type.String(), number: Type.Integer() }, open)
const fullCase = Type.Object(
  {
    ...{
      id: Type.String(),
      number: Type.Integer(),
      mailbox: Type.String(),
      channel: Type.String(),
      subject: Type.String(),
      status: Type.String(),
    },
    ...{
      assignee: nullable(Type.String()),
      group: nullable(Type.String()),
      requester: Type.Object({ address: Type.String(), name: Type.String() }, open),
    },
    ...{
      tags: Type.Array(Type.String()),
      custom: Type.Record(Type.String(), Type.Unknown()),
      version: Type.Integer(),
      message_count: Type.Integer(),
      created_at: Type.String(),
      updated_at: Type.String(),
    },
  },
  open,
)
const thing = Type.Object({ id: Type.String(), kind: Type.String() }, open)

/** The schema of a whole body for one event type. Receivers must not mind fields that they do not know. */
export function payloadSchema(type: string, definition: EventDefinition): TSchema {
  return Type.Object(
    {
      type: Type.Literal(type, { description: definition.description }),
      timestamp: Type.String({ description: 'When it happened, ISO 8601 in UTC' }),
      data: Type.Object(
        {
          event: Type.String({ description: 'Id of the event; the same in GET /v1/events' }),
          version: Type.Literal(definition.version),
          seq: nullable(Type.Integer({ description: 'Grows with everything that happens in the case: what comes late is known by it' })),
          mailbox: nullable(Type.String()),
          origin: Type.Object({ kind: Type.String(), id: nullable(Type.String()), via: Type.String() }, open),
          thin: Type.Boolean(),
          case: nullable(Type.Union([fullCase, thinCase])),
          facts: Type.Optional(definition.data),
          message: Type.Optional(thing),
          note: Type.Optional(thing),
          notice: Type.Optional(thing),
        },
        open,
      ),
    },
    open,
  )
}
