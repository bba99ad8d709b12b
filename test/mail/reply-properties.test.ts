// What must hold for every input: no throw, nothing invented, nothing lost above a well-formed quote, linear time.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extractReply } from '../../core/mail/reply/extract.ts'
import { parseForward } from '../../core/mail/reply/forward.ts'
import { htmlToText } from '../../core/mail/reply/html-text.ts'
import { runs } from '../support/runs.ts'

/** Pieces of mails, so that random mails are made of what matters. */
const piece = fc.constantFrom(
  '\n',
  '\n\n',
  '> ',
  '>> ',
  'Hello there',
  'Добрый день.',
  'On Mon, 21 Sep 2026 at 20:11, Anna <a@b.example> wrote:',
  '21.09.2026 20:11, Анна пишет:',
  'From: A <a@b.example>',
  'Sent: 2026',
  'To: x',
  'Subject: y',
  'От: Анна',
  'Кому: x',
  'Тема: y',
  '-- ',
  '____',
  '-----Original Message-----',
  '---------- Forwarded message ---------',
  'Sent from my iPhone',
  '```',
  '##~ x ~##',
  '\u00a0',
  '\u200b',
  '\ufeff',
  '\r\n',
  '<',
  '>',
  ':',
  'wrote:',
  '|',
  '\ud800',
  '🙂',
)
const mail = fc
  .array(fc.oneof({ weight: 4, arbitrary: piece }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) }), {
    maxLength: 60,
  })
  .map((a) => a.join(''))
const tag = fc.constantFrom(
  '<div>',
  '</div>',
  '<p>',
  '</p>',
  '<br>',
  '<blockquote>',
  '</blockquote>',
  '<blockquote type="cite">',
  '<div class="gmail_quote">',
  '<div class="gmail_attr">',
  '<div id="appendonsend">',
  '<hr>',
  '<img src="x">',
  '<pre>',
  '</pre>',
  '<table><tr><td>',
  '</td>',
  '</table>',
  '<div class="gmail_signature">',
  '<div style="display:none">',
  '<style>',
  '</style>',
  '<!--',
  '-->',
  '<a href="x">',
  '</a>',
  '&lt;',
  '&amp;',
  '&#128578;',
  '&',
  '<div data-postern="reply-above">',
)
const page = fc
  .array(fc.oneof({ weight: 3, arbitrary: tag }, { weight: 2, arbitrary: piece }, { weight: 1, arbitrary: fc.string({ maxLength: 8 }) }), {
    maxLength: 60,
  })
  .map((a) => a.join(''))

const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}]+/gu) ?? []
const subset = (part: string, whole: string): boolean => {
  const all = new Set(wordsOf(whole))
  return wordsOf(part).every((w) => all.has(w))
}

describe('for every mail', () => {
  it('nothing is thrown, nothing invented and nothing left empty (text)', () => {
    fc.assert(
      fc.property(mail, fc.option(fc.constantFrom('Re: x', 'Fwd: x', ''), { nil: undefined }), (text, subject) => {
        const input = subject === undefined ? { text } : { text, subject }
        const reply = extractReply(input)
        const plain = text.replace(/[\u200b\ufeff]/g, '')
        expect(subset(`${reply.text} ${reply.quoted} ${reply.signature}`, plain)).toBe(true)
        // Every word is somewhere.
        expect(wordsOf(`${reply.text} ${reply.quoted} ${reply.signature}`).length).toBe(wordsOf(plain).length)
        if (wordsOf(plain).length > 0 && !reply.forwarded) expect(wordsOf(reply.text).length).toBeGreaterThan(0)
        expect(reply.html).toBeNull()
        parseForward(input)
      }),
      { numRuns: runs(2000) },
    )
  })

  it('nothing is thrown or left empty (HTML)', () => {
    fc.assert(
      fc.property(page, fc.option(mail, { nil: undefined }), (html, text) => {
        const reply = extractReply(text === undefined ? { html } : { html, text })
        const seen = htmlToText(html)
        if (text === undefined && wordsOf(seen).length > 0 && !reply.forwarded) expect(reply.text).not.toBe('')
        if (text === undefined && html.trim() !== '') expect(wordsOf(reply.text).every((w) => seen.includes(w))).toBe(true)
        parseForward({ html })
      }),
      { numRuns: runs(1500) },
    )
  })

  it('the answer above a well-formed quote comes out as it went in', () => {
    const word = fc.constantFrom('да', 'нет', 'Спасибо', 'order', '12', 'please', 'send', 'завтра,', 'it.', 'цена', '100', 'руб.', 'Hello!')
    const line = fc.array(word, { minLength: 1, maxLength: 9 }).map((w) => w.join(' '))
    const answer = fc
      .array(line, { minLength: 1, maxLength: 8 })
      .chain((lines) => fc.constantFrom('\n', '\n\n').map((gap) => lines.join(gap)))
    const attribution = fc.constantFrom(
      'On Mon, 21 Sep 2026 at 20:11, Anna <a@b.example> wrote:',
      '21.09.2026 20:11, Анна пишет:',
      '21 вересня 2026 р. о 20:11 <a@b.example> написав:',
      'Am 21.09.2026 um 20:11 schrieb Anna:',
    )
    const quote = fc.array(line, { minLength: 1, maxLength: 8 }).map((lines) => lines.map((l) => `> ${l}`).join('\n'))
    fc.assert(
      fc.property(answer, attribution, quote, (a, b, c) => {
        expect(extractReply({ text: `${a}\n\n${b}\n\n${c}` })).toMatchObject({ text: a, quoted: `${b}\n\n${c}`, flags: [] })
      }),
      { numRuns: runs() },
    )
  })
})

describe('ten megabytes of', () => {
  const big = (unit: string): string => unit.repeat(Math.ceil(10_000_000 / unit.length))
  // A guard against hanging, wide enough for a busy machine: each takes well under a second on an idle one.
  const guard = (work: () => unknown): void => {
    const start = performance.now()
    work()
    expect(performance.now() - start).toBeLessThan(8000)
  }
  it.each([
    '>',
    '> ',
    '> line\n',
    'On ',
    'On\n',
    'On Mon, 1 Jan 2026 at 10:00 x\n',
    'wrote:\n',
    ':\n',
    '-',
    '--\n',
    '____\n',
    'From: ',
    'From: a\nTo: b\n',
    '<',
    '\n',
    ' ',
    '\t',
    '*',
    '*: ',
    'a',
    '@',
    'a@b;',
    '<https://x.example/a> ',
    'Sent from my \n',
    '```\n',
    '> q\na\n',
    '>:\n',
    'Иван пишет:\n',
    '\u00a0',
    '##~ \n',
    '---------- Forwarded message ---------\n',
    'On 1 Jan 2026 at 10:00, A <a@b.example> wrote:\n> q\nt\n',
  ])('%j as text', (unit) => guard(() => extractReply({ text: big(unit), subject: 'Fwd: x' })))
  it.each([
    '<div>',
    '<blockquote>',
    '<blockquote type="cite">',
    '<div class="gmail_quote">',
    '<',
    '<b',
    '<p>',
    '&',
    '&amp;',
    '<br>',
    '<table><tr><td>',
    '</div>',
    '<a href="',
    '<!--',
    '<pre>\n',
    '<li>',
    '<b><i></b></i>',
    '<div style="display:none">',
    '<a href="https://x.example/">x</a>',
    '<div style="border-top:solid #B5C4DF 1.0pt">',
    'word ',
    '>',
    '<hr>',
  ])('%j as HTML', (unit) => guard(() => [extractReply({ html: big(unit) }), htmlToText(big(unit))]))

  it('a mail too long to be read whole keeps every word and says so', () => {
    const text = `Да.\n\nOn Mon, 21 Sep 2026 at 20:11, Anna <a@b.example> wrote:\n${'> old words\n'.repeat(200_000)}`
    const reply = extractReply({ text })
    expect(reply).toMatchObject({ text: 'Да.', flags: ['limit'] })
    expect(reply.quoted.length).toBeGreaterThan(2_000_000)
    const log = 'a line of a log\n'.repeat(200_000)
    expect(extractReply({ text: log }).text).toBe(log.trimEnd())
  })
})
