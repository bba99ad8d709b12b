// Words of chats that people see.
import { defineMessages } from '../../core/plugin.ts'

/** The texts in English and Russian, by key. */
export const texts = {
  en: {
    subject: 'Chat with {name}',
    somebody: 'a visitor',
    'refused.noChat': 'case #{number} has no chat any more',
    'refused.automatic': 'the chat got {count} automatic answers in {minutes} min already',
  },
  ru: {
    subject: 'Чат: {name}',
    somebody: 'посетитель',
    'refused.noChat': 'у обращения #{number} больше нет чата',
    'refused.automatic': 'автоматических ответов в этот чат за {minutes} мин уже было {count}',
  },
} as const

/** The text of a key in a language, with its values filled in. */
export const say = defineMessages(texts)
