// Why the desk refuses an order, and what it says of one that was done, in English and Russian.
import { defineMessages } from '../../core/plugin.ts'
import type { Case, Locale, Tx } from '../../core/plugin.ts'

/** The texts in English and Russian, by key. */
export const deskRefusals = {
  en: {
    'refused.empty': 'there are no words in it',
    'refused.emptyReply': 'an answer needs a text',
    'refused.mailbox': 'there is no mailbox “{about}”',
    'refused.from': '“{about}” is no address of this mailbox; it has {own}',
    'said.from': 'The case is answered from {address} now.',
    'refused.notMail': 'this case is no mail: its person cannot be changed',
    'refused.ownRequester': 'the requester {address} is an address of ours: name the customer first',
    'refused.nothingToUndo': 'there is nothing to take back',
    'refused.written': 'somebody has written since: it can no longer be taken back',
    'refused.changedAgain': 'it has been changed again since: it can no longer be taken back',
    'said.requester': 'Answers go to {address} now.',
    'said.moved': 'The case is in {mailbox} now.',
    'said.noLonger': '{name} is no longer responsible: no right to act there.',
  },
  ru: {
    'refused.empty': 'в нём нет слов',
    'refused.emptyReply': 'в ответе нет текста',
    'refused.mailbox': 'нет ящика «{about}»',
    'refused.from': '«{about}» — не адрес этого ящика; его адреса: {own}',
    'said.from': 'Ответы теперь уходят с адреса {address}.',
    'refused.notMail': 'это обращение не из почты: сменить собеседника нельзя',
    'refused.ownRequester': 'основной получатель {address} — наш собственный адрес: сначала укажите клиента',
    'refused.nothingToUndo': 'отменять нечего',
    'refused.written': 'с тех пор пришло или ушло письмо: отменить уже нельзя',
    'refused.changedAgain': 'с тех пор это изменили ещё раз: отменить уже нельзя',
    'said.requester': 'Ответы теперь получает {address}.',
    'said.moved': 'Обращение теперь в ящике «{mailbox}».',
    'said.noLonger': '{name} больше не отвечает за него: в этом ящике нет прав.',
  },
} as const

/** The text of a key in a language, with its values filled in. */
export const say = defineMessages(deskRefusals)

/** The language of whoever orders: the agent's, else that of the case's mailbox. */
export const languageOf = ({ config, origin }: Tx, c: Case): Locale =>
  (origin.kind === 'agent' && origin.id !== null ? config.agents.get(origin.id)?.locale : undefined) ??
  config.mailboxes.get(c.mailbox)?.locale ??
  config.locale
