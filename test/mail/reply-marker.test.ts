// Our own reply marker is honoured first, whatever a mail program did to it.
import { describe, expect, it } from 'vitest'
import { extractReply } from '../../core/mail/reply/extract.ts'
import { markerHtml, markerLine } from '../../core/mail/reply/marker.ts'

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
