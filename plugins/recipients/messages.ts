// What notices about recipients and refusals say, in English and Russian. {who} is a name with its address.
import { PosternError, defineMessages, languageOf } from '../../core/plugin.ts'
import type { Case, Tx } from '../../core/plugin.ts'

/** The texts in English and Russian, by key. */
export const recipientMessages = {
  en: {
    'b.text': '{who} left out: {dropped}. Answers still go to everybody in the case.',
    'b.textAdded':
      '{who} left out: {dropped}. New in the reply: {added}. Answers still go to everybody in the case, and not to the new ones.',
    'c.text':
      '{who} wrote without {requester}, the customer of this case: the reply may not be meant for them. An answer to it is held until you decide.',
    'c.outsider':
      '{who} does not take part in this case and wrote without {requester}, its customer. An answer to it is held until you decide.',
    'a.outsider': '{who} does not take part in this case. These people get no copies unless you add them: {added}.',
    'a.unauthenticated':
      'Whether this mail really comes from {who} is not certain. These people get no copies unless you add them: {added}.',
    'a.senders': 'The mail names several senders. These people get no copies unless you add them: {added}.',
    'a.list': 'The mail came over a mailing list. These people get no copies unless you add them: {added}.',
    'a.hidden':
      '{who} sent us a hidden copy, so the others may not know that we read along. These people get no copies unless you add them: {added}.',
    'a.many': 'So many people would be in copy that nobody was added: {added}.',
    'warn.failed': 'Careful: the check of the sender failed, somebody else may have written this.',
    'private.text': 'Your answer was not sent: {who} wrote without {requester}, who would have got it.',
    'undecided.text': 'Your answer was not sent: {who} left some people out, who would have got it.',
    'changed.joined': 'The answer was not sent: since it was written, these people have joined the case: {joined}.',
    'changed.left': 'The answer was not sent: since it was written, these people have left the case: {left}.',
    'changed.both':
      'The answer was not sent: since it was written, these people have joined the case: {joined}; these have left it: {left}.',
    'label.update': 'Update recipients',
    'label.split': 'Split into a new case',
    'label.join': 'Add the writer to this case',
    'label.undo': 'Undo',
    'label.send_all': 'Send to everybody in the case',
    'label.send_requester': 'Send to the customer alone',
    'label.split_send': 'Split and answer there',
    'label.discard': 'Do not send',
    'effect.list': 'Answers in case #{number} will go to: {people}.',
    'effect.listGone': 'Answers in case #{number} will go to: {people}. No longer to: {gone}.',
    'effect.split': 'This reply becomes a new case. Answers there go to: {people}. The people of case #{number} do not see it.',
    'effect.splitSend':
      'The reply becomes a new case, and your answer is sent there, to: {people}. The people of case #{number} do not see it.',
    'effect.undo': 'As it was before: answers in case #{number} will go to: {people}.',
    'effect.unsplit': 'The reply goes back into case #{number}, and the new case goes into the trash.',
    'effect.send': 'The answer is sent to: {people}.',
    'effect.discard': 'The answer is not sent. It stays in the case, marked as not sent.',
    'effect.none': 'This is no longer possible.',
    'refused.noRequester': 'the requester is not among the recipients of this reply: split it off instead',
    'refused.movedOn': 'there is nothing to take back, or the case has moved on',
    'refused.noReply': 'that is no reply of a customer',
    'refused.notReceived': 'only a message that was received can be split off',
    'refused.first': 'the first message of a case cannot be split off',
    'refused.notHeld': 'the answer is no longer held',
    'refused.noSplit': 'there is no such split',
    'refused.splitOver': 'it was put back already, or the new case has moved on',
  },
  ru: {
    'b.text': '{who} ответил(а) не всем. В ответе нет: {dropped}. Ваши ответы по-прежнему получают все участники обращения.',
    'b.textAdded':
      '{who} ответил(а) не всем. В ответе нет: {dropped}. Появились: {added}. Ваши ответы по-прежнему получают все участники обращения, а новые получатели — нет.',
    'c.text':
      '{who} пишет без {requester} — основного получателя обращения: возможно, ответ не для него. Ваш ответ на это письмо будет задержан, пока вы не решите, кому он.',
    'c.outsider':
      '{who} не участвует в обращении и пишет без {requester} — его основного получателя. Ваш ответ на это письмо будет задержан, пока вы не решите, кому он.',
    'a.outsider': '{who} не участвует в обращении. Эти адреса не получат копий, пока вы их не добавите: {added}.',
    'a.unauthenticated':
      'Нет уверенности, что письмо действительно от {who}. Эти адреса не получат копий, пока вы их не добавите: {added}.',
    'a.senders': 'В письме указано несколько отправителей. Эти адреса не получат копий, пока вы их не добавите: {added}.',
    'a.list': 'Письмо пришло через список рассылки. Эти адреса не получат копий, пока вы их не добавите: {added}.',
    'a.hidden':
      '{who}: мы получили скрытую копию, и остальные могут не знать, что мы это читаем. Эти адреса не получат копий, пока вы их не добавите: {added}.',
    'a.many': 'Получателей в копии стало бы слишком много, поэтому никто не добавлен: {added}.',
    'warn.failed': 'Осторожно: проверка отправителя не пройдена, письмо мог написать кто-то другой.',
    'private.text': 'Ваш ответ не отправлен: {who} пишет без {requester}, а ответ получил бы и этот адрес.',
    'undecided.text': 'Ваш ответ не отправлен: {who} ответил(а) не всем, а ваш ответ получили бы все.',
    'changed.joined': 'Ответ не отправлен: пока он ждал, в обращении появились получатели: {joined}.',
    'changed.left': 'Ответ не отправлен: пока он ждал, из обращения убраны получатели: {left}.',
    'changed.both': 'Ответ не отправлен: пока он ждал, в обращении появились получатели: {joined}; убраны: {left}.',
    'label.update': 'Обновить список получателей',
    'label.split': 'Выделить в новое обращение',
    'label.join': 'Добавить автора в обращение',
    'label.undo': 'Отменить',
    'label.send_all': 'Отправить всем участникам',
    'label.send_requester': 'Отправить только клиенту',
    'label.split_send': 'Выделить и ответить там',
    'label.discard': 'Не отправлять',
    'effect.list': 'Ответы в обращении #{number} будут получать: {people}.',
    'effect.listGone': 'Ответы в обращении #{number} будут получать: {people}. Больше не будут: {gone}.',
    'effect.split':
      'Этот ответ станет новым обращением. Ответы в нём будут получать: {people}. Участники обращения #{number} их не увидят.',
    'effect.splitSend':
      'Письмо станет новым обращением, и ваш ответ уйдёт там, получатели: {people}. Участники обращения #{number} его не увидят.',
    'effect.undo': 'Всё как было: ответы в обращении #{number} будут получать: {people}.',
    'effect.unsplit': 'Ответ вернётся в обращение #{number}, а новое обращение отправится в корзину.',
    'effect.send': 'Ответ будет отправлен, получатели: {people}.',
    'effect.discard': 'Ответ не будет отправлен. Он останется в обращении с пометкой, что не отправлен.',
    'effect.none': 'Это уже невозможно.',
    'refused.noRequester': 'основного получателя нет среди получателей этого ответа: выделите ответ в отдельное обращение',
    'refused.movedOn': 'отменять нечего, или в обращении с тех пор что-то изменилось',
    'refused.noReply': 'это не ответ клиента',
    'refused.notReceived': 'выделить можно только полученное письмо',
    'refused.first': 'первое письмо обращения выделить нельзя',
    'refused.notHeld': 'ответ больше не задержан',
    'refused.noSplit': 'такого разделения нет',
    'refused.splitOver': 'письмо уже возвращено, или в новом обращении с тех пор что-то изменилось',
  },
} as const

/** The text of a key in a language, with its values filled in. */
export const say = defineMessages(recipientMessages)

/** Why orders about recipients are refused. */
export type WhyRefused = 'noRequester' | 'movedOn' | 'noReply' | 'notReceived' | 'first' | 'notHeld' | 'noSplit' | 'splitOver'

/** The refusal of an order on a case, in the language of whoever gave it. */
export function refused(tx: Tx, c: Case | undefined, code: 'invalid' | 'gone' | 'not_found', key: WhyRefused): PosternError {
  return new PosternError(code, say(languageOf(tx, c), `refused.${key}`))
}
