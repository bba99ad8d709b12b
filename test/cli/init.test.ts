import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { configText } from '../../core/cli/init/config-text.ts'
import { runCli } from '../support/cli.ts'
import { soundConfig } from '../support/sound-config.ts'

vi.setConfig({ testTimeout: 120_000 })

const folders: string[] = []
function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'postern-init-'))
  folders.push(made)
  return made
}
afterEach(() => {
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true })
})

const noPostfix = ['--postconf', '/does/not/exist']

test('from flags alone: a configuration that is right, what Postfix needs, and what check and doctor say; the next command finds it', async () => {
  const here = folder()
  const flags = ['--domain', 'example.com', '--mailbox', 'support', '--mailbox', 'sales@example.net', '--hostname', 'gw.example.com']
  const people = ['--agent', 'Anna Smith <anna@example.org>', '--agent', 'Борис Иванов <boris@example.org>', '--postfix']
  const { code, out } = await runCli(['init', ...flags, ...people, ...noPostfix], here)
  expect(out).toMatch(/^postern\.yaml is written\.[\s\S]*examples\/postfix\/README\.md[\s\S]*^postern\.yaml: ok[\s\S]*things? to do\.\n$/m)
  expect(code).toBe(0)
  const { config } = await soundConfig(path.join(here, 'postern.yaml'))
  expect([...config.mailboxes.values()].map((m) => m.address)).toEqual(['support@example.com', 'sales@example.net'])
  expect([...config.agents.values()].map((a) => [a.id, a.name])).toEqual([
    ['anna', 'Anna Smith'],
    ['boris', 'Борис Иванов'],
  ])
  expect(config).toMatchObject({ hostname: 'gw.example.com', outgoing: { transport: { server: { host: '127.0.0.1', port: 25 } } } })
  expect((await runCli(['check', '--json'], here)).json()).toMatchObject({ ok: true, file: 'postern.yaml' })

  const before = readFileSync(path.join(here, 'postern.yaml'))
  const again = await runCli(['init', ...flags, ...people, ...noPostfix], here)
  expect(again.err).toContain('postern.yaml is there already')
  expect(again.code).toBe(2)
  expect(readFileSync(path.join(here, 'postern.yaml'))).toEqual(before)
})

test('by asking: what makes no sense is asked again, and a smarthost with a user says where its password goes', async () => {
  const here = folder()
  const answers = [
    'не домен',
    'example.ru',
    'pomosch, zakazy',
    'никто',
    'Иван Петров <ivan@example.org>',
    'mail.example.ru:465',
    'postern',
    'gw.example.ru',
    'desk',
    'https://desk.example.ru/',
  ]
  const child = spawn(
    process.execPath,
    [path.join(import.meta.dirname, '../../core/postern.mjs'), 'init', 'mine/own.yaml', '--ask', ...noPostfix],
    {
      cwd: here,
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  child.stdin.end(`${answers.join('\n')}\n`)
  await once(child, 'close')
  expect(out).toContain('"не домен" is not a domain')
  expect(out).toContain('"никто" is not an address')
  expect(out).toContain('"desk" is not an http or https address')
  // The password is missing as yet, and check says where.
  expect(err).toMatch(/^mine\/own\.yaml:\d+:\d+: outgoing\.auth\.pass: the file \S+\/mine\/smtp-password does not exist$/m)
  expect(child.exitCode).toBe(78)
  writeFileSync(path.join(here, 'mine', 'smtp-password'), 'secret\n')
  const { config } = await soundConfig(path.join(here, 'mine', 'own.yaml'))
  expect([...config.mailboxes.values()].map((m) => m.address)).toEqual(['pomosch@example.ru', 'zakazy@example.ru'])
  expect(config.outgoing.transport).toMatchObject({
    tls: 'implicit',
    server: { host: 'mail.example.ru', port: 465 },
    auth: { user: 'postern', pass: 'secret' },
  })
  expect(config.http.public_url).toBe('https://desk.example.ru')
  expect(config.plugins.map((p) => p.name)).toContain('links')
})

test.each([
  [['--domain', 'example.com'], 'say --agent'],
  [['--mailbox', 'support@example.com', '--agent', 'x', '--postfix'], '--agent: "x" is not an address'],
  [['--mailbox', 'a@b@c', '--agent', 'a@example.org', '--postfix'], '--mailbox: "a@b@c" is not an address'],
  [['--mailbox', 'support@example.com', '--agent', 'support@example.com', '--postfix'], 'support@example.com is a mailbox'],
  [['--mailbox', 'support@example.com', '--agent', 'a@example.org', '--smarthost', 'a b'], '"a b" is neither postfix nor a host'],
])('flags that are not enough, or make no sense, write nothing: %s', async (flags, told) => {
  const here = folder()
  const { code, err } = await runCli(['init', ...flags, ...noPostfix], here)
  expect(err).toContain(told)
  expect(code).toBe(2)
  expect(readdirSync(here)).toEqual([])
})

test('what people are called stands for nothing but itself', async () => {
  const here = folder()
  mkdirSync(path.join(here, 'x'))
  const file = path.join(here, 'x', 'postern.yaml')
  const name = fc.string({
    unit: fc.constantFrom('$', '{', '}', '"', "'", '\\', '#', ':', ' ', 'a', 'ы', '&', '*', '%', '@'),
    minLength: 1,
    maxLength: 30,
  })
  await fc.assert(
    fc.asyncProperty(name, async (text) => {
      writeFileSync(
        file,
        configText({
          mailboxes: ['support@example.com', 'SUPPORT@example.net'],
          agents: [{ name: text, email: 'support@example.org' }],
          out: 'postfix',
        }),
      )
      const { config } = await soundConfig(file)
      expect([...config.agents.values()].map((a) => a.name)).toEqual([text])
      expect(config.mailboxes.size).toBe(2)
    }),
    { numRuns: 50 },
  )
})
