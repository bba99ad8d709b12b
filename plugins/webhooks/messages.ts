// Words of the mails to admins.
import { defineMessages } from '../../core/plugin.ts'

/** The texts in English and Russian, by key. */
export const texts = {
  en: {
    'disabled.subject': 'Webhook "{name}" was disabled',
    'disabled.text':
      'Postern ({instance}) sends nothing to the webhook endpoint "{name}" any more:\n{reason}\n\nWhat happens from now on is not sent to it. When the receiver works again, enable it and send it what it missed:\n\n    postern webhook enable {name}\n    postern deliveries replay {name} --since {since}\n',
  },
  ru: {
    'disabled.subject': 'Вебхук «{name}» отключён',
    'disabled.text':
      'Postern ({instance}) больше ничего не отправляет получателю вебхуков «{name}»:\n{reason}\n\nНовые события ему не отправляются. Когда получатель снова заработает, включите его и отправьте пропущенное:\n\n    postern webhook enable {name}\n    postern deliveries replay {name} --since {since}\n',
  },
} as const

/** The text of a key in a language, with its values filled in. */
export const say = defineMessages(texts)
