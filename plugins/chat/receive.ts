// A message from a chat: into its case, or into a new one; twice the same message is one.
import Type from 'typebox'
import type { Static } from 'typebox'
import { PosternError } from '../../core/plugin.ts'
import type { Case, CaseStatus, Tx } from '../../core/plugin.ts'
import { contactSchema, requesterOf } from './contact.ts'
import type { Contact } from './contact.ts'
import { say } from './messages.ts'
import { chatById, insertChat, keepExternalId, messageByExternalId, updateChat } from './store.ts'
import type { ChatRow } from './tables.ts'

/** Schema of a message as a bridge posts it. */
export const messageSchema = Type.Object({
  text: Type.Optional(Type.String({ maxLength: 100_000 })),
  contact: Type.Optional(contactSchema),
  mailbox: Type.Optional(Type.String({ maxLength: 100, description: 'Mailbox id that a new chat belongs to; default: the setting' })),
  message_id: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: "The bridge's id of the message: sent again, it is not recorded again" }),
  ),
  attachments: Type.Optional(
    Type.Array(
      Type.Object({
        filename: Type.String({ maxLength: 255 }),
        content_type: Type.String({ maxLength: 127, pattern: '^[\\w.+-]+/[\\w.+-]+$' }),
        content: Type.String({ description: 'Base64', pattern: '^[A-Za-z0-9+/]*={0,2}$' }),
      }),
      { maxItems: 20 },
    ),
  ),
})

/** A message that was checked; the contents of files are Base64. */
export type Incoming = Static<typeof messageSchema>

/** What holds for the caller who posts a message. */
export interface Rules {
  /** Mailbox of new chats. */
  readonly mailbox: string
  /** Bytes of all attachments of a message. */
  readonly attachments: number
  /** Whether the caller may see a mailbox. */
  sees(mailbox: string): boolean
}

/** Where a message is now: the id and number of its case, and its own id. */
export interface Received {
  readonly caseId: string
  readonly number: number
  readonly message: string
  /** false: it was known. */
  readonly added: boolean
}

/** Whether a case in this status is a finished chat. */
export const finished = (status: CaseStatus): boolean => status === 'closed' || status === 'spam' || status === 'trash'

/** Records it. The transaction's origin is the customer's. Throws `invalid`, `conflict` (another mailbox), `not_found` (the caller may not see it). */
export async function receive(tx: Tx, id: string, incoming: Incoming, rules: Rules): Promise<Received> {
  const text = incoming.text ?? ''
  const files = (incoming.attachments ?? []).map((a) => ({ ...a, bytes: Buffer.from(a.content, 'base64') }))
  if (text.trim() === '' && files.length === 0) throw new PosternError('invalid', 'a message needs a text or an attachment')
  if (files.reduce((sum, f) => sum + f.bytes.length, 0) > rules.attachments)
    throw new PosternError('invalid', `the attachments are over ${rules.attachments} bytes`)
  const chat = await open(tx, id, incoming, rules)
  const c = await caseOf(tx, chat)
  if (incoming.message_id !== undefined) {
    const known = await messageByExternalId(tx, id, incoming.message_id)
    if (known !== undefined) return { caseId: c.id, number: c.number, message: known, added: false }
  }
  const attachments = []
  for (const f of files)
    attachments.push({
      filename: f.filename,
      contentType: f.content_type,
      sizeBytes: f.bytes.length,
      contentId: null,
      inline: false,
      blob: await tx.messages.putBlob(f.bytes),
    })
  const message = await tx.messages.add({
    caseId: c.id,
    author: 'customer',
    from: c.requester,
    state: 'received',
    subject: c.subject,
    text,
    recipients: { from: [c.requester], to: [], cc: [], bcc: [], replyTo: [] },
    evidence: [`written in the chat ${id}`],
    data: { chat: { chat: id } },
    attachments,
  })
  if (c.messageCount === 0) await tx.emit('chat.started', c.id, { chat: id })
  if (incoming.message_id !== undefined) await keepExternalId(tx, id, incoming.message_id, message.id)
  return { caseId: c.id, number: c.number, message: message.id, added: true }
}

/** The chat's row; of two that begin it at once the second waits here for the first. */
async function open(tx: Tx, id: string, incoming: Incoming, rules: Rules): Promise<ChatRow> {
  const known = await chatById(tx, id)
  if (!known) {
    const mailbox = incoming.mailbox ?? rules.mailbox
    if (!rules.sees(mailbox) || !tx.config.mailboxes.has(mailbox)) throw new PosternError('invalid', `there is no mailbox "${mailbox}"`)
    await insertChat(tx, id, mailbox)
  }
  const chat = known ?? (await chatById(tx, id))
  if (!chat || !rules.sees(chat.mailbox)) throw new PosternError('not_found', `chat ${id}`)
  if (incoming.mailbox !== undefined && incoming.mailbox !== chat.mailbox)
    throw new PosternError('conflict', `the chat belongs to the mailbox "${chat.mailbox}"`)
  return incoming.contact ? setContact(tx, chat, incoming.contact) : chat
}

/** Keeps what is known of the person, and makes him the requester of the case. */
export async function setContact(tx: Tx, chat: ChatRow, named: Contact): Promise<ChatRow> {
  const contact = { ...contactOf(chat), ...named }
  const row = { ...chat, contact: JSON.stringify(contact) }
  if (row.contact === chat.contact) return chat
  const c = chat.case_id === null ? null : await tx.cases.lockCurrent(chat.case_id)
  await updateChat(tx, chat.id, { contact: row.contact })
  // Of a case that was merged into another one the requester is somebody else.
  if (c !== null && c.id === chat.case_id) await tx.cases.set(c.id, { requester: requesterOf(chat.id, contact) })
  return row
}

async function caseOf(tx: Tx, chat: ChatRow): Promise<Case> {
  if (chat.case_id !== null) return tx.cases.lockCurrent(chat.case_id)
  const requester = requesterOf(chat.id, contactOf(chat))
  const locale = tx.config.mailboxes.get(chat.mailbox)?.locale ?? tx.config.locale
  const c = await tx.cases.create({
    mailbox: chat.mailbox,
    channel: 'chat',
    subject: say(locale, 'subject', { name: requester.name || say(locale, 'somebody') }),
    requester,
  })
  await updateChat(tx, chat.id, { case_id: c.id })
  return c
}

/** The contact that a row holds. */
export const contactOf = (chat: ChatRow): Contact => JSON.parse(chat.contact) as Contact // written by `setContact`
