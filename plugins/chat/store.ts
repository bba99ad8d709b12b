// Queries of the chats: who they are with, which case they are, what was said.
import type { ExpressionBuilder, Kysely, Selectable } from 'kysely'
import type { Tables, Tx } from '../../core/plugin.ts'
import type { ChatRow } from './tables.ts'

/** Statuses in which a chat is over. */
const over = ['closed', 'spam', 'trash'] as const

/** A chat by its id. */
export async function chatById(tx: Pick<Tx, 'db'>, id: string): Promise<ChatRow | undefined> {
  return tx.db.selectFrom('chat_chats').selectAll().where('id', '=', id).executeTakeFirst()
}

/** The chat that a case is. */
export async function chatOfCase(tx: Pick<Tx, 'db'>, caseId: string): Promise<ChatRow | undefined> {
  return tx.db.selectFrom('chat_chats').selectAll().where('case_id', '=', caseId).executeTakeFirst()
}

/** Begins a chat, unless somebody else has begun it. */
export async function insertChat(tx: Tx, id: string, mailbox: string): Promise<void> {
  await tx.db
    .insertInto('chat_chats')
    .values({ id, mailbox, case_id: null, contact: '{}', created_at: tx.now })
    .onConflict((oc) => oc.doNothing())
    .execute()
}

/** Changes what is kept of a chat. */
export async function updateChat(tx: Tx, id: string, patch: { readonly contact?: string; readonly case_id?: string }): Promise<void> {
  await tx.db.updateTable('chat_chats').set(patch).where('id', '=', id).execute()
}

/** Id of the message that the bridge brought under an id of its own, or undefined. */
export async function messageByExternalId(tx: Tx, chatId: string, externalId: string): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom('chat_messages')
    .select('message_id')
    .where('chat_id', '=', chatId)
    .where('external_id', '=', externalId)
    .executeTakeFirst()
  return row?.message_id
}

/** Keeps under which id the bridge brought a message. */
export async function keepExternalId(tx: Tx, chatId: string, externalId: string, messageId: string): Promise<void> {
  await tx.db.insertInto('chat_messages').values({ chat_id: chatId, external_id: externalId, message_id: messageId }).execute()
}

/** What a bridge is told of the case of a chat. */
export type ChatCase = Pick<Selectable<Tables['cases']>, 'id' | 'number' | 'mailbox' | 'status' | 'assignee'>

/** The case of a chat. */
export async function caseOfChat(db: Kysely<Tables>, caseId: string): Promise<ChatCase | undefined> {
  return db.selectFrom('cases').select(['id', 'number', 'mailbox', 'status', 'assignee']).where('id', '=', caseId).executeTakeFirst()
}

/** Messages of a case after a number that both sides have seen, oldest first. */
export async function messagesAfter(db: Kysely<Tables>, caseId: string, after: number, limit: number) {
  return db
    .selectFrom('messages')
    .select(['id', 'seq', 'author', 'author_name', 'agent', 'text', 'created_at'])
    .where('case_id', '=', caseId)
    .where('seq', '>', after)
    .where('state', 'in', ['received', 'sent'])
    .orderBy('seq')
    .limit(limit)
    .execute()
}

/** Files of messages, in their order. */
export async function filesOfMessages(db: Kysely<Tables>, messageIds: readonly string[]) {
  if (messageIds.length === 0) return []
  return db
    .selectFrom('attachments')
    .select(['id', 'message_id', 'filename', 'content_type', 'size'])
    .where('message_id', 'in', [...messageIds])
    .orderBy('position')
    .execute()
}

/** Ids of the cases whose chats are over, or go on: for a filter of case lists. */
export function chatCases(db: Kysely<Tables>, finished: boolean) {
  return db
    .selectFrom('cases')
    .select('id')
    .where('channel', '=', 'chat')
    .where('status', finished ? 'in' : 'not in', [...over])
}

/** Takes the person out of a chat, and out of the events that told the bridge to whom an answer goes. */
export async function forgetContact(tx: Tx, chatId: string, caseId: string): Promise<void> {
  await updateChat(tx, chatId, { contact: '{}' })
  const told = await tx.db
    .selectFrom('events')
    .select(['id', 'data'])
    .where('case_id', '=', caseId)
    .where('type', '=', 'chat.message.outbound')
    .execute()
  for (const { id, data } of told) {
    // Written by channel.ts.
    const facts = JSON.parse(data) as Readonly<Record<string, unknown>>
    await tx.db
      .updateTable('events')
      .set({ data: JSON.stringify({ ...facts, contact: {} }) })
      .where('id', '=', id)
      .execute()
  }
}

/** Takes out the chat of a case; its bridge begins a new one with the next message. */
export async function dropChatOf(tx: Tx, caseId: string): Promise<void> {
  const chats = (eb: ExpressionBuilder<Tables, 'chat_messages'>) => eb.selectFrom('chat_chats').select('id').where('case_id', '=', caseId)
  await tx.db.deleteFrom('chat_messages').where('chat_id', 'in', chats).execute()
  await tx.db.deleteFrom('chat_chats').where('case_id', '=', caseId).execute()
}
