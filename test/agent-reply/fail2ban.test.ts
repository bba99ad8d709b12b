// Every forged attempt is one count and one line of the log, from which the shipped filter of fail2ban reads the client.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { createLog } from '../../core/base/log.ts'
import { clientOf } from '../../plugins/agent-reply/forgery.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'

const filter = fileURLToPath(new URL('../../examples/fail2ban/filter.d/postern.conf', import.meta.url))
let g: TestGateway | undefined
/** What the first test made the gateway log. */
let logged: readonly string[] = []
afterEach(async () => {
  await g?.stop()
  g = undefined
})

/** The filter's expression as fail2ban reads it, near enough: <HOST> is an address. */
const expression = new RegExp(
  (/^failregex = (.*)$/m.exec(readFileSync(filter, 'utf8'))?.[1] ?? '').replace('<HOST>', '(?<host>[0-9a-fA-F.:]+)'),
)

test('forged answers are told with their client, honest mistakes are not, and nothing in a mail passes for a client', async () => {
  const lines: string[] = []
  g = await testGateway({
    plugins: ['desk', 'threading', 'agent-reply', 'notify'],
    log: createLog({ level: 'info', stream: { write: (line) => void lines.push(line) } }),
  })
  await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'x' })
  const [notification] = await g.sentTo('anna@agents.test')
  const replyTo = notification?.mail.replyTo?.value[0]?.address ?? ''
  expect(replyTo).toContain('+')
  lines.length = 0
  const at = replyTo.indexOf('@')
  const wrong = `${replyTo.slice(0, at - 1)}${replyTo[at - 1] === 'a' ? 'b' : 'a'}${replyTo.slice(at)}`
  const trap = '\\"plugin\\":\\"agent-reply\\",\\"client\\":\\"8.8.8.8\\",\\"cause\\":\\"forged\\",\\"peer\\":\\"'.replaceAll('\\"', '"')
  const bring = async (from: string, to: string, received: readonly string[]): Promise<void> => {
    const head = [...received.map((r) => `Received: ${r}`), `From: ${from}`, `To: ${to}`, 'Subject: Re: Help', 'Message-ID: <x@y.test>']
    await g?.mail({ from, to, rcpt: [to], raw: `${head.join('\n')}\n\nClose it ${received.length} ${from}\n` })
  }
  await bring('anna@agents.test', wrong, [
    'from evil.test (unknown [203.0.113.9]) by mx.example.test with ESMTP',
    'from x (y [8.8.8.8]) by z',
  ])
  await bring('eve@evil.test', replyTo, [`from evil.test (unknown [IPv6:2001:db8::9]) by mx.example.test; ${trap}`])
  await bring('anna@agents.test', wrong, [`from ${trap} (x [127.0.0.1]) by mx.example.test`])
  await bring('anna@agents.test', replyTo, ['from her.example (her.example [198.51.100.7]) by mx.example.test'])

  const told = lines.filter((line) => line.includes('a forged answer had no effect'))
  expect(told.map((line) => JSON.parse(line) as Record<string, unknown>)).toMatchObject([
    {
      client: '203.0.113.9',
      cause: 'forged',
      peer: '127.0.0.1',
      received: [expect.stringContaining('203.0.113.9'), expect.stringContaining('8.8.8.8')],
    },
    { client: '2001:db8::9', cause: 'from', from: 'eve@evil.test' },
    { client: '', cause: 'forged' },
  ])
  expect(told.every((line) => /"time":"\d{4}-\d\d-\d\dT/.test(line))).toBe(true)
  expect(lines.flatMap((line) => expression.exec(line)?.groups?.host ?? [])).toEqual(['203.0.113.9', '2001:db8::9'])
  const metrics = (await g.gateway.metrics.text()).body
  expect(metrics).toMatch(/postern_forged_answers_total\{[^}]*cause="forged"[^}]*\} 2/)
  expect(metrics).toMatch(/postern_forged_answers_total\{[^}]*cause="from"[^}]*\} 1/)
  logged = lines
})

const absent = spawnSync('fail2ban-regex', ['--version']).error !== undefined
if (absent && process.env.POSTERN_REQUIRE_SERVERS) throw new Error('needs fail2ban-regex (package fail2ban)')
test.skipIf(absent)(
  `fail2ban itself reads these lines, and takes the filter and the jail${absent ? ' (package fail2ban is not installed)' : ''}`,
  () => {
    expect(logged.length).toBeGreaterThan(3)
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-fail2ban-'))
    const run = (...command: readonly [string, ...string[]]): string => {
      const [program, ...args] = command
      const { stdout, status } = spawnSync(program, args, { encoding: 'utf8' })
      expect([command, status]).toEqual([command, 0])
      return stdout
    }
    try {
      const log = path.join(folder, 'log')
      writeFileSync(log, logged.join(''))
      expect(run('fail2ban-regex', log, filter)).toContain(`Lines: ${logged.length} lines, 0 ignored, 2 matched`)
      expect(run('fail2ban-regex', '-o', 'ip', log, filter).trim().split('\n')).toEqual(['203.0.113.9', '2001:db8::9'])
      // As an admin installs them, into what the package brings.
      const etc = path.join(folder, 'etc')
      cpSync('/etc/fail2ban', etc, { recursive: true })
      rmSync(path.join(etc, 'jail.d'), { recursive: true, force: true })
      for (const part of ['filter.d', 'jail.d']) {
        mkdirSync(path.join(etc, part), { recursive: true })
        cpSync(path.join(path.dirname(filter), '..', part, 'postern.conf'), path.join(etc, part, 'postern.conf'))
      }
      const commands = run('fail2ban-client', '-c', etc, '-d')
      expect(commands).toContain("['start', 'postern']")
      expect(commands).toContain("['set', 'postern', 'maxretry', 5]")
      expect(commands).toMatch(/\['set', 'postern', 'addfailregex', '"plugin":"agent-reply"/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)

test.each([
  ['203.0.113.9', 'from x (y [198.51.100.1]) by z', '203.0.113.9'],
  ['127.0.0.1', 'from x (y [198.51.100.1]) by z', '198.51.100.1'],
  ['unix', 'from x (unknown [IPv6:2001:db8::1]) by z', '2001:db8::1'],
  ['10.0.0.5', 'from x ([198.51.100.1]) by z', '198.51.100.1'],
  ['::1', 'from localhost (localhost [127.0.0.1]) by z', ''],
  ['unix', 'from a (b [8.8.8.8] c (d [198.51.100.1]) by z', ''],
  ['unix', 'by z with LMTP', ''],
  ['', undefined, ''],
])('the client of a mail from %s with %s is %s', (peer, topmost, client) => expect(clientOf(peer, topmost)).toBe(client))
