// Our own reply marker is honoured first, whatever a mail program did to it.
import { describe, expect, it } from 'vitest'
import { extractReply } from '../../core/mail/reply/extract.ts'
import { markerHtml, markerLine, signatureHtml } from '../../core/mail/reply/marker.ts'

const words = 'Напишите ответ выше этой строки'
const line = markerLine(words)
const element = markerHtml(words)

describe('everything from the marker on is cut', () => {
  it.each<[string, { text?: string; html?: string; markers?: string[] }]>([
    [
      'behind a mark and an attribution that we know',
      { text: `Да.\n\nпн, 21 сент. 2026 г. в 20:11, A <a@b.example>:\n\n> ${line}\n> old` },
    ],
    ['under an attribution in an unknown language', { text: `Да.\n\nXyz 21.09.2026 blah blah:\n> ${line}\n> old` }],
    ['wrapped', { text: 'Да.\n\n> ##~ Напишите ответ выше\n> этой строки ~##\n> old' }],
    [
      'unquoted under a header block, with new-looking text below',
      { text: `Да.\n\nОт: A <a@b.example>\nОтправлено: 21.09.2026\nКому: x\nТема: y\n\n${line}\nold\n\n> q\nnew?` },
    ],
    [
      'in a wording of its own',
      { text: 'Да.\n\n> — Reply above\n> this line please —\n> old', markers: ['— Reply above this line please —'] },
    ],
    ['in HTML', { html: `<div>Да.</div>${element}<div>old</div>` }],
    [
      'in HTML that Outlook has prefixed',
      {
        html: '<div>Да.</div><div>Xyz blah 12:</div><div id="x_postern-reply-above" class="x_postern-reply-above">##~ x ~##</div><p>old</p>',
      },
    ],
    ['in HTML of which only the data attribute is left', { html: '<div>Да.</div><div data-postern="reply-above">x</div><p>old</p>' }],
    ['in HTML as bare text', { html: `<div>Да.</div><div>${line.replace(/</g, '&lt;')}</div><p>old</p>` }],
  ])('%s', (_, input) => {
    const reply = extractReply(input)
    expect(reply.text).toBe('Да.')
    expect(reply.flags).toContain('own-marker')
    expect(reply.quoted).toContain('old')
    if (reply.html !== null) expect(reply.html).not.toContain('old')
  })

  it('but an answer below the quoted marker is not lost', () => {
    expect(extractReply({ text: `On Mon, 21 Sep 2026 at 10:00, A <a@b.example> wrote:\n> ${line}\n> old\n\nДа.` }).text).toBe('Да.')
    expect(
      extractReply({
        html: `<div>On Mon, 21 Sep 2026 A &lt;a@b.example&gt; wrote:</div><blockquote type=cite>${element}<div>old</div></blockquote><div>Да.</div>`,
      }).text,
    ).toBe('Да.')
  })

  it('and its words are escaped', () => {
    expect(markerHtml('<b> & c')).toContain('&lt;b&gt; &amp; c')
  })
})

describe('our own signature is cut out of a quote that is kept', () => {
  const signature = signatureHtml('<p><b>Anna Smith</b>, Example</p><p>ООО «Пример», ОГРН 123</p>')
  const between = (signed: string): string =>
    `<p>Anna wrote:</p><blockquote type="cite"><p>Which one?</p></blockquote><p>The red one.</p><blockquote type="cite"><p>Since when?</p></blockquote><p>Since Monday.</p><blockquote type="cite">${signed}</blockquote><p>Thanks.</p>`
  const kept = ['Which one?', 'The red one.', 'Since when?', 'Since Monday.', 'Thanks.']

  it.each<[string, string]>([
    ['as it was sent', signature],
    ['with the classes that Outlook writes', signature.replace('class="', 'class="x_')],
    ['where only the class is left', signature.replace(/ data-postern-signature="[^"]*"/, '')],
    ['where only the data attribute is left', signature.replace(/ class="[^"]*"/, '')],
    ['in other paragraphs and blanks', signature.replace(/<\/?p>/g, '<br>').replace('Anna Smith', 'Anna\n Smith')],
  ])('%s', (_, signed) => {
    const reply = extractReply({ html: between(signed) })
    for (const words of kept) expect(reply.text).toContain(words)
    expect(reply.text).not.toContain('Anna Smith')
    expect(reply.html).not.toContain('ОГРН')
    expect(reply.quoted).toContain('Anna Smith')
  })

  it('but not where somebody has written into it: his words are never cut', () => {
    const typed = signature.replace('</p><p>', '</p><p>It is the left one, too.</p><p>')
    expect(extractReply({ html: between(typed) }).text).toContain('It is the left one, too.')
  })

  it.each<[string, string]>([
    ['behind a delimiter', '> -- \n> Anna Smith, Example\n> ООО «Пример»'],
    ['behind a delimiter that lost its blank', '>--\n>Anna Smith, Example'],
    ['behind a dash between quoted paragraphs', '> --\n> Anna Smith, Example\n>> older'],
  ])('but not in text %s: nothing there says whose words they are', (_, quoted) => {
    const { text } = extractReply({ text: `Anna wrote:\n> Which one?\nThe red one.\n> Since when?\nSince Monday.\n${quoted}\nThanks.` })
    for (const words of [...kept.slice(1), 'Anna Smith']) expect(text).toContain(words)
  })
})
