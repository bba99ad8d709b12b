import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readMail } from '../../core/mail/read.ts'
import { madeSafe, safeHtmlsOf, withImages } from '../../core/mail/safe-html.ts'
import { sanitizeHtml } from '../../core/mail/sanitize.ts'
import { mail, ordinary } from './mails.ts'

const kept = (html: string) => madeSafe({ html, images: 'cid', cids: 'kept' })

test('images left out afterwards are those that were never let in', () => {
  const ids = ['a', 'b@x', 'c"d', '&amp;', '<e>', "f'g", 'h src="cid:a"', 'ж', '%41', 'i/j']
  const id = fc.constantFrom(...ids)
  const piece = fc.oneof(
    id.map((i) => `<img src="cid:${encodeURIComponent(i)}" alt='x src="cid:a"'>`),
    id.map((i) => `<img alt="&lt;img src=&quot;cid:a&quot;&gt;" src='cid:${i.replace(/'/g, '')}' width=3>`),
    fc.constantFrom(
      '<p>words</p>',
      '<img src="https://web.test/x.png">',
      '<img src="data:image/png;base64,AAAA">',
      '<table><tr><td>',
      '&lt;img src="cid:a"&gt;',
      '</table>',
      '<b',
      '<img>',
      '<img src=cid:a>',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.uniqueArray(id), (pieces, wanted) => {
      const [html, only] = [pieces.join(''), new Set(wanted)]
      const direct = sanitizeHtml(html, { images: 'cid', cidUrl: (i) => (only.has(i) ? `cid:${i}` : null) })
      // An image without a source has no referrer policy either way that matters: it loads nothing.
      const bare = (text: string): string => text.replaceAll(' referrerpolicy="no-referrer"', '')
      const filtered = withImages(kept(html), only)
      expect(bare(filtered.html)).toBe(bare(direct.html))
      expect([...filtered.usedCids].sort()).toEqual([...direct.usedCids].sort())
    }),
    { numRuns: 500 },
  )
})

test('what a sanitiser made is made again as it is', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '<b>',
      '</b>',
      '<p style="color:red;x:y">',
      '<a href="https://a.test/?b=c&d">',
      '</a>',
      '<img src=cid:a>',
      '<td width=1>',
      '&lt;',
      '&',
      '<',
      '"',
      '<!-- x -->',
      '<pre>\n',
      '<br/>',
      '\u00a0',
      '<li>',
      '<script>1</script>',
    ),
    fc.string({ maxLength: 10 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const once = kept(pieces.join('')).html
      expect(kept(once).html).toBe(once)
    }),
    { numRuns: 500 },
  )
})

test('of a mail that is taken in, its new words and what it passes on are made safe', () => {
  const html = '<div>New <b onclick="x()">words</b></div><blockquote type="cite">old</blockquote>'
  const read = readMail(mail([...ordinary, 'Content-Type: text/html; charset=utf-8'], html))
  const [entry] = [...safeHtmlsOf(read)]
  expect(entry).toMatchObject([read.reply.html, { html: '<div>New <b>words</b></div>', text: 'New words', limit: null }])
  expect(safeHtmlsOf(readMail(mail(ordinary, 'plain'))).size).toBe(0)
})
