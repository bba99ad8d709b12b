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
  'merging',
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

/** What is prepared or looked up once for each agent is so after two mails. */
async function warmed(): Promise<TestGateway> {
  g = await testGateway({ plugins })
  for (const subject of ['The first', 'The second']) await g.mail({ ...mail, subject })
  return g
}

test('a mail that makes a case and tells two agents', async () => {
  const gateway = await warmed()
  const statements = await statementsOf(() => gateway.mail(mail))
  expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(25)
  // The numbers of the case and of the events.
  expect(repeated(statements)).toEqual([expect.stringContaining('2 times insert into "counters"')])
})

test("a customer's answer into a case", async () => {
  const gateway = await warmed()
  await gateway.act('reply.send', '#1', { text: 'Turn it off and on.' })
  const [answer] = await gateway.sentTo('carl@customer.test')
  const statements = await statementsOf(() => gateway.mail({ ...mail, subject: 'Re: Help', inReplyTo: answer?.mail.messageId ?? '' }))
  expect(await gateway.gateway.database.read.selectFrom('cases').select('number').execute()).toHaveLength(2)
  expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(25)
  expect(repeated(statements)).toEqual([])
})

test("an agent's answer to his notification", async () => {
  const gateway = await warmed()
  const [notification] = await gateway.sentTo('anna@agents.test')
  const statements = await statementsOf(() =>
    gateway.mail({
      from: 'anna@agents.test',
      to: notification?.mail.replyTo?.value[0]?.address ?? '',
      subject: `Re: ${notification?.mail.subject ?? ''}`,
      text: 'Turn it off and on.',
      inReplyTo: notification?.mail.messageId ?? '',
    }),
  )
  expect(await gateway.sentTo('carl@customer.test')).toHaveLength(1)
  expect(statements.length, statements.join('\n')).toBeLessThanOrEqual(36)
})
