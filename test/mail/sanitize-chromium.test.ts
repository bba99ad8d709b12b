// The sanitiser alone, without the frame's sandbox and the page's CSP, before a real browser: no attack runs a script or loads anything (SEC-9).
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { chromiumPath } from '../support/chromium.ts'
import { sanitizeHtml } from '../../core/mail/sanitize.ts'
import { xssVectors } from './xss-vectors.ts'

test.skipIf(chromiumPath === undefined)(
  'no attack runs or loads anything in Chromium (skipped where none is installed)',
  async () => {
    const browser = await chromium.launch({
      executablePath: chromiumPath ?? '',
      args: ['--no-sandbox', '--host-resolver-rules=MAP * ~NOTFOUND'],
    })
    try {
      const page = await browser.newPage()
      const events: string[] = []
      let current = ''
      page.on('dialog', (dialog) => {
        events.push(`dialog: ${current}`)
        void dialog.dismiss()
      })
      page.on('request', (request) => events.push(`request ${request.url()}: ${current}`))
      await page.route('**/*', (route) => route.abort())

      // The rig sees what it is there to see.
      current = 'rig'
      await page.setContent('<img src=x onerror=alert(1)><img src="https://evil.example/y">', { waitUntil: 'load' })
      await page.evaluate('new Promise((r) => requestAnimationFrame(() => r()))')
      expect(events.some((e) => e.startsWith('dialog'))).toBe(true)
      expect(events.some((e) => e.startsWith('request https://evil.example/y'))).toBe(true)
      events.length = 0

      for (const vector of xssVectors) {
        for (const html of [vector, `<table><tr><td>${vector}`, vector + vector]) {
          current = vector
          await page.setContent(`<body><div>${sanitizeHtml(html, { images: 'blocked' }).html}</div></body>`, { waitUntil: 'load' })
          // Every element that could be hovered or focused is; links are not followed, their schemes are checked elsewhere.
          await page.evaluate(
            'for (const e of document.querySelectorAll("*")) for (const n of ["mouseover", "focus", "click", "toggle"]) e.dispatchEvent(new Event(n, { bubbles: false, cancelable: true }))',
          )
          const odd = await page.evaluate(
            '[...document.querySelectorAll("*")].filter((e) => e.namespaceURI !== "http://www.w3.org/1999/xhtml" || e.shadowRoot).length',
          )
          expect(odd).toBe(0)
        }
      }
      expect(events).toEqual([])
    } finally {
      await browser.close()
    }
  },
  180_000,
)
