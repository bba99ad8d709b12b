// Rules and templates as an admin meets them: a daemon that reloads, and the commands beside it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { basicConfig, installation, runCli } from '../support/cli.ts'
import type { Daemon, Installation } from '../support/cli.ts'
import { send } from '../support/send.ts'

// Each step starts a process: seconds where the machine has other work.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const config = `${basicConfig.replace('[desk, threading, notify]', '[desk, threading, rules]')}outgoing: { transport: directory, path: out }\n`
const rules = `
rules:
  - { name: refunds, on: incoming, if: { body: refund }, do: [{ tags: refund }] }
  - { name: orders, on: incoming, if: { subject: order }, do: [{ tags: order }] }
`
const template = `
description: What an agent says first
subject: About {{ case.subject }}
text: |
  Hello {{ customer.first_name | default: "there" }}, this is {{ agent.name | default: "the team" }} about number {{ case.number }}.
languages:
  ru: { subject: О деле, text: "Здравствуйте! Обращение {{ case.number }}." }
attachments: [terms.txt]
`

let here: Installation
let daemon: Daemon
const write = (name: string, text: string): void => {
  mkdirSync(path.dirname(path.join(here.folder, name)), { recursive: true })
  writeFileSync(path.join(here.folder, name), text)
}

/** Takes a mail in; the tags that its case got. */
async function tagsOf(mail: { readonly subject: string; readonly text: string }): Promise<readonly string[]> {
  const from = daemon.lines.length
  expect(await send(daemon.ports[0] ?? 0, { to: 'support@example.test', from: 'Carl Customer <carl@customer.test>', ...mail })).toMatch(
    /^250/,
  )
  await daemon.heard('mail taken in', from)
  const db = new DatabaseSync(path.join(here.folder, 'data', 'postern.db'), { readOnly: true })
  try {
    return db
      .prepare('select tag from case_tags where case_id = (select id from cases order by number desc limit 1) order by tag')
      .all()
      .map((row) => String(row.tag))
  } finally {
    db.close()
  }
}

/** The line that a reload leaves. */
async function reloaded(message: string): Promise<Readonly<Record<string, unknown>>> {
  const from = daemon.lines.length
  daemon.process.kill('SIGHUP')
  return daemon.heard(message, from)
}

beforeAll(async () => {
  here = installation(config)
  write('rules/a.yaml', rules)
  write('templates/first.yaml', template)
  write('templates/terms.txt', 'Terms')
  daemon = await here.start()
})
afterAll(() => here.remove())

test('a wrong rule file keeps the rules that are in force, and is told with its place', async () => {
  expect(await tagsOf({ subject: 'Money', text: 'I want a refund' })).toEqual(['refund'])
  write('rules/a.yaml', rules.replace('{ tags: order }', '{ tag_s: order }').replace('refund }]', 'money }]'))
  const refused = await reloaded('the changed configuration is wrong and not taken over; the old one stays in force')
  expect(refused.problems).toEqual([expect.stringMatching(/rules\/a\.yaml:4:\d+: there is no action `tag_s`, did you mean `tags`\?$/)])
  expect(await tagsOf({ subject: 'Money again', text: 'I want a refund' })).toEqual(['refund'])

  write('rules/a.yaml', rules)
  write('templates/first.yaml', template.replace('case.number', 'case.numer'))
  const broken = await reloaded('the changed configuration is wrong and not taken over; the old one stays in force')
  expect(broken.problems).toEqual([
    expect.stringMatching(/templates\/first\.yaml:5:\d+: there is no variable `case\.numer`, did you mean `case\.number`\?$/),
  ])
})

test('right rule files are taken over without a restart, and the log names what was added, removed and changed', async () => {
  write('rules/a.yaml', rules.replace('tags: refund', 'tags: money').replace('name: orders', 'name: parcels'))
  write('templates/first.yaml', template)
  write('templates/second.yaml', 'text: Good-bye')
  const from = daemon.lines.length
  await reloaded('the changed configuration is in force')
  expect(await daemon.heard('rules or templates changed', from)).toMatchObject({
    rules: { added: ['parcels'], removed: ['orders'], changed: ['refunds'] },
    templates: { added: ['second'], removed: [], changed: [] },
  })
  expect(await tagsOf({ subject: 'Order 7 again', text: 'I want a refund' })).toEqual(['money', 'order'])
})

test('template render shows subject, files and words as they would read in a case, by language and agent', async () => {
  const { code, out } = await here.run('template', 'render', 'first', '--case', '#1', '--agent', 'anna')
  expect([code, out]).toEqual([0, 'Subject: About Money\nAttachment: terms.txt\n\nHello Carl, this is Anna Smith about number 1.\n\n'])
  expect((await here.run('template', 'render', 'first', '--case', '#1', '--locale', 'ru', '--json')).json()).toEqual({
    subject: 'О деле',
    text: 'Здравствуйте! Обращение 1.',
    html: null,
    attachments: ['terms.txt'],
  })
  const nowhere = await here.run('template', 'render', 'first', '--case', '#99')
  expect([nowhere.code, nowhere.out]).toEqual([1, 'there is no case #99; name one with --case\n'])
})

test('replay --since 7d --config NEW decides anew on what was taken in, shows the difference and writes nothing', async () => {
  write('new/rules/a.yaml', rules.replace('{ body: refund }', '{ body: refund, subject: again }'))
  write('new/postern.yaml', config)
  const { code, out, err } = await runCli(['--config', here.config, 'replay', '--since', '7d', '--config', 'new/postern.yaml'], here.folder)
  expect(err).toBe('')
  const lines = out.trimEnd().split('\n')
  expect(lines.at(-1)).toBe('3 mails, 2 would be treated differently; nothing was written')
  expect(lines.filter((line) => line.startsWith('  '))).toEqual([
    '  - case.tags_changed {"added":["refund"],"removed":[]}',
    '  - rule.fired {"rule":"refunds","on":"case.created","did":["case.tags"]}',
    '  - case.tags_changed {"added":["money"],"removed":[]}',
    '  - rule.fired {"rule":"parcels","on":"case.created","did":["case.tags"]}',
    '  + case.tags_changed {"added":["refund"],"removed":[]}',
    '  + rule.fired {"rule":"orders","on":"case.created","did":["case.tags"]}',
  ])
  expect(code).toBe(1)
})

test('explain tells of a file which rules fire, and each condition with its value', async () => {
  write(
    'a.eml',
    'From: Carl <carl@customer.test>\nTo: support@example.test\nSubject: Money\nMessage-ID: <x@customer.test>\n\nI want a refund\n',
  )
  write('rules/a.yaml', rules)
  const { code, out } = await here.run('explain', 'a.eml')
  expect(code).toBe(0)
  expect(out).toMatch(
    /^rule refunds: fired {3}on case\.created {3}\[rules\/a\.yaml:3:\d+\]\n {4}yes {2}body: "refund" {3}is "I want a refund"\n {4}-> {3}case\.tags {3}given \{"add":\[.*\]\}$/m,
  )
  expect(out).toMatch(/^rule orders: did not fire .*\n {4}no {3}subject: "order" {3}is "Money"$/m)
  expect(out.trimEnd().split('\n').slice(-2)).toEqual(['Nothing would be sent.', 'Nothing was written.'])
})

test('test --junit writes suites, failures and files that cannot be run in the form that CI systems read', async () => {
  write('rules/a.yaml', rules)
  write(
    'good.test.yaml',
    'config: ./postern.yaml\ntests:\n  - name: refunds & "orders"\n    steps:\n      - mail: { to: support, text: A refund }\n        expect: { case: { tags: refund }, fired: refunds }\n  - name: a wrong hope\n    steps:\n      - mail: { to: support, text: Hello }\n        expect: { case: { tags: <refund> } }\n',
  )
  write('bad.test.yaml', 'config: ./postern.yaml\ntests: []\n')
  const { code, out } = await runCli(['test', 'good.test.yaml', 'bad.test.yaml', '--junit', 'results.xml'], here.folder)
  expect(code).toBe(78)
  expect(out).toMatch(
    /^FAILED {2}good\.test\.yaml {2}\(2 tests\)\n {2}a wrong hope\n {4}good\.test\.yaml:9:9: case #1, tags: expected \[<refund>\], is \[\]\n1 of 2 tests hold, /,
  )
  const failure = 'good.test.yaml:9:9: case #1, tags: expected [&#60;refund&#62;], is []'
  expect(readFileSync(path.join(here.folder, 'results.xml'), 'utf8').replace(/time="[\d.]+"/g, 'time="0"'))
    .toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="good.test.yaml" tests="2" failures="1" errors="0">
    <testcase classname="good.test.yaml" name="refunds &#38; &#34;orders&#34;" time="0"/>
    <testcase classname="good.test.yaml" name="a wrong hope" time="0"><failure message="${failure}">${failure}</failure></testcase>
  </testsuite>
  <testsuite name="bad.test.yaml" tests="1" failures="0" errors="1">
    <testcase classname="bad.test.yaml" name="the file can be run"><error message="bad.test.yaml:2:8: tests: needs at least 1 item"/></testcase>
  </testsuite>
</testsuites>
`)
})
