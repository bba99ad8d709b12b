// What `npm pack` makes runs outside of the repository: compiled, installed by npm, with nothing of the checkout but what it depends on.
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { checkout, installPacked } from '../support/packed.ts'
import type { PackedFolder } from '../support/packed.ts'
import { send } from '../support/send.ts'

// npm, the compiler and whole processes: minutes where the machine has other work.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 })

const exampleSource = path.join(checkout, 'examples', 'plugin')
let here: PackedFolder
const postern = (...args: readonly string[]) => here.run('npx', '--offline', 'postern', ...args)

beforeAll(async () => {
  here = await installPacked(exampleSource)
})
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

test('npx postern init writes a configuration into the folder, which the next command there takes', async () => {
  const people = [
    '--domain',
    'example.test',
    '--mailbox',
    'support',
    '--agent',
    'Anna Smith <anna@example.org>',
    '--hostname',
    'gw.example.test',
  ]
  const { code, out } = await postern('init', 'own.yaml', ...people, '--postfix', '--postconf', '/does/not/exist')
  expect([code, out]).toEqual([0, expect.stringMatching(/^own\.yaml is written\.[\s\S]*^own\.yaml: ok/m)])
  expect(await postern('-c', 'own.yaml', 'check')).toMatchObject({ code: 0 })
  expect((await postern('-c', 'own.yaml', 'plugins')).out).toMatch(/agent-reply .*@commands/)
})

test('the shipped configuration is sound beside the package, and its scenarios hold', async () => {
  cpSync(path.join(here.installed, 'dist', 'config'), path.join(here.folder, 'sample'), { recursive: true })
  expect(await postern('-c', 'sample/postern.yaml', 'check')).toMatchObject({ code: 0 })
  expect((await postern('-c', 'sample/postern.yaml', 'plugins')).out).toMatch(/agent-reply .*@commands/)
  expect((await postern('-c', 'sample/postern.yaml', 'test', 'sample/shipped.test.yaml')).out).toMatch(/tests? hold/)
})

test('the example plugin compiles and passes its own test by the two exports alone', async () => {
  here.link('typescript', 'vitest', '@types/node')
  cpSync(exampleSource, path.join(here.folder, 'own'), { recursive: true })
  const modules = path.join(here.folder, 'node_modules')
  expect(await here.run('node', path.join(modules, 'typescript', 'bin', 'tsc'), '-p', 'own')).toMatchObject({ code: 0, out: '' })
  const result = path.join(here.folder, 'result.json')
  await here.run('node', path.join(modules, 'vitest', 'vitest.mjs'), 'run', '--root', 'own', '--reporter', 'json', '--outputFile', result)
  expect(JSON.parse(readFileSync(result, 'utf8'))).toMatchObject({ success: true, numPassedTests: 4 })
})

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
})

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
    await expect.poll(async () => (await postern('cases', 'show', '1')).out, { timeout: 500_000 }).toContain('late')
  } finally {
    daemon.kill('SIGTERM')
  }
  expect(await ended).toBe(0)
})

const debian = spawnSync('dpkg-deb', ['--version']).status === 0 && process.getuid?.() === 0
describe.skipIf(!debian)('the Debian package (skipped where there is no dpkg, or the user is not root)', () => {
  let root: string
  const dpkg = (...args: readonly string[]) =>
    here.run(
      'dpkg',
      `--instdir=${root}`,
      `--admindir=${root}/var/lib/dpkg`,
      '--force-script-chrootless,depends,confold,unsafe-io',
      '--log=/dev/null',
      ...args,
    )
  /** Owner, group and mode, numbers. */
  const rights = (file: string) => {
    const { uid, gid, mode } = statSync(path.join(root, file))
    return [uid, gid, (mode & 0o777).toString(8)]
  }

  beforeAll(async () => {
    // A root of its own, in which dpkg knows nothing yet and users are added to files of its own.
    root = path.join(here.folder, 'root')
    for (const folder of ['var/lib/dpkg/info', 'var/lib/dpkg/updates', 'etc']) mkdirSync(path.join(root, folder), { recursive: true })
    for (const file of ['var/lib/dpkg/status', 'var/lib/dpkg/available', 'etc/shadow', 'etc/gshadow'])
      writeFileSync(path.join(root, file), '')
    writeFileSync(path.join(root, 'etc', 'passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
    writeFileSync(path.join(root, 'etc', 'group'), 'root:x:0:\n')
    const script = path.join(checkout, '.ci', 'debian', 'build.ts')
    const built = await here.run('node', script, '--tarball', here.tarball, '--out', here.folder, '--compress', 'none')
    expect(built).toMatchObject({ code: 0 })
    expect(await dpkg('-i', built.out.trim())).toMatchObject({ code: 0 })
  })

  test('installs the program, its unit, its user, its configuration and its folders, with the rights that they need', async () => {
    const [, uid, gid] =
      /^postern:x:(\d+):(\d+):.*:\/var\/lib\/postern:\/usr\/sbin\/nologin$/m.exec(readFileSync(path.join(root, 'etc', 'passwd'), 'utf8')) ??
      []
    expect([Number(uid) > 0, Number(uid) < 1000]).toEqual([true, true])
    expect(rights('var/lib/postern')).toEqual([Number(uid), Number(gid), '700'])
    expect(rights('etc/postern')).toEqual([0, Number(gid), '750'])
    expect(rights('etc/postern/postern.yaml')).toEqual([0, Number(gid), '640'])
    expect(rights('usr/lib/postern/core/postern.mjs').slice(0, 2)).toEqual([0, 0])
    const unit = readFileSync(path.join(root, 'lib', 'systemd', 'system', 'postern.service'), 'utf8')
    expect(unit).not.toMatch(/\/opt\/|postern\.socket/)
    const [, program = '', script = ''] = /^ExecStart=(\S+) .*?(core\/\S+)/m.exec(unit) ?? []
    const [, folder = ''] = /^WorkingDirectory=(\S+)/m.exec(unit) ?? []
    for (const file of [program, path.join(folder, script)]) expect([file, existsSync(path.join(root, file))]).toEqual([file, true])
    expect((await here.run('dpkg-query', `--admindir=${root}/var/lib/dpkg`, '-W', '-f', '${Status} ${Version}', 'postern')).out).toMatch(
      /^install ok installed \d/,
    )
  })

  test('the installed command checks its configuration, starts, and keeps the mail in /var/lib/postern', async () => {
    const file = path.join(root, 'etc', 'postern', 'postern.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/port: (2525|2424|8025)/g, 'port: 0'))
    const installed = path.join(root, 'usr', 'bin', 'postern')
    expect((await here.run(installed, '--version')).out).toBe((await postern('--version')).out)
    expect(await here.run(installed, 'check')).toMatchObject({ code: 0 })
    const daemon = spawn(installed, ['start'], { env: here.env, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => daemon.once('exit', resolve))
    for await (const line of createInterface({ input: daemon.stdout })) if (line.includes('"postern is ready"')) break
    daemon.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(existsSync(path.join(root, 'var', 'lib', 'postern', 'postern.db'))).toBe(true)
    expect(await here.run(installed, 'status')).toMatchObject({ code: 0 })
  })

  test('installed again it keeps the configuration, purged it takes that along and leaves the mail', async () => {
    const before = readFileSync(path.join(root, 'etc', 'postern', 'postern.yaml'), 'utf8')
    const [name = ''] = readdirSync(here.folder).filter((f) => f.endsWith('.deb'))
    expect(await dpkg('-i', path.join(here.folder, name))).toMatchObject({ code: 0 })
    expect(readFileSync(path.join(root, 'etc', 'postern', 'postern.yaml'), 'utf8')).toBe(before)
    const purged = await dpkg('--purge', 'postern')
    expect(purged).toMatchObject({ code: 0, out: expect.stringContaining('was kept') })
    expect([existsSync(path.join(root, 'etc', 'postern')), existsSync(path.join(root, 'usr', 'lib', 'postern'))]).toEqual([false, false])
    expect(existsSync(path.join(root, 'var', 'lib', 'postern', 'postern.db'))).toBe(true)
  })
})
