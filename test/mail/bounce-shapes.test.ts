import { describe, expect, test } from 'vitest'
import { readMail } from '../../core/mail/read.ts'
import { daemon } from './bounce-prose.ts'
import { aliases, gaveUp, people, programs, stillTrying, unknownWords } from './bounce-shapes.ts'
import { mail } from './mails.ts'

const utf8 = 'Content-Type: text/plain; charset=utf-8'
const read = (headers: readonly string[], body: readonly string[]) => readMail(mail([...headers, utf8], ...body))
const recipients = (headers: readonly string[], body: readonly string[]) => read(headers, body).bounce?.recipients ?? []

describe('nobody is accused by an order of lines', () => {
  test.each(unknownWords.map((s) => [s.system, s] as const))('%s', (_, { headers, body, expected }) => {
    expect(recipients(headers, body).map((r) => r.address)).toEqual(expected)
  })
})

describe('"still trying" is a delay', () => {
  test.each(stillTrying)('%s: %j', (subject, body) => {
    expect(read(daemon(subject), body)).toMatchObject({
      kind: 'bounce',
      bounce: { permanent: false, recipients: [{ address: 'bob@far.example', action: 'delayed', permanent: false }] },
    })
    expect(recipients(daemon(subject), body)[0]?.status).toMatch(/^4/)
  })
  test.each(gaveUp.map((body) => [body]))('not where it has ended: %j', (body) => {
    expect(recipients(daemon('Mail delivery failed'), body)).toMatchObject([{ address: 'bob@far.example', action: 'failed' }])
  })
})

describe('whom we wrote to comes before where an alias led, and both are told', () => {
  test.each(aliases)('%s', (_, body) => {
    expect(recipients(daemon('Mail delivery failed'), ['Your message could not be delivered.', '', ...body])).toMatchObject([
      { address: 'bob@far.example', final: 'b17@store.far.example', action: 'failed' },
    ])
  })
  test.each<[string, string[], string, string | null]>([
    ['Original first', ['Original-Recipient: rfc822;bob@far.example', 'Final-Recipient: rfc822;b17@store'], 'bob@far.example', 'b17@store'],
    [
      'Final first',
      ['Final-Recipient: rfc822;b17@store.far.example', 'Original-Recipient: rfc822;bob@far.example'],
      'bob@far.example',
      'b17@store.far.example',
    ],
    ['the same twice', ['Final-Recipient: rfc822;BOB@far.example', 'Original-Recipient: rfc822;bob@far.example'], 'bob@far.example', null],
    ['no Original', ['Final-Recipient: rfc822;bob@far.example'], 'bob@far.example', null],
    [
      'an Original of Exchange that cannot be written to',
      ['Final-Recipient: rfc822;bob@far.example', 'Original-Recipient: rfc822;IMCEAEX-_O=FAR_CN=BOB@far.example'],
      'bob@far.example',
      null,
    ],
  ])('by fields: %s', (_, fields, address, final) => {
    const body = [
      '--b',
      '',
      'It failed.',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.far.example',
      '',
      ...fields,
      'Action: failed',
      'Status: 5.1.1',
      '',
      '--b--',
    ]
    const bounce = readMail(
      mail([...daemon('Undelivered'), 'Content-Type: multipart/report; report-type=delivery-status; boundary=b'], ...body),
    ).bounce
    expect(bounce?.recipients[0]).toMatchObject({ address })
    if (final !== null || fields.length < 2) expect(bounce?.recipients[0]?.final).toBe(final)
  })
  test('the prose knows the alias that the fields leave out', () => {
    const body = [
      '--b',
      '',
      '<b17@store.far.example> (expanded from <bob@far.example>): unknown user',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.far.example',
      '',
      'Final-Recipient: rfc822; b17@store.far.example',
      'Action: failed',
      'Status: 5.1.1',
      '',
      '--b--',
    ]
    const bounce = readMail(
      mail([...daemon('Undelivered'), 'Content-Type: multipart/report; report-type=delivery-status; boundary=b'], ...body),
    ).bounce
    expect(bounce?.recipients).toMatchObject([{ address: 'bob@far.example', final: 'b17@store.far.example', status: '5.1.1' }])
  })
})

describe('a program that gives back our mail and names its recipient', () => {
  test.each(programs.map((p) => [p.system, p] as const))('%s', (_, { headers, body, expected }) => {
    expect(read(headers, body).kind).toBe('bounce')
    expect(recipients(headers, body).map((r) => `${r.address} ${r.action} ${r.status} ${r.permanent ? 'permanent' : 'temporary'}`)).toEqual(
      expected,
    )
  })
  test.each(people)('is not %s', (_, headers, body) => {
    expect(read(headers, body).verdicts.bounce).toBe(false)
  })
})

describe('Amazon SES', () => {
  const bounce = {
    notificationType: 'Bounce',
    bounce: { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: 'bob@far.example', action: 'failed', status: '5.1.1' }] },
  }
  const sns = (message: object): string =>
    JSON.stringify({ Type: 'Notification', TopicArn: 'arn:aws:sns:x', Message: JSON.stringify(message) }, null, 2)
  const from = ['From: AWS <no-reply@sns.amazonaws.com>', 'To: help@desk.example', 'Subject: AWS Notification Message']
  const wrapped = (text: string): string[] => text.match(/.{1,70}/gs) ?? []
  test.each<[string, string[], string]>([
    ['inside the envelope of SNS', sns(bounce).split('\n'), 'bob@far.example failed 5.1.1'],
    ['inside it on one line', [sns(bounce).replace(/\n\s*/g, '')], 'bob@far.example failed 5.1.1'],
    ['inside it, wrapped', wrapped(sns(bounce).replace(/\n\s*/g, '')), 'bob@far.example failed 5.1.1'],
    [
      'with the footer of SNS',
      [...sns(bounce).split('\n'), '', '--', 'If you wish to stop receiving notifications, visit https://sns.example/?a=b@c'],
      'bob@far.example failed 5.1.1',
    ],
    ['alone', [JSON.stringify(bounce)], 'bob@far.example failed 5.1.1'],
    ['as an event', [JSON.stringify({ ...bounce, notificationType: undefined, eventType: 'Bounce' })], 'bob@far.example failed 5.1.1'],
    [
      'transient',
      [
        sns({
          notificationType: 'Bounce',
          bounce: { bounceType: 'Transient', bouncedRecipients: [{ emailAddress: 'Bob <bob@far.example>' }] },
        }),
      ],
      'bob@far.example failed 4.0.0',
    ],
    [
      'a delay',
      [sns({ eventType: 'DeliveryDelay', deliveryDelay: { delayedRecipients: [{ emailAddress: 'bob@far.example', status: '4.4.1' }] } })],
      'bob@far.example delayed 4.4.1',
    ],
    [
      'a delivery',
      [sns({ notificationType: 'Delivery', delivery: { recipients: ['bob@far.example'] } })],
      'bob@far.example delivered 2.0.0',
    ],
  ])('%s', (_, body, expected) => {
    expect(read(from, body).kind).toBe('bounce')
    expect(recipients(from, body).map((r) => `${r.address} ${r.action} ${r.status}`)).toEqual([expected])
  })
  const page = (text: string): string[] => ['<html><head><style>p{color:red}</style></head><body>', ...text.split('\n'), '</body></html>']
  const asHtml = 'Content-Type: text/html; charset=utf-8'
  test.each<[string, string[], string[]]>([
    ['text', [], wrapped(sns(bounce).replace(/\n\s*/g, ''))],
    ['base64', ['Content-Transfer-Encoding: base64'], [Buffer.from(sns(bounce)).toString('base64')]],
    ['HTML', [asHtml], page(JSON.stringify(bounce).replaceAll('"', '&quot;'))],
    ['HTML with references for letters', [asHtml], page(JSON.stringify(bounce).replace('notificationType', '&#110;otification&#84;ype'))],
    ['HTML with a brace by its name', [asHtml], page(JSON.stringify(bounce).replaceAll('{', '&lbrace;'))],
    ['HTML in pieces', [asHtml], page(JSON.stringify(bounce).replace('notificationType', 'notification<wbr>Type'))],
  ])('under a name as people have, in %s', (_, encoding, body) => {
    const named = ['From: Ann Lee <ann@example.org>', 'To: help@desk.example', 'Subject: From the log', ...encoding]
    expect(recipients(named, body).map((r) => `${r.address} ${r.action} ${r.status}`)).toEqual(['bob@far.example failed 5.1.1'])
  })
  test('a complaint inside SNS is a report', () => {
    expect(read(from, [sns({ notificationType: 'Complaint', complaint: {} })]).kind).toBe('report')
  })
  test('another notification of SNS is none', () => {
    expect(read(from, [JSON.stringify({ Type: 'Notification', Message: 'The disk of host 3 is full' })]).verdicts).toMatchObject({
      bounce: false,
      report: false,
    })
  })
})

test.each([
  ['prose', 'text/plain'],
  ['fields', 'message/delivery-status'],
  ['html', 'text/html'],
])('a report of 200,000 lines of %s is read on a small stack', async (_, type) => {
  const { Worker } = await import('node:worker_threads')
  const raw = mail(
    [...daemon('Undelivered mail'), `Content-Type: ${type}`],
    '550 5.1.1 <bob@far.example> no\n'.repeat(10),
    '\n'.repeat(199_000),
  )
  const code = `import { parentPort, workerData } from 'node:worker_threads'
    const { readMail } = await import(workerData.module)
    parentPort.postMessage(readMail(Buffer.from(workerData.raw)).kind)`
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: { raw, module: new URL('../../core/mail/read.ts', import.meta.url).href },
    resourceLimits: { stackSizeMb: 1 },
  })
  const answer = await new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  await worker.terminate()
  expect(answer).toBe('bounce')
})
