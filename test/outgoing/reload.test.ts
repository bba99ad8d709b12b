// A reload changes by which servers mail leaves: what has begun ends where it began, what waits goes the new way.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { smtpSink } from '../support/smtp-sink.ts'
import type { SinkOptions, SmtpSink } from '../support/smtp-sink.ts'
import { soundConfig } from '../support/sound-config.ts'

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop()
})
const sinkOf = async (options?: SinkOptions): Promise<SmtpSink> => {
  const sink = await smtpSink(options)
  open.push({ stop: () => sink.close() })
  return sink
}

const mailboxes = (copies: Readonly<Record<string, string>>): string =>
  `mailboxes:\n${Object.entries(copies)
    .map(([id, copy]) => `  ${id}: { address: ${id}@example.test${copy && `, copy: { ${copy} }`} }\n`)
    .join('')}`
const copyTo = (sink: SmtpSink, more = ''): string => `transport: smtp, host: 127.0.0.1, port: ${sink.port}, tls: "off"${more}`

async function gateway(config: string): Promise<{ readonly g: TestGateway; reload(config: string): Promise<void> }> {
  const g = await testGateway({ config, plugins: [] })
  open.push(g)
  const file = path.join(g.folder, 'postern.yaml')
  const rest = readFileSync(file, 'utf8').slice(config.length)
  return {
    g,
    async reload(next) {
      writeFileSync(file, next + rest)
      const loaded = await soundConfig(file)
      g.gateway.reload(loaded.config, loaded.plugins)
    },
  }
}
const got = (sink: SmtpSink): readonly string[] => sink.messages.flatMap((m) => m.rcpts)

test('a copy that is added, moved and taken away by a reload goes where the file says', async () => {
  const [one, two] = [await sinkOf(), await sinkOf({ protocol: 'lmtp' })]
  const { g, reload } = await gateway(mailboxes({ support: '' }))
  const bring = (to: string) => g.mail({ from: 'c@customer.test', to })
  await bring('support@example.test')
  expect([got(one), got(two)]).toEqual([[], []])

  await reload(mailboxes({ support: copyTo(one), sales: copyTo(one, ', to: real@example.test') }))
  await bring('support@example.test')
  await bring('sales@example.test')
  expect(got(one)).toEqual(['support@example.test', 'real@example.test'])

  await reload(mailboxes({ support: copyTo(two).replace('smtp', 'lmtp'), sales: copyTo(one, ', to: other@example.test') }))
  await bring('support@example.test')
  await bring('sales@example.test')
  expect([got(one).slice(2), got(two)]).toEqual([['other@example.test'], ['support@example.test']])

  await reload(mailboxes({ support: '', sales: copyTo(one) }))
  await bring('support@example.test')
  expect([got(one).length, got(two).length]).toEqual([3, 1])
})

test('what waits for the old server goes to the new one, and what has begun there is not sent twice', async () => {
  const [old, next] = [await sinkOf(), await sinkOf()]
  old.script((m) => (m.at === 'rcpt' && m.rcpt === 'refused@example.test' ? '451 4.2.0 later' : undefined))
  const { g, reload } = await gateway(mailboxes({ support: copyTo(old, ', to: refused@example.test'), sales: copyTo(old) }))
  await g.mail({ from: 'c@customer.test', to: 'support@example.test' })
  await g.mail({ from: 'c@customer.test', to: 'sales@example.test' })
  expect([got(old), old.sessions.length]).toEqual([['sales@example.test'], 2])

  await reload(mailboxes({ support: copyTo(next, ', to: refused@example.test'), sales: copyTo(old) }))
  // The one that did not change kept its connection.
  const before = old.sessions.length
  await g.mail({ from: 'c@customer.test', to: 'sales@example.test', subject: 'More' })
  expect(old.sessions.length).toBe(before)
  await g.advance('2m')
  expect([got(old), got(next)]).toEqual([['sales@example.test', 'sales@example.test'], ['refused@example.test']])
})
