// One order, one answer: every action with the same arguments, ordered by command, API, rule and CLI, is done or refused alike.
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { loadChecked } from '../../core/app/check-plugins.ts'
import { runAction } from '../../core/cli/act.ts'
import { PosternError } from '../../core/base/errors.ts'
import { client, tokenFor } from '../api/client.ts'
import { answerAs } from '../agent-reply/desk.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { listening, sessionOf } from '../support/session.ts'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'

vi.setConfig({ testTimeout: 600_000 })

const orders: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { status: 'done' },
  { assignee: 'ghost' },
  { assignee: 'gone' },
  { assignee: 'far' },
  { group: 'teem' },
  { add: ['sales@example.test'] },
  { add: ['not-an-address'] },
  { set: ['carl@localhost'] },
  { subject: ' ' },
  { text: ' ' },
  { text: 'Hello', to: ['shop@example.test'] },
  { text: 'Hello', mentions: [{ kind: 'agent', id: 'ghost' }] },
  { in: 'someday' },
  { in: '3 days', at: 'tomorrow 9:00' },
  { text: 'Hello', in: '-3 days' },
  { in: '2 days', note: '@ghost should call' },
  { name: 'ghost' },
  { template: 'ghost' },
  { to: ['не адрес'] },
  { into: '#99999' },
  { into: 'the other one' },
  { other: '#99999' },
  { address: 'sales@example.test' },
  { for: 'someday' },
  { mailbox: 'nowhere' },
]

const config = `
http: { host: 127.0.0.1, port: 0, rate: 100000/10s }
agents:
  anna: { name: Anna Smith, email: anna@agents.test, locale: en }
  boris: { name: Борис Иванов, email: boris@agents.test, locale: en }
  gone: { name: Gone Long, email: gone@agents.test, active: false }
  far: { name: Far Away, email: far@agents.test }
groups:
  team: { name: Support team, members: [boris], mailboxes: [support] }
  others: { name: Others, members: [far], mailboxes: [sales] }
mailboxes:
  support: { address: support@example.test, name: Example Support, notify: [anna] }
  sales: { address: sales@example.test, aliases: [shop@example.test], name: Example Sales, notify: [boris] }
`
// Without senders: who is blocked by one of the ways is not heard by the next; put-right.test.ts asks them one by one.
const shipped = ['desk', 'threading', 'bounces', 'recipients', 'scheduler', 'links', 'webhooks', 'forwards', 'merging', 'notify']

/** What came of an order: '' where it was done, else the words of the refusal, as short as a transcript tells them. */
const words = (text: string): string => {
  const flat = text
    .replace(/#\d+/g, '#n')
    .replace(/\d+ \w+ \d{4} at [\d:]+ \w+/g, 'a time')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id')
    .replace(/\s+/g, ' ')
    .trim()
  return flat.length <= 100 ? flat : flat.slice(0, 100)
}

const commandOf = (action: number, args: number): string =>
  `try${String.fromCharCode(97 + (action % 26), 97 + Math.floor(action / 26))}${args}`

async function newCase(g: TestGateway, subject: string): Promise<string> {
  await g.mail({
    from: 'Carl Customer <carl@customer.test>',
    to: 'support@example.test',
    subject,
    text: 'Please help',
    messageId: `<${subject.replace(/\W/g, '-')}@customer.test>`,
  })
  const [last] = await g.transact((tx) => tx.db.selectFrom('cases').select('number').orderBy('number', 'desc').limit(1).execute())
  return `#${last?.number ?? 0}`
}

type Outcomes = readonly string[]

async function byApi(g: TestGateway, token: string, name: string, free: boolean): Promise<Outcomes> {
  const ref = await newCase(g, `${name} by api`)
  const call = client(g, token)
  const out: string[] = []
  for (const body of orders) {
    const url = free ? `/v1/actions/${name}` : `/v1/cases/${ref.slice(1)}/actions/${name}`
    const answer = await call('POST', url, { body, as: 'anna' })
    out.push(answer.status < 300 ? '' : words((answer.body as { readonly detail: string }).detail))
  }
  return out
}

async function byCli(g: TestGateway, name: string, free: boolean): Promise<Outcomes> {
  const ref = await newCase(g, `${name} by cli`)
  const out: string[] = []
  for (const args of orders) {
    try {
      await runAction(sessionOf(g, listening().terminal), name, { ...(!free && { case: ref }), args: JSON.stringify(args), as: 'anna' })
      out.push('')
    } catch (error) {
      if (!(error instanceof PosternError)) throw error
      out.push(words(error.detail))
    }
  }
  return out
}

async function byCommand(g: TestGateway, name: string, index: number): Promise<Outcomes> {
  await newCase(g, `${name} by command`)
  await answerAs(g, 'anna', orders.map((_, i) => `@${commandOf(index, i)}`).join('\n'))
  const told = (await g.sentTo('anna@agents.test')).map((m) => m.mail.text ?? '').join('\n')
  return orders.map((_, i) => {
    const line = new RegExp(`^([✓✗]) @${commandOf(index, i)}(?: – (.*))?$`, 'm').exec(told)
    return line ? words(line[2] ?? '') : 'nothing was told'
  })
}

/** What `postern check` says of rules that order all this; of more than a hundred mistakes it tells a hundred, so they are asked about in parts. */
async function byCheck(name: string): Promise<Outcomes> {
  const out: string[] = []
  for (let from = 0; from < orders.length; from += checkedAtOnce) out.push(...(await checkPart(name, from)))
  return out
}

const checkedAtOnce = 15

async function checkPart(name: string, from: number): Promise<Outcomes> {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-one-answer-'))
  try {
    mkdirSync(path.join(folder, 'rules'))
    writeFileSync(
      path.join(folder, 'rules', 'a.yaml'),
      rulesOf([name], (_name, i) => i >= from && i < from + checkedAtOnce),
    )
    writeFileSync(path.join(folder, 'postern.yaml'), `${config}\nplugins: ${JSON.stringify([...shipped, 'agent-reply', 'rules'])}\n`)
    const loaded = await loadChecked(path.join(folder, 'postern.yaml'))
    const problems = loaded.ok ? [] : loaded.problems
    // The first item stands in the sixth line.
    const of = (i: number): readonly string[] => problems.filter((p) => p.line === 6 + i).map((p) => p.message)
    return orders.slice(from, from + checkedAtOnce).map((_, i) => words([...new Set(of(i))].join('; ')))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** One rule for each action, which fires for a case with its name in the subject. */
function rulesOf(names: readonly string[], admitted: (name: string, args: number) => boolean): string {
  const rules = names.flatMap((name) => {
    const items = orders.flatMap((args, i) => (admitted(name, i) ? [`      - ${name}: ${JSON.stringify(args)}`] : []))
    return items.length === 0
      ? []
      : [`  - name: ${name}`, '    on: incoming', `    if: { subject: { is: "${name} by rule" } }`, '    do:', ...items]
  })
  return ['rules:', ...rules].join('\n')
}

/** What a rule tells of the orders that were admitted, beside what was refused where it was written. */
async function byRule(g: TestGateway, name: string, checked: Outcomes): Promise<Outcomes> {
  await newCase(g, `${name} by rule`)
  const fired = await g.transact((tx) => tx.db.selectFrom('events').select('data').where('type', '=', 'rule.fired').execute())
  const mine = fired
    .map((e) => JSON.parse(e.data) as { readonly rule: string; readonly did: readonly string[] })
    .find((d) => d.rule === name)
  const did = [...(mine?.did ?? [])]
  return checked.map((text) => text || words(/ refused: (.*)$/s.exec(did.shift() ?? ' refused: the rule did not fire')?.[1] ?? ''))
}

test('every action answers the same arguments alike, by command, API, rule and CLI', async () => {
  const g0 = await testGateway({ config, plugins: [...shipped, 'agent-reply', 'rules'] })
  const actions = [...g0.gateway.engine.registry.actions.values()].map((a) => ({ name: a.name, free: a.on === 'none' }))
  await g0.stop()
  const names = actions.map((a) => a.name)
  const commands = Object.fromEntries(actions.flatMap((a, n) => orders.map((args, i) => [commandOf(n, i), { action: a.name, args }])))
  const languages = [{ locale: 'en', names: Object.fromEntries(Object.keys(commands).map((id) => [id, [id]])) }]
  const checked = new Map<string, Outcomes>()
  for (const name of names) checked.set(name, await byCheck(name))
  const files = { 'rules/a.yaml': rulesOf(names, (name, i) => checked.get(name)?.[i] === '') }
  const g = await testGateway({
    files,
    config,
    plugins: [...shipped, { 'agent-reply': { commands, languages, transcript: 'always' } }, 'rules'],
  })
  try {
    for (const [n, { name, free }] of actions.entries()) {
      // A token may make 1000 calls in 10 s.
      const api = await byApi(g, await tokenFor(g), name, free)
      const told = (outcomes: Outcomes): readonly string[] => outcomes.map((text, i) => `${name} ${JSON.stringify(orders[i])}: ${text}`)
      expect(told(await byCli(g, name, free)), 'by CLI as by API').toEqual(told(api))
      expect(told(await byCommand(g, name, n)), 'by command as by API').toEqual(told(api))
      expect(told(await byRule(g, name, checked.get(name) ?? [])), 'by rule as by API').toEqual(told(api))
    }
    // None of the ways lets all of them through.
    const assigned = await byCli(g, 'case.assign', false)
    expect(assigned.slice(2, 6)).toEqual([
      'there is no agent “ghost”',
      '“Gone Long” does not work here any more',
      'Far Away may not act in this mailbox',
      'there is no group “teem”, did you mean “team”?',
    ])
  } finally {
    await g.stop()
  }
})
