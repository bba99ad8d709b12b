// The transports that a configuration names.
import { expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { checkConfig, parseConfig } from '../../core/base/config/load.ts'
import type { Config } from '../../core/base/config/types.ts'
import { nextHopFrom, transportsFrom } from '../../core/edge/outgoing/from-config.ts'

function configOf(yaml: string): Config {
  const parsed = parseConfig(`plugins: []\n${yaml}`, '/tmp/postern.yaml', { env: {} })
  const checked = parsed.ok ? checkConfig(parsed.doc, new Map()) : parsed
  if (!checked.ok) throw new Error(checked.problems.map((p) => p.message).join('; '))
  return checked.config
}

test('without a word about it, mail goes into a directory, where sending twice leaves one copy', () => {
  const transports = transportsFrom(new TestClock(), configOf(''))
  expect([...transports.keys()]).toEqual(['default'])
  expect(transports.get('default')?.transport.idempotent).toBe(true)
})

test('a smarthost and the copies of mailboxes each get a transport of their own', () => {
  const config = configOf(`
outgoing: { transport: smtp, host: mx.test, connections: 3 }
mailboxes:
  support: { address: support@us.test, copy: { transport: lmtp, path: /run/lmtp, connections: 7 } }
  sales: { address: sales@us.test }
`)
  const transports = transportsFrom(new TestClock(), config)
  expect([...transports].map(([name, t]) => [name, t.concurrency, t.transport.idempotent])).toEqual([
    ['default', 3, false],
    ['copy:support', 7, false],
  ])
})

test('the certificate is looked at exactly where encryption is demanded', () => {
  const hop = (tls: string) => {
    const { outgoing } = configOf(
      `outgoing: { transport: smtp, host: mx.test, port: 2525, tls: ${tls}, reply_timeout: 1m, connect_timeout: 5s }`,
    )
    if (outgoing.transport.transport === 'directory') throw new Error('not a server')
    return nextHopFrom('us.test', outgoing.transport)
  }
  expect(['off', 'opportunistic', 'required', 'implicit'].map((tls) => hop(tls).verify)).toEqual([false, false, true, true])
  expect(hop('required')).toMatchObject({
    protocol: 'smtp',
    at: { host: 'mx.test', port: 2525 },
    localName: 'us.test',
    timeouts: { connect: 5000, command: 60_000, dot: 300_000 },
  })
})
