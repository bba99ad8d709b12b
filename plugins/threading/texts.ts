// What is noted where a case stays closed, in English and Russian.
import { defineMessages } from '../../core/plugin.ts'

/** The texts in English and Russian, by key. */
export const threadingTexts = {
  en: {
    'note.late':
      '{who} has written after this case had been closed for longer than {time}. It stays closed; open it if there is something to do.',
  },
  ru: {
    'note.late': '{who} пишет в обращение, закрытое дольше чем {time} назад. Оно остаётся закрытым; откройте его, если есть что делать.',
  },
} as const

/** The text of a key in a language, with its values filled in. */
export const say = defineMessages(threadingTexts)
