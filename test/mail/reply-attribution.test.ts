// Attribution lines of mail programs in all languages, in every layout in which they reach us.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { extractReply } from '../../core/mail/reply/extract.ts'

const lines = readFileSync(new URL('fixtures/reply/attributions.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
const answer = 'Да, высылайте.\nAnd thanks for the help.'
const flat = (text: string): string => text.replace(/\s+/g, ' ').trim()
const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

/** The layouts around an attribution; quoted ones ("> On ..") stand in Apple's block. */
function layouts(line: string): Record<string, { text: string } | { html: string }> {
  if (line.startsWith('>')) return { 'inside the quote': { text: `${answer}\n\n${line}\n> \n> Old words here.\n> More.` } }
  const all: Record<string, { text: string } | { html: string }> = {
    'above a quote': { text: `${answer}\n\n${line}\n\n> Old words here.\n> More of them.` },
    'without a blank line': { text: `${answer}\n${line}\n> Old.` },
    'above unmarked text': { text: `${answer}\n\n${line}\n\nOld words here.\nMore of them.` },
    'with CRLF': { text: `${answer}\n\n${line}\n\n> Old words here.`.replace(/\n/g, '\r\n') },
    'with a signature below': { text: `${answer}\n\n${line}\n> Old words here.\n\n-- \nBob` },
    'answer below the quote': { text: `${line}\n> Old words here.\n> More\n\n${answer}` },
    'before a bare blockquote': {
      html: `<p>Да, высылайте.<br>And thanks for the help.</p><p>${escaped(line)}</p><blockquote><p>Old words here.</p></blockquote>`,
    },
    'before unmarked HTML': {
      html: `<div>Да, высылайте.<br>And thanks for the help.</div><div><br></div><div>${escaped(line)}<br></div><div>Old words here.</div>`,
    },
  }
  const blank = line.lastIndexOf(' ', 58)
  if (line.length > 60 && blank > 10)
    all['wrapped at 58 columns'] = { text: `${answer}\n\n${line.slice(0, blank)}\n${line.slice(blank + 1)}\n\n> Old words here.` }
  const bracket = line.indexOf('<')
  if (bracket > 0)
    all['wrapped after the bracket'] = {
      text: `${answer}\n\n${line.slice(0, bracket + 1)}\n${line.slice(bracket + 1)}\n\n> Old words here.`,
    }
  return all
}

describe.each(lines)('%s', (line) => {
  it.each(Object.entries(layouts(line)))('is cut %s', (_, input) => {
    const reply = extractReply(input)
    expect(flat(reply.text)).toBe(flat(answer))
    expect(reply.quoted).toContain('Old')
  })
})

describe('an attribution without date and address', () => {
  it.each([
    ['Да, верно.\n\nИван Петров пишет:\n> Всё верно?', 'Да, верно.'],
    ['Yes.\n\nIvan Petrov writes:\n> Is it right?', 'Yes.'],
    ['Так.\n\nІван Петренко написав:\n> Усе вірно?', 'Так.'],
    ['Да.\n\nпн, 21.09.2026, Анна Петрова пишет:\n> Да?', 'Да.'],
    ['Да.\n21.09.2026 20:11, Анна пишет:\n> Да?', 'Да.'],
  ])('is believed above a quote: %j', (text, expected) => {
    expect(extractReply({ text }).text).toBe(expected)
  })
})

describe('odd places', () => {
  it.each([
    ['on the last line of the answer', 'Fine. On Mon, 21 Sep 2026 at 20:11, anna@shop.example wrote:\n> Old', 'Fine.'],
    [
      'below dashes of Yandex',
      'Хорошо.\n\n----------------\nКому: Иван (ivan@x.example);\nТема: Заказ;\n21.09.2026, 20:11, "Анна" <anna@shop.example>:\n\n> Текст\n> ещё',
      'Хорошо.',
    ],
    [
      'behind marks, its bracket on the next line',
      'Спасибо!\n\n> Понедельник, 21 сентября 2026, 20:11 +03:00 от Анна Петрова <anna@shop.example\n>:\n>\n> Текст письма',
      'Спасибо!',
    ],
    [
      'over a blank line within the brackets',
      'Ok\n\nOn Mon, 21 Sep 2026 at 20:11 Anna Smith\n\n<\nmailto:anna@shop.example\n> wrote:\n\nOld',
      'Ok',
    ],
    ['above pipes', 'Ok\n\n2026/9/21 Anna <anna@shop.example>\n\n| Old\n| words', 'Ok'],
  ])('is cut %s', (_, text, expected) => {
    expect(extractReply({ text }).text).toBe(expected)
  })
})
