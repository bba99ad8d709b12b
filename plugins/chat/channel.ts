// How answers reach the person in a chat: as an event, which a bridge hears by webhook.
import { PosternError, languageOf } from '../../core/plugin.ts'
import type { Case, ChannelDefinition, Message, Rate, Tx } from '../../core/plugin.ts'
import { contactOf } from './receive.ts'
import { chatOfCase } from './store.ts'
import { say } from './messages.ts'

/** `automatic`: how many answers that no person has written a chat may get, so that two machines do not talk for ever. */
export function chatChannel(settings: { readonly automatic: Rate }): ChannelDefinition {
  return {
    async send(tx, { case: c, message }) {
      const chat = await chatOfCase(tx, c.id)
      if (!chat) throw new PosternError('invalid', say(languageOf(tx, c), 'refused.noChat', { number: c.number }))
      if (message.kind !== 'normal' && (await automaticSince(tx, c, tx.now - settings.automatic.ms)) >= settings.automatic.count)
        return {
          sent: false,
          reason: say(languageOf(tx, c), 'refused.automatic', {
            count: settings.automatic.count,
            minutes: settings.automatic.ms / 60_000,
          }),
        }
      const attachments = (await tx.messages.attachments(message.id)).map((a) => ({
        id: a.id,
        filename: a.filename,
        content_type: a.contentType,
        size: a.sizeBytes,
      }))
      await tx.emit('chat.message.outbound', c.id, {
        chat: chat.id,
        contact: contactOf(chat),
        message: message.id,
        author: message.author,
        name: nameOf(tx, c, message),
        kind: message.kind,
        text: message.text,
        attachments,
      })
      return { sent: true }
    },
  }
}

async function automaticSince(tx: Tx, c: Case, since: number): Promise<number> {
  const recent = await tx.messages.last(c.id, 100)
  return recent.filter((m) => m.author !== 'customer' && m.kind !== 'normal' && m.state === 'sent' && (m.sentAt ?? 0) > since).length
}

function nameOf(tx: Tx, c: Case, message: Message): string {
  const agent = message.agent === null ? undefined : tx.config.agents.get(message.agent)
  return agent?.name ?? tx.config.mailboxes.get(c.mailbox)?.name ?? ''
}
