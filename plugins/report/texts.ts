// What people read of the weekly report, in English and Russian.
import { defineMessages } from '../../core/plugin.ts'

/** The texts in English and Russian, by key. */
export const reportMessages = {
  en: {
    'mail.subject': '{name}: the week from {from} to {to}',
    'mail.title': 'Support from {from} to {to}, compared with the week before.',
    'mail.new': 'New cases: {now} (before: {before})',
    'mail.answered': 'Answered: {now} (before: {before})',
    'mail.first': 'First answer: half within {p50}, nine of ten within {p90}',
    'mail.first.none': 'First answer: none',
    'mail.reopened': 'Reopened: {now} (before: {before})',
    'mail.mailbox': '{name}: {created} new, {answered} answered, {reopened} reopened',
    'mail.cases': 'Cases that were reopened: {list}',
    'mail.more': 'The cases behind each number: GET /v1/reports?from={from}&to={to}, or postern report',
  },
  ru: {
    'mail.subject': '{name}: неделя с {from} по {to}',
    'mail.title': 'Поддержка с {from} по {to}, в сравнении с неделей раньше.',
    'mail.new': 'Новых обращений: {now} (раньше: {before})',
    'mail.answered': 'Отвечено: {now} (раньше: {before})',
    'mail.first': 'Первый ответ: половина за {p50}, девять из десяти за {p90}',
    'mail.first.none': 'Первый ответ: ни одного',
    'mail.reopened': 'Открыто снова: {now} (раньше: {before})',
    'mail.mailbox': '{name}: новых {created}, отвечено {answered}, открыто снова {reopened}',
    'mail.cases': 'Открытые снова: {list}',
    'mail.more': 'Обращения за каждым числом: GET /v1/reports?from={from}&to={to} или postern report',
  },
} as const

/** What people read of the weekly report. */
export const texts = defineMessages(reportMessages)
