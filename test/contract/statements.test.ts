// How often the database is asked on a mail's way, from the claim to the commit, with every plugin that asks at each mail.
import { StatementSync } from 'node:sqlite'
import { afterEach, expect, test } from 'vitest'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'

const plugins = [
  'desk',
  'forwards',
  'threading',
  'bounces',
  'agent-reply',
  'recipients',
  'rules',
  'scheduler',
  'links',
  'webhooks',
  'notify',
]
const mail = { from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'It is broken.' }

let g: TestGateway | undefined
const undo: (() => void)[] = []
afterEach(async () => {
  for (const step of undo.splice(0)) step()
  await g?.stop()
})

function listen(method: 'run' | 'all', seen: string[]): void {
  const before: unknown = Reflect.get(StatementSync.prototype, method)
  const replace = (value: unknown) => Object.defineProperty(StatementSync.prototype, method, { configurable: true, writable: true, value })
  undo.push(() => replace(before))
  replace(function (this: StatementSync, ...values: unknown[]): unknown {
    seen.push(this.sourceSQL)
    return typeof before === 'function' ? Reflect.apply(before, this, values) : undefined
  })
}

/** Statements of the first transaction that `work` leads to, with its claim and its commit. */
async function statementsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const seen: string[] = []
  listen('run', seen)
  listen('all', seen)
  await work()
  for (const step of undo.splice(0)) step()
  const begin = seen.indexOf('begin immediate')
  const claim = seen.findLastIndex((text, i) => i < begin && text.startsWith('update "jobs"'))
  return seen.slice(claim, seen.indexOf('commit', begin) + 1)
}

/** A row is asked for once and written once: each kind of statement with how often it came, the worst first. */
function repeated(statements: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const text of statements) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts].filter(([, n]) => n > 1).map(([text, n]) => `${n} times ${text.slice(0, 100)}`)
}

test('a mail that makes a case and tells two agents', async () => {
  g = await testGateway({ plugins })
  await g.mail({ ...mail, subject: 'What is prepared once is prepared' })
  const statements = await statementsOf(() => g?.mail(mail) ?? Promise.resolve())
  expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(30)
  // What is counted of each agent (two statements), and the numbers of the case and of the events.
  expect(repeated(statements)).toHaveLength(3)
})

test("a customer's answer into a case", async () => {
  g = await testGateway({ plugins })
  await g.mail(mail)
  await g.act('reply.send', '#1', { text: 'Turn it off and on.' })
  const [answer] = await g.sentTo('carl@customer.test')
  const statements = await statementsOf(
    () => g?.mail({ ...mail, subject: 'Re: Help', inReplyTo: answer?.mail.messageId ?? '' }) ?? Promise.resolve(),
  )
  expect(await g.gateway.database.read.selectFrom('cases').select('number').execute()).toHaveLength(1)
  expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(40)
})
