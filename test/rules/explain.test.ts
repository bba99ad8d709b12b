import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { withSession } from '../../core/cli/open-session.ts'
import { runExplain, runReplay } from '../../core/cli/explain.ts'
import { rawOf } from '../support/gateway.ts'
import { listening } from '../support/session.ts'
import { withRules } from './rig.ts'

const rules = `
rules:
  - name: refunds
    on: incoming
    if: { body: refund, not: { domain: partner.test } }
    do: [{ tags: refund }, { reply: { subject: Refund, text: Which order? } }]
`

test('explain tells case, rules with every condition and what would be sent, of a file and of a stored mail, and writes nothing', () =>
  withRules({ rules }, async (g) => {
    const config = path.join(g.folder, 'postern.yaml')
    const eml = path.join(g.folder, 'a.eml')
    writeFileSync(
      eml,
      rawOf({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Money', text: 'I want a refund' }, g.clock.now()),
    )
    const file = listening()
    expect(await withSession(config, file.terminal, (s) => runExplain(s, eml, {}))).toBe(0)
    expect(file.lines).toEqual([
      'It becomes: a new case (case)',
      'threading, route: nothing leads to an earlier case',
      expect.stringMatching(/^rule refunds: fired {3}on case\.created {3}\[.*rules\/a\.yaml:3:5\]$/),
      '    yes  body: "refund"   is "I want a refund"',
      '    no   domain: "partner.test"   is "customer.test"',
      '    ->   case.tags   given {"add":["refund"]}',
      '    ->   reply.automatic: sent a text   given {"subject":"Refund","text":"Which order?"}',
      'Would send a rule to carl@customer.test: Refund [#1]',
      'Nothing was written.',
    ])
    expect(await g.sent()).toEqual([])
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Money', text: 'I want a refund' })
    const [message] = (await g.look('#1')).messages
    const stored = listening()
    expect(await withSession(config, stored.terminal, (s) => runExplain(s, undefined, { message: message?.id ?? '' }))).toBe(0)
    expect(stored.lines).toContain('Would send a rule to carl@customer.test: Refund [#2]')
    expect((await g.look('#1')).messages).toHaveLength(2)
  }))

test('explain works before the first start, and leaves no database behind', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-explain-'))
  try {
    const config = path.join(folder, 'postern.yaml')
    mkdirSync(path.join(folder, 'rules'))
    writeFileSync(path.join(folder, 'rules', 'a.yaml'), rules)
    writeFileSync(
      config,
      'mailboxes: { support: { address: support@example.test, notify: [anna] } }\nagents: { anna: { name: Anna, email: anna@agents.test } }\nplugins: [desk, threading, rules]\n',
    )
    const eml = path.join(folder, 'a.eml')
    writeFileSync(eml, rawOf({ from: 'Карл <carl@customer.test>', to: 'support@example.test', subject: 'Деньги', text: 'Прошу refund' }, 0))
    const told = listening()
    expect(await withSession(config, told.terminal, (s) => runExplain(s, eml, {}), { orEmpty: true })).toBe(0)
    expect(told.lines[0]).toBe('It becomes: a new case (case)')
    expect(told.lines).toContain('Would send a rule to carl@customer.test: Refund [#1]')
    expect(readdirSync(folder).sort()).toEqual(['a.eml', 'postern.yaml', 'rules'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('replay finds no difference under the same configuration, and exactly the difference under another', () =>
  withRules({ rules: rules.replace('do:', 'once_per: sender\n    do:') }, async (g) => {
    const config = path.join(g.folder, 'postern.yaml')
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Money', text: 'I want a refund' })
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Other', text: 'A question' })
    await g.mail({ from: 'joe@partner.test', to: 'support@example.test', subject: 'Money', text: 'A refund, please' })
    const same = listening()
    expect(await runReplay(config, { since: '2026-09-01T00:00Z' }, same.terminal)).toBe(0)
    expect(same.lines).toEqual(['3 mails, 0 would be treated differently; nothing was written'])
    const other = path.join(g.folder, 'new.yaml')
    writeFileSync(path.join(g.folder, 'rules', 'a.yaml'), rules.replace(', not: { domain: partner.test }', ''))
    writeFileSync(other, readFileSync(config))
    const changed = listening()
    expect(await runReplay(config, { since: '2026-09-01T00:00Z', newConfig: other }, changed.terminal)).toBe(1)
    expect(changed.lines.filter((l) => l.startsWith('  '))).toEqual([
      '  + case.tags_changed {"added":["refund"],"removed":[]}',
      '  + message.sent {"kind":"rule","author":"system"}',
      '  + rule.fired {"rule":"refunds","on":"case.created","did":["case.tags","reply.automatic: sent a text"]}',
    ])
    expect((await g.look('#3')).tags).toEqual([])
  }))
