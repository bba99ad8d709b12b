import { expect, test } from 'vitest'
import { defaultPlugins } from '../../core/base/config/schema.ts'
import { compareConfigs } from '../../core/base/config/compare.ts'
import { valid } from './loading.ts'

const base = `mailboxes:
  a: { address: a@example.com, assignee: anna }
agents:
  anna: { name: Anna, email: anna@example.org }
`
const changes = (more: string, from = base) => compareConfigs(valid(base), valid(from + more))

test('the same config has no changes', () => expect(changes('')).toEqual({ reloadable: [], needsRestart: [] }))

test.each([
  ['log: { level: debug }', ['log.level']],
  ['locale: ru', ['locale', 'mailboxes.a', 'agents.anna']],
  ['groups: { g: { members: [anna] } }', ['groups.g']],
  ['budget: { total: [1/h] }', ['budget.total']],
  ['retention: { raw: 30d }', ['retention.raw']],
  [`plugins: ${JSON.stringify(defaultPlugins.map((name) => (name === 'notify' ? { notify: { quote: 9 } } : name)))}`, ['plugins.notify']],
])('%s can be taken over at once', (yaml, reloadable) => expect(changes(yaml)).toEqual({ reloadable, needsRestart: [] }))

test('a mailbox that has come, changed or gone can be taken over at once', () => {
  expect(changes('', base.replace('a:', 'b:').replace('a@', 'b@'))).toEqual({
    reloadable: ['mailboxes.a', 'mailboxes.b'],
    needsRestart: [],
  })
  expect(changes('', base.replace('assignee: anna', 'notify: [anna]'))).toEqual({ reloadable: ['mailboxes.a'], needsRestart: [] })
})

test.each([
  ['name: other', ['name']],
  ['data: elsewhere', ['data', 'database.path', 'outgoing.transport']],
  ['listeners: []', ['listeners']],
  ['http: { port: 1 }', ['http.port']],
  ['database: { postgres: "postgres://h/p" }', ['database.kind', 'database.path', 'database.url', 'database.pool']],
  ['outgoing: { give_up: 1d }', ['outgoing.give_up']],
  ['limits: { recipients: 5 }', ['limits.recipients']],
  ['intake: { workers: 1 }', ['intake.workers']],
  ['plugins: [threading, desk, notify]', ['plugins']],
])('%s needs a restart', (yaml, needsRestart) => expect(changes(yaml)).toEqual({ reloadable: [], needsRestart }))
