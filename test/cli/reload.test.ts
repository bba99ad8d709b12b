// A reload or a start takes nothing away unless an admin has said so.
import { appendFileSync, readFileSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
import { basicConfig, installation } from '../support/cli.ts'
import type { Installation } from '../support/cli.ts'
import { send } from '../support/send.ts'

// Each step starts a process: seconds where the machine has other work.
vi.setConfig({ testTimeout: 180_000 })

const made: Installation[] = []
afterEach(async () => {
  for (const one of made.splice(0)) await one.remove()
})
const withSales = basicConfig.replace(
  'agents:',
  '  sales: { address: sales@example.test, aliases: [shop@example.test], notify: [anna] }\nagents:',
)

test('what a changed file takes away is refused until it is named, at a reload and at a start, and its mail waits meanwhile', async () => {
  const here = installation(withSales)
  made.push(here)
  const daemon = await here.start()
  const [port = 0] = daemon.ports
  const takes = (to: string): Promise<string> => send(port, { to })

  // Cut off: valid as it is, but for what is gone.
  here.writeConfig(basicConfig.replace('plugins: [desk, threading, notify]', 'plugins: [desk, threading]'))
  daemon.process.kill('SIGHUP')
  const refused = await daemon.heard(
    'the changed configuration takes away what is in force, or a plugin refuses it: it is not taken over; the old one stays in force',
  )
  expect(String(refused.problems)).toMatch(
    /postern\.yaml lacks .*the mailbox sales \(sales@example\.test, shop@example\.test\), the plugin notify.*postern reload --remove sales notify/,
  )
  expect(await takes('sales@example.test')).toMatch(/^250/)

  // The command says the same before it asks anybody.
  const told = await here.run('reload', '--remove', 'sales')
  expect([told.code, told.out]).toEqual([1, ''])
  expect(told.err).toMatch(/the plugin notify.*--remove notify",/)
  here.writeConfig(basicConfig)
  expect((await here.run('reload', '--remove', 'salse')).err).toContain('takes nothing of that name away')
  expect((await here.run('reload', '--dry-run', '--remove', 'sales')).out).toContain('would be taken away: the mailbox sales')
  expect(await takes('shop@example.test')).toMatch(/^250/)

  // Left to `allow_removal` its mail is put off, until it is confirmed by name.
  appendFileSync(here.config, 'reload: { allow_removal: true }\n')
  const let1 = await here.run('reload')
  expect([let1.code, let1.err]).toEqual([0, ''])
  expect(let1.out).toContain('taken away: the mailbox sales')
  expect(await takes('sales@example.test')).toMatch(/^451 4\.2\.1/)
  expect(await takes('shop+7@example.test')).toMatch(/^451 4\.2\.1/)
  expect(await takes('nobody@example.test')).toMatch(/^550 5\.1\.1/)
  expect((await here.run('reload', '--remove', 'sales')).code).toBe(0)
  expect(await takes('sales@example.test')).toMatch(/^550 5\.1\.1/)
  expect(await daemon.stop()).toBe(0)

  // A start compares as a reload does. Confirmed while no gateway runs, it goes at the next start.
  here.writeConfig(basicConfig.replace('support@example.test', 'hello@example.test'))
  const start = await here.run('start')
  expect(start.code).toBe(78)
  expect(start.err).toMatch(/the address support@example\.test.*--remove support@example\.test/)
  expect(await here.run('reload', '--remove', 'support@example.test')).toMatchObject({
    code: 0,
    out: expect.stringContaining('no gateway runs'),
  })
  const again = await here.start()
  expect(await send(again.ports[0] ?? 0, { to: 'hello@example.test' })).toMatch(/^250/)
  expect(await send(again.ports[0] ?? 0, { to: 'support@example.test' })).toMatch(/^550 5\.1\.1/)
  expect(await again.stop()).toBe(0)
})

test('an empty file is no configuration: check, start and a reload refuse it', async () => {
  const here = installation()
  made.push(here)
  const daemon = await here.start()
  here.writeConfig('')
  const check = await here.run('check')
  expect([check.code, check.err]).toEqual([78, expect.stringMatching(/^postern\.yaml:1:1: mailboxes: there are no mailboxes/)])
  expect((await here.run('start')).code).toBe(78)
  daemon.process.kill('SIGHUP')
  await daemon.heard('the changed configuration is wrong and not taken over; the old one stays in force')
  expect(await send(daemon.ports[0] ?? 0, { to: 'support@example.test' })).toMatch(/^250/)
  expect(readFileSync(here.config, 'utf8')).toBe('')
})
