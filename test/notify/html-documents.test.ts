// Every HTML mail that is sent, of whatever kind, is one valid HTML document that a phone shows in its own width and a dark program in its own colours.
import { HtmlValidate } from 'html-validate'
import { afterEach, expect, test } from 'vitest'
import { htmlDocument, htmlForMail } from '../../core/mail/html-document.ts'
import { answerAs, carl, desk, lastTo } from '../agent-reply/desk.ts'
import { withRules } from '../rules/rig.ts'
import { agent } from '../support/gateway.ts'
import type { SentMail, TestGateway } from '../support/gateway.ts'

let g: TestGateway | undefined

afterEach(async () => {
  await g?.stop()
  g = undefined
})

/** The HTML standard. */
const strict = new HtmlValidate({ root: true, extends: ['html-validate:standard', 'html-validate:document'] })

/** Which element stands in which, and what is out of fashion (`font`, `bgcolor`), is in the words of a stranger his own business. */
const strangers = new HtmlValidate({
  root: true,
  extends: ['html-validate:standard', 'html-validate:document'],
  rules: { deprecated: 'off', 'no-deprecated-attr': 'off', 'element-permitted-content': 'off' },
})

/** Complaints of the validator, a line each. */
async function complaints(html: string, validator = strict): Promise<readonly string[]> {
  const report = await validator.validateString(html)
  return report.results.flatMap((r) => r.messages.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`))
}

async function expectDocument(mail: SentMail | undefined, language: string, validator = strict): Promise<string> {
  const html = String(mail?.mail.html)
  expect(await complaints(html, validator)).toEqual([])
  for (const once of [/<!doctype/gi, /<html/gi, /<head>/gi, /<body/gi, /<\/html>/gi]) expect(html.match(once)).toHaveLength(1)
  expect(html.startsWith(`<!DOCTYPE html>\n<html lang="${language}">\n<head>\n<meta charset="utf-8">\n`)).toBe(true)
  expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">')
  expect(html).toContain('<meta name="color-scheme" content="light dark">')
  expect(/<title>([^<]*)<\/title>/.exec(html)?.[1]?.trim()).not.toBe('')
  return html
}

/** Ink without paper of its own: it cannot be read where the program's ground is near to it. */
function inkAlone(html: string): readonly string[] {
  const outside = html.replace(/<div style="padding:8px 12px;background:#fff;color:#111;color-scheme:light">[\s\S]*?<\/div>/g, '')
  return [...outside.matchAll(/style="([^"]*)"/g)]
    .map((m) => m[1] ?? '')
    .filter((style) => /(?:^|;)\s*color\s*:/.test(style) && !/(?:^|;)\s*background(?:-color)?\s*:/.test(style))
}

test('the validator sees what is wrong', async () => {
  expect(await complaints('<div><!DOCTYPE html><html><body><p>x</p></body></html></div>')).not.toEqual([])
  expect(await complaints(htmlDocument({ languages: ['en'], title: 'x', content: '<b>a<i>b</b></i>' }), strangers)).not.toEqual([])
  expect(await complaints(htmlDocument({ languages: ['en'], title: 'x', content: '<p>a<div>b</div></p>' }))).not.toEqual([])
  expect(await complaints(htmlDocument({ languages: ['en'], title: 'x', content: '<p>a</p>' }))).toEqual([])
  expect(inkAlone('<p style="margin:0;color:#555">x</p>')).toHaveLength(1)
})

test('a notification is a document in the language of its agent, and so is one with history, files and a note', async () => {
  g = await desk()
  expect(inkAlone(await expectDocument(await lastTo(g, 'anna'), 'en'))).toEqual([])
  expect(inkAlone(await expectDocument(await lastTo(g, 'boris'), 'ru'))).toEqual([])
  await g.act('note.add', '#1', { text: 'what do you think?\n<b>"&', mentions: [{ kind: 'agent', id: 'boris' }] })
  await g.mail({ ...carl, messageId: '<two@customer.test>', inReplyTo: '<one@customer.test>', text: 'Any news?\n\n\nCarl' })
  expect(inkAlone(await expectDocument(await lastTo(g, 'boris'), 'ru'))).toEqual([])
})

test.each([
  [
    'coloured',
    '<p style="color:#1f497d">It is <font color="black">broken</font></p><table bgcolor="#eeeeee"><tr><td>1</td></tr></table>',
    true,
  ],
  [
    'a whole document',
    '<!DOCTYPE html><html><head><title>x</title><style>p{color:red}</style></head><body><p>It is broken</p></body></html>',
    false,
  ],
  ['unbalanced', '<div><b>It is broken<p>and<i>not</b> closed', false],
  ['with an image on a server', '<p>It is broken <img src="https://track.test/x.gif" alt=""></p>', false],
])('a notification of HTML that is %s is one document, readable on a dark ground', async (_, body, paper) => {
  g = await desk()
  g.clear()
  await g.mail({ ...carl, messageId: '<h@customer.test>', subject: 'Other', html: body })
  const html = await expectDocument(await lastTo(g, 'anna'), 'en', strangers)
  expect(html).toMatch(/It is .*broken/)
  expect(html.includes('background:#fff;color:#111')).toBe(paper)
  expect(inkAlone(html)).toEqual([])
})

test('a mail about a held answer and a transcript are documents', async () => {
  g = await desk({ transcript: 'always' })
  await answerAs(g, 'boris', 'Уже чиним.\n\n@замтка <клиент> "врёт"')
  expect(inkAlone(await expectDocument(await lastTo(g, 'boris'), 'ru'))).toEqual([])
  await answerAs(g, 'boris', 'отправить')
  expect(inkAlone(await expectDocument(await lastTo(g, 'boris'), 'ru'))).toEqual([])
})

test('an answer is a document, written as text, as HTML and as HTML with colours', async () => {
  g = await desk()
  const bodies = [
    { text: 'Fixed.\n\nTwo  blanks & <tags>' },
    { text: 'Fixed.', html: '<p>Fixed: <b>now</b></p>' },
    { text: 'Fixed.', html: '<html><body><p style="color:#000000">Fixed</p></body></html>' },
  ]
  for (const body of bodies) await g.act('reply.send', '#1', body, agent('anna'))
  const sent = await g.sentTo('carl@customer.test')
  expect(sent).toHaveLength(3)
  const html = await Promise.all(sent.map((mail) => expectDocument(mail, 'en')))
  expect(html.map(inkAlone)).toEqual([[], [], []])
  expect(html.map((h) => h.includes('background:#fff;color:#111'))).toEqual([false, false, true])
  // Lines are broken once, also by programs that keep the line breaks of the source.
  expect(html[0]).not.toMatch(/pre-wrap[^>]*>[^<]*<br>\n/)
})

test('a receipt is a document, from a template of text and from one that is a whole document itself', async () => {
  const templates = {
    'plain.yaml': 'subject: Received\ntext: "Your request is number {{ case.number }}.\\n\\nBye"',
    'rich.yaml':
      'subject: Received\ntext: y\nhtml: "<!DOCTYPE html><html><head><meta charset=\\"utf-8\\"><title>T</title></head><body><h1>Number {{ case.number }}</h1></body></html>"',
  }
  for (const template of ['plain', 'rich'])
    await withRules({ kind: 'sqlite', settings: { receipts: [{ template }] }, templates }, async (rules) => {
      await rules.mail(carl)
      expect(inkAlone(await expectDocument((await rules.sentTo('carl@customer.test'))[0], 'en'))).toEqual([])
    })
})

test('the language of a document is the first that is one', () => {
  const languageOf = (...languages: (string | null)[]): string | undefined =>
    /<html lang="([^"]*)">/.exec(htmlDocument({ languages, title: 'x', content: '' }))?.[1]
  expect([languageOf('ru'), languageOf(null, 'pt-BR'), languageOf('"><script>', 'de'), languageOf(null)]).toEqual([
    'ru',
    'pt-BR',
    'de',
    'en',
  ])
})

test('an image without a source leaves its alternative text', () => {
  expect(htmlForMail('<p><img alt="a &quot;b&quot;" width="1" /> <img width="1" /><img src="cid:x" alt="c" /><img /></p>')).toBe(
    '<p>a &quot;b&quot; <img src="cid:x" alt="c" /></p>',
  )
})

test('HTML gets paper where it brings ink, and only there', () => {
  for (const html of ['<p style="color:red">', '<td bgcolor="#eee">', '<font color="navy">', '<p style="margin:0; background:#eee">'])
    expect(htmlForMail(html)).toContain('background:#fff')
  for (const html of ['<p>colour and color: red</p>', '<p style="margin:0">x</p>', '<a href="https://a.example/?color">x</a>'])
    expect(htmlForMail(html)).toBe(html)
})
