// What words become, and what a query is read as: the same on both databases, and an error says where.
import { expect, test } from 'vitest'
import { localeProblems } from '../../core/base/locale.ts'
import { readQuery } from '../../plugins/search/query.ts'
import { snippetOf } from '../../plugins/search/snippet.ts'
import { searchMessages } from '../../plugins/search/texts.ts'
import { wordsOf } from '../../plugins/search/words.ts'

const viewer = { now: Date.parse('2026-09-21T09:00:00Z'), timezone: 'Europe/Moscow', locale: 'en', agent: 'anna' }
const read = (text: string, more = {}) => readQuery(text, { ...viewer, ...more })
const stems = (text: string): string =>
  wordsOf(text)
    .map((w) => w.stem)
    .join(' ')

test.each([
  ['ёлка and Ёлки are елка', 'ёлка Ёлки', 'елк елк'],
  ['й is not и', 'войн воин', 'войн воин'],
  ['forms of a Russian word', 'счёт счета счетом возвратами', 'счет счет счет возврат'],
  ['forms of an English word', 'refunds refunded Refund invoices', 'refund refund refund invoic'],
  ['accents, composed and not', 'problèm proble\u0300m PROBLÈM', 'problem problem problem'],
  ['addresses and numbers', 'carl@shop.example A4R-17', 'carl shop exampl a4r 17'],
  ['single letters say nothing, digits do', 'a я 7', '7'],
  ['broken UTF-16 is no obstacle', 'good\ud800 mail', 'good mail'],
  ['encoded bytes are cut', 'A'.repeat(500), 'a'.repeat(40)],
])('%s', (_, text, expected) => {
  expect(stems(text)).toBe(expected)
})

test.each([
  ['', 'Say what to look for'],
  ['   ', 'Say what to look for'],
  ['a "broken screen', 'At character 3: the quotation mark is never closed.'],
  ['refund from:', 'At character 8: nothing stands behind “from:”.'],
  ['OR refund', 'At character 1: OR stands between two terms.'],
  ['refund OR', 'At character 8: OR stands between two terms.'],
  ['refund OR -spam', 'At character 8: OR stands between two terms.'],
  ['refund status:new', 'At character 8: there is no status “new”; there are open, waiting, closed, spam, trash.'],
  ['has:fire', 'At character 1: “has:” knows has:file.'],
  ['before:31.02.2026', 'At character 1: “31.02.2026” is no date'],
  ['after:2026-02-30', 'At character 1: “2026-02-30” is no date'],
  ['-spam', 'Say what to look for, not only what not to.'],
  ['!!!', 'At character 1: “!!!” has no word'],
  ['один два три четыре пять шесть семь восемь девять десять лишнее', 'At character 58: a search has at most 10 terms.'],
  ['x'.repeat(201), 'A search has at most 200 characters.'],
])('refuses %j', (text, expected) => {
  const answer = read(text)
  expect('fault' in answer && answer.fault.startsWith(expected) ? expected : answer).toBe(expected)
})

test('says it in Russian, and who "me" is only where it is known', () => {
  expect(read('счёт from:', { locale: 'ru' })).toEqual({ fault: 'Знак 6: за «from:» ничего не стоит.' })
  expect(read('assignee:me', { agent: null })).toEqual({ fault: 'At character 1: nobody is known to be “me” here.' })
  expect(localeProblems(searchMessages)).toEqual([])
})

test('reads words, phrases, beginnings, alternatives, fields and conditions', () => {
  const phrase = (text: string, field: string | null = null, prefix: string | null = null) => ({
    what: 'text',
    field,
    stems: text === '' ? [] : text.split(' '),
    prefix,
  })
  expect(read('refund "cracked screens" print* -spam')).toMatchObject({
    clauses: [
      { not: false, any: [phrase('refund')] },
      { not: false, any: [phrase('crack screen')] },
      { not: false, any: [phrase('', null, 'print')] },
      { not: true, any: [phrase('spam')] },
    ],
  })
  expect(read('refund OR возврат ИЛИ tag:VIP')).toMatchObject({
    clauses: [{ any: [phrase('refund'), phrase('возврат'), { what: 'tag', value: 'vip' }] }],
  })
  expect(read('from:Carl@Shop.example subject:"lost parcel" file:*.pdf assignee:me group:none custom.Order:17 #12')).toMatchObject({
    clauses: [
      { any: [phrase('carl shop exampl', 'author')] },
      { any: [phrase('lost parcel', 'subject')] },
      { any: [phrase('pdf', 'files')] },
      { any: [{ what: 'assignee', value: 'anna' }] },
      { any: [{ what: 'group', value: null }] },
      { any: [{ what: 'custom', name: 'Order', value: '17' }] },
      { any: [{ what: 'number', value: 12 }] },
    ],
  })
  // Days begin in the zone of who asks; 7d is so long ago.
  expect(read('счёт after:2026-09-01 before:7d')).toMatchObject({
    after: Date.parse('2026-08-31T21:00:00Z'),
    before: viewer.now - 7 * 86_400_000,
  })
  expect(read('note:hello http://x.example/')).toMatchObject({
    clauses: [{ any: [phrase('note hello')] }, { any: [phrase('http exampl')] }],
  })
  expect(read('12')).toMatchObject({ number: 12, clauses: [{ any: [{ what: 'number', value: 12 }, phrase('12')] }] })
  expect(read('plan B')).toMatchObject({ ignored: ['B'], clauses: [{ any: [phrase('plan')] }] })
})

test('a snippet shows the word that was looked for, and where it stands', () => {
  const query = read('возвр* screen')
  if ('fault' in query) throw new Error(query.fault)
  const { snippet, ranges } = snippetOf(
    `${'Добрый день. '.repeat(30)}Жду возврата: screens\n\nare\tcracked. ${'Спасибо. '.repeat(30)}`,
    query,
  )
  expect(ranges.map(([a, b]) => snippet.slice(a, b))).toEqual(['возврата', 'screens'])
  expect(snippet).toMatch(/^… .*Жду возврата: screens are cracked\. .* …$/)
  expect(snippet.length).toBeLessThan(240)
})
