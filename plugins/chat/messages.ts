// Words of chats that people see.
import { defineMessages } from '../../core/plugin.ts'

/** The texts in English and Russian, by key. */
export const texts = {
  en: { subject: 'Chat with {name}', somebody: 'a visitor' },
  ru: { subject: 'Чат: {name}', somebody: 'посетитель' },
} as const

/** The text of a key in a language, with its values filled in. */
export const say = defineMessages(texts)
