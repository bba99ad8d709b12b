import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { freePorts } from '../crash/daemon.ts'
import { afterEach, expect, test, vi } from 'vitest'
import { basicConfig, installation, runCli } from '../support/cli.ts'
import type { Installation } from '../support/cli.ts'
import { send } from '../support/send.ts'

// Each step starts a process: seconds where the machine has other work.
vi.setConfig({ testTimeout: 120_000 })

const made: Installation[] = []
const install = (config?: string): Installation => {
  const one = installation(config)
  made.push(one)
  return one
}
afterEach(async () => {
  for (const one of made.splice(0)) await one.remove()
})

test('a second daemon on the same database exits 75 with a clear line, and runs once the first has stopped', async () => {
  const here = install()
  const first = await here.start()
  const second = await here.run('start')
  expect([second.code, second.out]).toEqual([75, ''])
  expect(second.err).toMatch(/^postern: another postern already runs on this database .*stop it first/)
  expect(await first.stop()).toBe(0)
  expect(first.lines.at(-1)?.msg).toBe('stopped')
  const third = await here.start()
  expect(await third.stop('SIGINT')).toBe(0)
})

test('a data folder that is a file, and a port that another program has, are told with their place and what to do', async () => {
  const here = install(basicConfig.replace('data: ./data', 'data: ./taken'))
  writeFileSync(path.join(here.folder, 'taken'), '')
  const noFolder = await here.run('start')
  expect([noFolder.code, noFolder.err]).toEqual([
    78,
    expect.stringMatching(/^postern: the database cannot be at \S+\/taken: it is a file where a folder is needed: /m),
  ])
  const first = await install().start()
  const second = await install(basicConfig.replace('port: 0', `port: ${first.ports[0]}`)).run('start')
  expect([second.code, second.err]).toEqual([
    78,
    expect.stringMatching(/^postern: cannot listen on \S+: .*another program has it \("ss -lntp" names it\): stop that/m),
  ])
})

test('a wrong configuration is told in full as file:line:column and exits 78', async () => {
  const here = install(basicConfig.replace('notify: [anna]', 'notify: [nobody]').replace('name: test', 'nam: test'))
  const { code, err, out } = await here.run('start')
  expect([code, out]).toEqual([78, ''])
  expect(err).toMatch(/^postern\.yaml:\d+:\d+: /m)
  expect(err).toContain('nobody')
  expect(err).toContain('nam')
})

test('SIGHUP takes over a good configuration, says what needs a restart, and keeps the old one when the new one is wrong', async () => {
  const here = install()
  const daemon = await here.start()
  const [port = 0] = daemon.ports
  expect(await send(port, { to: 'sales@example.test' })).toMatch(/^550 5\.1\.1/)

  const withSales = basicConfig
    .replace('agents:', '  sales: { address: sales@example.test, notify: [anna] }\nagents:')
    .replace('free_space: 50MB', 'free_space: 60MB')
  here.writeConfig(withSales)
  daemon.process.kill('SIGHUP')
  expect((await daemon.heard('the changed configuration is in force')).changed).toEqual(['mailboxes.sales'])
  expect((await daemon.heard('some changes of the configuration need a restart')).keys).toEqual(['limits.free_space'])
  expect(await send(port, { to: 'sales@example.test' })).toMatch(/^250 2\.0\.0/)

  const before = daemon.lines.length
  here.writeConfig(basicConfig.replace('notify: [anna]', 'notify: [nobody]'))
  daemon.process.kill('SIGHUP')
  const refused = await daemon.heard('the changed configuration is wrong and not taken over; the old one stays in force', before)
  expect(String(refused.problems)).toContain('nobody')
  expect(await send(port, { to: 'sales@example.test', subject: 'still taken' })).toMatch(/^250 2\.0\.0/)

  here.writeConfig(withSales)
  const then = daemon.lines.length
  daemon.process.kill('SIGHUP')
  expect((await daemon.heard('the changed configuration is in force', then)).changed).toEqual([])
  expect(await daemon.stop()).toBe(0)
})

test('a configuration that was refused shows in /readyz, in status and as a metric until the file is right again', async () => {
  const [httpPort = 0] = await freePorts(1)
  const config = basicConfig.replace('http: { host: 127.0.0.1, port: 0 }', `http: { host: 127.0.0.1, port: ${httpPort} }`)
  const here = install(config)
  const daemon = await here.start()
  const readyz = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${httpPort}/readyz`)).json()
  const token = (await here.run('token', 'create', 'prometheus', '--access', 'read')).out.trim()
  const metric = async (): Promise<string | undefined> => {
    const answered = await fetch(`http://127.0.0.1:${httpPort}/metrics`, { headers: { authorization: `Bearer ${token}` } })
    return /^postern_config_stale (\d)$/m.exec(await answered.text())?.[1]
  }
  expect([await readyz(), await metric()]).toEqual([{ ready: true }, '0'])
  here.writeConfig(config.replace('notify: [anna]', 'notify: [nobody]'))
  daemon.process.kill('SIGHUP')
  await expect.poll(readyz, { timeout: 60_000 }).toEqual({ ready: true, config: 'stale' })
  expect(await metric()).toBe('1')
  here.writeConfig(config.replace('free_space: 50MB', 'free_space: 60MB'))
  expect((await here.run('status')).out).toMatch(/^daemon +running, ready for mail, config: stale/m)
  here.writeConfig(config)
  daemon.process.kill('SIGHUP')
  await expect.poll(readyz, { timeout: 60_000 }).toEqual({ ready: true })
  expect(await metric()).toBe('0')
  expect((await here.run('status')).out).toMatch(/^daemon +running, ready for mail$/m)
})

test('the log level is taken over, and no plugin is added without a restart', async () => {
  const here = install(basicConfig.replace('plugins: [desk, threading, notify]', 'plugins: [desk]'))
  const daemon = await here.start()
  const withSales = basicConfig.replace('agents:', '  sales: { address: sales@example.test, notify: [anna] }\nagents:')
  here.writeConfig(`${withSales}log: { level: error }\n`)
  daemon.process.kill('SIGHUP')
  // At the level `error` nothing is said of it; that it happened shows at the door.
  await expect.poll(() => send(daemon.ports[0] ?? 0, { to: 'sales@example.test' }), { timeout: 60_000 }).toMatch(/^250/)
  const count = daemon.lines.length
  here.writeConfig(`${withSales}log: { level: info }\n`)
  daemon.process.kill('SIGHUP')
  await daemon.heard('the changed configuration is in force', count)
  expect((await daemon.heard('some changes of the configuration need a restart', count)).keys).toEqual(['plugins'])
  expect(daemon.lines.filter((l) => l.msg === 'the changed configuration is in force')).toHaveLength(1)
})

test('a database from a newer version is refused with the remedy and exit code 78', async () => {
  const here = install()
  await (await here.start()).stop()
  const db = new DatabaseSync(path.join(here.folder, 'data', 'postern.db'))
  db.prepare('insert into migrations (owner, name, applied_at) values (?, ?, 1)').run('core', '9999-from-the-future')
  db.close()
  const refused = await here.run('start')
  expect(refused.code).toBe(78)
  expect(refused.err).toMatch(/written by a newer version.*9999-from-the-future.*restore the backup/)
})

test('an upgrade copies the database before its first step, and enabling a plugin does not', async () => {
  const here = install(basicConfig.replace('[desk, threading, notify]', '[./mine.mjs]'))
  const plugin = (steps: number): void =>
    writeFileSync(
      path.join(here.folder, 'mine.mjs'),
      `export default { name: 'mine', description: 'x', config: { type: 'object', properties: {} }, setup: () => ({}), migrations: [${Array.from({ length: steps }, (_, i) => `{ name: '000${i + 1}-x', up: (db) => db.schema.createTable('mine_${i + 1}').addColumn('id', 'text').execute() }`).join(',')}] }`,
    )
  const copies = (): readonly string[] => readdirSync(path.join(here.folder, 'data')).filter((name) => name.includes('.before-'))
  plugin(0)
  await (await here.start()).stop()
  plugin(1)
  await (await here.start()).stop()
  expect(copies()).toEqual([])
  plugin(3)
  await (await here.start()).stop()
  expect(copies()).toEqual(['postern.db.before-mine-0002-x'])
  const verified = await here.run('verify', path.join(here.folder, 'data', 'postern.db.before-mine-0002-x'))
  expect([verified.code, verified.err]).toEqual([0, ''])
})

test('an installation without arguments, an unknown command and --help answer as a program should', async () => {
  const here = install()
  expect((await runCli(['--help'], here.folder)).code).toBe(0)
  expect((await runCli(['bogus'], here.folder)).code).toBe(2)
  expect((await runCli(['inbound', 'retry'], here.folder)).code).toBe(2)
  expect((await runCli([], here.folder)).code).toBe(2)
  const env = await runCli(['check', '--json'], here.folder, { POSTERN_CONFIG: here.config })
  expect([env.code, env.json()]).toMatchObject([0, { ok: true, problems: [] }])
})
