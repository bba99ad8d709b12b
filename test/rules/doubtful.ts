// Doubtful rules, sound by themselves, and exactly what an admin is told about each.
import type { broken } from './broken.ts'

/** As in the table of what is broken; the lines are warnings. */
export const doubtful: typeof broken = [
  [
    'doubtful: merging cases of strangers, and patterns that compare nothing',
    {
      'rules/a.yaml': `rules:
  - { name: one, on: case.created, if: { duplicate_of: { same: [subject], strangers: true } }, do: [{ merge: duplicate }] }
  - { name: два, on: case.created, if: { subject: { contains: заказ } }, do: [{ merge: '#12' }] }
  - { name: three, on: case.created, if: { duplicate_of: { same: [subject] } }, do: [{ merge: duplicate }] }
  - { name: four, on: case.created, if: { duplicate_of: { same: [subject], strangers: true } }, do: [{ suggest_merge: duplicate }] }
  - { name: five, on: case.created, if: { duplicate_of: { same: [{ match: 'order \\d+' }] } }, do: [{ suggest_merge: duplicate }] }
  - { name: шесть, on: case.created, if: { duplicate_of: { same: [{ match: 'заказ (' }] } }, do: [{ suggest_merge: duplicate }] }`,
    },
    [
      'rules/a.yaml:2:103: may merge cases of strangers, whose words agents then take for one conversation: leave out `strangers: true`, name requester or a custom field in `same`, or ask with `merge.suggest` (warning)',
      'rules/a.yaml:3:81: merges whoever the case is of: add the condition `duplicate_of`, or ask with `merge.suggest` (warning)',
      'rules/a.yaml:6:43: never holds: `match` of `duplicate_of` needs one group, it has 0: order \\d+ (warning)',
      'rules/a.yaml:7:44: never holds: `match` of `duplicate_of` is not a regular expression (RE2 syntax): заказ ( (warning)',
    ],
  ],
  [
    'doubtful: what customers begin, caused by agents',
    {
      'rules/a.yaml':
        'rules:\n  - { name: one, on: incoming, by: agent, do: [{ tags: a }] }\n  - { name: two, on: outgoing, by: [customer, agent], do: [{ tags: b }] }',
    },
    [
      'rules/a.yaml:2:7: never fires: nobody named in `by` causes what it listens to; `incoming` is of customers, `outgoing` of agents (warning)',
    ],
  ],
  [
    'doubtful: an answer that a customer wrote',
    { 'rules/a.yaml': 'rules:\n  - { name: one, on: answer, if: { author: customer }, do: [{ tags: a }] }' },
    ['rules/a.yaml:2:36: never fires: what is sent to a customer was not written by one (warning)'],
  ],
  [
    'doubtful: what an event never is',
    {
      'rules/a.yaml': `rules:
  - { name: one, on: reply, if: { author: agent }, do: [{ tags: a }] }
  - { name: two, on: incoming, if: { case_origin: agent }, do: [{ tags: a }] }
  - { name: three, on: answer, if: { kind: bounce }, do: [{ tags: a }] }
  - { name: four, on: answer, if: { authenticated: pass }, do: [{ tags: a }] }
  - { name: five, on: incoming, if: { first: false }, do: [{ tags: a }] }
  - { name: seven, on: case.status_changed, if: { changed: { to: done } }, do: [{ tags: a }] }
  - { name: восемь, on: case.assigned, if: { changed: { to: закрытое } }, do: [{ tags: a }] }
  - { name: nine, on: [reply, answer], if: { author: agent, kind: [normal, bounce] }, do: [{ tags: a }] }
  - { name: ten, on: case.status_changed, if: { changed: { from: в ожидании, to: open } }, do: [{ tags: a }] }`,
    },
    [
      'rules/a.yaml:2:35: never fires: where `message.received` is heard, `author` is customer (warning)',
      'rules/a.yaml:3:38: never fires: where `case.created` is heard, `case_origin` is customer (warning)',
      'rules/a.yaml:4:38: never fires: where `message.sent` is heard, `kind` is normal or receipt or rule or forward (warning)',
      'rules/a.yaml:5:37: never fires: where `message.sent` is heard, `authenticated` is none (warning)',
      'rules/a.yaml:5:37: never holds: the setting `authserv_id` is missing, so nothing is known of any sender (warning)',
      'rules/a.yaml:6:39: never fires: where `case.created` is heard, `first` is true (warning)',
      'rules/a.yaml:7:51: never fires: `to` can only be open, waiting, closed, spam, trash (warning)',
      'rules/a.yaml:8:46: never fires: `to` can only be nobody, anna, boris (warning)',
    ],
  ],
  [
    'doubtful: a rule behind one that stops',
    {
      'rules/a.yaml':
        'rules:\n  - { name: one, on: incoming, stop: true, if: { status: open }, do: [{ tags: a }] }\n  - { name: two, on: incoming, if: { status: open, subject: x }, do: [{ tags: b }] }',
    },
    ['rules/a.yaml:3:7: never fires: `one` runs before it, holds whenever it does, and stops (warning)'],
  ],
  [
    'doubtful: rules that go round',
    {
      'rules/a.yaml':
        'rules:\n  - { name: one, on: case.status_changed, if: { status: open }, do: [{ status: waiting }] }\n  - { name: two, on: case.status_changed, if: { status: waiting }, do: [{ status: open }] }',
    },
    [
      'rules/a.yaml:2:7: can go round: `one` -> `two` -> `one`; it is cut after 4 turns. Give one of them `once_per`, or `by` without rule (warning)',
    ],
  ],
  [
    'doubtful: an answer to every message',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    do: [{ reply: receipt }]\n' },
    [
      'rules/a.yaml:4:12: is sent again at every message.received, to machines without marks as well, until the caps are spent; give the rule `once_per` (warning)',
    ],
  ],
  [
    'doubtful: an answer at every tick',
    {
      'rules/a.yaml':
        'rules:\n  - name: one\n    schedule: { cron: "0 9 * * *" }\n    if: { status: waiting }\n    do: [{ reply: receipt }]\n',
    },
    [
      'rules/a.yaml:5:12: is sent again at every time of the schedule for as long as the conditions hold; give the rule `once_per` (status: once while the case keeps its status) (warning)',
    ],
  ],
  [
    'doubtful: an answer to robots',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    if: { kind: auto-reply }\n    do: [{ receipt: receipt }]\n' },
    ['rules/a.yaml:5:12: is never sent: automatic mail gets no automatic answer (warning)'],
  ],
  [
    'doubtful: a receipt to cases of agents',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: outgoing\n    do: [{ receipt: receipt }]\n' },
    ['rules/a.yaml:4:12: is never sent: the rule hears only of cases that no customer began (warning)'],
  ],
  [
    'doubtful: a pattern that never matches',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    if: { subject: { matches: "end$ing" } }\n    do: [{ tags: x }]\n' },
    ['rules/a.yaml:4:31: subject: never matches: text follows the end of the line ($) (warning)'],
  ],
  [
    'doubtful: a wildcard where there is none',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    if: { sender: "*@example.net" }\n    do: [{ tags: x }]\n' },
    ['rules/a.yaml:4:11: never matches: there are no wildcards; use starts, ends or contains, or the condition domain (warning)'],
  ],
  [
    'doubtful: an address as a domain',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    if: { domain: "@example.net" }\n    do: [{ tags: x }]\n' },
    ['rules/a.yaml:4:11: never matches: a domain has no @ and no * (warning)'],
  ],
  [
    'doubtful: conditions that exclude one another',
    {
      'rules/a.yaml':
        'rules:\n  - name: one\n    on: incoming\n    mailboxes: [support]\n    if: { mailbox: sales }\n    do: [{ tags: x }]\n',
    },
    ['rules/a.yaml:5:11: never holds: `mailbox` cannot be sales and support at the same time (warning)'],
  ],
  [
    'doubtful: what changed, of an event that changes nothing',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    if: { changed: { to: open } }\n    do: [{ tags: x }]\n' },
    ['rules/a.yaml:4:11: never holds: none of the events of this rule says what changed (warning)'],
  ],
  [
    'doubtful: a verdict that nobody gives',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    if: { authenticated: pass }\n    do: [{ tags: x }]\n' },
    ['rules/a.yaml:4:11: never holds: the setting `authserv_id` is missing, so nothing is known of any sender (warning)'],
  ],
  [
    'doubtful: a pattern with words before the beginning',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    if: { body: { matches: "x^y" } }\n    do: [{ tags: x }]\n' },
    ['rules/a.yaml:4:28: body: never matches: text stands before the beginning of the line (^) (warning)'],
  ],
  [
    'doubtful: a pattern that matches everything',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    if: { subject: { matches: [order, ".*"] } }\n    do: [{ tags: x }]\n' },
    ['rules/a.yaml:4:39: subject: matches every text (warning)'],
  ],
  [
    'doubtful: a pattern as other languages write it',
    {
      'rules/a.yaml':
        'rules:\n  - name: one\n    on: incoming\n    if: { subject: { matches: [order, "/счет/i"] } }\n    do: [{ tags: x }]\n',
    },
    ['rules/a.yaml:4:39: subject: the slashes are part of the pattern, and a mail has to hold them; leave them out (warning)'],
  ],
  [
    'doubtful: a pattern where a text is looked for as it stands; a path is none',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    if: { subject: ["/(abc/", /var/mail/] }\n    do: [{ tags: x }]\n' },
    [
      'rules/a.yaml:4:21: subject: is looked for as it stands, slashes and all; for a regular expression write `matches`, without slashes (warning)',
    ],
  ],
  [
    'doubtful: an empty word',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    if: { subject: ["", order] }\n    do: [{ tags: x }]\n' },
    ['rules/a.yaml:4:21: subject: an empty text is in every text (warning)'],
  ],
  [
    'doubtful: a wildcard as a domain',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    if: { domain: "*.example.net" }\n    do: [{ tags: x }]\n' },
    ['rules/a.yaml:4:11: never matches: a domain has no @ and no * (warning)'],
  ],
  [
    'doubtful: two statuses at the same time',
    {
      'rules/a.yaml':
        'rules:\n  - name: one\n    on: incoming\n    if: { all: [{ status: [open, waiting] }, { status: закрытое }] }\n    do: [{ tags: x }]\n',
    },
    ['rules/a.yaml:4:48: never holds: `status` cannot be closed and open or waiting at the same time (warning)'],
  ],
  [
    'doubtful: a receipt for a change of status',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: case.status_changed\n    if: { status: open }\n    do: [{ receipt: receipt }]\n' },
    ['rules/a.yaml:5:12: a receipt confirms a message of a customer; this rule hears of none (warning)'],
  ],
  [
    'doubtful: a receipt on a schedule',
    {
      'rules/a.yaml':
        'rules:\n  - name: one\n    schedule: { cron: "0 9 * * *" }\n    if: { status: open }\n    do: [{ receipt: receipt }]\n',
    },
    ['rules/a.yaml:5:12: a receipt confirms a message of a customer; this rule hears of none (warning)'],
  ],
  [
    'doubtful: an answer to automatic mail',
    {
      'rules/a.yaml':
        'rules:\n  - name: one\n    on: incoming\n    if: { kind: [bulk, auto-reply], status: open }\n    do: [{ reply: receipt }]\n',
    },
    ['rules/a.yaml:5:12: is never sent: automatic mail gets no automatic answer (warning)'],
  ],
  [
    'doubtful: three rules that go round by tags, assignee and notes',
    {
      'rules/a.yaml':
        'rules:\n  - { name: one, on: case.tags_changed, do: [{ assign: anna }] }\n  - { name: two, on: case.assigned, do: [{ note: x }] }\n  - { name: three, on: note.added, do: [{ tags: x }] }',
    },
    [
      'rules/a.yaml:2:7: can go round: `one` -> `two` -> `three` -> `one`; it is cut after 4 turns. Give one of them `once_per`, or `by` without rule (warning)',
    ],
  ],
  [
    'not doubtful: rules that would go round, one of them once a case',
    {
      'rules/a.yaml':
        'rules:\n  - { name: one, on: case.status_changed, once_per: case, if: { status: open }, do: [{ status: waiting }] }\n  - { name: two, on: case.status_changed, if: { status: waiting }, do: [{ status: open }] }',
    },
    [],
  ],
  [
    'doubtful: an answer as agents send it, which robots would get',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    do: [{ reply.send: { text: Hello } }]\n' },
    [
      'rules/a.yaml:4:12: could answer robots: `reply.send` does not ask who wrote; use `reply`, or add the condition `kind: normal` (warning)',
    ],
  ],
  [
    'not doubtful: the same for people alone',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    if: { kind: normal }\n    do: [{ reply.send: { text: Hello } }]\n' },
    [],
  ],
]
