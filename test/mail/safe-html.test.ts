import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readMail } from '../../core/mail/read.ts'
import { madeSafe, safeHtmlsOf, withImages } from '../../core/mail/safe-html.ts'
import { sanitizeHtml } from '../../core/mail/sanitize.ts'
import { mail, ordinary } from './mails.ts'
import { runs } from '../support/runs.ts'

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
    { numRuns: runs(500) },
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
    { numRuns: runs(500) },
  )
})

test('what a second reading would find otherwise is written so that it does not', () => {
  // A paragraph in a paragraph, by a tag name that swallows another tag.
  const nested = '<p style="color:red"><A<b><p style="color:red">x'
  expect(kept(nested).html).toBe('<p style="color:red"></p><p style="color:red">x</p>')
  // Content-IDs with a percent sign, a space or a line break; a lone CR; white space in a picture; an address that grows when it is written.
  for (const html of [
    nested,
    '<a<p title=x>y<p<a>z',
    '<img src="cid:%2541"><img src="cid:100%"><img src="cid:%41%zz"><img src="cid:a%0ab"><img src="cid:%20a%20b%20">',
    `<img src="cid:${'%25'.repeat(900)}">`,
    '<pre>\n\nx</pre><pre>\nx</pre><pre><x>\nx</x></pre><pre><b>\nx</b></pre><pre>&#10;x</pre>',
    'a&#13;b<b title="c&#13;d">e</b>',
    '<img src="data:image/png;base64,AA&#13;AA\r\nAA==">',
    `<a href="https://x.test/${'ж'.repeat(9000)}">x</a>`,
    `<style>p{}</style>${'<div>'.repeat(600)}one &nbsp;&#13; &amp;lt; two<br>\n&#10;three`,
    '\ud800<b title="\udc00">\uffff</b>',
    'a\u00a0b&nbsp;<b title="c\u00a0&nbsp;d">e</b>',
  ]) {
    const once = kept(html)
    expect(kept(once.html).html).toBe(once.html)
    expect(kept(once.html).usedCids).toEqual(once.usedCids)
  }
  expect(kept('<img src="cid:%2541"><img src="cid:100%">')).toMatchObject({
    html: '<img src="cid:%2541" referrerpolicy="no-referrer"><img src="cid:100%25" referrerpolicy="no-referrer">',
    usedCids: ['%41', '100%'],
  })
})

test('of a mail that is taken in, its new words and what it passes on are made safe', () => {
  const html = '<div>New <b onclick="x()">words</b></div><blockquote type="cite">old</blockquote>'
  const read = readMail(mail([...ordinary, 'In-Reply-To: <old@desk.example>', 'Content-Type: text/html; charset=utf-8'], html))
  const [entry] = [...safeHtmlsOf(read)]
  expect(entry).toMatchObject([read.reply.html, { html: '<div>New <b>words</b></div>', text: 'New words', limit: null }])
  expect(safeHtmlsOf(readMail(mail(ordinary, 'plain'))).size).toBe(0)
})
