import { describe, expect, test } from 'vitest'
import { readMail } from '../../core/mail/read.ts'
import { daemon, prose, returned } from './bounce-prose.ts'
import { mail, ordinary, parts } from './mails.ts'

const report = [...daemon('Undelivered Mail Returned to Sender'), 'Content-Type: multipart/report; report-type=delivery-status; boundary=b']
const status = (...lines: readonly string[]): string =>
  ['Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx.desk.example', '', ...lines].join('\n')
const outcomes = (raw: Buffer): readonly string[] =>
  (readMail(raw).bounce?.recipients ?? []).map((r) => `${r.address} ${r.action} ${r.status} ${r.permanent ? 'permanent' : 'temporary'}`)

describe('a report with fields (RFC 3464)', () => {
  test('says recipient, action and status, and which mail it is about', () => {
    const read = readMail(
      mail(
        report,
        parts(
          '\nIt failed.',
          status('Final-Recipient: rfc822; bob@far.example', 'Action: failed', 'Status: 5.1.1'),
          ['Content-Type: message/rfc822', '', ...returned].join('\n'),
        ),
      ),
    )
    expect(read).toMatchObject({
      kind: 'bounce',
      bounce: {
        permanent: true,
        recipients: [{ address: 'bob@far.example', action: 'failed', status: '5.1.1', permanent: true }],
        original: { messageId: 'case7@desk.example', from: 'help@desk.example', to: 'bob@far.example', subject: 'Your order' },
      },
    })
    expect(read.evidence.join()).toContain('report-type=delivery-status')
  })
  test.each<[string, string[], string[]]>([
    [
      'several recipients',
      [
        'Final-Recipient: rfc822; a@x.example',
        'Action: failed',
        'Status: 5.1.1',
        '',
        'Final-Recipient: rfc822; b@x.example',
        'Action: delayed',
        'Status: 4.4.1',
      ],
      ['a@x.example failed 5.1.1 permanent', 'b@x.example delayed 4.4.1 temporary'],
    ],
    [
      'no empty line between them',
      [
        'Final-Recipient: rfc822; a@x.example',
        'Action: failed',
        'Status: 5.1.1',
        'Final-Recipient: rfc822; b@x.example',
        'Action: failed',
        'Status: 5.2.2',
      ],
      ['a@x.example failed 5.1.1 permanent', 'b@x.example failed 5.2.2 permanent'],
    ],
    [
      'empty lines between the fields',
      ['Final-Recipient: rfc822; a@x.example', '', 'Action: failed', '', 'Status: 5.1.1'],
      ['a@x.example failed 5.1.1 permanent'],
    ],
    [
      'Original before Final',
      [
        'Original-Recipient: rfc822;a@x.example',
        'Final-Recipient: rfc822;a2@x.example',
        'Action: failed',
        'Status: 5.1.1',
        '',
        'Original-Recipient: rfc822;b@x.example',
        'Final-Recipient: rfc822;b2@x.example',
        'Action: failed',
        'Status: 5.1.1',
      ],
      ['a@x.example failed 5.1.1 permanent', 'b@x.example failed 5.1.1 permanent'],
    ],
    [
      'brackets, comments, upper case, no type',
      [
        'FINAL-RECIPIENT: <A@X.example>',
        'ACTION: Failed (for good)',
        'STATUS: 5.0.0 (permanent)',
        'DIAGNOSTIC-CODE: smtp; 550-5.2.1 The account is disabled',
      ],
      ['A@x.example failed 5.2.1 permanent'],
    ],
    [
      'no Status',
      ['Final-Recipient: rfc822; a@x.example', 'Action: failed', 'Diagnostic-Code: smtp; 550 No such user here'],
      ['a@x.example failed 5.0.0 permanent'],
    ],
    [
      'an X.400 Final and a usable Original',
      ['Final-Recipient: x400; /C=DE/O=X/S=a', 'Original-Recipient: rfc822; a@x.example', 'Action: failed', 'Status: 5.1.1'],
      ['a@x.example failed 5.1.1 permanent'],
    ],
    [
      'an internationalised address',
      ['Final-Recipient: utf-8; \\x{438}\\x{432}\\x{430}\\x{43D}@x.example', 'Action: failed', 'Status: 5.1.1'],
      ['иван@x.example failed 5.1.1 permanent'],
    ],
    [
      'delivered',
      ['Final-Recipient: rfc822; a@x.example', 'Action: delivered', 'Status: 2.0.0'],
      ['a@x.example delivered 2.0.0 temporary'],
    ],
    [
      'delayed, never failed',
      ['Final-Recipient: rfc822; a@x.example', 'Action: delayed', 'Status: 4.4.7', 'Diagnostic-Code: smtp; 451 try later'],
      ['a@x.example delayed 4.4.7 temporary'],
    ],
  ])('%s', (_, fields, expected) => {
    expect(outcomes(mail(report, parts('\nText.', status(...fields))))).toEqual(expected)
  })
  test('is found in base64, nested, and without report-type', () => {
    const fields = 'Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1\n'
    const inner = `Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n${Buffer.from(fields).toString('base64')}`
    expect(
      outcomes(
        mail(
          [...daemon('hm'), 'Content-Type: multipart/mixed; boundary=o'],
          `--o\nContent-Type: multipart/report; boundary=b\n\n${parts('\nText.', inner)}\n--o--`,
        ),
      ),
    ).toEqual(['a@x.example failed 5.1.1 permanent'])
  })
})

describe('a report in prose', () => {
  test.each(prose.map((p) => [p.system, p] as const))('%s', (_, { headers, body, expected }) => {
    const raw = mail([...headers, 'Content-Type: text/plain; charset=utf-8'], ...body)
    expect(readMail(raw).kind).toBe('bounce')
    expect(outcomes(raw).map((o) => o.toLowerCase())).toEqual(expected)
  })
  test('html alone is read as well', () => {
    const raw = mail(
      [...daemon('Undeliverable: Your order'), 'Content-Type: text/html'],
      '<p>Your message to <b>bob@far.example</b> couldn&#39;t be delivered.</p><p>bob wasn&#39;t found at far.example.</p><div>550 5.1.10 not found</div>',
    )
    expect(outcomes(raw)).toEqual(['bob@far.example failed 5.1.10 permanent'])
  })
  test('names the returned mail', () => {
    expect(
      readMail(
        mail(
          daemon('failure notice'),
          'Your message could not be delivered to',
          '<bob@far.example>:',
          '550 no',
          '',
          '--- Below this line is a copy of the message.',
          '',
          ...returned,
        ),
      ).bounce?.original,
    ).toMatchObject({ messageId: 'case7@desk.example', subject: 'Your order' })
  })
  test('Amazon says it in JSON', () => {
    const raw = mail(
      ['From: AWS <no-reply@sns.amazonaws.com>', 'Subject: AWS Notification Message'],
      '{"notificationType":"Bounce","bounce":{"bounceType":"Transient","bouncedRecipients":[{"emailAddress":"bob@far.example","action":"failed","status":"4.2.2","diagnosticCode":"smtp; 452 full"}]}}',
    )
    expect(outcomes(raw)).toEqual(['bob@far.example failed 4.2.2 temporary'])
  })
})

describe('no bounce', () => {
  test.each<[string, string[], string[]]>([
    [
      'a customer who quotes one',
      ordinary,
      [
        'Hi, my mail to you came back, please help:',
        '',
        '> This is the mail system at host mx.example.',
        '> <help@desk.example>: 550 5.1.1 user unknown',
      ],
    ],
    [
      'a customer who forwards one',
      ['From: Ann <ann@example.org>', 'To: help@desk.example', 'Subject: Fwd: Undelivered Mail Returned to Sender'],
      [
        'What is this?',
        '',
        '---------- Forwarded message ---------',
        'From: MAILER-DAEMON@example.org',
        '',
        'Your message could not be delivered to',
        '<help@desk.example>: 550 5.1.1 no',
      ],
    ],
    [
      'a parcel that could not be delivered',
      ['From: Shop <news@shop.example>', 'To: help@desk.example', 'Subject: Your parcel could not be delivered'],
      ['The courier was unable to deliver your parcel to the address 5 Main St.'],
    ],
    [
      'a postmaster who writes himself',
      ['From: postmaster@example.org', 'To: help@desk.example', 'Subject: question about your SPF record'],
      ['Hello, could you please look at your SPF record?', 'Thanks, Paul <paul@example.org>'],
    ],
    [
      'an answer to one',
      ['From: Ann <ann@example.org>', 'To: help@desk.example', 'Subject: Re: Delivery Status Notification (Failure)', 'In-Reply-To: <1@x>'],
      ['I have fixed my mailbox now, please send it again.'],
    ],
    [
      'an empty envelope with a vacation notice',
      [
        'Return-Path: <>',
        'From: Bob <bob@far.example>',
        'To: help@desk.example',
        'Subject: Out of office: Your order',
        'Auto-Submitted: auto-replied',
      ],
      ['I am away until Monday. In urgent cases write to eve@far.example.'],
    ],
  ])('%s', (_, headers, body) => {
    expect(readMail(mail([...headers], ...body)).verdicts.bounce).toBe(false)
  })
})
