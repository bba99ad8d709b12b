// What a bridge has to know of a chat.
import Type from 'typebox'
import { event } from '../../core/plugin.ts'
import type { Contact } from './contact.ts'
import { contactSchema } from './contact.ts'

declare module '../../core/contract/events.ts' {
  interface EventTypes {
    'chat.message.outbound': {
      readonly chat: string
      readonly contact: Contact
      readonly message: string
      readonly author: string
      readonly name: string
      readonly kind: string
      readonly text: string
      readonly attachments: readonly {
        readonly id: string
        readonly filename: string
        readonly content_type: string
        readonly size: number
      }[]
    }
    'chat.started': { readonly chat: string }
    'chat.finished': { readonly chat: string }
    'chat.resumed': { readonly chat: string }
  }
}

const chat = Type.String({ description: "The bridge's id of the chat" })
const example = { chat: 'telegram:42' }

/** The events of chats, by type. */
export const events = {
  'chat.message.outbound': event(
    'An answer for the person in a chat: the bridge shows it to him.',
    Type.Object({
      chat,
      contact: contactSchema,
      message: Type.String({ description: 'Message id' }),
      author: Type.String({ description: 'agent or system' }),
      name: Type.String({ description: 'Name to show: of the agent, or of the mailbox' }),
      kind: Type.String({ description: 'normal, or receipt or rule for automatic answers' }),
      text: Type.String(),
      attachments: Type.Array(
        Type.Object({
          id: Type.String({ description: 'Its bytes are at /v1/attachments/{id}' }),
          filename: Type.String(),
          content_type: Type.String(),
          size: Type.Integer({ description: 'Bytes' }),
        }),
      ),
    }),
    {
      ...example,
      contact: { name: 'Carl' },
      message: '01996a10-5f2e-7c3a-9b1d-2f4e6a8c0d1e',
      author: 'agent',
      name: 'Anna Smith',
      kind: 'normal',
      text: 'Good morning! How can I help?',
      attachments: [],
    },
  ),
  'chat.started': event('Somebody wrote in a chat for the first time.', Type.Object({ chat }), example),
  'chat.finished': event('A chat is finished: its case was closed, or put into spam or trash.', Type.Object({ chat }), example),
  'chat.resumed': event('A finished chat is active again.', Type.Object({ chat }), example),
}
