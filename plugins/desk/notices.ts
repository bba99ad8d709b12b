// The desk's notices in words: mail that did not arrive, answers that are held.
import { defineMessages } from '../../core/plugin.ts'
import type { Compared, Locale, Notice, NoticeTexts } from '../../core/plugin.ts'
import type { OtherMessage } from './overtaken.ts'

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
    'text.reply_overtaken.agent': 'Your answer was not sent: {name} has answered meanwhile.',
    'text.reply_overtaken.customer': 'Your answer was not sent: {name} has written again meanwhile.',
    'compare.other': '{name}, {when}:',
    'compare.own': 'Your answer, not sent:',
    'text.held_expired': 'An answer that was held back has not been sent; it stands in the case as a note.',
    'label.retry': 'Try again now',
    'label.send': 'Send it',
    'label.discard': 'Do not send',
    'label.send_anyway': 'Send anyway',
    'label.keep_note': 'Keep as a note',
    'effect.retry': 'The mail is sent again to everybody who has not got it.',
    'effect.send': 'The answer is sent as it is.',
    'effect.send_anyway': 'Your answer is sent to the customer as it is.',
    'effect.keep_note': 'Your answer is not sent; its words become an internal note of the case.',
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
    'text.reply_overtaken.agent': 'Ваш ответ не отправлен: тем временем на обращение уже ответил(а) {name}.',
    'text.reply_overtaken.customer': 'Ваш ответ не отправлен: тем временем пришло новое письмо от {name}.',
    'compare.other': '{name}, {when}:',
    'compare.own': 'Ваш ответ, не отправлен:',
    'text.held_expired': 'Задержанный ответ так и не отправлен; он сохранён в обращении заметкой.',
    'label.retry': 'Отправить ещё раз',
    'label.send': 'Отправить',
    'label.discard': 'Не отправлять',
    'label.send_anyway': 'Всё равно отправить',
    'label.keep_note': 'Оставить заметкой',
    'effect.retry': 'Письмо будет отправлено ещё раз всем, кто его не получил.',
    'effect.send': 'Ответ будет отправлен как есть.',
    'effect.send_anyway': 'Ваш ответ будет отправлен клиенту как есть.',
    'effect.keep_note': 'Ваш ответ не будет отправлен; его текст станет внутренней заметкой обращения.',
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
const buttons = ['retry', 'send', 'discard', 'send_anyway', 'keep_note'] as const

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
  ['reply_overtaken', { ...withText(overtakenText), compare: bothTexts }] as const,
  ['held_expired', withText((_notice, locale) => say(locale, 'text.held_expired'))] as const,
])

/** With the reason where it is one that says something to people. */
function heldText(notice: Notice, locale: Locale): string {
  const reason = said(notice, 'reason')
  const known = reasons.find((r) => r === reason)
  const why = known ? say(locale, `why.${known}`) : reason.startsWith('refused: ') ? reason.slice(9) : ''
  return why === '' ? say(locale, 'text.reply_held') : say(locale, 'text.reply_held_why', { why })
}

/** Another agent's answer is the graver of the two: where there is one, it is named. */
function overtakenText(notice: Notice, locale: Locale): string {
  const others = othersOf(notice)
  const last = others.findLast((o) => o.by === 'agent') ?? others.at(-1)
  const name = oneLine(last?.name ?? '')
  return last?.by === 'agent' ? say(locale, 'text.reply_overtaken.agent', { name }) : say(locale, 'text.reply_overtaken.customer', { name })
}

function bothTexts(notice: Notice, locale: Locale): readonly Compared[] {
  const others = othersOf(notice).map(({ name, when, text }) => ({
    title: say(locale, 'compare.other', { name: oneLine(name), when }),
    text,
  }))
  return [...others, { title: say(locale, 'compare.own'), text: said(notice, 'own') }]
}

const othersOf = (notice: Notice) => (notice.data.others ?? []) as readonly OtherMessage[] // made in overtaken.ts
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

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
