// A gateway with the chat plugin, a client of its HTTP API and a receiver of its webhooks: together they are the bridge.
import type { Contact } from '../../plugins/chat/contact.ts'
import type { DatabaseKind } from '../support/databases.ts'
import { client, tokenFor } from '../api/client.ts'
import type { Client, Reply } from '../api/client.ts'
import { rig } from '../webhooks/rig.ts'
import type { Rig } from '../webhooks/rig.ts'

export interface ChatRig extends Rig {
  /** The person writes; everything that follows has been done. */
  write(
    chat: string,
    text: string,
    more?: {
      readonly contact?: Contact
      readonly message_id?: string
      readonly mailbox?: string
      readonly attachments?: readonly unknown[]
    },
  ): Promise<Reply>
  /** Of a token for all mailboxes. */
  readonly call: Client
  /** What the bridge was told to show, in order. */
  shown(chat?: string): readonly string[]
  chat(id: string): Promise<{ readonly state: string; readonly status: string; readonly number: number }>
}

export async function chatRig(
  kind: DatabaseKind,
  options: {
    readonly rules?: string
    readonly templates?: Readonly<Record<string, string>>
    readonly plugins?: readonly (string | Readonly<Record<string, unknown>>)[]
    readonly chat?: Readonly<Record<string, unknown>>
  } = {},
): Promise<ChatRig> {
  const files: Record<string, string> = {}
  if (options.rules !== undefined) files['rules/chat.yaml'] = options.rules
  for (const [name, text] of Object.entries(options.templates ?? {})) files[`templates/${name}`] = text
  const made = await rig(
    kind,
    { events: ['chat.*'] },
    {
      plugins: [{ chat: options.chat ?? {} }, ...(options.rules !== undefined ? ['rules'] : []), ...(options.plugins ?? [])],
      gateway: { files },
    },
  )
  const call = client(made.g, await tokenFor(made.g))
  return {
    ...made,
    call,
    async write(chat, text, more = {}) {
      const answer = await call('POST', `/v1/chats/${encodeURIComponent(chat)}/messages`, { body: { text, ...more } })
      await made.g.settle()
      return answer
    },
    shown: (chat) =>
      made.to
        .hooks()
        .filter((h) => h.type === 'chat.message.outbound' && (chat === undefined || h.data.facts?.chat === chat))
        .map((h) => String(h.data.facts?.text)),
    chat: async (id) => (await call('GET', `/v1/chats/${encodeURIComponent(id)}`)).body,
  }
}
