// The commands together with the plugins whose actions they order, as shipped.
import { afterEach, expect, test } from 'vitest'
import type { TestGateway } from '../support/gateway.ts'
import { answerAs, carl, desk, lastTo } from './desk.ts'

let g: TestGateway | undefined

afterEach(async () => {
  await g?.stop()
  g = undefined
})

const whole = {
  plugins: ['desk', 'threading', 'bounces', 'agent-reply', 'recipients', 'rules', 'scheduler', 'links', 'notify'],
  start: '2026-09-21T12:00:00Z',
}
const toCustomer = (gateway: TestGateway) => gateway.sentTo('carl@customer.test')

test('@напомнить closes the day and brings the case back when it said', async () => {
  g = await desk({}, whole)
  await answerAs(g, 'boris', 'Ждём деталь.\n\n@закрытое\n@напомнить 2 дня 5 часов позвонить клиенту')
  expect(await toCustomer(g)).toHaveLength(1)
  expect((await g.look('#1')).status).toBe('closed')
  expect((await lastTo(g, 'boris')).mail.text).toMatch(/23 сентября/)
  g.clear()
  await g.advance('2d 6h', 3_600_000)
  expect((await g.look('#1')).status).toBe('open')
})

test('@отправить sends the answer later, with its commands done now', async () => {
  g = await desk({}, whole)
  await answerAs(g, 'boris', 'Отвечаю утром.\n\n@отправить через 20 минут\n@метки ждёт')
  expect(await toCustomer(g)).toEqual([])
  expect((await g.look('#1')).tags).toEqual(['ждёт'])
  expect((await lastTo(g, 'boris')).mail.text).toContain('Ваш ответ принят командой @отправить.')
  await g.advance('25m')
  expect((await toCustomer(g)).map((m) => m.mail.text?.trim())).toEqual(['Отвечаю утром.'])
})

test('@отправить takes files, status and people in copy along: all of it takes effect when the answer leaves', async () => {
  g = await desk({}, whole)
  const raw = (to: string, inReplyTo: string) =>
    `From: anna@agents.test\nTo: ${to}\nSubject: Re: Help\nIn-Reply-To: ${inReplyTo}\nMessage-ID: <files@agents.test>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nThe price list.\n\n@send in 20 minutes\n@closed\n@cc boss@customer.test\n--b\nContent-Type: text/csv; name=prices.csv\nContent-Disposition: attachment; filename=prices.csv\n\na,1\n--b--\n`
  const notification = await lastTo(g, 'anna')
  const to = notification.mail.replyTo?.value[0]?.address ?? ''
  g.clear()
  await g.mail({ from: 'anna@agents.test', to, raw: raw(to, notification.mail.messageId ?? '') })
  expect(await g.look('#1')).toMatchObject({ status: 'open', cc: [] })
  const { text } = (await lastTo(g, 'anna')).mail
  expect(text).toContain('Done when the answer leaves:\n✓ @cc boss@customer.test\n✓ @closed')
  expect(text).toContain('The message will be sent on')
  g.clear()
  await g.advance('25m')
  const [sent] = await toCustomer(g)
  expect([sent?.rcpts, sent?.mail.attachments.map((a) => a.filename)]).toEqual([
    ['carl@customer.test', 'boss@customer.test'],
    ['prices.csv'],
  ])
  expect(await g.look('#1')).toMatchObject({ status: 'closed', cc: ['boss@customer.test'] })
})

test('what @отправить cannot send later is held, and its copies and its status wait with it', async () => {
  g = await desk({}, whole)
  await answerAs(g, 'anna', 'Tomorrow.\n\n@send some day\n@closed\n@cc boss@customer.test')
  expect(await g.look('#1')).toMatchObject({ status: 'open', cc: [] })
  await answerAs(g, 'anna', 'send')
  expect((await toCustomer(g)).map((m) => m.rcpts)).toEqual([['carl@customer.test', 'boss@customer.test']])
  expect(await g.look('#1')).toMatchObject({ status: 'closed', cc: ['boss@customer.test'] })
})

test('@отправить with a time that nobody understands holds the answer', async () => {
  g = await desk({}, whole)
  await answerAs(g, 'boris', 'Отвечаю утром.\n\n@отправить когда-нибудь')
  expect(await toCustomer(g)).toEqual([])
  const { text } = (await lastTo(g, 'boris')).mail
  expect(text).toContain('ЕЩЁ НЕ отправлен')
  expect(text).toContain('✗ @отправить когда-нибудь')
  await answerAs(g, 'boris', 'отправить')
  expect(await toCustomer(g)).toHaveLength(1)
})

test('@отменить takes back what is planned', async () => {
  g = await desk({}, whole)
  const notification = await lastTo(g, 'boris')
  await answerAs(g, 'boris', 'Отвечаю утром.\n\n@отправить завтра 9:00', { answers: notification })
  await answerAs(g, 'boris', '@отменить', { answers: notification })
  expect((await lastTo(g, 'boris')).mail.text).toContain('✓ @отменить')
  expect((await g.look('#1')).messages).toHaveLength(1)
})

test('@шаблон answers with a template, the agent’s own words before it', async () => {
  g = await desk({}, { ...whole, files: { 'templates/hello.yaml': 'text: This is the template.\n' } })
  await answerAs(g, 'anna', 'My words.\n\n@template hello')
  const [sent] = await toCustomer(g)
  expect(sent?.mail.text).toContain('My words.')
  expect(sent?.mail.text).toContain('This is the template.')
})

test('@split makes a case of its own of the mail that was answered', async () => {
  g = await desk({}, whole)
  await g.mail({ ...carl, messageId: '<two@customer.test>', inReplyTo: '<one@customer.test>', text: 'And another thing' })
  await answerAs(g, 'anna', '@split')
  expect((await g.look('#2')).messages[0]?.text.trim()).toBe('And another thing')
})

test('the question about a held answer has its buttons, and they are good', async () => {
  g = await desk({}, whole)
  await answerAs(g, 'boris', 'Чиним.\n\n@замтка клиент врёт')
  const question = await lastTo(g, 'boris')
  expect(question.mail.text).toMatch(/Отправить: http:\/\/127\.0\.0\.1/)
  expect(question.mail.text).toMatch(/Не отправлять: http:\/\/127\.0\.0\.1/)
})
