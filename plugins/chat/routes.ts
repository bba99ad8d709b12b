// The endpoints for bridges: messages in, the state of a chat and its conversation out.
import type { Kysely } from 'kysely'
import Type from 'typebox'
import { PosternError } from '../../core/plugin.ts'
import type { Host, Origin, RouteDefinition, RouteRequest, Tables } from '../../core/plugin.ts'
import { contactSchema } from './contact.ts'
import type { Contact } from './contact.ts'
import { contactOf, finished, messageSchema, receive, setContact } from './receive.ts'
import type { Incoming } from './receive.ts'
import { caseOfChat, chatById, filesOfMessages, messagesAfter } from './store.ts'
import type { ChatRow } from './tables.ts'
import type { ChatCase } from './store.ts'

/**
 * What the routes need of the settings: the mailbox (id) of new chats, default the first one, and the size of all attachments of a
 * message.
 */
export interface ChatSettings {
  readonly mailbox?: string
  /** Bytes. */
  readonly attachments: number
}

const params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 200, description: "The bridge's id of the chat" }) })
const query = Type.Object({
  after: Type.Optional(Type.String({ pattern: '^[0-9]{1,9}$', description: 'Number of the last message seen' })),
})
/** Messages in one answer. */
const page = 200

/** The person writes, whoever carries his words. */
const customer: Origin = { kind: 'customer', id: null, via: 'chat' }

/**
 * The routes under /v1/chats. Errors are those of `receive`, and `not_found` for a chat that does not exist or that the caller may not
 * see.
 */
export function routes(host: Host<ChatSettings>): readonly RouteDefinition[] {
  const [first] = host.config.mailboxes.keys()
  const mailbox = host.settings.mailbox ?? first ?? ''
  return [
    {
      method: 'POST',
      url: '/v1/chats/:id/messages',
      access: 'act',
      summary: 'A message of the person in a chat',
      schema: { params, body: messageSchema },
      async handle(request) {
        // Checked against `messageSchema` by the endpoint.
        const incoming = request.body as Incoming
        const got = await host.transact(customer, (tx) =>
          receive(tx, request.params.id ?? '', incoming, { mailbox, attachments: host.settings.attachments, sees: (m) => request.sees(m) }),
        )
        host.count('postern_chat_messages_total', { direction: 'in' })
        return {
          status: got.added ? 201 : 200,
          body: { chat: request.params.id, case: got.caseId, number: got.number, message: got.message },
        }
      },
    },
    {
      method: 'GET',
      url: '/v1/chats/:id',
      access: 'read',
      summary: 'A chat: its case, its state, the person',
      schema: { params },
      handle: async (request) => ({ body: viewOf(await found(host.read, request)) }),
    },
    {
      method: 'GET',
      url: '/v1/chats/:id/messages',
      access: 'read',
      summary: 'What the person in the chat may see, in order',
      schema: { params, query },
      handle: async (request) => ({
        body: { items: await conversation(host, (await found(host.read, request)).c.id, Number(request.query.after ?? 0)) },
      }),
    },
    {
      method: 'PUT',
      url: '/v1/chats/:id/contact',
      access: 'act',
      summary: 'What has become known of the person',
      schema: { params, body: contactSchema },
      handle: (request) =>
        host.transact(request.origin, async (tx) => {
          const { chat, c } = await found(tx.db, request)
          // Checked against `contactSchema` by the endpoint.
          return { body: viewOf({ chat: await setContact(tx, chat, request.body as Contact), c }) }
        }),
    },
    {
      method: 'POST',
      url: '/v1/chats/:id/finish',
      access: 'act',
      summary: 'The person has left the chat: it is finished',
      schema: { params },
      handle: (request) =>
        host.transact(customer, async (tx) => {
          const { chat, c } = await found(tx.db, request)
          await tx.cases.lock(c.id)
          return { body: viewOf({ chat, c: finished(c.status) ? c : await tx.cases.set(c.id, { status: 'closed' }) }) }
        }),
    },
  ]
}

/** Throws `not_found` also for what the caller may not see. */
async function found(db: Kysely<Tables>, request: RouteRequest): Promise<{ readonly chat: ChatRow; readonly c: ChatCase }> {
  const id = request.params.id ?? ''
  const chat = await chatById({ db }, id)
  const c = chat?.case_id ? await caseOfChat(db, chat.case_id) : undefined
  if (!chat || !c || !request.sees(chat.mailbox) || !request.sees(c.mailbox)) throw new PosternError('not_found', `chat ${id}`)
  return { chat, c }
}

/** A page of what was said after a number; bridges ask often, so nothing is read that was seen. */
async function conversation(host: Host<ChatSettings>, caseId: string, after: number) {
  const messages = await messagesAfter(host.read, caseId, after, page)
  const files = await filesOfMessages(
    host.read,
    messages.map((m) => m.id),
  )
  return messages.map((m) => {
    const name = m.agent === null ? m.author_name : (host.config.agents.get(m.agent)?.name ?? m.author_name)
    const attachments = files.filter((a) => a.message_id === m.id).map(({ message_id: _, ...file }) => file)
    return { id: m.id, seq: m.seq, author: m.author, name, text: m.text, attachments, at: new Date(m.created_at).toISOString() }
  })
}

function viewOf({ chat, c }: { readonly chat: ChatRow; readonly c: ChatCase }) {
  return {
    id: chat.id,
    state: finished(c.status) ? 'finished' : 'active',
    mailbox: chat.mailbox,
    case: c.id,
    number: c.number,
    status: c.status,
    assignee: c.assignee,
    contact: contactOf(chat),
  }
}
