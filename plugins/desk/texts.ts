// Why the desk refuses an order, and what it says of one that was done, in English and Russian.
import { defineMessages } from '../../core/plugin.ts'
import type { Locale } from '../../core/plugin.ts'

/** The texts in English and Russian, by key. */
export const deskRefusals = {
  en: {
    'refused.empty': 'there are no words in it',
    'refused.emptyReply': 'an answer needs a text',
    'refused.mailbox': 'there is no mailbox “{about}”',
    'refused.mailboxGone': 'the mailbox “{about}” is no longer there',
    'refused.unwritable': 'nothing can be sent to the requester’s address “{about}”',
    'refused.noChannel': 'no plugin sends answers in the channel “{about}”',
    'refused.nothingToRetry': 'there is nothing left to try again',
    'refused.state.sent': 'the answer has been sent already',
    'refused.state.sending': 'the answer is being sent already',
    'refused.state.held': 'the answer is held',
    'refused.state.deferred': 'the answer is planned',
    'refused.state.cancelled': 'the answer was cancelled',
    'refused.state.other': 'the message is no answer that waits',
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
    'refused.mailboxGone': 'ящика «{about}» больше нет',
    'refused.unwritable': 'на адрес основного получателя «{about}» нельзя ничего отправить',
    'refused.noChannel': 'ни один модуль не отправляет ответы в канал «{about}»',
    'refused.nothingToRetry': 'отправлять ещё раз нечего',
    'refused.state.sent': 'ответ уже отправлен',
    'refused.state.sending': 'ответ уже отправляется',
    'refused.state.held': 'ответ задержан',
    'refused.state.deferred': 'ответ запланирован',
    'refused.state.cancelled': 'ответ отменён',
    'refused.state.other': 'сообщение — не ответ, который ждёт отправки',
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

const states = ['sent', 'sending', 'held', 'deferred', 'cancelled'] as const

/** What has become of an answer that does not wait any more as it was asked for. */
export function stateWords(locale: Locale, state: string): string {
  return say(locale, `refused.state.${states.find((s) => s === state) ?? 'other'}`)
}
