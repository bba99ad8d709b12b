// Reports in the shapes of many mail systems, in words written for this test: who is named, who is not, and what is said of him.
import { daemon, returned } from './bounce-prose.ts'

export interface Shape {
  readonly system: string
  readonly headers: readonly string[]
  readonly body: readonly string[]
  readonly expected: readonly string[]
}

/** A mail that went to two people. */
export const returnedOfTwo = [
  'Received: from desk.example by mx.desk.example; Mon, 21 Sep 2026 10:00:00 +0300',
  'Message-ID: <case8@desk.example>',
  'From: Help <help@desk.example>',
  'To: ann@far.example, bob@far.example',
  'Subject: Your order',
  '',
  'Hello',
]

const program = (from: string, subject: string, ...more: readonly string[]): readonly string[] => [
  `Return-Path: <${from}>`,
  `From: ${from}`,
  'To: help@desk.example',
  `Subject: ${subject}`,
  'Message-ID: <p1@mx.far.example>',
  ...more,
]

/** The words are unknown, or name nobody by known ones. */
export const unknownWords: readonly Shape[] = [
  {
    system: 'an arrow, two recipients',
    headers: daemon('Undelivered message'),
    body: ['Attempts: 9 => bob@far.example', '', ...returnedOfTwo],
    expected: ['bob@far.example'],
  },
  {
    system: 'a table of columns',
    headers: daemon('Undelivered message'),
    body: [
      'host            tries   result   whom',
      'mx.far.example  9       dead     bob@far.example',
      '',
      '----- Original message -----',
      ...returnedOfTwo,
    ],
    expected: ['bob@far.example'],
  },
  {
    system: 'a language without known words',
    headers: daemon('Undelivered message'),
    body: ['Litera bob@far.example non pervenit.', '', '----- Original message -----', ...returnedOfTwo],
    expected: ['bob@far.example'],
  },
  {
    system: 'nobody named, two recipients: nobody is accused',
    headers: daemon('Undelivered message'),
    body: ['Your message could not be delivered.', '', '----- Original message -----', ...returnedOfTwo],
    expected: [''],
  },
  {
    system: 'nobody named, two in To and Cc: nobody is accused',
    headers: daemon('Undelivered message'),
    body: [
      'Your message could not be delivered.',
      '',
      '----- Original message -----',
      'From: Help <help@desk.example>',
      'To: ann@far.example',
      'Cc: bob@far.example',
      'Subject: Your order',
    ],
    expected: [''],
  },
  {
    system: 'nobody named, one recipient: who else',
    headers: daemon('Undelivered message'),
    body: ['Your message could not be delivered.', '', '----- Original message -----', ...returned],
    expected: ['bob@far.example'],
  },
  {
    system: 'nobody named, the trace of the returned mail names its recipient',
    headers: daemon('Undelivered message'),
    body: [
      'Your message could not be delivered.',
      '',
      '----- Original message -----',
      'Received: from desk.example by mx.desk.example with ESMTP id 7 for <bob@far.example>; Mon, 21 Sep 2026 10:00:00 +0300',
      ...returnedOfTwo.slice(1),
    ],
    expected: ['bob@far.example'],
  },
  {
    system: 'a returned mail whose boundary was lost, with a folded To',
    headers: daemon('Undeliverable: Your order', 'System Administrator <postmaster@far.example>'),
    body: [
      'Your message did not reach:',
      '',
      'bob@far.example on Mon, 21 Sep 2026 10:00:05 +0300',
      '    The name is not known here',
      '',
      '--NextPart_000',
      'Content-Type: message/rfc822',
      '',
      'From: Help <help@desk.example>',
      'To: Bob <bob@far.example>, Ann Of A Company With A Very Long Name',
      '\t<ann@far.example>',
      'Subject: Your order',
      'Message-ID: <case8@desk.example>',
      '',
      'Hello',
    ],
    expected: ['bob@far.example'],
  },
  {
    system: 'a returned header without any dividing line',
    headers: daemon('Mail delivery failed'),
    body: [
      'The following address failed:',
      '',
      '  bob@far.example',
      '',
      'Date: Mon, 21 Sep 2026 10:00:00 +0300',
      'From: Help <help@desk.example>',
      'To: "Ann" <ann@far.example>,',
      ' <bob@far.example>',
      'Message-ID: <case8@desk.example>',
      'Subject: Your order',
    ],
    expected: ['bob@far.example'],
  },
  {
    system: 'help to write to',
    headers: daemon('Mail delivery failed'),
    body: [
      'Your message could not be delivered to one of its recipients.',
      'If you need assistance, please send mail to',
      '',
      '  care@mx.far.example',
      '',
      'Recipient: <bob@far.example>',
    ],
    expected: ['bob@far.example'],
  },
]

/** The mail system goes on: nobody has failed. */
export const stillTrying: readonly (readonly [string, readonly string[]])[] = [
  ['Mail Delivery: delayed', ['Your message to <bob@far.example> has been delayed.', 'We will keep trying for another 3 days.']],
  [
    'Delivery failure report',
    ['Not delivered to this address yet:', '', 'bob@far.example', '', 'The server continues to try for two days.'],
  ],
  [
    'Warning: could not send message for past 4 hours',
    [
      '  ----- Transcript -----',
      '<bob@far.example>... Deferred: Connection timed out',
      'Warning: message still undelivered after 4 hours',
      'Will keep trying until message is 5 days old',
    ],
  ],
  [
    'Delayed Mail (still being retried)',
    [
      '# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #',
      '',
      '<bob@far.example>: connect to mx.far.example: Connection refused',
    ],
  ],
  ['Mail delivery notification', ['The letter for bob@far.example remains in our queue; the next attempt will be made in an hour.']],
  ['Delivery Status', ['Mail for bob@far.example could not be handed over yet.', 'Delivery attempts will', 'continue until Friday.']],
  [
    'Zustellung verzögert',
    ['Ihre Nachricht konnte noch nicht zugestellt werden an: bob@far.example', 'Die Zustellung wird weiterhin versucht.'],
  ],
  [
    'Delivery Status Notification (Delay)',
    ["Votre message n'a pas encore été distribué à bob@far.example. De nouvelles tentatives suivront."],
  ],
  [
    'Delivery Status Notification (Delay)',
    ['Su mensaje para bob@far.example no ha podido ser entregado. El servidor seguirá intentando durante 2 días.'],
  ],
  ['Warning', ['Письмо пока не доставлено получателю: bob@far.example', 'Попытки доставки будут продолжены.']],
  ['Mail delivery delayed', ['メールはまだ配信されていません。再送を続けています。', '宛先: bob@far.example']],
  ['Delivery delayed', ['您的邮件尚未送达，系统将自动重试。', '收件人: bob@far.example']],
]

/** Trying has ended, whatever is said of trying. */
export const gaveUp: readonly (readonly string[])[] = [
  ['Warning: message to bob@far.example could not be delivered for 5 days.', 'It will not be retried.'],
  ['<bob@far.example>:', 'Connection refused. I will keep trying is what I said; now I have given up.'],
  ['Delivery to bob@far.example was delayed and has failed permanently.'],
  ['Your message to bob@far.example could not be delivered. You may try again later.', '550 5.4.4 no route'],
]

/** What failed is an alias of the other system: who was written to, and where it led. */
export const aliases: readonly (readonly [string, readonly string[]])[] = [
  ['Postfix', ['<b17@store.far.example> (expanded from <bob@far.example>): unknown user']],
  ['Postfix, wrapped', ['<b17@store.far.example> (expanded from', '    <bob@far.example>): host store.far.example said: 550 5.1.1 no']],
  [
    'sendmail',
    [
      '   ----- The following addresses had permanent fatal errors -----',
      'b17@store.far.example',
      '    (expanded from: <bob@far.example>)',
      '    (reason: 550 5.1.1 User unknown)',
    ],
  ],
  [
    'Exim',
    ['The following address(es) failed:', '', '  b17@store.far.example', '    (generated from bob@far.example)', '    mailbox unknown'],
  ],
  [
    'Exim, over several',
    [
      'The following address(es) failed:',
      '',
      '  b17@store.far.example',
      '    (ultimately generated from bob@far.example)',
      '    mailbox unknown',
    ],
  ],
]

/** Programs that write under no name of a mail system, but give back our mail and name its recipient. */
export const programs: readonly Shape[] = [
  {
    system: 'a relay, the code first',
    headers: program('Gate_14@far.example', 'About your letter'),
    body: ['550 5.1.1 bob@far.example: gone', '', '***** Your letter *****', '', ...returned],
    expected: ['bob@far.example failed 5.1.1 permanent'],
  },
  {
    system: 'marked as bulk, the address in the subject',
    headers: program('Box9@far.example', 'Attention: bob@far.example has no mailbox', 'Precedence: bulk'),
    body: ['No such user: bob@far.example', '', '----- Original message -----', ...returned],
    expected: ['bob@far.example failed 5.1.1 permanent'],
  },
  {
    system: 'a spam filter under its own name',
    headers: program('filter@far.example', 'Mail blocked'),
    body: ['Recipient: bob@far.example', 'Reason: 554 5.7.1 looks like spam', '', '----- Original message -----', ...returned],
    expected: ['bob@far.example failed 5.7.1 permanent'],
  },
  {
    system: 'GroupWise, as a program',
    headers: program('gwia@far.example', 'Message status - undeliverable'),
    body: [
      'The attached file had the following undeliverable recipient(s):',
      '\tbob@far.example',
      '',
      'Transcript of session follows.',
      '550 no such user',
      '',
      '----- Original message -----',
      ...returned,
    ],
    expected: ['bob@far.example failed 5.0.0 permanent'],
  },
  {
    system: 'a full mailbox, in Japanese',
    headers: program('relay@far.example', '=?utf-8?B?44Oh44O844Or44Ko44Op44O844Gu44GK55+l44KJ44Gb?='),
    body: [
      'メールボックスの容量が上限を超えているため、配信できませんでした。',
      '',
      '宛先: <bob@far.example>',
      '',
      '----- Original message -----',
      ...returned,
    ],
    expected: ['bob@far.example failed 5.2.2 permanent'],
  },
  {
    system: 'a full mailbox, in Chinese',
    headers: program('notice@far.example', '=?utf-8?B?57O757uf6YCA5L+h?='),
    body: ['收件人邮箱空间已满，无法投递。', '收件人：bob@far.example', '', '----- Original message -----', ...returned],
    expected: ['bob@far.example failed 5.2.2 permanent'],
  },
  {
    system: 'mailer-daemon with a wording of its own',
    headers: [
      'Return-Path: <>',
      'From: mailer-daemon',
      'To: help@desk.example',
      'Subject: A mail of yours',
      'Auto-Submitted: auto-replied',
    ],
    body: ['One address was refused: bob@far.example. They said [554 5.7.1 go away].'],
    expected: ['bob@far.example failed 5.7.1 permanent'],
  },
]

/** What people and other programs write, which looks like a report and is none. */
export const people: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'a person who passes our mail on with a complaint about somebody',
    ['From: Ann Lee <ann@example.org>', 'To: help@desk.example', 'Subject: your mail to Bob'],
    ['Hello,', 'your mail below never reached bob@far.example, user unknown he says.', '', '----- Original message -----', ...returned],
  ],
  [
    'a customer without a name who asks about an address',
    ['From: ann@example.org', 'To: help@desk.example', 'Subject: Which address'],
    ['Hi, is bob@far.example still valid? I got 550 user unknown.'],
  ],
  [
    'an order confirmation of a shop',
    ['From: no-reply@shop.example', 'To: help@desk.example', 'Subject: Order 550 5.1 received', 'Precedence: bulk'],
    ['Thank you, bob@far.example has ordered 2 items. It will be delivered on Friday.'],
  ],
  [
    'a digest of a quarantine',
    ['Return-Path: <>', 'From: Quarantine <quarantine@mx.example>', 'To: help@desk.example', 'Subject: Daily summary'],
    ['You have 3 new messages from bob@far.example and ann@far.example.'],
  ],
]
