// HTML from outside is made safe beside the event loop, never inside a transaction: what is too long to be done there still arrives as HTML.
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { agent, testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { client, tokenFor } from './client.ts'
import type { Client } from './client.ts'

let g: TestGateway
let call: Client
/** Costs a sanitiser the more, the less it says. */
const costly = (size: number): string => '<font color="red" face="Arial" size="2">x</font>\r\n'.repeat(Math.floor(size / 50))
const mailOf = (from: string, to: string, id: string, html: string): string =>
  `From: ${from}\r\nTo: ${to}\r\nSubject: ${id}\r\nMessage-ID: <${id}@test.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}\r\n`
const fonts = (html: string | null | undefined | false): number => (typeof html === 'string' ? html.split('<font').length - 1 : -1)

beforeAll(async () => {
  g = await testGateway({
    plugins: [
      'desk',
      'threading',
      'agent-reply',
      'recipients',
      { scheduler: { downtime: '3650d' } },
      'notify',
      { [fileURLToPath(new URL('./probe-plugin.ts', import.meta.url))]: {} },
    ],
  })
  call = client(g, await tokenFor(g))
})
afterAll(() => g.stop())

test('the worker delivers the HTML of a mail made safe: a long one stands in the notifications, and a long answer of an agent leaves as HTML', async () => {
  const html = costly(250_000)
  await g.mail({
    from: 'carl@customer.test',
    to: 'support@example.test',
    raw: mailOf('Carl <carl@customer.test>', 'support@example.test', 'one', `${html}<script>alert(1)</script>`),
  })
  for (const to of ['anna@agents.test', 'boris@agents.test']) {
    const [told] = await g.sentTo(to)
    expect([to, fonts(told?.mail.html), String(told?.mail.html).includes('script')]).toEqual([to, fonts(html), false])
  }
  const reply = (await g.sentTo('anna@agents.test'))[0]?.mail.replyTo?.value[0]?.address ?? ''
  const answer = costly(450_000)
  g.clear()
  await g.mail({
    from: 'anna@agents.test',
    to: reply,
    rcpt: [reply],
    mailFrom: 'anna@agents.test',
    raw: mailOf('Anna Smith <anna@agents.test>', reply, 'two', answer),
  })
  const [sent] = await g.sentTo('carl@customer.test')
  expect(fonts(sent?.mail.html)).toBe(fonts(answer))
})

test('an old message is made safe in the transaction while that is short, else its words are shown', async () => {
  const tell = async (size: number, id: string): Promise<number> => {
    await g.mail({
      from: 'dora@customer.test',
      to: 'support@example.test',
      raw: mailOf('Dora <dora@customer.test>', 'support@example.test', id, costly(size)),
    })
    const [found] = (await call('GET', '/v1/cases?sort=-number&limit=1')).body.cases
    g.clear()
    await g.act('case.assign', `#${found.number}`, { assignee: 'boris' }, agent('anna'))
    await g.settle()
    return fonts((await g.sentTo('boris@agents.test'))[0]?.mail.html)
  }
  expect(await tell(30_000, 'three')).toBe(fonts(costly(30_000)))
  expect(await tell(100_000, 'four')).toBe(0)
})

test('HTML in a call is made safe before its transaction, wherever it stands in the body', async () => {
  const parts = [{ html: costly(10_000) }, { html: costly(1_000_000) }, { html: '<b>short</b>' }]
  const probed = await call('POST', '/v1/cases/1/actions/probe.html', { body: { parts } })
  expect(probed.status, JSON.stringify(probed.body)).toBe(200)
  expect(probed.body.data).toEqual({ prepared: [true, true, false] })
  const html = `${costly(600_000)}<script>alert(1)</script>`
  g.clear()
  expect((await call('POST', '/v1/cases/1/replies', { as: 'anna', body: { text: 'Words', html } })).status).toBe(201)
  await g.settle()
  const [sent] = await g.sentTo('carl@customer.test')
  expect([fonts(sent?.mail.html), String(sent?.mail.html).includes('script')]).toEqual([fonts(html), false])
})
