import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answer, commands, vocabulary } from './rig.ts'
import { runs } from '../support/runs.ts'

const twelve: readonly (readonly [written: string, id: string])[] = [
  ['@открытое', 'open'],
  ['@в ожидании', 'waiting'],
  ['@закрытое', 'closed'],
  ['@спам', 'spam'],
  ['@корзина', 'trash'],
  ['@я', 'me'],
  ['@ответственный Борис Иванов', 'assignee: Борис Иванов'],
  ['@тема Счёт № 17', 'subject: Счёт № 17'],
  ['@копия a@b.ru, c@d.ru', 'cc: a@b.ru, c@d.ru'],
  ['@скрытая копия a@b.ru', 'bcc: a@b.ru'],
  ['@метки vip, оплата', 'tags: vip, оплата'],
  ['@заметка звонил', 'note: звонил'],
  ['@open', 'open'],
  ['@waiting', 'waiting'],
  ['@pending', 'waiting'],
  ['@closed', 'closed'],
  ['@spam', 'spam'],
  ['@trash', 'trash'],
  ['@me', 'me'],
  ['@assignee Anna Smith', 'assignee: Anna Smith'],
  ['@subject New one', 'subject: New one'],
  ['@cc a@b.ru', 'cc: a@b.ru'],
  ['@bcc a@b.ru', 'bcc: a@b.ru'],
  ['@tags vip', 'tags: vip'],
  ['@note called', 'note: called'],
  ['@напомнить 2 дня 5 часов', 'reopen: 2 дня 5 часов'],
  ['@отправить завтра 9:00', 'send: завтра 9:00'],
  ['@отменить', 'cancel'],
  ['@шаблон Приветствие', 'template: Приветствие'],
  ['@разделить', 'split'],
  ['@получатели', 'recipients'],
  ['@помощь', 'help'],
]

test.each(twelve)('%s is a command under an answer and alone', (written, expected) => {
  expect(commands(`Здравствуйте!\n\n${written}`)).toEqual([expected])
  expect(answer(`Здравствуйте!\n\n${written}`)).toMatchObject({ text: 'Здравствуйте!', doubts: [] })
  expect(commands(written)).toEqual([expected])
  expect(answer(written).text).toBe('')
})

test.each([
  ['letter case and iOS capitals', '@Закрытое'],
  ['all capitals', '@ЗАКРЫТОЕ'],
  ['a full-width sign', '＠закрытое'],
  ['a small sign', '﹫закрытое'],
  ['a markdown escape', '\\@закрытое'],
  ['a bullet', '• @закрытое'],
  ['a dash', '- @закрытое'],
  ['a number', '2. @закрытое'],
  ['bold in a text part', '*@закрытое*'],
  ['blanks around it', '  @закрытое  '],
  ['no-break blanks around it', '\u00a0@закрытое\u00a0'],
  ['a zero-width blank', '@\u200bзакрытое'],
  ['a full stop', '@закрытое.'],
  ['decomposed letters', '@закрытое'.normalize('NFD')],
])('%s makes no difference', (_, written) => {
  expect(commands(`Ответ\n${written}`)).toEqual(['closed'])
})

test('ё and е are one letter in names', () => {
  expect(commands('@ответственный Пётр')).toEqual(['assignee: Пётр'])
  const own = 'ответственныи'.normalize('NFC')
  expect(own).not.toBe('')
})

test('one no-break blank before the value counts as the one blank', () => {
  expect(commands('@заметка\u00a0звонил')).toEqual(['note: звонил'])
  expect(commands('@в\u00a0ожидании')).toEqual(['waiting'])
  expect(commands('@скрытая\u00a0копия\u00a0a@b.ru')).toEqual(['bcc: a@b.ru'])
})

test('more than one blank before the value is a fault of the value, and the line is still a command', () => {
  expect(commands('Ответ\n@тема  Новая')).toEqual(['subject !spaces: Новая'])
  expect(answer('Ответ\n@тема  Новая').text).toBe('Ответ')
})

test('the longest name is tried first', () => {
  expect(commands('@скрытая копия a@b.ru\n@копия c@d.ru')).toEqual(['bcc: a@b.ru', 'cc: c@d.ru'])
})

test('a colon behind the name is forgiven', () => {
  expect(commands('@заметка: звонил\n@тема: Новая')).toEqual(['note: звонил', 'subject: Новая'])
})

test('a note of several lines ends at the next command', () => {
  expect(commands('Ответ\n@заметка раз\nдва\n\nтри\n@закрытое')).toEqual(['note: раз\nдва\n\nтри', 'closed'])
})

test('a note whose text begins on the next line is a note', () => {
  expect(commands('@note\nfirst\nsecond')).toEqual(['note: first\nsecond'])
})

test.each([
  ['the usenet delimiter', '--\nАнна\n+7 900'],
  ['a row of underscores', '________\nАнна'],
  ['a Russian sign-off', 'С уважением,\nАнна Смирнова\nООО Ромашка'],
  ['an English sign-off', 'Best regards,\nAnna'],
  ['the name of the agent', 'Анна Смирнова\nООО Ромашка\n+7 900 000-00-00'],
])('a signature after the commands is nobody’s text: %s', (_, signature) => {
  expect(answer(`Ответ\n\n@закрытое\n\n${signature}`)).toMatchObject({ text: 'Ответ', doubts: [], commands: [{ spec: { id: 'closed' } }] })
  expect(commands(`Ответ\n\n@заметка раз\nдва\n\n${signature}`)).toEqual(['note: раз\nдва'])
})

test('a list that a mail program wrapped goes on', () => {
  expect(commands('@копия a@b.ru,\nc@d.ru\n@закрытое')).toEqual(['cc: a@b.ru, c@d.ru', 'closed'])
  expect(
    commands('@тема Очень длинная тема, которую почтовая программа разбила на две строки,\nпотому что она длиннее семидесяти шести знаков'),
  ).toEqual([
    'subject: Очень длинная тема, которую почтовая программа разбила на две строки, потому что она длиннее семидесяти шести знаков',
  ])
})

test.each([
  ['a letter forgotten', '@замтка клиент врёт', 'note'],
  ['two letters swapped', '@замекта клиент врёт', 'note'],
  ['a blank forgotten', '@заметкаклиент врёт', 'note'],
  ['a blank too much', '@ заметка клиент врёт', 'note'],
  ['an English typo', '@note, the customer lies', 'note'],
  ['written together', '@скрытаякопия a@b.ru', 'bcc'],
  ['something like an order', '@внутреннее клиент врёт', null],
])('a line that looks like a mistyped command is a doubt: %s', (_, line, near) => {
  expect(answer(`Здравствуйте!\n\n${line}`)).toMatchObject({ commands: [], doubts: [{ why: 'mistyped', line, near }] })
  expect(answer(`Здравствуйте!\n\n${line}\n@закрытое`)).toMatchObject({ doubts: [{ line, near }] })
  expect(answer(`Здравствуйте!\n\n@закрытое\n${line}`)).toMatchObject({
    text: 'Здравствуйте!',
    doubts: [{ line, near }],
    asIs: `Здравствуйте!\n${line}`,
  })
})

test('a command with text below it is no command, and a doubt', () => {
  const read = answer('Здравствуйте!\n@закрытое\nи ещё одно предложение ответа, которое должно уйти')
  expect(read).toMatchObject({ commands: [], doubts: [{ why: 'misplaced', near: 'closed' }] })
})

test.each(['Пишите в @company_help', 'Наш канал:\n@company_support', '@ivan, посмотрите, пожалуйста', 'a@b.ru', '@'])(
  'an ordinary line with an @ is text: %s',
  (line) => {
    expect(answer(`Здравствуйте!\n${line}`)).toMatchObject({ text: `Здравствуйте!\n${line}`, commands: [], doubts: [] })
  },
)

test('a quoted command is text', () => {
  expect(answer('Ответ\n> @закрытое')).toMatchObject({ text: 'Ответ\n> @закрытое', commands: [], doubts: [] })
})

test('an answer written into the note is noticed', () => {
  expect(answer('@заметка раз\n\nЗдравствуйте! Уже чиним.').swallowed).toBe(true)
  expect(answer('Ответ\n@заметка раз\n\nдва').swallowed).toBe(false)
})

const plainText = fc.string({ unit: 'grapheme', maxLength: 300 }).map((s) => s.replace(/[@＠﹫\r]/g, 'x'))
const lines = fc
  .array(fc.oneof(plainText, fc.constant(''), fc.constant('> quoted'), fc.constant('с уважением,'), fc.constant('--')), { maxLength: 12 })
  .map((l) => l.join('\n'))
const trimmed = (text: string): string => {
  const all = text.split('\n')
  while (all.length > 0 && all.at(-1)?.trim() === '') all.pop()
  return all.join('\n')
}

test('any text above the block comes out unchanged', () => {
  fc.assert(
    fc.property(lines, fc.array(fc.constantFrom(...twelve), { minLength: 1, maxLength: 5 }), (text, chosen) => {
      const read = answer(`${text}\n${chosen.map(([written]) => written).join('\n')}`)
      expect(read.text).toBe(trimmed(text))
      expect(read.commands).toHaveLength(chosen.length)
      expect(read.doubts).toEqual([])
    }),
    { numRuns: runs() },
  )
})

test('any text without an @ is all text', () => {
  fc.assert(
    fc.property(lines, (text) => {
      expect(answer(text)).toMatchObject({ text: trimmed(text), commands: [], doubts: [], asIs: trimmed(text) })
    }),
    { numRuns: runs() },
  )
})

test('whatever is written, every line is text, command, note, signature or doubt, and reading ends', () => {
  const anything = fc
    .array(fc.oneof(plainText, fc.constantFrom(...twelve.map(([w]) => w), '@замтка врёт', '@', '@@', '@ x', '')), { maxLength: 30 })
    .map((l) => l.join('\n'))
  fc.assert(
    fc.property(anything, (text) => {
      const read = answer(text)
      expect(text.startsWith(read.text)).toBe(true)
      for (const c of read.commands) expect(text).toContain(c.line.slice(0, 1))
    }),
    { numRuns: runs() },
  )
})

test('reading is linear: 20,000 lines of commands with text between them', () => {
  const text = Array.from({ length: 20_000 }, (_, i) => (i % 2 ? '@заметка x' : '@заметкx y')).join('\n')
  expect(answer(`${text}\nend`).commands.length).toBeGreaterThan(0)
})

test('every command has a name and help in both languages', () => {
  for (const id of vocabulary.commands.keys()) {
    for (const locale of ['ru', 'en']) {
      expect(
        vocabulary.names.some((n) => n.id === id && n.locale === locale),
        `${id} in ${locale}`,
      ).toBe(true)
      expect(vocabulary.helpIn(id, locale), `${id} in ${locale}`).not.toBe('')
    }
  }
})

test('no two commands share a name', () => {
  const seen = new Map<string, string>()
  for (const n of vocabulary.names) {
    const other = seen.get(n.words.join(' '))
    expect(other === undefined || other === n.id, n.written).toBe(true)
    seen.set(n.words.join(' '), n.id)
  }
})
