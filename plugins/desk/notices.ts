// The desk's notices in words: mail that did not arrive, answers that are held.
import { defineMessages } from '../../core/plugin.ts'
import type { Locale, Notice, NoticeTexts } from '../../core/plugin.ts'

/** The texts in English and Russian, by key. */
export const deskMessages = {
  en: {
    'text.delivery_failed': 'The mail to {address} could not be delivered: {reply}',
    'text.delivery_unknown': 'It is unknown whether the mail to {address} has arrived: {reply}',
    'text.delivery_delayed': 'The mail to {address} is still waiting to be taken: {reply}',
    'text.reply_held': 'An answer was held back and waits for a decision.',
    'text.reply_held_why': 'An answer was held back and waits for a decision: {why}.',
    'why.case_spam': 'the case is in spam',
    'why.case_trash': 'the case is in the trash',
    'why.mailbox_gone': 'its mailbox is no longer there',
    'why.agent_inactive': 'the agent who wrote it is no longer active',
    'why.agent_may_not_act_here': 'the agent who wrote it may no longer act in this mailbox',
    'why.attachment_gone': 'one of its files is no longer there',
    'why.template_variable': 'a variable of a template in it was never filled in',
    'text.held_expired': 'An answer that was held back has not been sent; it stands in the case as a note.',
    'label.retry': 'Try again now',
    'label.send': 'Send it',
    'label.discard': 'Do not send',
    'effect.retry': 'The mail is sent again to everybody who has not got it.',
    'effect.send': 'The answer is sent as it is.',
    'effect.discard': 'The answer is not sent. It stays in the case, marked as not sent.',
  },
  ru: {
    'text.delivery_failed': 'Письмо на {address} не доставлено: {reply}',
    'text.delivery_unknown': 'Неизвестно, дошло ли письмо на {address}: {reply}',
    'text.delivery_delayed': 'Письмо на {address} всё ещё ждёт отправки: {reply}',
    'text.reply_held': 'Ответ задержан и ждёт решения.',
    'text.reply_held_why': 'Ответ задержан и ждёт решения: {why}.',
    'why.case_spam': 'обращение в спаме',
    'why.case_trash': 'обращение в корзине',
    'why.mailbox_gone': 'почтового ящика больше нет',
    'why.agent_inactive': 'написавший его сотрудник больше не работает',
    'why.agent_may_not_act_here': 'написавшему его сотруднику этот ящик больше не доступен',
    'why.attachment_gone': 'вложенного файла больше нет',
    'why.template_variable': 'в нём осталась незаполненная переменная шаблона',
    'text.held_expired': 'Задержанный ответ так и не отправлен; он сохранён в обращении заметкой.',
    'label.retry': 'Отправить ещё раз',
    'label.send': 'Отправить',
    'label.discard': 'Не отправлять',
    'effect.retry': 'Письмо будет отправлено ещё раз всем, кто его не получил.',
    'effect.send': 'Ответ будет отправлен как есть.',
    'effect.discard': 'Ответ не будет отправлен. Он останется в обращении с пометкой, что не отправлен.',
  },
} as const

const say = defineMessages(deskMessages)
const deliveries = ['delivery_failed', 'delivery_unknown', 'delivery_delayed'] as const
const reasons = [
  'case_spam',
  'case_trash',
  'mailbox_gone',
  'agent_inactive',
  'agent_may_not_act_here',
  'attachment_gone',
  'template_variable',
] as const
const buttons = ['retry', 'send', 'discard'] as const

/** The texts of the desk's notices, by kind. */
export const deskNotices: Readonly<Record<string, NoticeTexts>> = Object.fromEntries([
  ...deliveries.map(
    (kind) =>
      [
        kind,
        withText((notice, locale) =>
          say(locale, `text.${kind}`, { address: said(notice, 'address'), reply: said(notice, 'reply').slice(0, 500) }),
        ),
      ] as const,
  ),
  ['reply_held', withText(heldText)] as const,
  ['held_expired', withText((_notice, locale) => say(locale, 'text.held_expired'))] as const,
])

/** With the reason where it is one that says something to people. */
function heldText(notice: Notice, locale: Locale): string {
  const reason = said(notice, 'reason')
  const known = reasons.find((r) => r === reason)
  const why = known ? say(locale, `why.${known}`) : reason.startsWith('refused: ') ? reason.slice(9) : ''
  return why === '' ? say(locale, 'text.reply_held') : say(locale, 'text.reply_held_why', { why })
}

function withText(text: NoticeTexts['text']): NoticeTexts {
  return {
    text,
    label: (action, locale) => worded(action, 'label', locale),
    effect: (_tx, _notice, action, locale) => Promise.resolve(worded(action.name, 'effect', locale)),
  }
}

function worded(action: string, what: 'label' | 'effect', locale: Locale): string {
  const known = buttons.find((b) => b === action)
  return known ? say(locale, `${what}.${known}`) : ''
}

const said = (notice: Notice, key: string): string => (typeof notice.data[key] === 'string' ? notice.data[key] : '')
