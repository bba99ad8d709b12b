import { describe, expect, test } from 'vitest'
import { readMail } from '../../core/mail/read.ts'
import { mail, ordinary, parts } from './mails.ts'

const daemon = (subject: string, from = 'Mail Delivery System <MAILER-DAEMON@mx.desk.example>'): string[] => ['Return-Path: <>', `From: ${from}`, 'To: help@desk.example', `Subject: ${subject}`, 'Message-ID: <b1@mx.desk.example>']
const report = [...daemon('Undelivered Mail Returned to Sender'), 'Content-Type: multipart/report; report-type=delivery-status; boundary=b']
const returned = ['Received: from desk.example by mx.desk.example; Mon, 21 Sep 2026 10:00:00 +0300', 'Message-ID: <case7@desk.example>', 'From: Help <help@desk.example>', 'To: bob@far.example', 'Subject: Your order', '', 'Hello Bob']
const status = (...lines: readonly string[]): string => ['Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx.desk.example', '', ...lines].join('\n')
const outcomes = (raw: Buffer): readonly string[] => (readMail(raw).bounce?.recipients ?? []).map((r) => `${r.address} ${r.action} ${r.status} ${r.permanent ? 'permanent' : 'temporary'}`)

describe('a report with fields (RFC 3464)', () => {
  test('says recipient, action and status, and which mail it is about', () => {
    const read = readMail(mail(report, parts('\nIt failed.', status('Final-Recipient: rfc822; bob@far.example', 'Action: failed', 'Status: 5.1.1'), ['Content-Type: message/rfc822', '', ...returned].join('\n'))))
    expect(read).toMatchObject({
      kind: 'bounce',
      bounce: { permanent: true, recipients: [{ address: 'bob@far.example', action: 'failed', status: '5.1.1', permanent: true }], original: { messageId: 'case7@desk.example', from: 'help@desk.example', to: 'bob@far.example', subject: 'Your order' } },
    })
    expect(read.evidence.join()).toContain('report-type=delivery-status')
  })
  test.each<[string, string[], string[]]>([
    ['several recipients', ['Final-Recipient: rfc822; a@x.example', 'Action: failed', 'Status: 5.1.1', '', 'Final-Recipient: rfc822; b@x.example', 'Action: delayed', 'Status: 4.4.1'], ['a@x.example failed 5.1.1 permanent', 'b@x.example delayed 4.4.1 temporary']],
    ['no empty line between them', ['Final-Recipient: rfc822; a@x.example', 'Action: failed', 'Status: 5.1.1', 'Final-Recipient: rfc822; b@x.example', 'Action: failed', 'Status: 5.2.2'], ['a@x.example failed 5.1.1 permanent', 'b@x.example failed 5.2.2 permanent']],
    ['empty lines between the fields', ['Final-Recipient: rfc822; a@x.example', '', 'Action: failed', '', 'Status: 5.1.1'], ['a@x.example failed 5.1.1 permanent']],
    ['Original before Final', ['Original-Recipient: rfc822;a@x.example', 'Final-Recipient: rfc822;a2@x.example', 'Action: failed', 'Status: 5.1.1', '', 'Original-Recipient: rfc822;b@x.example', 'Final-Recipient: rfc822;b2@x.example', 'Action: failed', 'Status: 5.1.1'], ['a2@x.example failed 5.1.1 permanent', 'b2@x.example failed 5.1.1 permanent']],
    ['brackets, comments, upper case, no type', ['FINAL-RECIPIENT: <A@X.example>', 'ACTION: Failed (for good)', 'STATUS: 5.0.0 (permanent)', 'DIAGNOSTIC-CODE: smtp; 550-5.2.1 The account is disabled'], ['A@x.example failed 5.2.1 permanent']],
    ['no Status', ['Final-Recipient: rfc822; a@x.example', 'Action: failed', 'Diagnostic-Code: smtp; 550 No such user here'], ['a@x.example failed 5.0.0 permanent']],
    ['an X.400 Final and a usable Original', ['Final-Recipient: x400; /C=DE/O=X/S=a', 'Original-Recipient: rfc822; a@x.example', 'Action: failed', 'Status: 5.1.1'], ['a@x.example failed 5.1.1 permanent']],
    ['an internationalised address', ['Final-Recipient: utf-8; \\x{438}\\x{432}\\x{430}\\x{43D}@x.example', 'Action: failed', 'Status: 5.1.1'], ['иван@x.example failed 5.1.1 permanent']],
    ['delivered', ['Final-Recipient: rfc822; a@x.example', 'Action: delivered', 'Status: 2.0.0'], ['a@x.example delivered 2.0.0 temporary']],
    ['delayed, never failed', ['Final-Recipient: rfc822; a@x.example', 'Action: delayed', 'Status: 4.4.7', 'Diagnostic-Code: smtp; 451 try later'], ['a@x.example delayed 4.4.7 temporary']],
  ])('%s', (_, fields, expected) => {
    expect(outcomes(mail(report, parts('\nText.', status(...fields))))).toEqual(expected)
  })
  test('is found in base64, nested, and without report-type', () => {
    const fields = 'Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1\n'
    const inner = `Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n${Buffer.from(fields).toString('base64')}`
    expect(outcomes(mail([...daemon('hm'), 'Content-Type: multipart/mixed; boundary=o'], `--o\nContent-Type: multipart/report; boundary=b\n\n${parts('\nText.', inner)}\n--o--`))).toEqual(['a@x.example failed 5.1.1 permanent'])
  })
})

/** One per mail system: its way of saying it, in words written for this test. */
const prose: readonly { readonly system: string; readonly headers: readonly string[]; readonly body: readonly string[]; readonly expected: readonly string[] }[] = [
  { system: 'Postfix', headers: daemon('Undelivered Mail Returned to Sender'), body: ['This is the mail system at host mx.desk.example.', '', "I'm sorry to have to inform you that your message could not", 'be delivered to one or more recipients.', '', '<bob@far.example>: host mx.far.example[192.0.2.1] said: 550 5.1.1', '    <bob@far.example>: Recipient address rejected (in reply to RCPT TO command)', '', '<eve@far.example>: connect to mx.far.example: 4.4.1 Connection timed out'], expected: ['bob@far.example failed 5.1.1 permanent', 'eve@far.example failed 4.4.1 temporary'] },
  { system: 'qmail', headers: daemon('failure notice', 'MAILER-DAEMON@mx.desk.example'), body: ['Hi. This is the qmail-send program at mx.desk.example.', "I'm afraid I wasn't able to deliver your message to the following addresses.", "This is a permanent error; I've given up. Sorry it didn't work out.", '', '<bob@far.example>:', '192.0.2.1 does not like recipient.', 'Remote host said: 550 no such account', 'Giving up on 192.0.2.1.', '', '--- Below this line is a copy of the message.', '', ...returned], expected: ['bob@far.example failed 5.0.0 permanent'] },
  { system: 'Exim', headers: [...daemon('Mail delivery failed: returning message to sender'), 'X-Failed-Recipients: bob@far.example, eve@far.example'], body: ['This message was created automatically by mail delivery software.', '', 'A message that you sent could not be delivered to one or more of its', 'recipients. This is a permanent error. The following address(es) failed:', '', '  bob@far.example', '    host mx.far.example [192.0.2.1]: 550 5.7.1 no thanks', '  eve@far.example', '    Unrouteable address', '', '------ This is a copy of the message, including all the headers. ------', '', ...returned], expected: ['bob@far.example failed 5.7.1 permanent', 'eve@far.example failed 5.7.1 permanent'] },
  { system: 'Exim, a warning', headers: daemon('Warning: message 1abc delayed 24 hours'), body: ['This message was created automatically by mail delivery software.', 'A message that you sent has not yet been delivered to one or more of its', 'recipients after more than 24 hours on the queue on mx.desk.example.', '', 'The address to which the message has not yet been delivered is:', '', '  bob@far.example', '    Delay reason: Connection timed out', '', 'No action is required on your part.'], expected: ['bob@far.example delayed 4.0.0 temporary'] },
  { system: 'sendmail', headers: daemon('Returned mail: see transcript for details', 'Mail Delivery Subsystem <MAILER-DAEMON@mx.desk.example>'), body: ['The original message was received at Mon, 21 Sep 2026 10:00:00 +0300', 'from desk.example [192.0.2.9]', '', '   ----- The following addresses had permanent fatal errors -----', '<bob@far.example>', '    (reason: 550 5.1.1 User unknown)', '', '   ----- Transcript of session follows -----', '... while talking to mx.far.example.:', '>>> RCPT To:<bob@far.example>', '<<< 550 5.1.1 User unknown'], expected: ['bob@far.example failed 5.1.1 permanent'] },
  { system: 'Exchange 2003', headers: daemon('Undeliverable: Your order', 'System Administrator <postmaster@far.example>'), body: ['Your message', '', '  To:      bob@far.example', '  Subject: Your order', '  Sent:    Mon, 21 Sep 2026 10:00:00 +0300', '', 'did not reach the following recipient(s):', '', 'bob@far.example on Mon, 21 Sep 2026 10:00:05 +0300', '    The recipient name is not recognized'], expected: ['bob@far.example failed 5.0.0 permanent'] },
  { system: 'Exchange 2010', headers: daemon('Undeliverable: Your order', 'Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@far.example>'), body: ['Delivery has failed to these recipients or groups:', '', 'bob@far.example<mailto:bob@far.example>', "The e-mail address you entered couldn't be found.", '', 'Diagnostic information for administrators:', '', 'Generating server: far.example', '', 'bob@far.example', '#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##'], expected: ['bob@far.example failed 5.1.1 permanent'] },
  { system: 'Notes', headers: daemon('Undeliverable message', 'Postmaster@far.example'), body: ['------- Failure Reasons  --------', '', 'User not listed in public Name & Address Book', 'bob@far.example', '', '------- Returned Message --------', '', ...returned], expected: ['bob@far.example failed 5.1.1 permanent'] },
  { system: 'Domino', headers: daemon('DELIVERY FAILURE: User bob (bob@far.example) not listed in Domino Directory', 'Postmaster@far.example'), body: ['Your message', '', '  Subject: Your order', '', 'was not delivered to:', '', '  bob@far.example', '', 'because:', '', '  User bob (bob@far.example) not listed in Domino Directory'], expected: ['bob@far.example failed 5.1.1 permanent'] },
  { system: 'Gmail', headers: [...daemon('Delivery Status Notification (Failure)', 'Mail Delivery Subsystem <mailer-daemon@googlemail.com>'), 'X-Failed-Recipients: bob@far.example'], body: ['Delivery to the following recipient failed permanently:', '', '     bob@far.example', '', 'Technical details of permanent failure:', 'The error that the other server returned was: 550 5.1.1 no such user', '', '----- Original message -----', '', ...returned], expected: ['bob@far.example failed 5.1.1 permanent'] },
  { system: 'Mail.ru', headers: daemon('=?UTF-8?B?0JLQsNGI0LUg0YHQvtC+0LHRidC10L3QuNC1INC90LUg0LTQvtGB0YLQsNCy0LvQtdC90L4=?=. Mail failure.', 'mailer-daemon@corp.mail.ru'), body: ['Это письмо создано автоматически сервером Mail.Ru, отвечать на него не нужно.', '', 'К сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:', '', '  bob@far.example', '    host mx.far.example [192.0.2.1]: 550 User not found'], expected: ['bob@far.example failed 5.0.0 permanent'] },
  { system: 'Yandex', headers: daemon('Недоставленное сообщение', 'MAILER-DAEMON@yandex.ru'), body: ['This is the mail system at host forward1.mail.yandex.net.', '', 'Сообщение не было доставлено получателю.', '', '<bob@far.example>: host mx.far.example[192.0.2.1] said: 552 5.2.2 mailbox full'], expected: ['bob@far.example failed 5.2.2 permanent'] },
  { system: 'a Russian server, words only', headers: daemon('Сообщение не доставлено', 'Postmaster <postmaster@far.example>'), body: ['Не удалось доставить ваше письмо.', 'Получатель: bob@far.example', 'Почтовый ящик получателя переполнен.'], expected: ['bob@far.example failed 5.2.2 permanent'] },
  { system: 'James', headers: daemon('[BOUNCE]', 'postmaster@far.example'), body: ['Hi. This is the James mail server at far.example.', "I'm afraid I wasn't able to deliver your message to the following addresses.", '', 'Failed recipient(s):', 'bob@far.example', '', 'Error message:', '550 - User unknown'], expected: ['bob@far.example failed 5.0.0 permanent'] },
  { system: 'MailMarshal', headers: daemon('Undeliverable Mail: Your order', 'MailMarshal <postmaster@far.example>'), body: ['Your message:', '   From:    help@desk.example', '   Subject: Your order', '', 'Could not be delivered because of', '', '550 5.1.1 User unknown', '', 'The following recipients were affected:', '    bob@far.example'], expected: ['bob@far.example failed 5.1.1 permanent'] },
  { system: 'InterScan', headers: daemon('Mail could not be delivered', 'InterScan MSS <interscan@far.example>'), body: ['Sent <<< RCPT TO:<bob@far.example>', 'Received >>> 550 5.1.1 unknown user', '', 'Unable to deliver message to <bob@far.example>.'], expected: ['bob@far.example failed 5.1.1 permanent'] },
  { system: 'GroupWise', headers: daemon('Message status - undeliverable', 'Mailer-Daemon@far.example'), body: ['The message that you sent was undeliverable to the following:', '\tbob@far.example (user not found)', '', 'Possibly truncated original message follows:', '', ...returned], expected: ['bob@far.example failed 5.1.1 permanent'] },
  { system: 'IMail', headers: daemon('Undeliverable Mail', 'Postmaster <postmaster@far.example>'), body: ['User mailbox exceeds allowed size: bob@far.example', '', 'Original message follows.', '', ...returned], expected: ['bob@far.example failed 5.2.2 permanent'] },
  { system: 'Yahoo', headers: daemon('Delivery failure', 'MAILER-DAEMON@far.example'), body: ['Message from far.example.', 'Unable to deliver message to the following address(es).', '', '<bob@far.example>:', "This user doesn't have a far.example account (bob@far.example) [0]", '', '--- Original message follows.', '', ...returned], expected: ['bob@far.example failed 5.1.1 permanent'] },
  { system: 'a German provider', headers: daemon('Unzustellbare Nachricht', 'Mail Delivery System <mailer-daemon@far.example>'), body: ['Ihre Nachricht konnte nicht zugestellt werden.', '', '"bob@far.example":', 'SMTP error from remote server after RCPT command:', '5.1.1 unbekannt'], expected: ['bob@far.example failed 5.1.1 permanent'] },
  { system: 'a Japanese provider', headers: daemon('Mail System Error - Returned Mail', 'Mail Administrator <Postmaster@far.example>'), body: ['次のあて先へのメッセージはエラーのため送信できませんでした。', '', '<bob@far.example>: 550 unknown user'], expected: ['bob@far.example failed 5.0.0 permanent'] },
]

describe('a report in prose', () => {
  test.each(prose.map((p) => [p.system, p] as const))('%s', (_, { headers, body, expected }) => {
    const raw = mail([...headers, 'Content-Type: text/plain; charset=utf-8'], ...body)
    expect(readMail(raw).kind).toBe('bounce')
    expect(outcomes(raw).map((o) => o.toLowerCase())).toEqual(expected)
  })
  test('html alone is read as well', () => {
    const raw = mail([...daemon('Undeliverable: Your order'), 'Content-Type: text/html'], '<p>Your message to <b>bob@far.example</b> couldn&#39;t be delivered.</p><p>bob wasn&#39;t found at far.example.</p><div>550 5.1.10 not found</div>')
    expect(outcomes(raw)).toEqual(['bob@far.example failed 5.1.10 permanent'])
  })
  test('names the returned mail', () => {
    expect(readMail(mail(daemon('failure notice'), 'Your message could not be delivered to', '<bob@far.example>:', '550 no', '', '--- Below this line is a copy of the message.', '', ...returned)).bounce?.original).toMatchObject({ messageId: 'case7@desk.example', subject: 'Your order' })
  })
  test('Amazon says it in JSON', () => {
    const raw = mail(['From: AWS <no-reply@sns.amazonaws.com>', 'Subject: AWS Notification Message'], '{"notificationType":"Bounce","bounce":{"bounceType":"Transient","bouncedRecipients":[{"emailAddress":"bob@far.example","action":"failed","status":"4.2.2","diagnosticCode":"smtp; 452 full"}]}}')
    expect(outcomes(raw)).toEqual(['bob@far.example failed 4.2.2 temporary'])
  })
})

describe('no bounce', () => {
  test.each<[string, string[], string[]]>([
    ['a customer who quotes one', ordinary, ['Hi, my mail to you came back, please help:', '', '> This is the mail system at host mx.example.', '> <help@desk.example>: 550 5.1.1 user unknown']],
    ['a customer who forwards one', ['From: Ann <ann@example.org>', 'To: help@desk.example', 'Subject: Fwd: Undelivered Mail Returned to Sender'], ['What is this?', '', '---------- Forwarded message ---------', 'From: MAILER-DAEMON@example.org', '', 'Your message could not be delivered to', '<help@desk.example>: 550 5.1.1 no']],
    ['a parcel that could not be delivered', ['From: Shop <news@shop.example>', 'To: help@desk.example', 'Subject: Your parcel could not be delivered'], ['The courier was unable to deliver your parcel to the address 5 Main St.']],
    ['a postmaster who writes himself', ['From: postmaster@example.org', 'To: help@desk.example', 'Subject: question about your SPF record'], ['Hello, could you please look at your SPF record?', 'Thanks, Paul <paul@example.org>']],
    ['an answer to one', ['From: Ann <ann@example.org>', 'To: help@desk.example', 'Subject: Re: Delivery Status Notification (Failure)', 'In-Reply-To: <1@x>'], ['I have fixed my mailbox now, please send it again.']],
    ['an empty envelope with a vacation notice', ['Return-Path: <>', 'From: Bob <bob@far.example>', 'To: help@desk.example', 'Subject: Out of office: Your order', 'Auto-Submitted: auto-replied'], ['I am away until Monday. In urgent cases write to eve@far.example.']],
  ])('%s', (_, headers, body) => {
    expect(readMail(mail([...headers], ...body)).verdicts.bounce).toBe(false)
  })
})
