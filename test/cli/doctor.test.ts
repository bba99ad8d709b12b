import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { installation } from '../support/cli.ts'
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
  const here = installation()
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
  'the fragments in examples/postfix satisfy it, and a Postfix without them does not (needs a Postfix)',
  async () => {
    const here = await examined()
    const good = await here.run(
      'doctor',
      '--postconf',
      '/usr/sbin/postconf',
      '--postfix-config',
      path.join(import.meta.dirname, '..', '..', 'examples', 'postfix'),
      '--json',
    )
    expect(postfix(good).filter((f) => f.level !== 'ok')).toEqual([])
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
    for (const part of ['smtpd_forbid_bare_newline = no', 'smtpd_forbid_unauth_pipelining = no', 'no transport `postern`'])
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
  expect(told.sort()).toEqual(['clock', 'disk', 'work'])
})
