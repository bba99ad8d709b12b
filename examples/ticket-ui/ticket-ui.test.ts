import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePorts } from '../../test/crash/daemon.ts'
import { testGateway } from '../../test/support/gateway.ts'
import type { TestGateway } from '../../test/support/gateway.ts'
import { exampleToken } from '../example-token.ts'
import { startTicketUi } from './server.ts'

const program = process.env.CHROMIUM ?? '/usr/bin/chromium'
const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const there = existsSync(program)
if (!there) process.stdout.write(`ticket-ui is not tested in a browser: there is no ${program}\n`)

let g: TestGateway
let ui: Awaited<ReturnType<typeof startTicketUi>>
let browser: Browser | undefined

beforeAll(async () => {
  const [port = 0] = await freePorts(1)
  g = await testGateway({
    plugins: [
      'desk',
      'threading',
      'recipients',
      { scheduler: { downtime: '3650d' } },
      { chat: {} },
      {
        webhooks: {
          endpoints: {
            ui: {
              url: `http://127.0.0.1:${port}/hooks/postern`,
              secret,
              payload: 'thin',
              allow_http: true,
              allow_private: true,
              ports: [port],
            },
          },
        },
      },
    ],
  })
  ui = await startTicketUi({
    postern: `http://127.0.0.1:${g.gateway.http?.port}`,
    token: await exampleToken(g.gateway, 'act'),
    secret,
    agent: 'anna',
    port,
    now: () => g.clock.now(),
  })
  if (there)
    browser = await chromium.launch({
      executablePath: program,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
})
afterAll(async () => {
  await browser?.close()
  await ui.stop()
  await g.stop()
})

test('the page may ask only what it needs, and no other site can press its buttons', async () => {
  const at = `http://127.0.0.1:${ui.port}`
  expect((await fetch(`${at}/api/me`)).status).toBe(200)
  expect((await fetch(`${at}/api/deliveries`)).status).toBe(403)
  expect((await fetch(`${at}/api/cases/../webhooks`, { method: 'POST', headers: { 'x-ticket-ui': '1' } })).status).toBe(403)
  expect((await fetch(`${at}/api/cases/1`, { method: 'PATCH', body: '{}' })).status).toBe(403)
  expect((await fetch(`${at}/hooks/postern`, { method: 'POST', body: '{}' })).status).toBe(401)
})

test.skipIf(!there)(
  'an agent works in the browser: he sees mail come in, decides a notice, answers now and later, plans a reopen',
  async () => {
    const page = await browser?.newPage({ viewport: { width: 1200, height: 900 } })
    if (!page) throw new Error('no browser')
    const shot = async (name: string): Promise<void> =>
      void (process.env.SCREENSHOTS && (await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}.png` })))
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(`http://127.0.0.1:${ui.port}/`)
    await page.getByText('Choose a case.').waitFor()
    // A mail comes in: the list shows it by itself.
    await g.mail({
      from: 'Carl <carl@customer.test>',
      to: 'support@example.test',
      cc: 'boss@customer.test',
      subject: 'Help <img src=x onerror=document.title=1>',
      text: 'It is <b>broken</b>',
      messageId: '<one@customer.test>',
    })
    await page.getByRole('button', { name: /#1 Help/ }).click()
    await page.getByText('It is <b>broken</b>').waitFor()
    // Carl writes again, to other people: a notice with its buttons.
    await g.mail({
      from: 'Carl <carl@customer.test>',
      to: 'support@example.test',
      subject: 'Re: Help',
      inReplyTo: '<one@customer.test>',
      text: 'Without my boss',
    })
    await page.getByText('Without my boss').waitFor()
    const notice = page.locator('.notice')
    await notice.waitFor()
    await shot('1-notice')
    const before = await notice.count()
    await notice.first().getByRole('button').first().click()
    await expect.poll(() => page.locator('.notice').count()).toBeLessThan(before)
    // Answers now.
    await page.getByLabel('Text').fill('Turn it off and on')
    await page.getByRole('button', { name: 'Reply' }).click()
    await page.locator('.message.agent', { hasText: 'Turn it off and on' }).waitFor()
    await g.settle()
    expect((await g.sentTo('carl@customer.test')).map((m) => m.mail.text?.trim())).toContain('Turn it off and on')
    // Answers later, and takes it back; then again, and sends it at once.
    for (const [label, words] of [
      ['Take back', 'Never said'],
      ['Send now', 'Said at once'],
    ] as const) {
      await page.getByLabel('Text').fill(words)
      await page.getByLabel('When').fill('in 2h')
      await page.getByRole('button', { name: 'Reply' }).click()
      const deferred = page.locator('.deferred', { hasText: words })
      await deferred.waitFor()
      await shot(`2-${label === 'Take back' ? 'deferred' : 'deferred-again'}`)
      await deferred.getByRole('button', { name: label }).click()
      await deferred.waitFor({ state: 'detached' })
    }
    await g.settle()
    expect((await g.sentTo('carl@customer.test')).map((m) => m.mail.text?.trim()).sort()).toEqual(['Said at once', 'Turn it off and on'])
    // Plans a reopen, closes; time passes; the page shows that it happened.
    await page.getByLabel('Text').fill('Ask whether it works')
    await page.getByLabel('When').fill('in 3h')
    await page.getByRole('button', { name: 'Reopen then' }).click()
    await page.locator('.note').first().waitFor()
    await page.locator('.planned', { hasText: 'Ask whether it works' }).getByRole('button', { name: 'Do not reopen' }).waitFor()
    await page.getByRole('button', { name: 'Set closed' }).click()
    await page.locator('[aria-current=true] .status', { hasText: 'closed' }).waitFor()
    await g.advance('4h', 3_600_000)
    await page.locator('[aria-current=true] .status', { hasText: 'open' }).waitFor()
    await page.locator('.note', { hasText: 'Ask whether it works' }).waitFor()
    await shot('3-reopened')
    // What a customer writes never becomes part of the page.
    expect(await page.title()).toBe('Tickets')
    expect(await page.locator('main img, main b').count()).toBe(0)
    expect(errors).toEqual([])
  },
  60_000,
)

test.skipIf(!there)(
  'on a telephone, a Russian agent has one column, his words, his time, and files as downloads',
  async () => {
    const his = await startTicketUi({
      postern: `http://127.0.0.1:${g.gateway.http?.port}`,
      token: await exampleToken(g.gateway, 'act'),
      secret,
      agent: 'boris',
      port: 0,
      now: () => g.clock.now(),
    })
    const page = await browser?.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
    if (!page) throw new Error('no browser')
    const shot = async (name: string): Promise<void> =>
      void (process.env.SCREENSHOTS && (await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}.png` })))
    const overflow = (): Promise<number> => page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    try {
      const long = 'https://customer.test/'.concat('very-long-path/'.repeat(20))
      const file =
        '--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--\r\n'
      await g.mail({
        from: 'eve@customer.test',
        to: 'support@example.test',
        cc: 'boss@customer.test',
        raw: `From: =?utf-8?Q?=D0=95=D0=B2=D0=B0?= <eve@customer.test>\r\nTo: support@example.test\r\nCc: boss@customer.test\r\nSubject: Telephone\r\nMessage-ID: <tel@customer.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee ${long}\r\n${file}`,
      })
      await g.mail({
        from: 'eve@customer.test',
        to: 'support@example.test',
        subject: 'Re: Telephone',
        inReplyTo: '<tel@customer.test>',
        text: 'Without my boss',
      })
      await page.goto(`http://127.0.0.1:${his.port}/`)
      await page.getByRole('heading', { name: 'Обращения' }).waitFor()
      await page.getByRole('button', { name: /Telephone/ }).waitFor()
      await shot('4-phone-list')
      expect(await overflow()).toBe(0)
      expect(await page.locator('main').isVisible()).toBe(false)
      await page.getByRole('button', { name: /Telephone/ }).click()
      await page.locator('.notice').first().waitFor()
      expect(await page.locator('nav').isVisible()).toBe(false)
      await page.getByLabel('Текст').fill('Спасибо!')
      await page.getByLabel('Когда').fill('завтра 9:00')
      await page.getByRole('button', { name: 'Ответить' }).click()
      // Nine o'clock in Moscow.
      await page.locator('.deferred', { hasText: /отложено · уйдёт .* 9:00|09:00/ }).waitFor()
      expect(await overflow()).toBe(0)
      await shot('5-phone-case')
      await page.evaluate('document.querySelector("main").scrollTo(0, 0)')
      await shot('6-phone-top')
      const downloaded = page.waitForEvent('download')
      await page.getByRole('link', { name: 'a.pdf' }).click()
      expect((await downloaded).suggestedFilename()).toBe('a.pdf')
      await page.getByRole('button', { name: '‹ Обращения' }).click()
      await page.getByRole('button', { name: /Telephone/ }).waitFor()
    } finally {
      await page.close()
      await his.stop()
    }
  },
  60_000,
)

test.skipIf(!there)('a long case shows its end, and more of it where it is asked for', async () => {
  const page = await browser?.newPage()
  if (!page) throw new Error('no browser')
  await g.mail({ from: 'Dora <dora@customer.test>', to: 'support@example.test', subject: 'A long one', text: 'The very first' })
  await g.transact(async (tx) => {
    const c = await tx.cases.byRef('#3')
    if (c) for (let i = 1; i <= 120; i++) await tx.notes.add({ caseId: c.id, text: `note ${i} of 120` })
  })
  await page.goto(`http://127.0.0.1:${ui.port}/`)
  await page.getByRole('button', { name: /A long one/ }).click()
  await page.getByText('note 120 of 120').waitFor()
  expect(await page.locator('.note').count()).toBe(50)
  for (const expected of [100, 120]) {
    await page.getByRole('button', { name: 'Earlier' }).click()
    await expect.poll(() => page.locator('.note').count()).toBe(expected)
  }
  await page.getByText('The very first').waitFor()
  expect(await page.getByRole('button', { name: 'Earlier' }).count()).toBe(0)
  expect(await page.locator('.note p').allTextContents()).toEqual(Array.from({ length: 120 }, (_, i) => `note ${i + 1} of 120`))
  await page.close()
})
