// The desk's notices in words: mail that did not arrive, answers that are held.
import { defineMessages } from '../../core/plugin.ts'
import type { Locale, Notice, NoticeTexts } from '../../core/plugin.ts'

export const deskMessages = {
  en: {
    'text.delivery_failed': 'The mail to {address} could not be delivered: {reply}',
    'text.delivery_unknown': 'It is unknown whether the mail to {address} has arrived: {reply}',
    'text.delivery_delayed': 'The mail to {address} is still waiting to be taken: {reply}',
    'text.reply_held': 'An answer was held back and waits for a decision.',
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
const answers = ['reply_held', 'held_expired'] as const
const buttons = ['retry', 'send', 'discard'] as const

export const deskNotices: Readonly<Record<string, NoticeTexts>> = Object.fromEntries([
  ...deliveries.map((kind) => [kind, withText((notice, locale) => say(locale, `text.${kind}`, { address: said(notice, 'address'), reply: said(notice, 'reply').slice(0, 500) }))] as const),
  ...answers.map((kind) => [kind, withText((_notice, locale) => say(locale, `text.${kind}`))] as const),
])

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
