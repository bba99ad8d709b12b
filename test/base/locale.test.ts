// Everything people read exists in both languages, with the same placeholders and every plural form.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDate, formatDateTime, formatDuration, formatSize, formatTime } from '../../core/base/locale-format.ts'
import { defineMessages, localeOf, localeProblems, t } from '../../core/base/locale.ts'
import { en } from '../../core/base/locales/en.ts'
import { ru } from '../../core/base/locales/ru.ts'
import { runs } from '../support/runs.ts'

/** Intl puts several kinds of blanks between numbers and words, and changes its mind between versions. */
const plain = (s: string): string => s.replace(/\s/g, ' ')

test('the texts of the core are complete in English and Russian', () => {
  expect(localeProblems({ en, ru })).toEqual([])
})

test('a table that lacks a key, a placeholder, a form or a text is told off', () => {
  const problems = localeProblems({
    en: { a: 'x', b: '{name}', c: { count: 'n', one: '{n}', other: '{n}' }, e: 'x' },
    ru: { b: '{nom}', c: { count: 'n', one: '{n}', other: '{n}' }, d: 'x', e: ' ' },
  })
  expect(problems).toEqual([
    'a: not in ru',
    'b: placeholders {name} and {nom}',
    'c: no form "few" in ru',
    'c: no form "many" in ru',
    'e: empty in ru',
    'd: not in en',
  ])
})

test('plural forms follow the number in both languages', () => {
  const said = (n: number): readonly string[] => [t('en', 'case.messages', { n }), t('ru', 'case.messages', { n })].map(plain)
  expect(said(1)).toEqual(['1 message', '1 сообщение'])
  expect(said(3)).toEqual(['3 messages', '3 сообщения'])
  expect(said(5)).toEqual(['5 messages', '5 сообщений'])
  expect(said(11)).toEqual(['11 messages', '11 сообщений'])
  expect(said(21)).toEqual(['21 messages', '21 сообщение'])
  expect(said(1.5)).toEqual(['1.5 messages', '1,5 сообщения'])
  expect(said(12_345)).toEqual(['12,345 messages', '12 345 сообщений'])
})

test('what is filled in is taken literally', () => {
  const odd = '$& {number} $1 \\'
  expect(t('en', 'case.customer', { name: odd })).toBe(`Customer: ${odd}`)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => t('ru', 'case.customer', { name }) === `Клиент: ${name}`),
    { numRuns: runs() },
  )
})

test('a plugin brings its own messages, checked by the compiler', () => {
  const say = defineMessages({
    en: { greet: 'Hello, {name}!', bye: 'Bye', left: { count: 'n', one: '{n} left for {who}', other: '{n} left for {who}' } },
    ru: {
      greet: 'Здравствуйте, {name}!',
      bye: 'Пока',
      left: {
        count: 'n',
        one: '{n} остался для {who}',
        few: '{n} осталось для {who}',
        many: '{n} осталось для {who}',
        other: '{n} осталось для {who}',
      },
    },
  })
  expect(say('ru', 'greet', { name: 'Анна' })).toBe('Здравствуйте, Анна!')
  expect(say('en', 'bye')).toBe('Bye')
  expect(say('ru', 'left', { n: 2, who: 'Анны' })).toBe('2 осталось для Анны')
  // @ts-expect-error a placeholder is missing
  say('en', 'greet', {})
  // @ts-expect-error there is no such message
  say('en', 'nope')
  // @ts-expect-error a plural message needs its number
  say('en', 'left', { who: 'x' })
  // @ts-expect-error Russian lacks a key
  defineMessages({ en: { a: 'x', b: 'y' }, ru: { a: 'x' } })
  // @ts-expect-error Russian has a key that English lacks
  defineMessages({ en: { a: 'x' }, ru: { a: 'x', b: 'y' } })
})

test('a language tag finds its locale', () => {
  expect(['ru', 'RU-ru', 'en_GB', ' en ', 'de', '', 'rus'].map(localeOf)).toEqual(['ru', 'ru', 'en', 'en', null, null, null])
})

test('times are written for the reader, in the zone that is asked for', () => {
  const ms = Date.parse('2026-09-21T17:11:00Z')
  expect(formatDateTime(ms, 'Europe/Moscow', 'en')).toBe('21 September 2026 at 20:11')
  expect(plain(formatDateTime(ms, 'Europe/Moscow', 'ru'))).toBe('21 сентября 2026 г. в 20:11')
  expect(formatDateTime(ms, 'Asia/Tokyo', 'en', { zoneName: true })).toBe('22 September 2026 at 02:11 GMT+9')
  expect(plain(formatDate(ms, 'Asia/Tokyo', 'ru'))).toBe('22 сент. 2026 г.')
  expect([formatTime(ms, 'UTC', 'en'), formatTime(ms, 'UTC', 'ru'), formatTime(Date.parse('2026-09-21T00:05:00Z'), 'UTC', 'en')]).toEqual([
    '17:11',
    '17:11',
    '00:05',
  ])
  expect(() => formatTime(ms, 'Mars/Phobos', 'en')).toThrow(RangeError)
})

test('spans name their two biggest units', () => {
  const hours = 3_600_000
  const spans = [0, 29_000, 60_000, 90 * 60_000, 5 * hours, 53 * hours, 48 * hours + 60_000, 24 * 400 * hours]
  expect(spans.map((ms) => plain(formatDuration(ms, 'en')))).toEqual([
    '0 minutes',
    '0 minutes',
    '1 minute',
    '1 hour, 30 minutes',
    '5 hours',
    '2 days, 5 hours',
    '2 days',
    '400 days',
  ])
  expect(spans.map((ms) => plain(formatDuration(ms, 'ru')))).toEqual([
    '0 минут',
    '0 минут',
    '1 минута',
    '1 час 30 минут',
    '5 часов',
    '2 дня 5 часов',
    '2 дня',
    '400 дней',
  ])
})

test('sizes are short', () => {
  const sizes = [0, 1, 999, 1000, 1049, 999_499, 999_600, 3_400_000, 25_000_000, 7e9]
  expect(sizes.map((n) => plain(formatSize(n, 'en')))).toEqual([
    '0 bytes',
    '1 byte',
    '999 bytes',
    '1 kB',
    '1 kB',
    '999 kB',
    '1 MB',
    '3.4 MB',
    '25 MB',
    '7 GB',
  ])
  expect(sizes.map((n) => plain(formatSize(n, 'ru')))).toEqual([
    '0 байт',
    '1 байт',
    '999 байт',
    '1 кБ',
    '1 кБ',
    '999 кБ',
    '1 МБ',
    '3,4 МБ',
    '25 МБ',
    '7 ГБ',
  ])
})
