// What the scenarios do not show of senders: refusal at RCPT, the list for Postfix and rspamd, learning by a program, and what patterns fit.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseSpan } from '../../core/base/units.ts'
import { exported } from '../../plugins/senders/export.ts'
import { nearestEntry, patternsFor } from '../../plugins/senders/pattern.ts'
import type { SenderRow } from '../../plugins/senders/tables.ts'
import { databaseKinds } from '../support/databases.ts'
import { agent, testGateway } from '../support/gateway.ts'

const row = (pattern: string, more: Partial<SenderRow> = {}): SenderRow => ({
  ...{ pattern, mailbox: '', verdict: 'block', refuse: 0, until: null, by: '', why: '', created_at: 0 },
  ...more,
})

test.each<[string, number | undefined]>([
  ['30d', 2_592_000_000],
  ['2 days 5 hours', 190_800_000],
  ['for 1 week', 604_800_000],
  ['неделю', 604_800_000],
  ['на 3 месяца', 7_776_000_000],
  ['2дня', 172_800_000],
  ['полчаса', undefined],
  ['5', undefined],
  ['', undefined],
  ['2 days ago', undefined],
])('a span: %s', (text, ms) => expect(parseSpan(text)).toBe(ms))

describe('the nearest entry counts', () => {
  const rows = [
    row('@noise.example'),
    row('good@noise.example', { verdict: 'allow' }),
    row('@mail.noise.example', { until: 5 }),
    row('bad@shop.example', { mailbox: 'sales' }),
    row('bad@shop.example', { verdict: 'allow' }),
  ]
  test.each<[string, string, string | undefined]>([
    ['x@noise.example', 'support', 'block'],
    ['Good+tag@Noise.Example', 'support', 'allow'],
    ['x@mail.noise.example', 'support', 'block'],
    ['x@loudnoise.example', 'support', undefined],
    ['bad@shop.example', 'sales', 'block'],
    ['bad@shop.example', 'support', 'allow'],
    ['', 'support', undefined],
    ['no address', 'support', undefined],
  ])('%s in %s: %s', (address, mailbox, verdict) => expect(nearestEntry(rows, address, mailbox, 10)?.verdict).toBe(verdict))

  test('patterns of an address, the nearest first', () =>
    expect(patternsFor('Иван+x@Почта.Пример.рф')).toEqual([
      'иван@xn--80a1acny.xn--e1afmkfd.xn--p1ai',
      '@xn--80a1acny.xn--e1afmkfd.xn--p1ai',
      '@xn--e1afmkfd.xn--p1ai',
    ]))
})

test('the list for the programs in front: nothing of one mailbox, nothing that is over, nothing that a pattern could mean otherwise', () => {
  const rows = [
    row('@noise.example'),
    row('a+b.c@shop.example'),
    row('good@noise.example', { verdict: 'allow' }),
    row('x@y.example', { mailbox: 'sales' }),
    row('old@y.example', { until: 5 }),
  ]
  const options = { mailbox: undefined, now: 10 }
  expect(exported(rows, 'postfix', options)).toEqual([
    'noise.example\tREJECT Mail from this sender is not accepted here',
    '.noise.example\tREJECT Mail from this sender is not accepted here',
    'a+b.c@shop.example\tREJECT Mail from this sender is not accepted here',
    'good@noise.example\tDUNNO',
  ])
  expect(exported(rows, 'rspamd', options)).toEqual(['/[@.]noise\\.example$/i', '/^a\\+b\\.c@shop\\.example$/i'])
  expect(exported(rows, 'rspamd', { ...options, mailbox: 'sales' })).toContain('/^x@y\\.example$/i')
  expect(JSON.parse(exported(rows, 'json', options).join(''))).toHaveLength(3)
})

const plugins = ['desk', 'senders', 'threading', 'notify']

test.each(databaseKinds)(
  'refused at RCPT is only who an admin has refused, and nothing is lost where the list cannot be asked: %s',
  async (kind) => {
    const g = await testGateway({ plugins, kind })
    try {
      const mail = (from: string, subject: string) => ({ from, to: 'support@example.test', subject, text: 'Hello' })
      const command = g.gateway.engine.registry.plugins.find((p) => p.definition.name === 'senders')?.hooks.commands?.senders
      const said: string[] = []
      const run = (args: readonly string[], options: Readonly<Record<string, string | boolean>> = {}) =>
        command?.run({ args, options, print: (line) => said.push(line), json: false })
      expect(await g.mail(mail('carl@customer.test', 'One'))).toMatch(/^250 /)
      expect(await run(['block', 'noise.test'], { refuse: true, for: '2h', why: 'loud' })).toBe(0)
      expect(await run(['block', 'quiet.test'], { why: 'a \x1b[2J\u202eb' })).toBe(0)
      await g.advance('10s')
      expect(await g.mail(mail('x@mail.noise.test', 'Two'))).toMatch(/^550 5\.7\.1 /)
      expect(await g.mail(mail('x@quiet.test', 'Three'))).toMatch(/^250 /)
      expect(await g.mail({ ...mail('x@noise.test', 'A bounce has no sender'), mailFrom: '' })).toMatch(/^250 /)
      expect(await run(['list'])).toBe(0)
      expect(said.join('\n')).toMatch(/block {2}noise\.test {2}every mailbox {2}\S+ {2}550 {2}loud/)
      // A reason is somebody's words, and must not steer a terminal.
      expect(said.join('\n')).toMatch(/block {2}quiet\.test {2}.* {2}a {2}\[2J b$/m)
      await expect(run(['block', 'example.test'])).rejects.toThrow(/our own/)
      await expect(run(['remove', 'nobody.test'])).rejects.toThrow(/not on the list/)
      await g.advance('3h', 3_600_000)
      expect(await g.mail(mail('x@noise.test', 'Four'))).toMatch(/^250 /)
      // Its table is gone, which is a fault of ours.
      await run(['block', 'noise.test'], { refuse: true })
      await g.transact((tx) => tx.db.schema.dropTable('senders_list').execute())
      await g.clock.advance(10_000)
      expect(await g.gateway.engine.refuses({ mailFrom: 'x@noise.test', rcpt: 'support@example.test', mailbox: 'support' })).toBe(false)
    } finally {
      await g.stop()
    }
  },
)

test('a program learns what was put into spam: the mail on its input, nothing in its arguments, and its failure is seen', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-learn-'))
  const script = path.join(folder, 'learn.sh')
  const out = path.join(folder, 'learned')
  writeFileSync(script, '#!/bin/sh\n[ "$1" = fail ] && { echo no >&2; exit 3; }\ncat > "$2.$1"\n')
  chmodSync(script, 0o755)
  const settings = { learn: 'off', learn_command: [script, 'spam', out], unlearn_command: [script, 'fail'] }
  const h = await testGateway({ plugins: ['desk', { senders: settings }, 'threading', 'notify'] })
  try {
    await h.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: '$(touch /tmp/x) `id`', text: 'Buy now' })
    await h.act('case.status', '#1', { status: 'spam' }, agent('anna'))
    await h.settle()
    expect(existsSync(`${out}.spam`) && readFileSync(`${out}.spam`, 'utf8')).toContain('Subject: $(touch')
    await h.act('case.status', '#1', { status: 'open' }, agent('anna'))
    await h.settle()
    const [job] = await h.transact((tx) => tx.db.selectFrom('jobs').select(['kind', 'error']).where('kind', '=', 'senders.learn').execute())
    expect(job?.error).toMatch(/ended with 3: no/)
  } finally {
    await h.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('with a trusted server, an address alone lets nobody in', async () => {
  const g = await testGateway({
    plugins: ['desk', { senders: { authserv_id: 'mx.test' } }, 'threading', { rules: {} }],
    files: { 'templates/receipt.yaml': 'text: Got it' },
  })
  try {
    const mail = (subject: string, verdict: string) => ({
      ...{ from: 'carl@customer.test', to: 'support@example.test', subject, text: 'Hello' },
      headers: { 'X-Spam-Flag': 'YES', 'Authentication-Results': `mx.test; dmarc=${verdict} header.from=customer.test` },
    })
    await g.mail(mail('One', 'pass'))
    await g.act('sender.allow', '#1', {}, agent('anna'))
    await g.mail(mail('Two', 'pass'))
    await g.mail(mail('Three', 'fail'))
    const spam = await g.transact(async (tx) => {
      const all = await tx.db
        .selectFrom('messages')
        .select(['subject', 'data'])
        .where('author', '=', 'customer')
        .orderBy('created_at')
        .execute()
      return Object.fromEntries(all.map((m) => [m.subject, (JSON.parse(m.data) as { readonly spam?: boolean }).spam ?? null]))
    })
    expect(spam).toEqual({ One: null, Two: false, Three: null })
  } finally {
    await g.stop()
  }
})
