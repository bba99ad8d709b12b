// Русские тексты ядра; ключи задаёт en.ts.
import type { en } from './en.ts'
import type { Message } from './messages.ts'

/** Russian messages of the core, with the same keys and placeholders as the English ones. */
export const ru = {
  'status.open': 'открытое',
  'status.waiting': 'в ожидании',
  'status.closed': 'закрытое',
  'status.spam': 'спам',
  'status.trash': 'корзина',
  'case.label': 'Обращение №{number}',
  'case.status': 'Статус: {status}',
  'case.assignee': 'Ответственный: {name}',
  'case.unassigned': 'нет',
  'case.customer': 'Клиент: {name}',
  'case.mailbox': 'Ящик: {name}',
  'case.tags': 'Метки: {tags}',
  'case.noSubject': '(без темы)',
  'case.messages': { count: 'n', one: '{n} сообщение', few: '{n} сообщения', many: '{n} сообщений', other: '{n} сообщения' },
  'attachments.count': { count: 'n', one: '{n} вложение', few: '{n} вложения', many: '{n} вложений', other: '{n} вложения' },
  'attachments.tooBig': {
    count: 'n',
    one: '{n} вложение слишком велико, чтобы переслать его в письме',
    few: '{n} вложения слишком велики, чтобы переслать их в письме',
    many: '{n} вложений слишком велики, чтобы переслать их в письме',
    other: '{n} вложения слишком велики, чтобы переслать их в письме',
  },
  'time.justNow': 'только что',
  'time.in': 'через {duration}',
  'time.ago': '{duration} назад',
  'page.done': 'Готово',
  'page.gone': 'Это уже невозможно',
  'page.expired': 'Срок действия ссылки истёк',
  'page.alreadyDone': 'Это уже сделано',
  'page.notFound': 'Здесь ничего нет',
  'page.failed': 'Не получилось, попробуйте позже',
} as const satisfies Readonly<Record<keyof typeof en, Message>>
