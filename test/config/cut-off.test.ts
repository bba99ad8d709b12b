// A configuration that was cut off anywhere is refused, or takes nothing away.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { namesOf, removalsBetween, unconfirmed } from '../../core/base/config/removals.ts'
import type { ConfigNames } from '../../core/base/config/removals.ts'
import type { Config } from '../../core/base/config/types.ts'
import { loadChecked } from '../../core/app/check-plugins.ts'

const shipped = fileURLToPath(new URL('../../config', import.meta.url))

/** Checks texts as if each stood in the place of the shipped file. */
async function checking<T>(
  work: (check: (text: string) => Promise<{ config: Config; names: ConfigNames } | undefined>) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-cut-'))
  const file = path.join(folder, 'postern.yaml')
  try {
    cpSync(shipped, folder, { recursive: true })
    return await work(async (text) => {
      writeFileSync(file, text)
      const loaded = await loadChecked(file)
      if (!loaded.ok) return undefined
      const names = namesOf(
        loaded.config,
        loaded.plugins.map((p) => p.definition.name),
      )
      return { config: loaded.config, names }
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('of all line prefixes of the shipped config each is refused, or is the whole of it', { timeout: 120_000 }, () =>
  checking(async (check) => {
    const lines = readFileSync(path.join(shipped, 'postern.yaml'), 'utf8').split(/^/m)
    const whole = await check(lines.join(''))
    if (!whole) throw new Error('the shipped config is wrong')
    const table = { invalid: 0, refused: 0, whole: 0 }
    // Comments and blank lines change nothing.
    const said = (text: string): string => text.replace(/^\s*(#.*)?\n/gm, '')
    let before: { readonly said: string; readonly verdict: keyof typeof table } | undefined
    for (let count = 0; count < lines.length; count++) {
      const text = lines.slice(0, count).join('')
      if (before?.said !== said(text)) {
        const cut = await check(text)
        const missing = cut && removalsBetween(whole.names, cut.names)
        const verdict = !cut ? 'invalid' : missing && missing.length > 0 ? 'refused' : 'whole'
        if (verdict === 'whole') expect(cut?.config, `the first ${count} lines`).toEqual(whole.config)
        before = { said: said(text), verdict }
      }
      table[before.verdict] += 1
    }
    expect(table.invalid + table.refused + table.whole).toBe(lines.length)
    // What is left whole lacks comments, and at most `reload`, which says what is so by default.
    const last = lines.findLastIndex((line) => line.startsWith('  - '))
    expect(table.whole).toBe(lines.length - 1 - last)
    expect(table.invalid).toBeGreaterThan(100)
  }),
)

test('a file without a mailbox is wrong, whatever else it says', () =>
  checking(async (check) => {
    for (const text of [
      '',
      '# nothing\n',
      'mailboxes:\n',
      'mailboxes: {}\nlocale: ru\n',
      'name: other\nagents: { anna: { name: A, email: a@b.test } }\n',
    ])
      expect(await check(text), text).toBeUndefined()
  }))

const before: ConfigNames = {
  mailboxes: { support: ['support@x.test', 'help@x.test'], sales: ['sales@x.test'] },
  bounce: 'bounces@x.test',
  agents: ['anna', 'sales'],
  plugins: ['desk', 'chat'],
}

test.each<[string, Partial<ConfigNames>, readonly string[]]>([
  ['nothing', {}, []],
  ['a mailbox', { mailboxes: { support: before.mailboxes.support ?? [] } }, ['mailbox sales sales@x.test']],
  ['an alias', { mailboxes: { ...before.mailboxes, support: ['support@x.test'] } }, ['address help@x.test help@x.test']],
  ['an alias that moved to another mailbox', { mailboxes: { support: ['support@x.test'], sales: ['sales@x.test', 'help@x.test'] } }, []],
  ['a mailbox under another id', { mailboxes: { ...before.mailboxes, sales: [], shop: ['sales@x.test'] } }, []],
  ['a mailbox whose address went on', { mailboxes: { support: ['support@x.test', 'help@x.test', 'sales@x.test'] } }, ['mailbox sales ']],
  ['the bounce address', { bounce: '' }, ['address bounces@x.test bounces@x.test']],
  [
    'a bounce address that became an alias',
    { bounce: '', mailboxes: { ...before.mailboxes, sales: ['sales@x.test', 'bounces@x.test'] } },
    [],
  ],
  ['an agent', { agents: ['sales'] }, ['agent anna ']],
  ['a plugin', { plugins: ['chat'] }, ['plugin desk ']],
  [
    'everything else',
    { mailboxes: {}, bounce: '', agents: [], plugins: [] },
    [
      'mailbox support support@x.test,help@x.test',
      'mailbox sales sales@x.test',
      'address bounces@x.test bounces@x.test',
      'agent anna ',
      'agent sales ',
      'plugin desk ',
      'plugin chat ',
    ],
  ],
])('what goes with %s is told', (_what, change, expected) => {
  expect(removalsBetween(before, { ...before, ...change }).map((r) => `${r.kind} ${r.name} ${r.addresses.join()}`)).toEqual(expected)
})

test('a name confirms what it names, and one that names two things confirms neither', () => {
  const gone = removalsBetween(before, { mailboxes: {}, bounce: '', agents: [], plugins: [] })
  expect(unconfirmed(gone, ['support', 'bounces@x.test', 'anna', 'desk', 'plugins.chat']).map((r) => `${r.kind} ${r.name}`)).toEqual([
    'mailbox sales',
    'agent sales',
  ])
  expect(unconfirmed(gone, ['agents.sales', 'help@x.test']).map((r) => r.kind)).toEqual([
    'mailbox',
    'mailbox',
    'address',
    'agent',
    'plugin',
    'plugin',
  ])
  expect(() => unconfirmed(gone, ['sales'])).toThrow('mailboxes.sales or agents.sales')
})
