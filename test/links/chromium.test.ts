// The page behind a link in a real browser: on a phone, by hand; and as mail scanners open it, scripts and all, which changes nothing (SEC-7).
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from '../support/chromium.ts'
import { agent, testGateway } from '../support/gateway.ts'
import { Desk, client, found, plugins } from '../recipients/rig.ts'

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
/** Where pictures of the pages are kept, for looking at them. */
const pictures = process.env.POSTERN_TEST_PICTURES

describe.skipIf(chromiumPath === undefined)('in Chromium (skipped where none is installed)', () => {
  let browser: Browser
  beforeAll(async () => void (browser = await chromium.launch({ executablePath: chromiumPath ?? '', args })))
  afterAll(() => browser.close())

  async function desk(): Promise<Desk> {
    return new Desk(await testGateway({ plugins }))
  }

  for (const { name, view, label, who, undo } of [
    {
      name: 'a phone',
      view: { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
      label: 'Обновить список получателей',
      who: 'boris',
      undo: 'Отменить',
    },
    {
      name: 'a desk, dark',
      view: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
      label: 'Update recipients',
      who: 'anna',
      undo: 'Undo',
    },
  ] as const) {
    test(`on the screen of ${name} the page fits, is read at a glance, and its button works by hand`, async () => {
      const d = await desk()
      const context = await browser.newContext(view)
      try {
        const bea = 'Beatrice Boss <beatrice.with-a-very-long-name.that.does.not.break@international-department.customer.test>'
        await d.writes(client, { cc: bea, subject: 'Оплата счёта № 17 и ещё несколько вопросов' })
        await d.g.act('reply.send', '#1', { text: 'Hello' }, agent('anna'))
        await d.replies(client, await d.sent())
        const url = d.link(await d.told(who), label)
        const page = await context.newPage()
        const errors: string[] = []
        const requests: string[] = []
        page.on('console', (m) => errors.push(m.text()))
        page.on('pageerror', (e) => errors.push(e.message))
        page.on('request', (r) => requests.push(r.url()))
        await page.goto(url, { waitUntil: 'load' })
        const width = async (): Promise<boolean> => Boolean(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
        expect(await width()).toBe(true)
        const button = page.getByRole('button', { name: label })
        const box = found((await button.boundingBox()) ?? undefined, 'a button')
        expect(box.height).toBeGreaterThanOrEqual(48)
        expect(box.y + box.height).toBeLessThanOrEqual(view.viewport.height)
        if (pictures) await page.screenshot({ path: `${pictures}/${who}-1-before.png`, fullPage: true })
        expect((await d.look('#1')).cc).toHaveLength(1)
        await button.click()
        await page.waitForLoadState('load')
        expect(await page.locator('h1').textContent()).toContain(label)
        expect((await d.look('#1')).cc).toEqual([])
        if (pictures) await page.screenshot({ path: `${pictures}/${who}-2-done.png`, fullPage: true })
        await page.goto(url, { waitUntil: 'load' })
        if (pictures) await page.screenshot({ path: `${pictures}/${who}-3-again.png`, fullPage: true })
        expect(await width()).toBe(true)
        await page.getByRole('button', { name: undo }).click()
        await page.waitForLoadState('load')
        expect((await d.look('#1')).cc).toHaveLength(1)
        await d.g.advance('73h', 3_600_000)
        await page.goto(url, { waitUntil: 'load' })
        if (pictures) await page.screenshot({ path: `${pictures}/${who}-4-expired.png`, fullPage: true })
        // 409 and 410 are told as errors of loading; nothing else is, and nothing but the page was loaded.
        expect(errors.filter((e) => !/status of 4(09|10)/.test(e))).toEqual([])
        expect(requests.filter((r) => r !== url && !r.endsWith('/favicon.ico'))).toEqual([])
      } finally {
        await context.close()
        await d.g.stop()
      }
    })
  }

  test('all links of a hundred mails, opened with scripts running, change nothing', async () => {
    const d = await desk()
    const context = await browser.newContext()
    try {
      for (let i = 1; i <= 50; i++) {
        await d.g.mail({
          from: `c${i}@customer.test`,
          to: 'support@example.test',
          cc: 'boss@customer.test',
          subject: `Case ${i}`,
          text: 'Help',
        })
        await d.g.act('reply.send', `#${i}`, { text: 'Hello' }, agent('anna'))
        await d.replies(`c${i}@customer.test`, await d.sent(`c${i}@customer.test`))
        d.g.clear()
      }
      const state = (): Promise<string> =>
        d.g.transact(async (tx) => {
          const out = []
          for (const table of ['cases', 'case_people', 'messages', 'notices', 'outbox', 'links', 'jobs'] as const)
            out.push((await tx.db.selectFrom(table).selectAll().execute()).map((r) => JSON.stringify(r)).sort())
          return JSON.stringify(out)
        })
      const mails = await Promise.all(
        d.g.sink.messages
          .filter((m) => m.rcpts[0]?.endsWith('@agents.test'))
          .map(async (m) => ({ ...m, mail: await (await import('mailparser')).simpleParser(m.raw) })),
      )
      const urls = mails.flatMap((m) => [...d.links(m).values()])
      expect(urls.length).toBe(200)
      expect(mails.filter((m) => d.links(m).size > 0)).toHaveLength(100)
      const before = await state()
      const open = async (of: readonly string[]): Promise<void> => {
        const page = await context.newPage()
        for (const url of of) {
          await page.goto(url, { waitUntil: 'load' })
          // What a page may do by itself it does once it is painted.
          await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
        }
      }
      await Promise.all([0, 1, 2, 3].map((k) => open(urls.filter((_, i) => i % 4 === k))))
      // Or within the ten seconds that a scanner stays on it.
      await context.pages()[0]?.evaluate('new Promise((done) => setTimeout(done, 10_000))')
      await d.g.settle()
      expect(await state()).toBe(before)
    } finally {
      await context.close()
      await d.g.stop()
    }
  }, 120_000)
})
