// What people read about a search, in English and Russian.
import { defineMessages } from '../../core/plugin.ts'

/** The texts in English and Russian, by key. */
export const searchMessages = {
  en: {
    'query.empty': 'Say what to look for: words, “a phrase”, or one of {fields}.',
    'query.long': 'A search has at most {most} characters.',
    'query.terms': 'At character {at}: a search has at most {most} terms.',
    'query.quote': 'At character {at}: the quotation mark is never closed.',
    'query.value': 'At character {at}: nothing stands behind “{field}:”.',
    'query.or': 'At character {at}: OR stands between two terms.',
    'query.words': 'At character {at}: “{term}” has no word of two letters or a digit.',
    'query.date': 'At character {at}: “{value}” is no date; write 2026-09-21, or 7d for so long ago.',
    'query.status': 'At character {at}: there is no status “{value}”; there are {known}.',
    'query.has': 'At character {at}: “has:” knows {known}.',
    'query.me': 'At character {at}: nobody is known to be “me” here.',
    'query.only': 'Say what to look for, not only what not to.',
    'query.common': 'The words of “{phrase}” stand together in more than {most} places; add a word that is rarer.',
    'found.none': 'Nothing was found for “{query}”.',
    'found.title': { count: 'n', one: 'Found {n} case for “{query}”:', other: 'Found {n} cases for “{query}”:' },
    'found.more': 'These are the first {n} for “{query}”; more words find fewer.',
    'similar.note': { count: 'n', one: '{n} case like this: {list}', other: '{n} cases like this: {list}' },
    'found.stale': 'The index is still being made: {n} cases are missing in it.',
  },
  ru: {
    'query.empty': 'Скажите, что искать: слова, «фразу» или одно из {fields}.',
    'query.long': 'В запросе не больше {most} знаков.',
    'query.terms': 'Знак {at}: в запросе не больше {most} условий.',
    'query.quote': 'Знак {at}: кавычка не закрыта.',
    'query.value': 'Знак {at}: за «{field}:» ничего не стоит.',
    'query.or': 'Знак {at}: OR (ИЛИ) стоит между двумя условиями.',
    'query.words': 'Знак {at}: в «{term}» нет ни слова из двух букв, ни цифры.',
    'query.date': 'Знак {at}: «{value}» не дата; напишите 2026-09-21 или, для давности, 7d.',
    'query.status': 'Знак {at}: статуса «{value}» нет; есть {known}.',
    'query.has': 'Знак {at}: «has:» знает {known}.',
    'query.me': 'Знак {at}: неизвестно, кто здесь «me».',
    'query.only': 'Скажите, что искать, а не только чего не искать.',
    'query.common': 'Слова «{phrase}» стоят вместе больше чем в {most} местах; добавьте слово пореже.',
    'found.none': 'По запросу «{query}» ничего не найдено.',
    'found.title': {
      count: 'n',
      one: 'По запросу «{query}» найдено {n} обращение:',
      few: 'По запросу «{query}» найдено {n} обращения:',
      many: 'По запросу «{query}» найдено {n} обращений:',
      other: 'По запросу «{query}» найдено {n} обращения:',
    },
    'found.more': 'Показаны первые {n} по запросу «{query}»; больше слов – меньше найденного.',
    'similar.note': {
      count: 'n',
      one: '{n} похожее обращение: {list}',
      few: '{n} похожих обращения: {list}',
      many: '{n} похожих обращений: {list}',
      other: '{n} похожего обращения: {list}',
    },
    'found.stale': 'Указатель ещё строится: в нём нет {n} обращений.',
  },
} as const

/** What people read about a search. */
export const texts = defineMessages(searchMessages)
