import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../../core/base/config/load.ts'
import type { LoadedConfig } from '../../core/base/config/load.ts'
import { formatProblem } from '../../core/base/config/problems.ts'
import { createSecrets, expand } from '../../core/base/config/secrets.ts'
import { schemas } from './loading.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'postern-secrets-'))
  mkdirSync(path.join(folder, 'credentials'))
  writeFileSync(path.join(folder, 'smtp'), 'canary-beside\n')
  writeFileSync(path.join(folder, 'credentials', 'smtp'), 'canary-credential\r\n')
  writeFileSync(path.join(folder, 'empty'), '\n')
  writeFileSync(path.join(folder, 'binary'), Buffer.from([0xff, 0xfe, 0x00]))
  writeFileSync(path.join(folder, 'large'), 'x'.repeat(70_000))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function loadFile(text: string, env: Readonly<Record<string, string>> = {}, mode = 0o600): LoadedConfig {
  const file = path.join(folder, 'postern.yaml')
  writeFileSync(file, text)
  chmodSync(file, mode)
  return loadConfig(file, schemas, { env })
}

const expanded = (text: string, env: Readonly<Record<string, string>> = {}) => {
  const { text: out, failures } = expand(text, { env, folder }, createSecrets())
  return failures.length > 0 ? failures : out
}

test.each([
  ['plain', 'plain'],
  ['${A}', 'one'],
  ['x${A}y${B}z', 'xoneytwoz'],
  ['${NONE:-d}', 'd'],
  ['${EMPTY:-d}', 'd'],
  ['${NONE:-}', ''],
  ['${A:-d}', 'one'],
  ['${NONE:-a:-b}', 'a:-b'],
  ['$${A}', '${A}'],
  ['$$${A}', '$${A}'],
  ['$A and $', '$A and $'],
  ['${NESTED}', '${A}'],
  ['${file:smtp}', 'canary-beside'],
])('%s becomes %s', (text, out) => expect(expanded(text, { A: 'one', B: 'two', EMPTY: '', NESTED: '${A}' })).toBe(out))

test.each([
  '${NONE}',
  '${}',
  '${A B}',
  '${1A}',
  '${A:?x}',
  '${file:none}',
  '${file:empty}',
  '${file:binary}',
  '${file:large}',
  '${file:.}',
  '${A',
])('%s is refused with a reason', (text) => {
  const failures = expanded(text, { A: 'one' })
  expect(Array.isArray(failures) && failures.length).toBe(1)
})

test('a relative secret file is taken from the credentials of systemd first, then from beside the config file', () => {
  const yaml = 'outgoing: { transport: smtp, host: localhost, auth: { user: u, pass: "${file:smtp}" } }'
  const pass = (env: Readonly<Record<string, string>>): unknown => {
    const loaded = loadFile(yaml, env)
    const transport = loaded.ok ? loaded.config.outgoing.transport : undefined
    return transport && 'auth' in transport && transport.auth && 'pass' in transport.auth ? transport.auth.pass : undefined
  }
  expect(pass({ CREDENTIALS_DIRECTORY: path.join(folder, 'credentials') })).toBe('canary-credential')
  expect(pass({})).toBe('canary-beside')
})

test('thirty secrets from everywhere are in no dump, no error and no warning', () => {
  const env = Object.fromEntries(Array.from({ length: 26 }, (_, i) => [`TOKEN_${i}`, `canary-env-${i}-"\\/é`]))
  const yaml = (broken: string): string => `database: { postgres: "postgres://user:canary%2Durl@host/postern" }
outgoing: { transport: smtp, host: localhost, auth: { user: u, pass: canary-inline } }
mailboxes:
${Array.from({ length: 26 }, (_, i) => `  m${i}: { address: m${i}@example.com, name: "\${TOKEN_${i}}"${broken} }`).join('\n')}
plugins:
  - notify: { key: canary-plugin, quote: 1 }
  - threading
${broken ? 'timezone: canary-inline\nhostname: canary-plugin canary-url ${file:smtp}\nlocale: "${TOKEN_1}"\n' : 'log: { level: info }\n'}`
  const good = loadFile(yaml(''), env, 0o644)
  if (!good.ok) throw new Error(good.problems.map(formatProblem).join('\n'))
  expect(JSON.stringify(good.config.outgoing)).toContain('canary-inline')
  const shown = [
    JSON.stringify(good.secrets.redactValue(good.config)),
    ...good.warnings.map(formatProblem),
    good.secrets.redact(`connect to postgres://user:canary%2Durl@host failed: canary-url, canary-inline ${JSON.stringify(env)}`),
  ].join('\n')
  expect(shown).not.toContain('canary')
  expect(shown).toContain('[redacted]')
  const bad = loadFile(yaml(', nme: 1'), env)
  const said = bad.ok ? '' : bad.problems.map(formatProblem).join('\n')
  expect(said).toContain('timezone')
  expect(said).not.toContain('canary')
})

test('a secret in a file that others can read is warned about; one from outside, or in a private file, is not', () => {
  const yaml = (pass: string): string =>
    `outgoing:\n  transport: smtp\n  host: localhost\n  auth:\n    user: u\n    pass: ${pass}\ndatabase: { postgres: "postgres://host/p" }\n`
  const said = (text: string, mode: number): readonly string[] => {
    const loaded = loadFile(text, { PASS: 'hunter2' }, mode)
    return loaded.ok
      ? loaded.warnings.map((warning) => `${warning.line}:${warning.column} ${warning.message}`).filter((line) => line.includes('secret'))
      : ['not valid']
  }
  expect(said(yaml('hunter2'), 0o600)).toEqual([])
  expect(said(yaml('${PASS}'), 0o644)).toEqual([])
  expect(said(yaml('hunter2'), 0o640)).toEqual([
    '6:5 a secret stands in a file that its group on this machine can read; take it from outside (${NAME} or ${file:path}) or `chmod 600` the file',
  ])
  expect(said(yaml('hunter2'), 0o644)).toEqual([
    '6:5 a secret stands in a file that everybody on this machine can read; take it from outside (${NAME} or ${file:path}) or `chmod 600` the file',
  ])
})

test('short secrets are hidden where they are the whole value, and do not tear other texts apart', () => {
  const secrets = createSecrets()
  secrets.add('on')
  expect(secrets.redactValue({ pass: 'on', text: 'once upon' })).toEqual({ pass: '[redacted]', text: 'once upon' })
})
