// What actions refuse whatever the case is, words of other languages, and many mistakes at once: what an admin is told about each.
import { expect } from 'vitest'
import type { broken } from './broken.ts'

const forms = 'Write for example: 2 days 5 hours, tomorrow 9:00, Friday 18:00, 25 September 14:00, or 2026-09-25T14:00.'
const rule = (item: string): Readonly<Record<string, string>> => ({
  'rules/a.yaml': `rules:\n  - name: one\n    on: reply\n    do: [${item}]\n`,
})

/** As in the table of what is broken. */
export const refused: typeof broken = [
  [
    'a time that is none',
    rule('{ reopen.plan: { in: someday } }'),
    ['rules/a.yaml:4:31: "someday" is no time that is understood. ' + forms],
  ],
  [
    'a time that is none, in Russian',
    rule('{ reopen.plan: { in: когда-нибудь } }'),
    ['rules/a.yaml:4:31: "когда-нибудь" is no time that is understood. ' + forms],
  ],
  [
    'a time that has passed',
    rule('{ reopen.plan: { in: -3 days } }'),
    [expect.stringMatching(/^rules\/a\.yaml:4:31: .* has passed already\.$/)],
  ],
  [
    'two times for one',
    rule('{ reopen.plan: { in: 3 days, at: "tomorrow 9:00" } }'),
    ['rules/a.yaml:4:43: Say when once, not by several of in, at.'],
  ],
  ['no time at all', rule('{ reopen.plan: { note: Call } }'), ['rules/a.yaml:4:12: Say when, by one of in, at, text. ' + forms]],
  [
    'a mention of nobody',
    rule('{ reopen.plan: { in: 3 days, note: "@nobody call" } }'),
    ['rules/a.yaml:4:45: There is no agent or group "nobody"; there are @anna, @boris, @team.'],
  ],
  [
    'a mention of nobody in a note',
    rule('{ note: { text: x, mentions: [ana] } }'),
    ['rules/a.yaml:4:40: there is no agent or group “ana”, did you mean “anna”?'],
  ],
  ['an address that is none', rule('{ forward: not-an-address }'), ['rules/a.yaml:4:12: “not-an-address” is not a mail address']],
  [
    'copies to an address of our own',
    rule('{ cc: [carl@customer.test, sales@example.test] }'),
    ['rules/a.yaml:4:12: sales@example.test is an address of this desk'],
  ],
  [
    'a time in an action of a template',
    { 'templates/late.yaml': 'text: Later\nactions:\n  - reopen.plan: { in: someday }\n' },
    ['templates/late.yaml:3:24: "someday" is no time that is understood. ' + forms],
  ],
  [
    'a receipt from a template without words',
    { 'templates/close.yaml': 'actions: [{ status: closed }]', ...rule('{ receipt: close }') },
    ['rules/a.yaml:4:12: the template “close” has no words to send'],
  ],
  [
    'a receipt in the settings, from a template that has words in one language only',
    {
      'templates/close.yaml': 'languages: { ru: { text: Здравствуйте } }',
      'postern.yaml':
        'mailboxes: { support: { address: support@example.test, notify: [anna] } }\nagents: { anna: { name: Anna, email: anna@agents.test } }\nplugins:\n  - desk\n  - rules: { receipts: [{ template: close }] }\n',
    },
    ['postern.yaml:5:37: the template `close` has no words for the mailbox `support` in en (warning)'],
  ],
  [
    'a receipt in the settings, from a template without words',
    {
      'templates/close.yaml': 'actions: [{ status: closed }]',
      'postern.yaml':
        'mailboxes: { support: { address: support@example.test, notify: [anna] } }\nagents: { anna: { name: Anna, email: anna@agents.test } }\nplugins:\n  - desk\n  - rules: { receipts: [{ template: close }] }\n',
    },
    ['postern.yaml:5:37: the template `close` has no words for the mailbox `support` in en and ru'],
  ],
  [
    'the name of an action in Russian',
    rule('{ статус: closed }'),
    ['rules/a.yaml:4:12: there is no action `статус`, did you mean `status`?'],
  ],
  [
    'a status in Russian, in another gender',
    rule('{ status: закрытая }'),
    ['rules/a.yaml:4:12: case.status: status: expected one of open, waiting, closed, spam, trash (did you mean closed?), found "закрытая"'],
  ],
  [
    'a condition in Russian',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { тема: счёт }\n    do: [stop]\n' },
    ['rules/a.yaml:4:11: there is no condition `тема`, did you mean `subject`?'],
  ],
  [
    'a status in a condition, in Russian and in another gender',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { status: закрытая }\n    do: [stop]\n' },
    ['rules/a.yaml:4:19: status: there is no status `закрытая`, did you mean `closed`?'],
  ],
  [
    'a zone as Russians spell it',
    {
      'rules/a.yaml':
        'rules:\n  - name: one\n    schedule: { cron: "0 9 * * *", timezone: Europe/Moskva }\n    if: { status: waiting }\n    do: [{ status: closed }]\n',
    },
    [
      'rules/a.yaml:3:46: rules[0].schedule.timezone: expected a time zone such as Europe/London, Asia/Almaty or UTC (did you mean Europe/Moscow?), found "Europe/Moskva"',
    ],
  ],
  [
    'everything wrong in one rule, and in the one beside it',
    {
      'rules/a.yaml':
        'rules:\n  - name: one\n    on: replyy\n    prioritty: 3\n    if: { status: pending, subjekt: x }\n    do: [{ assign: ana }, { statuss: closed }, { forward: nobody }]\n  - { name: two, on: reply, mailboxes: [suport], do: [{ group: teem }] }\n',
    },
    [
      'rules/a.yaml:3:9: there is no event `replyy`, did you mean `reply`?',
      expect.stringMatching(/^rules\/a\.yaml:4:5: rules\[0\]\.prioritty: unknown key `prioritty`, did you mean `priority`\?$/),
      'rules/a.yaml:5:19: status: there is no status `pending`; there are open, waiting, closed, spam, trash',
      'rules/a.yaml:5:28: there is no condition `subjekt`, did you mean `subject`?',
      'rules/a.yaml:6:12: there is no agent “ana”, did you mean “anna”?',
      'rules/a.yaml:6:29: there is no action `statuss`, did you mean `status`?',
      'rules/a.yaml:6:50: “nobody” is not a mail address',
      'rules/a.yaml:7:41: there is no mailbox `suport`, did you mean `support`?',
      'rules/a.yaml:7:57: there is no group “teem”, did you mean “team”?',
    ],
  ],
]
