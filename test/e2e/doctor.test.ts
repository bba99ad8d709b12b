import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '../crash/daemon.ts'
import { installation } from '../support/cli.ts'
import type { CliResult, Daemon, Installation } from '../support/cli.ts'
import { smtpSink } from '../support/smtp-sink.ts'
import type { SmtpSink } from '../support/smtp-sink.ts'
import { missingServers, startPostfix } from './servers.ts'
import type { Postfix } from './servers.ts'

const why = missingServers()

interface Finding {
  readonly level: string
  readonly topic: string
  readonly message: string
  readonly remedy?: string
}

describe.skipIf(why !== null)('beside a real Postfix', () => {
  let here: Installation
  let front: Postfix
  let outside: SmtpSink
  let daemon: Daemon
  let config: string
  let gatewayPort: number
  let smtpPort: number

  beforeAll(async () => {
    ;[smtpPort = 0, gatewayPort = 0] = await freePorts(2)
    outside = await smtpSink()
    config = `name: doctored
hostname: gw.example.test
data: ./data
listeners: [{ protocol: lmtp, host: 127.0.0.1, port: ${gatewayPort} }]
http: { host: 127.0.0.1, port: 0, public_url: "https://desk.example.test" }
limits: { free_space: 50MB }
outgoing: { transport: smtp, host: 127.0.0.1, port: ${smtpPort}, tls: "off" }
mailboxes:
  support: { address: support@example.test, aliases: [help@example.test], notify: [anna] }
agents:
  anna: { name: Anna Smith, email: anna@agents.test }
plugins: [desk, threading, links, notify]
`
    here = installation(config)
    front = await startPostfix({
      ...{ smtpPort, outsidePort: outside.port, nexthop: `inet:127.0.0.1:${gatewayPort}` },
      // What the command prints for this Postfix is typed instead of the steps of the README.
      join: async (etc) => (await here.run('postfix', '--postfix-config', etc)).out,
    })
    daemon = await here.start()
  }, 120_000)
  afterAll(async () => {
    await here.remove()
    front.stop()
    await outside.close()
  })

  const doctor = (...args: readonly string[]): Promise<CliResult> => here.run('doctor', '--postfix-config', front.etc, '--json', ...args)
  const findings = (result: CliResult): readonly Finding[] => (result.json() as { findings: readonly Finding[] }).findings
  /** Whoever runs the tests is root, as these need to be, and reads the clock that there is. */
  const wrong = (result: CliResult): readonly string[] =>
    findings(result)
      .filter((f) => f.level !== 'ok' && f.topic !== 'process' && f.topic !== 'clock')
      .map((f) => `${f.level} ${f.topic}: ${f.message}`)

  test('the commands that it is shown are all that a stock Postfix needs, and keep what the admin had', async () => {
    const result = await doctor()
    expect(wrong(result)).toEqual([])
    expect(findings(result).filter((f) => f.topic === 'listener' || f.topic === 'smarthost')).toMatchObject([
      { level: 'ok', message: expect.stringContaining('takes mail for support@example.test, help@example.test') as string },
      { level: 'ok', message: expect.stringContaining('from support@example.test to anna@agents.test') as string },
    ])
    expect(readFileSync(path.join(front.etc, 'main.cf'), 'utf8')).toMatch(
      /^transport_maps = texthash:\S+\/postern, texthash:\S+\/transport$/m,
    )
    expect((await here.run('postfix', '--postfix-config', front.etc)).out).toMatch(/^# Nothing to do/)
    expect(outside.messages).toEqual([])
  }, 60_000)

  /** One mistake at a time, by commands (a `reload` where smtpd has to hear of it), and what doctor has to say. */
  const mistakes: readonly (readonly [name: string, plant: readonly string[], told: readonly RegExp[]])[] = [
    [
      'addresses that no table of recipients knows',
      ['postconf -e "local_recipient_maps = proxy:unix:passwd.byname"', 'postfix reload'],
      [
        /^error postfix: Postfix refuses RCPT TO:<support@example\.test>: 550 5\.1\.1 .*User unknown in local recipient table/,
        /support\+doctor@/,
        /help@/,
        /help\+doctor@/,
      ],
    ],
    [
      'transport_maps without ours',
      ['postconf -e "transport_maps = texthash:$MAIL_CONFIG/transport"'],
      [/^error postfix: Postfix takes support@example\.test by local:mx\.example\.test, not to Postern/, /help@/],
    ],
    [
      'a domain that is not its own',
      ['postconf -e "mydestination = localhost"'],
      [/^error postfix: Postfix is not responsible for example\.test: .*Relay access denied/, /help@/],
    ],
    [
      'a virtual alias that leads elsewhere',
      [
        'printf "support@example.test root@example.test\\n" > $MAIL_CONFIG/virtual',
        'postconf -e "virtual_alias_maps = texthash:$MAIL_CONFIG/virtual"',
      ],
      [/^error postfix: Postfix turns support@example\.test into root@example\.test/],
    ],
    [
      'a domain of aliases alone',
      ['postconf -e "mydestination = localhost" "virtual_alias_domains = example.test"'],
      [/^error postfix: example\.test is in virtual_alias_domains/, /help@/],
    ],
    [
      'no recipient_delimiter',
      ['postconf -e "recipient_delimiter ="'],
      [/^error postfix: recipient_delimiter = : .*support\+doctor@example\.test/, /help\+doctor@/],
    ],
    [
      'no transport of that name',
      ['postconf -MX postern/unix'],
      [/^warning postfix: master\.cf has no transport/, /^error postfix: .*master\.cf has no such transport: the mail waits/, /help@/],
    ],
    [
      'a transport to a place where nobody listens',
      ['sed -i "s/inet:.*/unix:\\/nowhere\\/lmtp.sock/" $MAIL_CONFIG/postern'],
      [/^error listener: Postern does not answer at unix:\/nowhere\/lmtp\.sock, where Postfix takes the mail: .*ENOENT/],
    ],
    [
      'answers that go another way than the mail',
      ['printf "support+doctor@example.test smtp:[127.0.0.1]:9\\n" >> $MAIL_CONFIG/postern'],
      [/^error postfix: Postfix takes support\+doctor@example\.test another way than support@example\.test \(smtp:\[127\.0\.0\.1\]:9\)/],
    ],
    [
      'a Postfix that is stopped',
      ['postfix stop'],
      [/^error postfix: Postfix does not answer at 127\.0\.0\.1:\d+: .*ECONNREFUSED/, /^error smarthost: .*ECONNREFUSED/],
    ],
  ]

  test.each(mistakes)(
    'doctor names %s',
    async (_name, plant, told) => {
      const files = ['main.cf', 'master.cf', 'postern'].map((name) => path.join(front.etc, name))
      const before = files.map((file) => readFileSync(file))
      const type = (line: string): void =>
        void execFileSync('sh', ['-euc', line], { env: { ...process.env, MAIL_CONFIG: front.etc }, stdio: 'pipe' })
      try {
        plant.forEach(type)
        const said = wrong(await doctor())
        expect(said).toHaveLength(told.length)
        told.forEach((pattern, i) => expect(said[i]).toMatch(pattern))
      } finally {
        files.forEach((file, i) => writeFileSync(file, before[i] ?? ''))
        if (plant.includes('postfix stop')) type('postfix start')
        else if (plant.includes('postfix reload')) type('postfix reload')
      }
    },
    60_000,
  )

  test('doctor names somebody else at the end of the transport, a smarthost that refuses, and a gateway that does not know the mailbox', async () => {
    const table = path.join(front.etc, 'postern')
    const before = readFileSync(table, 'utf8')
    const other = await smtpSink({ protocol: 'lmtp' })
    writeFileSync(table, before.replaceAll(String(gatewayPort), String(other.port)))
    const elsewhere = wrong(await doctor())
    await other.close()
    expect(elsewhere).toEqual([
      expect.stringMatching(/^error listener: at inet:127\.0\.0\.1:\d+, where Postfix takes the mail, somebody else answers: 220 /),
    ])
    writeFileSync(table, `${before}sales@example.test   postern:inet:127.0.0.1:${gatewayPort}\n`)
    execFileSync('/usr/sbin/postfix', ['-c', front.etc, 'reload'], { stdio: 'pipe' })
    outside.script((m) => (m.at === 'rcpt' ? '554 5.7.1 no relaying for you' : undefined))
    here.writeConfig(
      config
        .replace('  support:', '  sales: { address: sales@example.test, notify: [anna] }\n  support:')
        .replace(`port: ${smtpPort}`, `port: ${outside.port}`)
        .replace('hostname: gw.example.test', 'hostname: gateway')
        .replace(', public_url: "https://desk.example.test"', ''),
    )
    const said = wrong(await doctor())
    expect(said).toEqual([
      expect.stringMatching(/^warning hostname: the host name gateway is not fully qualified/),
      expect.stringMatching(/^warning public_url: http\.public_url is not set: the buttons in mails lead to http:\/\/127\.0\.0\.1/),
      expect.stringMatching(/^error listener: Postern refuses sales@example\.test at inet:.*: 550 5\.1\.1/),
      expect.stringMatching(/^error listener: Postern refuses sales\+doctor@example\.test/),
      expect.stringMatching(
        /^error smarthost: 127\.0\.0\.1:\d+ refuses mail from sales@example\.test to anna@agents\.test: 554 5\.7\.1 no relaying/,
      ),
    ])
    expect(outside.messages).toEqual([])
    expect(daemon.process.exitCode).toBeNull()
  }, 60_000)
})
