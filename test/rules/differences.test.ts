// What a scenario says where something is not as expected, and where its steps cannot be done.
import path from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import { runScenarioText } from '../../core/scenario/run.ts'

const config = path.join(import.meta.dirname, '..', '..', 'examples', 'scenarios', 'postern.yaml')
const mail = 'mail: { from: ivan@client.ru, to: support, subject: Вопрос, text: Не работает }'

/** A line of which only the form is given. */
const like = (form: RegExp): unknown => expect.stringMatching(form)

/** Steps, what is expected after the last of them, and the lines that say what differs. */
const table: readonly (readonly [steps: readonly string[], expected: string, lines: readonly unknown[]])[] = [
  [
    [mail],
    'case: { status: закрытое, assignee: anna, subject: Ответ, requester: x@y.ru, mailbox: sales, group: team }',
    [
      'case #1, subject: expected "Ответ", is "Вопрос"',
      'case #1, status: expected "closed", is "open"',
      'case #1, assignee: expected "anna", is null',
      'case #1, group: expected "team", is null',
      'case #1, mailbox: expected "sales", is "support"',
      'case #1, requester: expected "x@y.ru", is "ivan@client.ru"',
    ],
  ],
  [
    [mail],
    'case: { tags: [a, b], cc: c@y.ru, bcc: d@y.ru, notices: recipients, offers: split, custom: { a: 1 } }',
    [
      'case #1, custom.a: expected 1, is null',
      'case #1, cc: expected [c@y.ru], is []',
      'case #1, bcc: expected [d@y.ru], is []',
      'case #1, tags: expected [a, b], is []',
      'case #1, notices: expected [recipients], is []',
      'case #1, offers: expected [split], is []',
    ],
  ],
  [
    [mail],
    'case: { messages: 5, deferred: 1, held: 1, last: Работает, notes: [Позвонить] }',
    [
      'case #1, messages: expected 5, is 2',
      'case #1, deferred: expected 1, is 0',
      'case #1, held: expected 1, is 0',
      like(/^case #1, last message: expected "Работает", is "Здравствуйте!/),
      'case #1, notes: expected 1, there are 0: ',
    ],
  ],
  [
    [mail, 'act: { action: note.add, as: anna, args: { text: Позвонить } }'],
    'case: { notes: [Написать] }',
    ['case #1, note 1: expected "Написать", is "Позвонить"'],
  ],
  [
    [mail],
    'cases: 2, others: [{ number: 7 }], jobs: { scheduler.fire: 1 }, lists: { reopen=planned: [1] }',
    [
      'cases: expected 2, there are 1',
      'jobs: expected 1 of scheduler.fire, there are 0',
      'list reopen=planned: expected [1], is []',
      'case 7: there is none',
    ],
  ],
  [
    [mail],
    'outcome: message, fired: кто вы, events: [case.split], refused: нет, told: [Да, { chat: a }]',
    [
      'outcome: expected message, was case',
      'refused: expected "нет", was not refused',
      'told: "Да" was not said in any chat',
      'told: {"chat":"a"} was not said in any chat',
      'fired: expected [кто вы], is []',
      like(/^events: case\.split did not happen; there were case\.created, message\.received/),
    ],
  ],
  [
    ['chat: { text: Здравствуйте }'],
    'told: [{ text: До свидания, not_text: поддержка, kind: normal, name: Анна, chat: other, files: [a.pdf] }]',
    [
      'told, message 1: chat: expected other, is chat-1',
      'told, message 1: kind: expected normal, is rule',
      'told, message 1: name: expected "Анна", is "Поддержка"',
      like(/^told, message 1: text: expected "До свидания", is "Здравствуйте!/),
      'told, message 1: not_text: "поддержка" is in it',
      'told, message 1: files: expected [a.pdf], is []',
      'told: nobody expected "Обычно мы отвечаем за пять минут." in the chat chat-1',
    ],
  ],
  [
    [mail, 'act: { action: reply.send, as: anna, args: { text: Попробуйте } }'],
    'case: {}',
    ['sent: nobody expected the reply to ivan@client.ru, "Re: Вопрос [#1]"'],
  ],
  [
    [mail, 'act: { action: reply.send, as: anna, args: { text: Попробуйте } }'],
    'sent: [{ to: a@b.ru, cc: c@d.ru, rcpt: e@f.ru, kind: notification, from: g@h.ru, return_path: "", subject: "Re: Ответ", text: Ждите, not_text: Попробуйте, html: <table, files: [a.pdf], headers: { X-A: b, From: null } }]',
    [
      like(
        /^sent: no mail is \{.*\}; the nearest, the reply to ivan@client\.ru, "Re: Вопрос \[#1\]", differs: to: expected \[a@b\.ru\], is \[ivan@client\.ru\]; cc: expected \[c@d\.ru\], is \[\]; rcpt: .*; kind: expected notification, is reply; from: .*; return_path: expected "", is ".*"; subject: expected "Re: Ответ", is .*; text: expected "Ждите", is .*; not_text: "Попробуйте" is in it; html: .*; files: .*; header X-A: expected "b", is not there; header From: expected null, is /s,
      ),
    ],
  ],
  [['act: { action: case.status, args: { status: closed } }'], 'case: {}', ['there is no case yet']],
  [[mail, 'act: { action: case.status, args: { status: pending } }'], 'case: {}', [like(/^the action was refused: .*status/)]],
  [[mail, 'act: { action: case.status, as: никто, args: { status: closed } }'], 'case: {}', ['there is no agent никто']],
  [[mail, 'take: { offer: split }'], 'case: {}', ['the action was refused: no notice offers split; they offer nothing']],
  [['reply: { as: ivan@client.ru, text: Где? }'], 'case: {}', ['nothing like that was sent to ivan@client.ru; there were no mails']],
  [['mail: { to: nobody@elsewhere.ru }'], 'case: {}', ['the mail goes to none of our addresses']],
  [['wait: soon'], 'case: {}', ['not a duration: soon']],
  [['until: 2026-09-20 09:00'], 'case: {}', ['2026-09-20 09:00 is past already']],
  [['bounce: { of: ivan@client.ru }'], 'case: {}', ['nothing was sent to ivan@client.ru']],
  [[mail], 'lists: { reopn=planned: [] }', [like(/^there is no filter "reopn"; there are .*reopen/)]],
]

test.each(table.map(([steps, expected, lines]) => ({ last: steps.at(-1), steps, expected, lines })))(
  '$last, expect { $expected }',
  async ({ steps, expected, lines }) => {
    const scenario = `timezone: Europe/Moscow\nignore: [notification, notice, receipt]\ntests:\n  - name: one\n    steps:\n${steps.map((step) => `      - ${step}\n`).join('')}        expect: { ${expected} }\n`
    const { problems, tests } = await runScenarioText(scenario, config, () => systemClock.monotonic())
    expect(problems).toEqual([])
    const place = `scenario:${5 + steps.length}:9: `
    expect(tests.flatMap((t) => t.failures).map((line) => (line.startsWith(place) ? line.slice(place.length) : line))).toEqual(lines)
  },
)
