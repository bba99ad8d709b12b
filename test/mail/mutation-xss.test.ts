// What was judged is what is shown: HTML made safe is read by every browser as the tree that was judged, and made safe again comes out as it is.
import fc from 'fast-check'
import { parseFragment } from 'parse5'
import type { DefaultTreeAdapterTypes } from 'parse5'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { chromiumPath } from '../support/chromium.ts'
import { madeSafe, withImages } from '../../core/mail/safe-html.ts'
import { sanitizeHtml } from '../../core/mail/sanitize.ts'
import { runs, times } from '../support/runs.ts'
import { expectHarmless } from './harmless.ts'
import { hostileHtml, mutationShapes, randomHtml } from './mutations.ts'
import { xssVectors } from './xss-vectors.ts'

const kept = (html: string): string => madeSafe({ html, images: 'cid', cids: 'kept' }).html
/** As the other HTML that pages and mails put around it. */
const places = ['', '<p>', '<table><tr><td>', '<a href="https://ok.test/">']

function expectSettled(html: string): void {
  const once = kept(html)
  expectHarmless(once)
  expect(kept(once)).toBe(once)
  for (const images of ['blocked', 'all'] as const) {
    const made = sanitizeHtml(html, { images, cidUrl: () => null }).html
    expect(sanitizeHtml(made, { images, cidUrl: () => null }).html).toBe(made)
  }
  const bare = withImages(madeSafe({ html, images: 'cid', cids: 'kept' }), new Set()).html
  expect(kept(bare)).toBe(bare)
}

test('every attack and every shape of mutation is made again as it is', () => {
  for (const [i, vector] of [...xssVectors, ...mutationShapes].entries()) expectSettled(`${places[i % places.length] ?? ''}${vector}`)
})

test(
  'documents at random are made harmless, and made again as they are',
  () => {
    fc.assert(fc.property(randomHtml, expectSettled), { numRuns: runs(1000) })
  },
  30_000 * times,
)

test(
  'shapes of mutation within one another are made harmless, and made again as they are',
  () => {
    fc.assert(fc.property(hostileHtml, expectSettled), { numRuns: runs(200) })
  },
  30_000 * times,
)

/** A tree told in one line, the same by a browser and by us: names, namespaces, attributes, text. */
function told(node: DefaultTreeAdapterTypes.ChildNode): string {
  if ('value' in node) return JSON.stringify(node.value)
  if (!('tagName' in node)) return `<${node.nodeName}>`
  const attributes = node.attrs.map((a) => `${a.name}=${JSON.stringify(a.value)}`).join(' ')
  return `<${node.namespaceURI} ${node.tagName} ${attributes}>(${node.childNodes.map(told).join('')})`
}

/** The same in the browser, of each as a page, as a page of old (quirks mode), and put into an element of a page. */
const toldThere = `(all) => {
  const told = (node) => node.nodeType === 3 ? JSON.stringify(node.data) : node.nodeType !== 1 ? '<' + node.nodeName + '>' :
    '<' + node.namespaceURI + ' ' + node.localName + ' ' + [...node.attributes].map((a) => a.name + '=' + JSON.stringify(a.value)).join(' ') + '>(' +
    [...node.childNodes].map(told).join('') + ')'
  const page = (start, html) => {
    const body = new DOMParser().parseFromString(start + '<html><head></head><body><div>' + html + '</div></body></html>', 'text/html').body
    return body.childNodes.length === 1 ? [...body.firstChild.childNodes].map(told).join('') : 'it left its element'
  }
  const element = document.createElement('div')
  const put = (html) => {
    element.innerHTML = html
    return [...element.childNodes].map(told).join('')
  }
  return all.map((html) => [page('<!doctype html>', html), page('', html), put(html)])
}`

test.skipIf(chromiumPath === undefined)(
  'Chromium reads of what was made the very tree that we do (skipped where none is installed)',
  async () => {
    const browser = await chromium.launch({
      executablePath: chromiumPath ?? '',
      args: ['--no-sandbox', '--host-resolver-rules=MAP * ~NOTFOUND'],
    })
    try {
      const page = await browser.newPage()
      await page.route('**/*', (route) => route.abort())
      await page.setContent('<!doctype html><title>x</title>')
      const compare = async (documents: readonly string[]): Promise<void> => {
        const made = documents.map(kept)
        const there: unknown = await page.evaluate(`(${toldThere})(${JSON.stringify(made)})`)
        const here = made.map((html) => parseFragment(html).childNodes.map(told).join(''))
        expect(there).toEqual(here.map((tree) => [tree, tree, tree]))
      }
      // The rig sees a difference where there is one.
      const unsettled: unknown = await page.evaluate(`(${toldThere})(["<p><table></table></p>", "</div>x"])`)
      expect(unsettled).toMatchObject([
        [expect.any(String), expect.any(String), expect.any(String)],
        ['it left its element', 'it left its element', '"x"'],
      ])
      expect(Array.isArray(unsettled) && new Set(unsettled[0]).size).toBe(2)

      await compare([...xssVectors, ...mutationShapes])
      await fc.assert(fc.asyncProperty(fc.array(randomHtml, { minLength: 50, maxLength: 50, size: 'max' }), compare), { numRuns: runs(20) })
      await fc.assert(fc.asyncProperty(fc.array(hostileHtml, { minLength: 50, maxLength: 50, size: 'max' }), compare), { numRuns: runs(4) })
    } finally {
      await browser.close()
    }
  },
  60_000 * times,
)
