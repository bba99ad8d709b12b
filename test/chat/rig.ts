// A gateway with the chat plugin and a receiver that stands for the bridge.
import type { Contact } from '../../plugins/chat/contact.ts'
import type { DatabaseKind } from '../support/databases.ts'
import { rig } from '../webhooks/rig.ts'
import type { Rig } from '../webhooks/rig.ts'

export interface ChatRig extends Rig {
  /** The person writes; everything that follows has been done. */
  write(chat: string, text: string, more?: { readonly contact?: Contact; readonly message_id?: string; readonly mailbox?: string; readonly attachments?: readonly unknown[] }): Promise<{ readonly status: number; readonly body: { readonly number: number; readonly message: string; readonly case: string } }>
  /** What the bridge was told to show, in order. */
  shown(chat?: string): readonly string[]
  chat(id: string): Promise<{ readonly state: string; readonly status: string; readonly number: number }>
}

export async function chatRig(kind: DatabaseKind, options: { readonly rules?: string; readonly templates?: Readonly<Record<string, string>>; readonly plugins?: readonly (string | Readonly<Record<string, unknown>>)[]; readonly chat?: Readonly<Record<string, unknown>> } = {}): Promise<ChatRig> {
  const files: Record<string, string> = {}
  if (options.rules !== undefined) files['rules/chat.yaml'] = options.rules
  for (const [name, text] of Object.entries(options.templates ?? {})) files[`templates/${name}`] = text
  const made = await rig(kind, { events: ['chat.*'] }, { plugins: [{ chat: options.chat ?? {} }, ...(options.rules !== undefined ? ['rules'] : []), ...(options.plugins ?? [])], gateway: { files } })
  return {
    ...made,
    async write(chat, text, more = {}) {
      const answer = await made.route('POST', '/v1/chats/:id/messages', { params: { id: chat }, body: { text, ...more } })
      await made.g.settle()
      return { status: answer.status ?? 200, body: answer.body as { number: number; message: string; case: string } }
    },
    shown: (chat) => made.to.hooks().filter((h) => h.type === 'chat.message.outbound' && (chat === undefined || h.data.facts?.chat === chat)).map((h) => String(h.data.facts?.text)),
    chat: async (id) => (await made.route('GET', '/v1/chats/:id', { params: { id } })).body as { state: string; status: string; number: number },
  }
}
