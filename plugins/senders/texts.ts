// What the plugin says, in English and Russian.
import { defineMessages } from '../../core/plugin.ts'

/** The texts by key. */
export const senderMessages = {
  en: {
    'refused.address': '“{about}” is no address',
    'refused.domain': '“{about}” is no domain',
    'refused.both': 'name an address or a domain, not both',
    'refused.ours': '{about} is our own',
    'refused.agent': '{about} is an address of the agent {name}',
    'refused.everybodys': 'anybody can have an address at {about}: block the address, or say `sure: true`',
    'refused.span': '“{about}” is no span of time, such as 30 days',
    'refused.refuse': 'mail is refused with 550 only where an admin says so: in a rule, or by `postern senders block --refuse`',
    'refused.absent': '{about} is not on the list',
    blocked: 'blocked: {who}',
    blockedUntil: 'blocked until {when}: {who}',
    allowed: 'let in: {who}',
    allowedUntil: 'let in until {when}: {who}',
    unlisted: 'no longer on the list: {who}',
    'notice.blocked': '{who} is blocked: further mail is kept in spam, and nobody is told of it.',
    'notice.learn': 'The case of {who} was put into spam. Shall further mail from there be kept in spam as well?',
    'label.unblock': 'Take the block back',
    'label.block': 'Block the address',
    'label.block_domain': 'Block its whole domain',
    'effect.unblock': 'Mail from there makes cases again, and this case comes out of spam.',
    'effect.block': 'Further mail from there is kept in spam; no rule runs, nobody is told, and it opens no case again.',
  },
  ru: {
    'refused.address': '«{about}» — не адрес',
    'refused.domain': '«{about}» — не домен',
    'refused.both': 'назовите адрес или домен, а не то и другое',
    'refused.ours': '{about} — наш собственный',
    'refused.agent': '{about} — адрес сотрудника {name}',
    'refused.everybodys': 'адрес в домене {about} может быть у кого угодно: заблокируйте адрес или добавьте `sure: true`',
    'refused.span': '«{about}» — не срок; срок — это, например, 30 дней',
    'refused.refuse': 'отказ с кодом 550 назначает только администратор: в правиле или командой `postern senders block --refuse`',
    'refused.absent': '{about} нет в списке',
    blocked: 'заблокирован: {who}',
    blockedUntil: 'заблокирован до {when}: {who}',
    allowed: 'допущен: {who}',
    allowedUntil: 'допущен до {when}: {who}',
    unlisted: 'больше не в списке: {who}',
    'notice.blocked': '{who} заблокирован: письма оттуда остаются в спаме, и о них никому не сообщается.',
    'notice.learn': 'Обращение от {who} отправлено в спам. Оставлять в спаме и следующие письма оттуда?',
    'label.unblock': 'Снять блокировку',
    'label.block': 'Заблокировать адрес',
    'label.block_domain': 'Заблокировать весь домен',
    'effect.unblock': 'Письма оттуда снова становятся обращениями, а это обращение выйдет из спама.',
    'effect.block':
      'Следующие письма оттуда остаются в спаме: правила не срабатывают, никому не сообщается, обращения не открываются заново.',
  },
} as const

/** The text of a key in a language, with its values filled in. */
export const say = defineMessages(senderMessages)
