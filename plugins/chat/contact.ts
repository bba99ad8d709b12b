// Who sits at the other end, as the bridge knows him.
import { createHash } from 'node:crypto'
import Type from 'typebox'
import type { Static } from 'typebox'
import { checkedAddress } from '../../core/plugin.ts'
import type { Address } from '../../core/plugin.ts'

/** Schema of what a bridge may say of the person; every field is optional. */
export const contactSchema = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 200, description: 'What people call him' })),
    email: Type.Optional(Type.String({ maxLength: 254 })),
    phone: Type.Optional(Type.String({ maxLength: 50 })),
    id: Type.Optional(Type.String({ maxLength: 200, description: 'His id in the messenger or the shop' })),
  },
  { description: 'What is known of the person; what is named replaces what was known' },
)

/** What is known of the person. */
export type Contact = Static<typeof contactSchema>

/** The requester of a chat's case. Without a mail address he gets one that nobody can ever write to (RFC 2606 §2), in a domain of his own: what is counted by domain is counted by chat. */
export function requesterOf(chat: string, contact: Contact): Address {
  const known = contact.email === undefined ? null : checkedAddress(contact.email.trim())
  const name = (contact.name ?? contact.phone ?? '').replace(/[\x00-\x1f\x7f]+/g, ' ').trim()
  return {
    address: known?.address.toLowerCase() ?? `visitor@c${createHash('sha256').update(chat).digest('hex').slice(0, 20)}.chat.invalid`,
    name,
  }
}
