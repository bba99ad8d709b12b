// Words of chats that people see.
import { defineMessages } from '../../core/plugin.ts'

export const texts = {
  en: { subject: 'Chat with {name}', somebody: 'a visitor' },
  ru: { subject: 'Чат: {name}', somebody: 'посетитель' },
} as const

export const say = defineMessages(texts)
