// What merges and links say to people, in English and Russian.
import { defineMessages } from '../../core/plugin.ts'
import type { Case, Locale, Tx } from '../../core/plugin.ts'

/** The texts in English and Russian, by key. */
export const mergingTexts = {
  en: {
    'refused.none': 'there is no case {ref}',
    'refused.same': 'cases #{source} and #{target} are one already',
    'refused.channel': 'cases #{source} and #{target} belong to different channels',
    'refused.spam': 'case #{target} is in spam',
    'refused.trash': 'case #{target} is in the trash',
    'refused.access': 'you may not act in the mailbox of case #{number}',
    'refused.big': 'case #{number} has more than {most} messages',
    'refused.empty': 'there are no words in it',
    'refused.notMerged': 'nothing was merged into case #{number}, or it was taken back already',
    'refused.later': 'case #{number} was itself merged into #{into} later: take that back first (@unmerge there)',
    'refused.answered': 'people of case #{number} have got an answer since it was merged',
    'refused.noParts': 'no open case is a part of #{number}',
    'refused.itself': 'a case cannot be linked to itself',
    'refused.linked': 'cases #{source} and #{target} are not linked',
    'refused.circle': 'case #{source} has #{target} among its parts',
    'note.merged': 'Case #{number} “{subject}” of {who} was merged into this one: {messages}.',
    messages: { count: 'n', one: '{n} message', other: '{n} messages' },
    'note.conflicts': 'Fields that both cases had; those of #{number} were left out: {fields}.',
    'note.away': 'Merged into case #{number} “{subject}”. What arrives for this case goes there.',
    'note.unmerged': 'Case #{number} was taken out of this one again: {messages}.',
    'note.restored': 'No longer merged into case #{number}.',
    'people.text':
      'Case #{number} was merged into this one. These people of it take no part in this case and get none of its answers: {people}.',
    'duplicate.text': 'Case #{number} “{subject}” of {who} looks like the same matter.',
    'label.add': 'Add them in copy',
    'label.unmerge': 'Take the merge back',
    'label.merge': 'Merge into #{number}',
    'label.link': 'Link the two',
    'effect.add': 'Answers in case #{number} will go to: {people}.',
    'effect.unmerge': 'Case #{source} is a case of its own again, with everything that came from it.',
    'effect.merge':
      'Everything of case #{source} goes into case #{target}. Answers there go to: {people}. Case #{source} leads to #{target} from then on.',
    'effect.strangers': 'These get no answers there: {people}.',
    'effect.tags': 'It gets the tags: {tags}.',
    'effect.conflicts': 'Fields that both have; those of #{target} stay: {fields}.',
    'effect.opens': 'It is opened.',
    'effect.link': 'Cases #{source} and #{target} are linked; nothing else changes.',
    'choose.none': 'The requester has no other open case of the last 30 days. Write the number: @merge #12',
    'choose.list': 'Other open cases of the requester. @merge with the number, or a link below, merges case #{number} into it:',
    'choose.text': 'Into which case shall #{number} be merged?',
    'said.merged': '#{source} was merged into #{target}',
    'said.unmerged': '#{source} is a case of its own again',
    'said.answered': { count: 'n', one: 'the answer went to {n} case', other: 'the answer went to {n} cases' },
    'said.held': 'held in: {list}',
  },
  ru: {
    'refused.none': 'нет обращения {ref}',
    'refused.same': 'обращения #{source} и #{target} уже одно',
    'refused.channel': 'обращения #{source} и #{target} из разных каналов',
    'refused.spam': 'обращение #{target} в спаме',
    'refused.trash': 'обращение #{target} в корзине',
    'refused.access': 'вам недоступен ящик обращения #{number}',
    'refused.big': 'в обращении #{number} больше {most} сообщений',
    'refused.empty': 'в нём нет слов',
    'refused.notMerged': 'с обращением #{number} ничего не объединяли, или это уже отменено',
    'refused.later': 'обращение #{number} само потом объединено с #{into}: сначала отмените это (@разъединить там)',
    'refused.answered': 'людям из обращения #{number} уже ответили после объединения',
    'refused.noParts': 'у обращения #{number} нет открытых частей',
    'refused.itself': 'обращение нельзя связать с самим собой',
    'refused.linked': 'обращения #{source} и #{target} не связаны',
    'refused.circle': 'обращение #{target} — часть обращения #{source}',
    'note.merged': 'С этим обращением объединено обращение #{number} «{subject}» от {who}: {messages}.',
    messages: { count: 'n', one: '{n} сообщение', few: '{n} сообщения', many: '{n} сообщений', other: '{n} сообщения' },
    'note.conflicts': 'Поля, которые были у обоих обращений; значения из #{number} не взяты: {fields}.',
    'note.away': 'Объединено с обращением #{number} «{subject}». Всё, что приходит сюда, попадает туда.',
    'note.unmerged': 'Обращение #{number} снова отделено от этого: {messages}.',
    'note.restored': 'Больше не объединено с обращением #{number}.',
    'people.text': 'С этим обращением объединено #{number}. Эти люди из него здесь не участвуют и ответов не получают: {people}.',
    'duplicate.text': 'Обращение #{number} «{subject}» от {who}, похоже, о том же.',
    'label.add': 'Добавить их в копию',
    'label.unmerge': 'Отменить объединение',
    'label.merge': 'Объединить с #{number}',
    'label.link': 'Связать',
    'effect.add': 'Ответы в обращении #{number} будут получать: {people}.',
    'effect.unmerge': 'Обращение #{source} снова станет отдельным, со всем, что из него пришло.',
    'effect.merge':
      'Всё из обращения #{source} перейдёт в обращение #{target}. Ответы там получают: {people}. Обращение #{source} будет вести в #{target}.',
    'effect.strangers': 'Ответов там не получают: {people}.',
    'effect.tags': 'Оно получит метки: {tags}.',
    'effect.conflicts': 'Поля есть у обоих, останутся значения #{target}: {fields}.',
    'effect.opens': 'Оно будет открыто.',
    'effect.link': 'Обращения #{source} и #{target} будут связаны; больше ничего не изменится.',
    'choose.none': 'У клиента нет других открытых обращений за 30 дней. Укажите номер: @объединить #12',
    'choose.list': 'Другие открытые обращения клиента. @объединить с номером или ссылка ниже объединит с ним обращение #{number}:',
    'choose.text': 'С каким обращением объединить #{number}?',
    'said.merged': '#{source} объединено с #{target}',
    'said.unmerged': '#{source} снова отдельное обращение',
    'said.answered': {
      count: 'n',
      one: 'ответ ушёл в {n} обращение',
      few: 'ответ ушёл в {n} обращения',
      many: 'ответ ушёл в {n} обращений',
      other: 'ответ ушёл в {n} обращения',
    },
    'said.held': 'задержан в: {list}',
  },
} as const

/** The text of a key in a language, with its values filled in. */
export const say = defineMessages(mergingTexts)

/** Language of who orders something in a case; of the mailbox where nobody in particular does. */
export function localeFor(tx: Tx, c: Pick<Case, 'mailbox'>): Locale {
  const agent = tx.origin.kind === 'agent' && tx.origin.id !== null ? tx.config.agents.get(tx.origin.id) : undefined
  return agent?.locale ?? tx.config.mailboxes.get(c.mailbox)?.locale ?? tx.config.locale
}
