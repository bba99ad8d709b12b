import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { basicConfig, installation, runCli } from '../support/cli.ts'
import type { CliResult, Daemon, Installation } from '../support/cli.ts'
import { send } from '../support/send.ts'

// Each step starts a process: seconds where the machine has other work.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

/** A plugin that fails at mail with `poison` in its subject while `allowed` is missing beside the config, and brings a filter and a command. */
const plugin = `
import { existsSync } from 'node:fs'
export default {
  name: 'trouble', description: 'Makes trouble.', config: { type: 'object', properties: {} },
  setup: (host) => ({
    intake: async (tx, arrival) => {
      if (arrival.mail.subject.includes('poison') && !existsSync(host.configFolder + '/allowed')) throw new Error('boom\\u001b[31m')
      return { verdict: 'pass' }
    },
    jobs: { work: { attempts: 1, run: async () => { if (!existsSync(host.configFolder + '/allowed')) throw new Error('no work today') } } },
    on: { 'case.created': async (tx) => { await tx.jobs.put('trouble.work', 'trouble.work:' + tx.now, tx.now, {}) } },
    filters: { number: { description: 'Of this number.', value: { type: 'string', pattern: '^[0-9]+$' }, where: (db, value) => ({ caseIds: db.selectFrom('cases').select('id').where('number', '=', Number(value)) }) } },
    commands: { greet: { description: 'Greets.', usage: '<who>', options: [['--loud', 'louder']], run: async ({ args, options, print, json }) => { print(json ? JSON.stringify({ hello: args[0] }) : 'hello ' + args[0] + (options.loud ? '!' : '')); return args[0] === 'nobody' ? 1 : 0 } } },
  }),
}
`

let here: Installation
let daemon: Daemon
const run = (...args: readonly string[]): Promise<CliResult> => here.run(...args)
const rows = async <T>(...args: readonly string[]): Promise<readonly T[]> => (await run(...args, '--json')).json()

beforeAll(async () => {
  // Nobody listens at port 9: what is sent waits.
  here = installation(
    `${basicConfig.replace('[desk, threading, notify]', '[desk, threading, notify, ./trouble.mjs]')}intake: { attempts: 1 }\noutgoing: { transport: smtp, host: 127.0.0.1, port: 9, tls: "off" }\n`,
  )
  writeFileSync(path.join(here.folder, 'trouble.mjs'), plugin)
  daemon = await here.start()
  const [port = 0] = daemon.ports
  await send(port, { to: 'support@example.test', from: 'Carla <carla@customer.test>', subject: 'Printer', text: 'It smokes.' })
  await send(port, { to: 'support@example.test', from: 'Dan <dan@customer.test>', subject: 'poison', text: 'Harmless words.' })
  await daemon.heard('mail taken in')
  await daemon.heard('a job failed')
  await vi.waitUntil(async () => (await rows('inbound', 'list', '--state', 'parked')).length === 1, { timeout: 60_000 })
})
afterAll(() => here.remove())

test('status names what is stuck and exits 1 for it', async () => {
  const { code, out } = await run('status')
  expect(code).toBe(1)
  expect(out).toMatch(/daemon +running/)
  expect(out).toMatch(/inbound +parked +1 +for [\ddhms ]+ +Internal error.*intake: boom.* postern inbound list --state parked/)
  expect(out).toMatch(/outbox +queued +\d+ +for [\ddhms ]+ +\S/)
  expect((await run('status', '--json')).json()).toMatchObject({ running: true, stuck: 2, cases: { open: 1 } })
})

/** Files that a command loads, counted where a clock would tell of the machine: most of the time of a short command is loading. */
async function loadedBy(...args: readonly string[]): Promise<readonly string[]> {
  const hook = `import { registerHooks } from 'node:module'
    const urls = []
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
    process.on('exit', () => process.stderr.write([...urls, ...process.moduleLoadList].join('\\n')))`
  const { err } = await runCli([...args, '--config', here.config], here.folder, {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}`,
  })
  return err.split('\n')
}

test.each([
  ['status', 'status.ts'],
  ['cases list --status open --assignee anna@example.test', 'cases.ts'],
  ['cases show 1', 'cases.ts'],
  ['inbound list', 'inbound.ts'],
  ['outbox list', 'outbox.ts'],
  ['jobs list', 'jobs.ts'],
  ['suppressions list', 'suppressions.ts'],
  ['token list', 'token.ts'],
])('%s costs what its tables cost: it loads no plugin, no engine and nothing that reads mail', async (line, file) => {
  const loaded = await loadedBy(...line.split(' '))
  expect(loaded.some((url) => url.endsWith(`/core/cli/${file}`))).toBe(true)
  const modules = /\/(plugins|core\/mail\/read|core\/engine\/engine|nodemailer|libmime|liquidjs|re2js|parse5|htmlparser2|fastify|pino)[/.]/
  expect(loaded.filter((url) => url.startsWith('file:') && modules.test(url))).toEqual([])
})

test('check loads plugins, and nothing of what only a running gateway does', async () => {
  const loaded = await loadedBy('check')
  expect(loaded.some((url) => url.endsWith('/plugins/desk/plugin.ts'))).toBe(true)
  expect(
    loaded.filter((url) => /\/node_modules\/(nodemailer|parse5|fastify|pino|smtp-server|pg|prom-client|mailauth)\//.test(url)),
  ).toEqual([])
  // Node's own fetch comes with an import of node:http, and costs as much as a plugin with all that it needs.
  expect(loaded.filter((name) => /undici|_http_server|NativeModule sqlite/.test(name))).toEqual([])
})

test('a list asks plugins only for their own filters and orders, and works where the settings of one are wrong', async () => {
  expect((await loadedBy('cases', 'list', '--filter', 'number=1')).some((url) => url.includes('/plugins/'))).toBe(true)
  const config = path.join(here.folder, 'wrong.yaml')
  writeFileSync(config, basicConfig.replace('[desk, threading, notify]', '[{ desk: { colour: red } }, threading]'))
  expect(await runCli(['check', '-c', config], here.folder)).toMatchObject({ code: 78 })
  expect(await runCli(['cases', 'list', '-c', config], here.folder)).toMatchObject({ code: 0, out: expect.stringContaining('Printer') })
  expect(await here.run('cases', 'list', '--sort', 'colour')).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is no "colour"'),
  })
})

test('inbound: a parked mail is listed with its reason, shown with its bytes, retried after the repair and taken in', async () => {
  const [parked] = await rows<{ id: string; error: string }>('inbound', 'list', '--state', 'parked')
  const id = parked?.id ?? ''
  expect(parked?.error).toContain('plugin trouble, intake: boom')
  // What a mail or a plugin says never steers the terminal.
  expect((await run('inbound', 'list')).out).not.toContain('\u001b')
  expect((await run('inbound', 'show', id)).out).toMatch(/state +parked/)
  expect((await run('inbound', 'show', id, '--raw')).out).toContain('Subject: poison\r\n')
  writeFileSync(path.join(here.folder, 'allowed'), '')
  expect(await run('inbound', 'retry', '--parked')).toMatchObject({ code: 0, out: `${id}: will be taken in again\n` })
  await expect
    .poll(async () => (await run('inbound', 'show', id, '--json')).json(), { timeout: 60_000 })
    .toMatchObject({ state: 'done', job: null })
  expect(await run('inbound', 'retry', id)).toMatchObject({ code: 1, err: `${id}: it was taken in already\n` })
  expect(await run('inbound', 'drop', 'nothing')).toMatchObject({ code: 1, err: 'nothing: there is no such mail\n' })
  expect((await run('inbound', 'list', '--state', 'nonsense')).code).toBe(2)
})

test('jobs: parked work of a plugin is listed with its reason, and done after the repair', async () => {
  const parked = await rows<{ key: string; error: string; kind: string }>('jobs', 'list', '--state', 'parked')
  expect(parked).toMatchObject([{ kind: 'trouble.work', error: expect.stringContaining('no work today') as string }])
  const key = parked[0]?.key ?? ''
  expect(await run('jobs', 'retry', key)).toMatchObject({ code: 0, out: `${key}: will be done now\n` })
  await expect.poll(async () => (await run('jobs', 'list', '--json')).json(), { timeout: 60_000 }).toEqual([])
  expect((await run('jobs', 'retry', key)).code).toBe(1)
  expect((await run('jobs', 'drop', key)).code).toBe(1)
})

test('outbox: what waits is listed with the reply, shown with its bytes, retried and dropped', async () => {
  const list = await rows<{ id: string; state: string; address: string; kind: string }>('outbox', 'list', '--state', 'queued')
  const mail = list.find((m) => m.address === 'anna@agents.test')
  expect(mail).toMatchObject({ kind: 'notification' })
  const id = mail?.id ?? ''
  expect((await run('outbox', 'show', id, '--raw')).out).toMatch(/^[A-Za-z-]+: /)
  expect((await run('outbox', 'show', id, '--json')).json()).toMatchObject({ id, recipients: [{ address: 'anna@agents.test' }] })
  expect((await run('outbox', 'retry', id)).code).toBe(0)
  // The daemon may be trying it at this very moment; then it waits again.
  await expect.poll(async () => (await run('outbox', 'drop', id)).code, { timeout: 60_000 }).toBe(0)
  expect((await run('outbox', 'show', id, '--json')).json()).toMatchObject({ recipients: [{ state: 'cancelled' }] })
  expect(await run('outbox', 'drop', id)).toMatchObject({ code: 1, err: `${id}: nothing of it waits\n` })
  expect((await run('outbox', 'retry', 'nothing')).code).toBe(1)
  expect((await run('outbox', 'show', 'nothing')).code).toBe(1)
})

test('cases are found by status, mailbox, assignee, requester, tag and the filters of plugins', async () => {
  const numbers = async (...args: readonly string[]): Promise<readonly number[]> =>
    (await rows<{ number: number }>('cases', 'list', ...args)).map((c) => c.number)
  expect(await numbers('--requester', 'Carla@Customer.test')).toEqual([1])
  expect(await numbers('--status', 'closed,spam')).toEqual([])
  expect(await numbers('--status', 'open', '--mailbox', 'support', '--assignee', 'none', '--filter', 'number=1')).toEqual([1])
  expect(await numbers('--mailbox', 'sales')).toEqual([])
  expect(await numbers('--tag', 'vip')).toEqual([])
  expect(await run('cases', 'list', '--filter', 'number=x')).toMatchObject({ code: 2, out: '' })
  expect(await run('cases', 'list', '--filter', 'colour=red')).toMatchObject({
    code: 2,
    err: expect.stringContaining('there are follower, number') as string,
  })
  expect(await run('cases', 'list', '--status', 'odd')).toMatchObject({ code: 2 })
  expect(await run('cases', 'list', '--sort', 'odd')).toMatchObject({
    code: 1,
    err: expect.stringContaining('there are updated_at, created_at, number') as string,
  })
})

test('the timeline of a case holds its messages, and with --events what happened', async () => {
  const { code, out } = await run('cases', 'show', '#1')
  expect(code).toBe(0)
  expect(out).toMatch(/^#1 +Printer$/m)
  expect(out).toMatch(/customer carla@customer\.test: received\n {4}It smokes\./)
  expect(out).not.toContain('case.created')
  expect((await run('cases', 'show', '1', '--events')).out).toContain('case.created')
  const shown = (await run('cases', 'show', '1', '--json')).json() as { case: { subject: string }; timeline: readonly { what: string }[] }
  expect([shown.case.subject, shown.timeline[0]?.what]).toEqual(['Printer', 'message'])
  // An agent's answer comes from the mailbox's address; who wrote it is what one wants to know.
  expect((await run('act', 'reply.send', '--case', '1', '--as', 'anna', '--args', '{"text":"Unplug it."}')).code).toBe(0)
  expect((await run('cases', 'show', '1')).out).toMatch(/ {2}agent anna: \w+\n {4}Unplug it\./)
  expect(await run('cases', 'show', '99')).toMatchObject({ code: 1, err: 'postern: there is no case 99\n' })
})

test('act orders an action beside the running daemon, refuses with the reason, and its events get their place', async () => {
  const actions = await rows<{ name: string; on: string }>('act')
  expect(actions.map((a) => a.name)).toContain('case.status')
  expect((await run('act', 'case.status', '--case', '#1', '--args', '{"status":"closed"}', '--as', 'anna', '--json')).json()).toMatchObject(
    { ok: true },
  )
  expect(await rows('cases', 'list', '--status', 'closed')).toHaveLength(1)
  expect((await run('cases', 'show', '1', '--events')).out).toMatch(/case\.status_changed by anna/)
  expect(await run('act', 'case.status', '--case', '#1', '--args', '{"status":"odd"}')).toMatchObject({
    code: 1,
    err: expect.stringContaining('case.status') as string,
  })
  expect(await run('act', 'no.such', '--case', '#1')).toMatchObject({ code: 1, err: 'postern: there is no action "no.such"\n' })
  expect((await run('act', 'case.status', '--args', 'nonsense')).code).toBe(2)
  expect((await run('act', 'case.status', '--case', '77')).code).toBe(1)
  expect((await run('act', 'case.status', '--case', '1', '--as', 'nobody')).code).toBe(1)
})

test('commands of plugins are commands of the program', async () => {
  expect(await run('greet', 'you', '--loud')).toMatchObject({ code: 0, out: 'hello you!\n' })
  expect(await run('greet', 'nobody', '--json')).toMatchObject({ code: 1, out: '{"hello":"nobody"}\n' })
  expect((await run('greet')).code).toBe(2)
  const plugins = (await run('plugins', '--json')).json() as {
    plugins: readonly { name: string; commands: readonly { name: string }[] }[]
    order: readonly { hook: string; plugins: readonly string[] }[]
  }
  expect(plugins.plugins.map((p) => p.name)).toEqual(['desk', 'threading', 'notify', 'trouble'])
  expect(plugins.order.find((o) => o.hook === 'intake')?.plugins).toContain('trouble')
})
