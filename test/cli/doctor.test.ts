import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import { submit } from '../e2e/submit.ts'
import { smtpSink } from '../support/smtp-sink.ts'
import type { SinkScript, SmtpSink } from '../support/smtp-sink.ts'
import { afterEach, expect, test, vi } from 'vitest'
import { basicConfig, installation } from '../support/cli.ts'
import { dnsFindings } from '../../core/cli/doctor-dns.ts'
import type { DnsLookup } from '../../core/cli/doctor-dns.ts'
import type { CliResult, Installation } from '../support/cli.ts'

vi.setConfig({ testTimeout: 120_000 })

const made: Installation[] = []
afterEach(async () => {
  for (const one of made.splice(0)) await one.remove()
})

interface Finding {
  readonly level: string
  readonly topic: string
  readonly message: string
}

async function examined(): Promise<Installation> {
  const here = installation(`hostname: gw.example.test${basicConfig}`)
  made.push(here)
  await (await here.start()).stop()
  return here
}

/** A program that answers as the postconf of some Postfix does. */
function postconf(here: Installation, values: Readonly<Record<string, string>>, services: string): string {
  const file = path.join(here.folder, 'postconf')
  const lines = Object.entries(values).map(([name, value]) => `case " $* " in *" ${name} "*) echo "${name} = ${value}";; esac`)
  writeFileSync(file, `#!/bin/sh\nif [ "$1" = -M ]; then echo "${services}"; exit 0; fi\n${lines.join('\n')}\n`)
  chmodSync(file, 0o755)
  return file
}

const postfix = (result: CliResult): readonly Finding[] =>
  (result.json() as { findings: readonly Finding[] }).findings.filter((f) => f.topic === 'postfix')

test('the smuggling switches that Debian 12 leaves off are named with their remedy, and a transport without its limits too', async () => {
  const here = await examined()
  const debian = postconf(
    here,
    {
      mail_version: '3.7.11',
      smtpd_forbid_bare_newline: 'no',
      smtpd_forbid_unauth_pipelining: 'no',
      message_size_limit: '30000000',
      maximal_backoff_time: '4000s',
      default_destination_concurrency_failed_cohort_limit: '1',
      postern_destination_concurrency_failed_cohort_limit: '1',
    },
    'postern unix - - n - 20 lmtp',
  )
  const result = await here.run('doctor', '--postconf', debian, '--json')
  expect(result.code).toBe(1)
  const messages = postfix(result)
    .filter((f) => f.level === 'warning')
    .map((f) => f.message.split(/[ :=]/)[0])
  expect(messages).toEqual([
    'smtpd_forbid_bare_newline',
    'smtpd_forbid_unauth_pipelining',
    'postern_destination_concurrency_failed_cohort_limit',
    'message_size_limit',
    'maximal_backoff_time',
  ])
  expect((await here.run('doctor', '--postconf', debian)).out).toContain('-> postconf -e smtpd_forbid_bare_newline=yes')

  const old = postconf(here, { mail_version: '3.4.0' }, 'smtp inet n - y - - smtpd')
  const unknown = postfix(await here.run('doctor', '--postconf', old, '--json')).map((f) => f.message)
  expect(unknown.filter((m) => m.includes('is unknown to this Postfix'))).toHaveLength(2)
  expect(unknown.some((m) => m.includes('master.cf has no transport `postern`'))).toBe(true)

  const right = postconf(
    here,
    {
      mail_version: '3.10.0',
      smtpd_forbid_bare_newline: 'normalize',
      smtpd_forbid_unauth_pipelining: 'yes',
      message_size_limit: '25000000',
      maximal_backoff_time: '900s',
      default_destination_concurrency_failed_cohort_limit: '1',
      postern_destination_concurrency_failed_cohort_limit: '10',
    },
    'postern unix - - n - 20 lmtp',
  )
  expect(postfix(await here.run('doctor', '--postconf', right, '--json')).map((f) => f.level)).toEqual(['ok'])
  expect(postfix(await here.run('doctor', '--postconf', '/does/not/exist', '--json'))).toMatchObject([{ level: 'ok' }])
})

test.skipIf(!existsSync('/usr/sbin/postconf'))(
  'a bare Postfix is told what it lacks (needs a Postfix; e2e/doctor.test.ts has one that lacks nothing)',
  async () => {
    const here = await examined()
    const bare = path.join(here.folder, 'bare')
    mkdirSync(bare)
    writeFileSync(
      path.join(bare, 'main.cf'),
      'compatibility_level = 3.6\nsmtpd_forbid_bare_newline = no\nsmtpd_forbid_unauth_pipelining = no\n',
    )
    writeFileSync(path.join(bare, 'master.cf'), 'smtp inet n - y - - smtpd\n')
    const bad = postfix(await here.run('doctor', '--postconf', '/usr/sbin/postconf', '--postfix-config', bare, '--json')).map(
      (f) => f.message,
    )
    for (const part of [
      'smtpd_forbid_bare_newline = no',
      'smtpd_forbid_unauth_pipelining = no',
      'no transport `postern`',
      'Postfix is not responsible for example.test',
    ])
      expect(
        bad.some((m) => m.includes(part)),
        part,
      ).toBe(true)
  },
)

test('a readable database, stuck mail and a clock that went back are named', async () => {
  const here = await examined()
  const { DatabaseSync } = await import('node:sqlite')
  const file = path.join(here.folder, 'data', 'postern.db')
  const db = new DatabaseSync(file)
  db.exec(
    "insert into inbound values ('i', null, 'h', '', 'r', 'm', 'p', 'h', 'smtp', 0, 1, 99999999999999, 'parked', null, null, null, 'boom', 1)",
  )
  db.close()
  chmodSync(file, 0o644)
  const result = await here.run('doctor', '--postconf', '/does/not/exist', '--json')
  expect(result.code).toBe(1)
  const { findings } = result.json() as { findings: readonly Finding[] }
  const told = findings.filter((f) => f.level !== 'ok' && f.topic !== 'process').map((f) => f.topic)
  // The basic configuration sends nothing out of the machine.
  expect(told.sort()).toEqual(['clock', 'disk', 'smarthost', 'work'])
})

/** An installation that sends through a sink. */
async function sending(script?: SinkScript): Promise<{ readonly here: Installation; readonly outside: SmtpSink }> {
  const outside = await smtpSink(script && { script })
  const here = installation(
    `hostname: gw.example.test\noutgoing: { transport: smtp, host: 127.0.0.1, port: ${outside.port} }${basicConfig}`,
  )
  made.push({ ...here, remove: async () => (await here.remove(), await outside.close()) })
  return { here, outside }
}

test.each(['me@example.org', 'anna@agents.test'])(
  'a trial mail to %s: whoever reads it answers, and the answer is reported',
  async (to) => {
    const { here, outside } = await sending()
    const daemon = await here.start()
    const trial = here.run('doctor', '--send', to)
    await outside.until(() => outside.messages.some((m) => m.rcpts.includes(to)))
    const mail = await simpleParser(outside.messages.find((m) => m.rcpts.includes(to))?.raw ?? '')
    expect(mail.from?.value[0]?.address).toBe('support@example.test')
    const replyTo = mail.replyTo?.value[0]?.address ?? ''
    expect(replyTo).toMatch(/^support\+c[a-z2-7]{42}@example\.test$/)
    await submit(daemon.ports[0] ?? 0, {
      from: to,
      to: replyTo,
      subject: `Re: ${mail.subject}`,
      text: 'I am here.',
      inReplyTo: mail.messageId ?? '',
    })
    const { code, out } = await trial
    expect(out).toContain(`The answer of ${to} has been taken in`)
    expect(code).toBe(0)
    expect(await daemon.heard('mail taken in')).toMatchObject({ number: 1, case: expect.any(String) as string })
    expect((await here.run('cases', 'show', '1')).out).toMatch(/closed[\s\S]*I am here\./)
  },
)

test('a trial mail that the smarthost refuses, one that nobody answers, one to ourselves, and one without a gateway that would send it', async () => {
  const { here } = await sending((m) => (m.rcpt === 'wrong@example.org' ? '550 5.1.1 no such user' : undefined))
  const daemon = await here.start()
  const refused = await here.run('doctor', '--send', 'wrong@example.org', '--json')
  expect(refused.json()).toMatchObject({ ok: false, state: 'failed', reply: expect.stringContaining('550 5.1.1') as string })
  expect(refused.code).toBe(1)
  const silent = await here.run('doctor', '--send', 'me@example.org', '--wait', '3s')
  expect(silent.out).toContain('No answer within 3 s')
  expect(silent.code).toBe(75)
  expect((await here.run('doctor', '--send', 'me@example.org', '--mailbox', 'sales')).code).toBe(2)
  expect((await here.run('doctor', '--send', 'support+x@example.test')).err).toContain('is a mailbox of this gateway')
  await daemon.stop()
  const alone = await here.run('doctor', '--send', 'me@example.org')
  expect(alone.err).toContain('postern start')
  expect(alone.code).toBe(75)
})

test('doctor asks the smarthost up to RCPT', async () => {
  const { here, outside } = await sending((m) => (m.at === 'rcpt' ? '554 5.7.1 not for you' : undefined))
  const found = (await here.run('doctor', '--postconf', '/does/not/exist', '--json')).json() as { findings: readonly Finding[] }
  const [smarthost] = found.findings.filter((f) => f.topic === 'smarthost')
  expect(smarthost?.level).toBe('error')
  expect(smarthost?.message).toMatch(/ refuses mail from support@example\.test to anna@agents\.test: 554 5\.7\.1 not for you$/)
  const commands = outside.sessions[0]?.commands.map((line) => line.split(/[ :]/)[0])
  expect(commands).toEqual(['EHLO', 'MAIL', 'RCPT', 'RSET', 'QUIT'])
})

/** A DNS whose records stand here: `null` is a name without records, what is missing is no name at all (NXDOMAIN). */
function dns(records: Readonly<Record<string, readonly string[] | null>>, broken?: string): DnsLookup {
  const look = (name: string, type: string): Promise<readonly string[]> => {
    const found = records[`${type} ${name}`]
    const code = broken ?? (found === null ? 'ENODATA' : 'ENOTFOUND')
    return found && broken === undefined ? Promise.resolve(found) : Promise.reject(Object.assign(new Error(code), { code }))
  }
  return {
    resolveMx: async (name) => (await look(name, 'MX')).map((exchange) => ({ exchange, priority: 10 })),
    resolveTxt: async (name) => (await look(name, 'TXT')).map((text) => [text.slice(0, 5), text.slice(5)]),
  }
}

test.each([
  ['all that there should be', { mx: ['mx.x.test'], txt: ['other', 'v=spf1 mx -all'], key: null, dmarc: ['v=DMARC1; p=none'] }, []],
  ['nothing', {}, ['MX', 'SPF', 'DKIM', 'DMARC']],
  ['a domain that takes no mail (RFC 7505)', { mx: [''], txt: ['v=spf1 -all'], key: null, dmarc: ['v=DMARC1; p=none'] }, ['MX']],
  ['two SPF records', { mx: ['mx.x.test'], txt: ['v=spf1 mx -all', 'v=spf1 a -all'], key: null, dmarc: ['v=DMARC1; p=none'] }, ['2 SPF']],
  ['a text that only looks like SPF', { mx: ['mx.x.test'], txt: ['v=spf10'], key: null, dmarc: ['v=DMARC1; p=none'] }, ['SPF']],
] as const)('advice about the domain: %s', async (_name, { mx, txt, key, dmarc }: DomainRecords, told) => {
  const records = { 'MX x.test': mx, 'TXT x.test': txt, 'TXT _domainkey.x.test': key, 'TXT _dmarc.x.test': dmarc }
  const present = Object.fromEntries(Object.entries(records).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
  const found = await dnsFindings(['x.test'], dns(present))
  expect(found.filter((f) => f.level !== 'ok').map((f) => f.message)).toEqual(
    told.map((word) => expect.stringContaining(` ${word} `) as string),
  )
  expect(new Set(found.map((f) => f.level))).toEqual(new Set([told.length > 0 ? 'advice' : 'ok']))
})

test('a name server that does not answer is said, instead of records that are not there', async () => {
  expect(await dnsFindings(['x.test'], dns({}, 'ETIMEOUT'))).toMatchObject([
    { level: 'advice', message: 'x.test could not be looked up (ETIMEOUT)' },
  ])
})

interface DomainRecords {
  readonly mx?: readonly string[]
  readonly txt?: readonly string[]
  readonly key?: null
  readonly dmarc?: readonly string[]
}
