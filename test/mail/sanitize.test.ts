// HTML from mail: what comes out is read again and holds nothing but what is known to be harmless; what is harmless stays.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { safeStyle } from '../../core/mail/sanitize-style.ts'
import { safeLink, sanitizeHtml } from '../../core/mail/sanitize.ts'
import type { SanitizeOptions } from '../../core/mail/sanitize.ts'
import { expectHarmless } from './harmless.ts'
import { xssVectors } from './xss-vectors.ts'
import { runs } from '../support/runs.ts'

const modes: readonly SanitizeOptions[] = [
  { images: 'blocked' },
  { images: 'cid', cidUrl: (id) => `/parts/${encodeURIComponent(id)}` },
  { images: 'all', cidUrl: (id) => `cid:${id}` },
]

test('every attack comes out as harmless HTML, in every mode, alone and within other HTML', () => {
  expect(xssVectors.length).toBeGreaterThan(150)
  for (const vector of xssVectors) {
    for (const mode of modes) {
      for (const html of [
        vector,
        `<div style="color:red"><p>before ${vector} after</p></div>`,
        `<table><tr><td>${vector}`,
        `<a href="https://ok.example">${vector}</a>`,
        vector + vector,
      ]) {
        const { html: out, limit } = sanitizeHtml(html, mode)
        expect(limit).toBeNull()
        expectHarmless(out)
        if (mode.images !== 'all') expect(out.replace(/>[^<]*</g, '><')).not.toContain('evil.example/x.png"')
      }
    }
  }
})

test('attacks put together at random stay harmless', () => {
  const piece = fc.oneof(
    fc.constantFrom(...xssVectors),
    fc.constantFrom('<p>', '</p>', '<table>', '</td>', '"', "'", '>', '<', '<!--', '-->', ' ', '=', '&', '/', '<a href="', 'style="'),
    fc.string({ maxLength: 10 }),
  )
  const cut = fc.tuple(piece, fc.nat(60), fc.nat(60)).map(([s, a, b]) => s.slice(a % (s.length + 1), s.length - (b % 7)))
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, cut), { maxLength: 12 }), fc.constantFrom(...modes), (pieces, mode) => {
      expectHarmless(sanitizeHtml(pieces.join(''), mode).html)
    }),
    { numRuns: runs(5000) },
  )
})

test('ordinary mail keeps its words and its looks', () => {
  const html =
    '<h1 style="color:#333;font-family:\'Segoe UI\',Arial">Счёт</h1><p dir="ltr">5 &lt; 6 &amp; <b>да</b>, <a href="https://shop.example/?a=1&amp;b=2">сюда</a> или <a href="mailto:a@b.example?subject=x">почта</a></p>' +
    '<table width="100%" cellpadding="4"><tr><td bgcolor="#eeeeee" style="padding:4px 8px;border:1px solid rgb(200, 200, 200)">1</td></tr></table><blockquote>цитата</blockquote><ul><li>a</li></ul>'
  const link = 'rel="noopener noreferrer" target="_blank"'
  expect(sanitizeHtml(html, { images: 'blocked' })).toEqual({
    // A browser puts rows into a table body.
    html: html
      .replace('b=2"', `b=2" ${link}`)
      .replace('subject=x"', `subject=x" ${link}`)
      .replace('<tr>', '<tbody><tr>')
      .replace('</tr>', '</tr></tbody>'),
    blockedImages: 0,
    usedCids: [],
    limit: null,
  })
  expect(
    sanitizeHtml('<html><head><title>t</title><style>p{color:red}</style></head><body><p>текст<o:p></o:p></p></body></html>', {
      images: 'all',
    }).html,
  ).toBe('<p>текст</p>')
})

test('images are shown as the reader has chosen, and what was blocked is counted once each', () => {
  const html =
    '<img src="cid:logo@x" alt="logo"><img src="CID:a%20b"><img src="https://t.example/p.gif?id=1" width="1"><img src="https://t.example/p.gif?id=1"><img src="http://t.example/2">' +
    '<img src="data:image/png;base64,iVBORw0KGgo="><img src="cid:gone">'
  const cidUrl = (id: string): string | null => (id === 'gone' ? null : `/parts/${encodeURIComponent(id)}`)
  const shown = (o: SanitizeOptions): readonly string[] => [...sanitizeHtml(html, o).html.matchAll(/src="([^"]*)"/g)].map((m) => m[1] ?? '')
  expect(shown({ images: 'blocked', cidUrl })).toEqual([])
  expect(shown({ images: 'cid', cidUrl })).toEqual(['/parts/logo%40x', '/parts/a%20b', 'data:image/png;base64,iVBORw0KGgo='])
  expect(shown({ images: 'cid' })).toEqual(['data:image/png;base64,iVBORw0KGgo='])
  expect(shown({ images: 'all', cidUrl }).length).toBe(6)
  const { blockedImages, usedCids } = sanitizeHtml(html, { images: 'cid', cidUrl })
  expect([blockedImages, usedCids]).toEqual([2, ['logo@x', 'a b']])
  expect(sanitizeHtml(html, { images: 'all', cidUrl }).blockedImages).toBe(0)
  expect(sanitizeHtml(html, { images: 'blocked' }).html).toContain('alt="logo"')
})

test('a link is an http, https or mailto URL as the standard writes it, or none', () => {
  expect(
    ['https://x.example/a b', ' HTTP://X.example ', 'mailto:a@b.example', 'https:\\\\x.example\\y', 'https://почта.рф/'].map(safeLink),
  ).toEqual(['https://x.example/a%20b', 'http://x.example/', 'mailto:a@b.example', 'https://x.example/y', 'https://xn--80a1acny.xn--p1ai/'])
  for (const bad of [
    '',
    'x',
    '/x',
    '//x.example',
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:,x',
    'ftp://x.example',
    'https://',
    'http://[',
    'x'.repeat(20_000),
  ])
    expect(safeLink(bad)).toBeNull()
})

test('a style keeps its plain declarations and loses the others whole', () => {
  expect(
    safeStyle("COLOR: Red !important; font: bold 12px/1.5 'Segoe UI', sans-serif; background-color: rgba(0, 0, 0, .5); position: fixed"),
  ).toBe("color:Red !important;font:bold 12px/1.5 'Segoe UI', sans-serif;background-color:rgba(0, 0, 0, .5)")
  expect(safeStyle('display:none; display: grid; margin: 0 -1px; margin: 0 auto; color: ; : red; width')).toBe('display:none;margin:0 auto')
  expect(safeStyle(`color:red;${'x'.repeat(10_000)}`)).toBe('')
})

test('over 5 MB the rest is left out, and said so', () => {
  const { html, limit } = sanitizeHtml('<p>слово</p>'.repeat(500_000), { images: 'blocked' })
  expect(limit).toBe('cut')
  expect(html.length).toBeLessThanOrEqual(5_000_010)
})

test('what is nested beyond reason is shown as words', () => {
  const { html, limit } = sanitizeHtml(
    '<style>p{}</style><div>'.repeat(100_000) + 'one &lt;<script>alert(1)</script><p>two</p> &amp; 3 > 2 < ',
    { images: 'blocked' },
  )
  expect([html, limit]).toEqual(['<pre>one &lt;two\n&amp; 3 &gt; 2</pre>', 'flattened'])
  expectHarmless(html)
})

test('what a browser would make thousands of times larger is shown as words', () => {
  // Formatting that is not closed is opened again in every paragraph.
  const fonts = Array.from({ length: 400 }, (_, i) => `<font size=${i % 7} title=${i}>`).join('')
  for (const html of [`<p>${fonts}</p>${'<p>word '.repeat(100_000)}`, '<b><i><s><p>word '.repeat(50_000), '<p>word '.repeat(600_000)]) {
    const { html: out, limit } = sanitizeHtml(html, { images: 'blocked' })
    expect(limit).toBe('flattened')
    expect(out).toContain('word')
    expect(out.length).toBeLessThan(html.length + 20)
  }
})

test('hostile input of 1 MB and more ends soon', () => {
  const bombs: Readonly<Record<string, string>> = {
    lt: '<'.repeat(2e6),
    amp: '&'.repeat(2e6),
    open: '<div>'.repeat(1e6),
    wrongClose: '<b>'.repeat(499) + '</i>'.repeat(1e6),
    attributes: `<p ${'a=1 '.repeat(1e6)}>`,
    manyAttributes: `<p ${Array.from({ length: 300_000 }, (_, i) => `a${i}=1`).join(' ')}>`,
    comments: '<!--'.repeat(1e6),
    cdata: '<![CDATA['.repeat(5e5),
    quotes: '<a href="'.repeat(5e5),
    noscript: '<div><noscript></div>'.repeat(2e5),
    style: `<p style="${'color:red;'.repeat(4e5)}">`,
    styles: '<p style="color:red;background:url(x)">'.repeat(1e5),
    images: '<img src="https://x.example/1"><img src=cid:x>'.repeat(8e4),
    urls: '<a href="https://x.example/%zz">x</a>'.repeat(1e5),
    spaces: `<p>${' '.repeat(4e6)}x`,
    quotedStyle: `<p style='${`"`.repeat(9000)}'>`.repeat(400),
  }
  for (const [name, html] of Object.entries(bombs)) {
    const { html: out } = sanitizeHtml(html, { images: 'all' })
    expect(out.length, name).toBeLessThan(30e6)
  }
}, 60_000)
