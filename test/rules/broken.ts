// Broken rules and templates, and exactly what an admin is told about each.

/** What is broken, the files, and the lines of the answer. */
export const broken: readonly (readonly [what: string, files: Readonly<Record<string, string>>, lines: readonly string[]])[] = [
  ['a list instead of `rules`', { 'rules/a.yaml': '- name: x' }, ['rules/a.yaml:1:1: expected keys and values, found a list']],
  [
    'a key with a typing mistake at the top',
    { 'rules/a.yaml': 'rule: []' },
    [
      'rules/a.yaml:1:1: `rules` is missing (Rules, in the order in which they run)',
      'rules/a.yaml:1:1: rule: unknown key `rule`, did you mean `rules`?',
    ],
  ],
  [
    'a rule without a name',
    { 'rules/a.yaml': 'rules:\n  - on: incoming\n    do: [stop]' },
    ['rules/a.yaml:2:5: rules[0]: `name` is missing (Name, unique among all rules)'],
  ],
  [
    'a rule that does nothing',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    do: []\n' },
    ['rules/a.yaml:4:9: rules[0].do: needs at least 1 item'],
  ],
  [
    'a rule without `do`',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n' },
    ['rules/a.yaml:2:5: rules[0]: `do` is missing (Actions, in order)'],
  ],
  [
    'a misspelt key of a rule',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    when: { status: open }\n    do: [stop]\n' },
    [
      'rules/a.yaml:4:5: rules[0].when: unknown key `when`, known here: name, description, mode, enabled, on, schedule, by, mailboxes, priority, once_per, stop, if, do',
    ],
  ],
  [
    'neither `on` nor `schedule`',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    do: [stop]\n' },
    ['rules/a.yaml:2:5: a rule has either `on` (events) or `schedule`'],
  ],
  [
    'both `on` and `schedule`',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    schedule: { cron: "0 9 * * *" }\n    do: [stop]\n' },
    ['rules/a.yaml:2:5: a rule has either `on` (events) or `schedule`'],
  ],
  [
    'an event that does not exist',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: case.creatd\n    do: [stop]\n' },
    ['rules/a.yaml:3:9: there is no event `case.creatd`, did you mean `case.created`?'],
  ],
  [
    'an event that resembles nothing',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: full_moon\n    do: [stop]\n' },
    ['rules/a.yaml:3:9: there is no event `full_moon`; there are incoming, outgoing, reply, answer, changed and those of `postern events`'],
  ],
  [
    'a short word among other events',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: [incoming, message.sent]\n    do: [stop]\n' },
    ['rules/a.yaml:3:9: `incoming` stands alone: write a rule of its own for the others, or case.created with `by`'],
  ],
  [
    'a cron pattern with too many fields',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    schedule: { cron: "1 2 3 4 5 6 7 8" }\n    do: [stop]\n' },
    [
      `rules/a.yaml:3:23: is not a cron pattern: invalid configuration format ('1 2 3 4 5 6 7 8'), exactly five, six, or seven space separated parts are required.`,
    ],
  ],
  [
    'a cron pattern in words',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    schedule: { cron: every day }\n    do: [stop]\n' },
    [
      `rules/a.yaml:3:23: is not a cron pattern: invalid configuration format ('every day'), exactly five, six, or seven space separated parts are required.`,
    ],
  ],
  [
    'an unknown zone of a schedule',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    schedule: { cron: "0 9 * * *", timezone: Europe/Londn }\n    do: [stop]\n' },
    [
      'rules/a.yaml:3:46: rules[0].schedule.timezone: expected a time zone such as Europe/London, Asia/Almaty or UTC (did you mean Europe/London?), found "Europe/Londn"',
    ],
  ],
  [
    '`by` on a schedule',
    {
      'rules/a.yaml':
        'rules:\n  - name: one\n    schedule: { cron: "0 9 * * *" }\n    by: customer\n    if: { status: waiting }\n    do: [{ status: closed }]\n',
    },
    ['rules/a.yaml:4:5: `by` asks who caused an event; on a schedule there is none'],
  ],
  [
    'an unknown origin',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    by: boss\n    do: [stop]\n' },
    ['rules/a.yaml:4:9: rules[0].by: expected one of customer, agent, api, rule, system, found "boss"'],
  ],
  [
    'two rules of one name',
    { 'rules/a.yaml': 'rules:\n  - { name: one, on: reply, do: [stop] }\n  - { name: one, on: reply, do: [stop] }' },
    ['rules/a.yaml:3:13: there is a rule `one` already, at rules/a.yaml:2:13'],
  ],
  [
    'a mailbox that is not there',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    mailboxes: [suport]\n    do: [stop]\n' },
    ['rules/a.yaml:4:17: there is no mailbox `suport`, did you mean `support`?'],
  ],
  [
    'a priority in words',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    priority: high\n    do: [stop]\n' },
    ['rules/a.yaml:4:15: rules[0].priority: expected a whole number, found "high"'],
  ],
  [
    'an unknown `once_per`',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    once_per: customer\n    do: [stop]\n' },
    [
      'rules/a.yaml:4:15: rules[0].once_per: expected case, sender, status, a time such as 7d, {case: 7d} or {sender: 7d}, found "customer"',
    ],
  ],
  [
    'a condition with a typing mistake',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { subjekt: x }\n    do: [stop]\n' },
    ['rules/a.yaml:4:11: there is no condition `subjekt`, did you mean `subject`?'],
  ],
  [
    'a bare word as condition',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: open\n    do: [stop]\n' },
    ['rules/a.yaml:4:9: expected conditions, such as `subject: invoice`, found "open"'],
  ],
  [
    '`any` without a list',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { any: { status: open } }\n    do: [stop]\n' },
    ['rules/a.yaml:4:16: `any` takes a list of conditions (lines with -)'],
  ],
  [
    'a status that does not exist',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { status: pending }\n    do: [stop]\n' },
    ['rules/a.yaml:4:19: status: there is no status `pending`; there are open, waiting, closed, spam, trash'],
  ],
  [
    'an agent that does not exist',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { assignee: ana }\n    do: [stop]\n' },
    ['rules/a.yaml:4:21: assignee: there is no agent `ana`, did you mean `anna`?'],
  ],
  [
    'an operator with a typing mistake',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { subject: { contain: x } }\n    do: [stop]\n' },
    ['rules/a.yaml:4:22: rules[0].if.subject.contain: unknown key `contain`, did you mean `contains`?'],
  ],
  [
    'an operator that asks nothing',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { subject: {} }\n    do: [stop]\n' },
    ['rules/a.yaml:4:20: subject: nothing is asked of the text; use one of is, contains, starts, ends, matches'],
  ],
  [
    'a broken regular expression',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { subject: { matches: "a(b" } }\n    do: [stop]\n' },
    ['rules/a.yaml:4:31: subject: is not a regular expression: missing closing ): `a(b`'],
  ],
  [
    'lookahead in a regular expression',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { subject: { matches: "a(?=b)" } }\n    do: [stop]\n' },
    ['rules/a.yaml:4:31: subject: is not a regular expression: invalid or unsupported Perl syntax: `(?=`; lookaround is not possible here'],
  ],
  [
    'a backreference',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { body: { matches: ["ok", "(a)\\\\1"] } }\n    do: [stop]\n' },
    ['rules/a.yaml:4:35: body: is not a regular expression: invalid escape sequence: `\\1`; backreferences are not possible here'],
  ],
  [
    'a time without a unit',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { age: { over: 5 } }\n    do: [stop]\n' },
    ['rules/a.yaml:4:24: rules[0].if.age.over: expected a duration such as 90s, 5m, 4h, 30d or "2d 5h", found 5'],
  ],
  [
    'a number with bounds that contradict each other',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { messages: { over: 5, under: 3 } }\n    do: [stop]\n' },
    ['rules/a.yaml:4:21: messages: no number fits: the bounds contradict each other'],
  ],
  [
    'yes instead of true',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { spam: yes }\n    do: [stop]\n' },
    ['rules/a.yaml:4:17: rules[0].if.spam: expected true or false, found "yes"'],
  ],
  [
    'business hours without a name in the settings',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { hours: { open: night } }\n    do: [stop]\n' },
    ['rules/a.yaml:4:18: hours: there are no hours `night` in the settings of the plugin (hours: { night: ... })'],
  ],
  [
    'a header whose name cannot be one',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { header: { "X Y": a } }\n    do: [stop]\n' },
    ['rules/a.yaml:4:28: header: is not a name that a header can have'],
  ],
  [
    'tags that are wanted and not wanted',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { tags: { all: a, none: a } }\n    do: [stop]\n' },
    ['rules/a.yaml:4:17: tags: never holds: `a` stands under all and under none'],
  ],
  [
    'a size without a unit',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    if: { attachment: { over: "10" } }\n    do: [stop]\n' },
    ['rules/a.yaml:4:31: rules[0].if.attachment.over: expected a size such as 10MB, found "10"'],
  ],
  [
    'an action with a typing mistake',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    do: [{ statuss: open }]\n' },
    ['rules/a.yaml:4:12: there is no action `statuss`, did you mean `status`?'],
  ],
  [
    'an action of no plugin',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    do: [{ case.explode: { now: true } }]\n' },
    ['rules/a.yaml:4:12: there is no action `case.explode`'],
  ],
  [
    'an action without its arguments',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    do: [status]\n' },
    ['rules/a.yaml:4:10: `status` needs its arguments: `status: ...`'],
  ],
  [
    'two actions in one item',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    do:\n      - status: open\n        tags: x\n' },
    ['rules/a.yaml:6:9: one action an item: put `tags` into an item of its own (a new line with -)'],
  ],
  [
    'an argument that does not fit',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    do: [{ status: pending }]\n' },
    ['rules/a.yaml:4:12: case.status: status: expected one of open, waiting, closed, spam, trash, found "pending"'],
  ],
  [
    'a misspelt argument',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: reply\n    do: [{ note: { txt: x } }]\n' },
    ['rules/a.yaml:4:12: note.rule: `text` is missing', 'rules/a.yaml:4:20: note.rule: txt: unknown key `txt`, did you mean `text`?'],
  ],
  [
    'a reply without words',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    do: [{ reply: { to: requester } }]\n' },
    ['rules/a.yaml:4:12: an automatic answer needs a template or a text'],
  ],
  [
    'a template that is not there',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    do: [{ reply: reciept }]\n' },
    ['rules/a.yaml:4:12: there is no template “reciept”, did you mean “receipt”?'],
  ],
  [
    'a group that is not there',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    do: [{ assign_next: teem }]\n' },
    ['rules/a.yaml:4:12: there is no group “teem”, did you mean “team”?'],
  ],
  [
    'an unknown variable in a rule',
    {
      'rules/a.yaml':
        'rules:\n  - name: one\n    on: incoming\n    do:\n      - note: |\n          Hello\n          see {{ case.nummer }}\n',
    },
    ['rules/a.yaml:6:8: there is no variable `case.nummer`, did you mean `case.number`?'],
  ],
  [
    'an unknown filter in a rule',
    { 'rules/a.yaml': 'rules:\n  - name: one\n    on: incoming\n    do: [{ note: "{{ case.subject | shout }}" }]\n' },
    ['rules/a.yaml:4:12: undefined filter: shout'],
  ],
  [
    'a tab in the indentation',
    { 'rules/a.yaml': 'rules:\n\t- name: x' },
    ['rules/a.yaml:2:1: a tab stands in the indentation; use spaces'],
  ],
  [
    'a tag of YAML',
    { 'rules/a.yaml': 'rules: !include b.yaml' },
    ['rules/a.yaml:1:8: tags (words that begin with !) are not possible; if a text is meant, put it in quotes'],
  ],
  [
    'an unknown variable in a template',
    { 'templates/x.yaml': 'subject: Hello\ntext: |\n  Dear {{ customer.nme }},\n  number {{ case.number }}' },
    ['templates/x.yaml:3:11: there is no variable `customer.nme`, did you mean `customer.name`?'],
  ],
  [
    'an unknown variable that resembles nothing',
    { 'templates/x.yaml': 'text: "{{ ticket }}"' },
    [
      'templates/x.yaml:1:11: there is no variable `ticket`; there are case, customer, message, agent, mailbox, hours, duplicate, date, time, rule, match',
    ],
  ],
  [
    'a thing with parts instead of one of them',
    { 'templates/x.yaml': 'text: "{{ customer }}"' },
    ['templates/x.yaml:1:11: `customer` is no value by itself; it has name, first_name, address'],
  ],
  [
    'a tag that is not closed',
    { 'templates/x.yaml': 'text: |\n  Hello\n  {% if hours.open %}yes' },
    ['templates/x.yaml:3:3: tag {% if hours.open %} not closed'],
  ],
  [
    'a brace that is not closed',
    { 'templates/x.yaml': 'text: "Hello {{ case.number }"' },
    ['templates/x.yaml:1:14: output "{{ case.number }" not closed'],
  ],
  [
    'a partial that is not there',
    { 'templates/x.yaml': 'text: |\n  Hello\n  {% include "sign" %}' },
    ['templates/x.yaml:2:3: there is no partial sign'],
  ],
  [
    'a partial with an unknown variable',
    { 'templates/x.yaml': 'text: "{% include \'sign\' %}"', 'templates/sign.liquid': '--\n{{ mailbox.nam }}' },
    ['templates/sign.liquid:2:4: there is no variable `mailbox.nam`, did you mean `mailbox.name`?'],
  ],
  [
    'a template without words',
    { 'templates/x.yaml': 'description: Nothing' },
    ['templates/x.yaml:1:1: the template has no text and no actions'],
  ],
  [
    'a template for no mailbox of ours',
    { 'templates/x.yaml': 'text: x\nmailboxes: { helpdesk: { text: y } }' },
    ['templates/x.yaml:2:14: there is no mailbox `helpdesk`'],
  ],
  [
    'a language that we do not speak',
    { 'templates/x.yaml': 'text: x\nlanguages: { de: { text: y } }' },
    ['templates/x.yaml:2:14: languages.de: unknown key `de`, known here: en, ru'],
  ],
  [
    'an attachment that is not there',
    { 'templates/x.yaml': 'text: x\nattachments: [logo.png]' },
    ['templates/x.yaml:2:15: there is no file logo.png'],
  ],
  [
    'an attachment outside of the folder',
    { 'templates/x.yaml': 'text: x\nattachments: [../postern.yaml]' },
    ['templates/x.yaml:2:15: the file ../postern.yaml does not lie beside the template'],
  ],
  [
    'a wrong action of a template',
    { 'templates/x.yaml': 'text: x\nactions: [{ status: pending }]' },
    ['templates/x.yaml:2:13: case.status: status: expected one of open, waiting, closed, spam, trash, found "pending"'],
  ],
]
