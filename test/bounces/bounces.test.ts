import { afterEach, expect, test } from 'vitest'
import { agent, testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'

let g: TestGateway
afterEach(() => g.stop())

const report = (
  to: string,
  original: string,
  status = '5.1.1',
  action = 'failed',
  who = 'Final-Recipient: rfc822; carl@customer.test',
): string => `From: MAILER-DAEMON@mx.test
To: ${to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <dsn-${status}-${action}@mx.test>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="r"

--r
Content-Type: text/plain

The mail could not be delivered.
--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test

${who}
Action: ${action}
Status: ${status}
Diagnostic-Code: smtp; 550 5.1.1 no such user

--r
Content-Type: text/rfc822-headers

Message-ID: <${original}>
Subject: Re: Help

--r--
`

async function answered(): Promise<{ readonly returnPath: string; readonly headerId: string }> {
  g = await testGateway({ plugins: ['desk', 'threading', 'bounces'] })
  await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'broken' })
  await g.act('reply.send', '#1', { text: 'Try again' }, agent('anna'))
  const [sent] = await g.sent()
  return { returnPath: sent?.from ?? '', headerId: (sent?.mail.messageId ?? '').replace(/[<>]/g, '') }
}

const cases = (): Promise<number> =>
  g.gateway.database.read
    .selectFrom('cases')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow()
    .then((r) => Number(r.n))

test('a bounce to our return path is tied to the message and recipient, makes no case and reopens nothing', async () => {
  const { returnPath, headerId } = await answered()
  await g.mail({ from: '', mailFrom: '', to: returnPath, rcpt: [returnPath], raw: report(returnPath, headerId) })
  expect(await cases()).toBe(1)
  const c = await g.look('#1')
  expect(c.status).toBe('waiting')
  expect(c.messages).toHaveLength(2)
  expect(c.messages[1]?.data.bounces).toMatchObject([{ permanent: true, recipients: [{ address: 'carl@customer.test', status: '5.1.1' }] }])
  expect(c.notices).toMatchObject([{ kind: 'delivery_failed', state: 'open' }])
})

test('a bounce to the plain address is tied by our Message-ID in the returned headers', async () => {
  const { headerId } = await answered()
  await g.mail({ from: '', mailFrom: '', to: 'support@example.test', raw: report('support@example.test', headerId) })
  expect(await cases()).toBe(1)
  expect((await g.look('#1')).notices).toMatchObject([{ kind: 'delivery_failed' }])
})

test('a bounce of a mail that we never sent makes no case and touches none', async () => {
  await answered()
  await g.mail({ from: '', mailFrom: '', to: 'support@example.test', raw: report('support@example.test', 'somebody@else.test') })
  expect(await cases()).toBe(1)
  expect((await g.look('#1')).notices).toEqual([])
})

test('a delayed report is told as a delay', async () => {
  const { returnPath, headerId } = await answered()
  await g.mail({ from: '', mailFrom: '', to: returnPath, rcpt: [returnPath], raw: report(returnPath, headerId, '4.4.1', 'delayed') })
  expect((await g.look('#1')).notices).toMatchObject([{ kind: 'delivery_delayed' }])
})

test('an address that bounced for good gets no automatic mail for 60 days, and answers of people still go', async () => {
  const { returnPath, headerId } = await answered()
  await g.mail({ from: '', mailFrom: '', to: returnPath, rcpt: [returnPath], raw: report(returnPath, headerId) })
  g.clear()
  expect((await g.act('reply.send', '#1', { text: 'automatic', kind: 'rule' })).data).toMatchObject({
    refused: expect.stringContaining('bounced: 5.1.1'),
  })
  expect(await g.sent()).toEqual([])
  await g.act('reply.send', '#1', { text: 'by a person' }, agent('anna'))
  expect(await g.sent()).toHaveLength(1)
  g.clock.jump(g.clock.now() + 61 * 86_400_000)
  await g.act('reply.send', '#1', { text: 'automatic', kind: 'rule' })
  expect((await g.sent()).map((m) => m.mail.text?.trim())).toEqual(['by a person', 'automatic'])
})

test('a bounce of a notification raises no notice, so that nobody is notified of it', async () => {
  g = await testGateway({ plugins: ['desk', 'threading', 'bounces', 'notify'] })
  await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'broken' })
  const [notification] = await g.sentTo('anna@agents.test')
  const before = (await g.sent()).length
  await g.mail({
    from: '',
    mailFrom: '',
    to: notification?.from ?? '',
    rcpt: [notification?.from ?? ''],
    raw: report('x', (notification?.mail.messageId ?? '').replace(/[<>]/g, '')),
  })
  expect(await g.sent()).toHaveLength(before)
  expect((await g.look('#1')).notices).toEqual([])
})

const suppressed = async (): Promise<readonly string[]> =>
  (await g.gateway.database.read.selectFrom('suppressions').select('address').orderBy('address').execute()).map((r) => r.address)
const bounce = async (returnPath: string, headerId: string, who: string): Promise<readonly unknown[]> => {
  await g.mail({ from: '', mailFrom: '', to: returnPath, rcpt: [returnPath], raw: report(returnPath, headerId, '5.1.1', 'failed', who) })
  const [, answer] = (await g.look('#1')).messages
  return (answer?.data.bounces as readonly { readonly recipients: readonly unknown[] }[])[0]?.recipients ?? []
}

test('what we know comes before what a report says: who was written to, and where his alias led', async () => {
  const { returnPath, headerId } = await answered()
  expect(await bounce(returnPath, headerId, 'Final-Recipient: rfc822; u17@store.inside.test')).toMatchObject([
    { address: 'carl@customer.test', final: 'u17@store.inside.test' },
  ])
  expect(await suppressed()).toEqual(['carl@customer.test'])
})

test('a report that names somebody to whom this mail did not go suppresses nobody', async () => {
  g = await testGateway({ plugins: ['desk', 'threading', 'bounces'] })
  await g.mail({ from: 'carl@customer.test', to: 'support@example.test', cc: 'dora@customer.test', subject: 'Help', text: 'broken' })
  await g.act('reply.send', '#1', { text: 'Try again' }, agent('anna'))
  const [sent] = await g.sent()
  const ids = [sent?.from ?? '', (sent?.mail.messageId ?? '').replace(/[<>]/g, '')] as const
  expect(await bounce(...ids, 'Final-Recipient: rfc822; victim@elsewhere.test')).toMatchObject([
    { address: 'victim@elsewhere.test', final: null },
  ])
  expect(await suppressed()).toEqual([])
})

test('of several recipients only the one named is suppressed, however he is written', async () => {
  g = await testGateway({ plugins: ['desk', 'threading', 'bounces'] })
  await g.mail({ from: 'carl@customer.test', to: 'support@example.test', cc: 'dora@customer.test', subject: 'Help', text: 'broken' })
  await g.act('reply.send', '#1', { text: 'Try again' }, agent('anna'))
  const [sent] = await g.sent()
  await bounce(
    sent?.from ?? '',
    (sent?.mail.messageId ?? '').replace(/[<>]/g, ''),
    'Original-Recipient: rfc822;DORA@Customer.test\nFinal-Recipient: rfc822; d@inside.test',
  )
  expect(await suppressed()).toEqual(['dora@customer.test'])
})

test('a report in unknown words accuses nobody of several', async () => {
  g = await testGateway({ plugins: ['desk', 'threading', 'bounces'] })
  await g.mail({ from: 'carl@customer.test', to: 'support@example.test', cc: 'dora@customer.test', subject: 'Help', text: 'broken' })
  await g.act('reply.send', '#1', { text: 'Try again' }, agent('anna'))
  const [sent] = await g.sent()
  const to = sent?.from ?? ''
  await g.mail({
    from: '',
    mailFrom: '',
    to,
    rcpt: [to],
    raw: `From: MAILER-DAEMON@mx.test\nTo: ${to}\nSubject: Undelivered mail\nMessage-ID: <u1@mx.test>\n\n550 5.1.1 Frustra.\n\n----- Original message -----\nFrom: support@example.test\nTo: carl@customer.test\nCc: dora@customer.test\nSubject: Help\n`,
  })
  expect((await g.look('#1')).notices).toMatchObject([{ kind: 'delivery_failed' }])
  expect(await suppressed()).toEqual([])
})

test('a complaint that does not say whose it is accuses none of several', async () => {
  g = await testGateway({ plugins: ['desk', 'threading', 'bounces'] })
  await g.mail({ from: 'carl@customer.test', to: 'support@example.test', cc: 'dora@customer.test', subject: 'Help', text: 'broken' })
  await g.act('reply.send', '#1', { text: 'Try again' }, agent('anna'))
  const [sent] = await g.sent()
  const to = sent?.from ?? ''
  const complaint = (text: string, id: string): string =>
    `From: fbl@provider.test\nTo: ${to}\nSubject: Complaint\nMessage-ID: <${id}@provider.test>\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary="r"\n\n--r\nContent-Type: text/plain\n\n${text}\n--r\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n--r--\n`
  await g.mail({ from: '', mailFrom: '', to, rcpt: [to], raw: complaint('Somebody complained.', 'c1') })
  expect(await suppressed()).toEqual([])
  await g.mail({ from: '', mailFrom: '', to, rcpt: [to], raw: complaint('Complaint of dora@customer.test', 'c2') })
  expect(await suppressed()).toEqual(['dora@customer.test'])
})
