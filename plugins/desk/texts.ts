// Why the desk refuses an order, in English and Russian.
import { defineMessages } from '../../core/plugin.ts'

/** The texts in English and Russian, by key. */
export const deskRefusals = {
  en: {
    'refused.empty': 'there are no words in it',
    'refused.emptyReply': 'an answer needs a text',
    'refused.mailbox': 'there is no mailbox “{about}”',
  },
  ru: {
    'refused.empty': 'в нём нет слов',
    'refused.emptyReply': 'в ответе нет текста',
    'refused.mailbox': 'нет ящика «{about}»',
  },
} as const

/** The text of a key in a language, with its values filled in. */
export const say = defineMessages(deskRefusals)
