// What `npm pack` makes runs outside of the repository: compiled, installed by npm, with nothing of the checkout but what it depends on.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkout, installPacked } from '../support/packed.ts'
import type { PackedFolder } from '../support/packed.ts'
import { send } from '../support/send.ts'

const exampleSource = path.join(checkout, 'examples', 'plugin')
let here: PackedFolder
const postern = (...args: readonly string[]) => here.run('npx', '--offline', 'postern', ...args)

beforeAll(async () => {
  here = await installPacked(exampleSource)
}, 400_000)
afterAll(() => here.remove())

test('the package holds no TypeScript source, no test and no name of the checkout', async () => {
  const files = readdirSync(here.installed, { recursive: true, encoding: 'utf8' })
  expect(files.filter((f) => f.endsWith('.ts') && !f.endsWith('.d.ts'))).toEqual([])
  expect(files.filter((f) => /(^|\/)(test|examples|\.ci|\.github)\//.test(f))).toEqual([])
  for (const needed of [
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'dist/core/plugin.d.ts',
    'dist/config/postern.yaml',
    'dist/plugins/agent-reply/vocabulary/ru.yaml',
  ])
    expect(files).toContain(needed)
  expect((await here.run('grep', '-rlF', checkout, here.installed)).out).toBe('')
})

test('npx postern --version names the version of the package and the commit that it was packed from', async () => {
  const { version } = JSON.parse(readFileSync(path.join(checkout, 'package.json'), 'utf8')) as { readonly version: string } // our own file
  const { out: commit } = await here.run('git', '-C', checkout, 'describe', '--always', '--dirty', '--abbrev=12', '--exclude=*')
  expect(await postern('--version')).toMatchObject({ code: 0, out: `postern ${version} (${commit.trim()})\n` })
})

test('without a configuration in the folder, check and start say so and name the file, and nothing is written into the package', async () => {
  for (const command of ['check', 'start']) {
    const { code, err, out } = await postern(command)
    expect([command, code, out + err]).toEqual([command, 78, expect.stringContaining('postern.yaml: does not exist')])
  }
  expect(existsSync(path.join(here.installed, 'dist', 'data'))).toBe(false)
})

test('the shipped configuration is sound beside the package, and its scenarios hold', async () => {
  cpSync(path.join(here.installed, 'dist', 'config'), path.join(here.folder, 'sample'), { recursive: true })
  expect(await postern('-c', 'sample/postern.yaml', 'check')).toMatchObject({ code: 0 })
  expect((await postern('-c', 'sample/postern.yaml', 'plugins')).out).toMatch(/agent-reply .*@commands/)
  expect((await postern('-c', 'sample/postern.yaml', 'test', 'sample/shipped.test.yaml')).out).toMatch(/tests? hold/)
}, 60_000)

test('the example plugin compiles and passes its own test by the two exports alone', async () => {
  here.link('typescript', 'vitest', '@types/node')
  cpSync(exampleSource, path.join(here.folder, 'own'), { recursive: true })
  const modules = path.join(here.folder, 'node_modules')
  expect(await here.run('node', path.join(modules, 'typescript', 'bin', 'tsc'), '-p', 'own')).toMatchObject({ code: 0, out: '' })
  const result = path.join(here.folder, 'result.json')
  await here.run('node', path.join(modules, 'vitest', 'vitest.mjs'), 'run', '--root', 'own', '--reporter', 'json', '--outputFile', result)
  expect(JSON.parse(readFileSync(result, 'utf8'))).toMatchObject({ success: true, numPassedTests: 4 })
}, 120_000)

test('what is internal is not in the types of the package', async () => {
  const own = path.join(here.folder, 'internal')
  mkdirSync(own)
  cpSync(path.join(exampleSource, 'tsconfig.json'), path.join(own, 'tsconfig.json'))
  writeFileSync(
    path.join(own, 'a.ts'),
    "import { definePlugin, readOwnMessageId } from 'postern/plugin'\nexport { definePlugin, readOwnMessageId }\n",
  )
  const { out } = await here.run('node', path.join(here.folder, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'internal')
  expect(out).toContain("no exported member 'readOwnMessageId'")
  expect(out).not.toContain("'definePlugin'")
}, 60_000)

test('npx postern start takes a mail in, and a plugin that is installed as a package hears of it', async () => {
  writeFileSync(
    path.join(here.folder, 'postern.yaml'),
    `name: packed
hostname: gw.example.test
data: ./data
mailboxes: { support: { address: support@example.test } }
listeners: [{ protocol: smtp, host: 127.0.0.1, port: 0 }]
http: { host: 127.0.0.1, port: 0 }
plugins: [desk, threading, agent-reply, { postern-plugin-first-answer: { goal: 1s } }]
`,
  )
  const program = path.join(here.folder, 'node_modules', '.bin', 'postern')
  const daemon = spawn(program, ['start'], { cwd: here.folder, env: here.env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => daemon.once('exit', resolve))
  try {
    for await (const line of createInterface({ input: daemon.stdout })) {
      const said = JSON.parse(line) as { readonly msg: string; readonly listeners?: readonly string[] } // pino's own lines
      if (said.msg === 'postern is ready') {
        const port = Number(said.listeners?.[0]?.split(':').at(-1))
        expect(await send(port, { to: 'support@example.test', from: 'carl@customer.test', subject: 'Packed' })).toMatch(/^250/)
      }
      if (said.msg === 'mail taken in') break
    }
    await expect.poll(async () => (await postern('cases', 'show', '1')).out, { timeout: 60_000 }).toContain('late')
  } finally {
    daemon.kill('SIGTERM')
  }
  expect(await ended).toBe(0)
}, 120_000)
