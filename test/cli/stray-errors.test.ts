// A plugin that misbehaves where nobody waits for it, in a real process: it is named, and mail goes on.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { basicConfig, installation } from '../support/cli.ts'
import type { Installation } from '../support/cli.ts'
import { send } from '../support/send.ts'

const plugin = `
import { createConnection } from 'node:net'
const never = new Promise(() => {})
export default {
  name: 'stray', description: 'Fails where nobody waits.', config: { type: 'object', properties: {} },
  setup: () => {
    setTimeout(() => { throw new Error('in a timer') }, 1)
    let ticks = 0
    const tick = setInterval(() => { if ((ticks += 1) === 3) clearInterval(tick); throw new Error('in an interval') }, 5)
    setTimeout(async () => { await null; throw new Error('rejected unheard') }, 1)
    setTimeout(() => createConnection('/nowhere/at/all.sock'), 1)
    return {
      on: { 'message.received': async () => { setTimeout(() => { throw new Error('after a mail') }, 1) } },
      routes: [
        { method: 'GET', url: '/stray/hangs', access: 'public', handle: () => never },
        { method: 'GET', url: '/stray/throws', access: 'public', handle: async () => { throw new Error('in a route') } },
        { method: 'GET', url: '/stray/well', access: 'public', handle: async () => ({ body: { well: true } }) },
      ],
    }
  },
}
`

let here: Installation
beforeAll(() => {
  here = installation(
    `${basicConfig.replace('[desk, threading, notify]', '[desk, threading, notify, ./stray.mjs]')}intake: { hook_timeout: 500ms }\n`,
  )
  writeFileSync(path.join(here.folder, 'stray.mjs'), plugin)
})
afterAll(() => here.remove())

test('a plugin that throws in a timer, rejects unheard or hangs in a route is named in log and metrics, and ends nothing (SEC-13)', async () => {
  const daemon = await here.start()
  const [port = 0] = daemon.ports
  const ready = await daemon.heard('postern is ready', 0)
  const url = `http://${String(ready.http)}`
  await send(port, { to: 'support@example.test', from: 'Carla <carla@customer.test>', subject: 'Hello', text: 'Words.' })
  await daemon.heard('mail taken in', 0)

  const hung = await fetch(`${url}/stray/hangs`)
  expect(hung.status).toBe(500)
  expect((await fetch(`${url}/stray/throws`)).status).toBe(500)
  expect(await (await fetch(`${url}/stray/well`)).json()).toEqual({ well: true })

  for (const error of ['in a timer', 'in an interval', 'rejected unheard', 'after a mail', 'ENOENT'])
    await expect.poll(() => strays(daemon.lines).join('\n')).toContain(error)
  const token = (await here.run('token', 'create', 'monitoring', '--access', 'admin')).out.trim()
  const metrics = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text()
  expect(metrics).toMatch(/postern_plugin_stray_errors_total\{plugin="stray"\} [1-9]/)
  expect(metrics).toMatch(/postern_hook_seconds_count\{plugin="stray",hook="route GET \/stray\/hangs",failed="true"\} 1/)

  await send(port, { to: 'support@example.test', from: 'Dan <dan@customer.test>', subject: 'Still there?', text: 'Words.' })
  expect(await daemon.stop()).toBe(0)
  const mails: readonly unknown[] = (await here.run('inbound', 'list', '--json')).json()
  expect(mails).toHaveLength(2)
}, 60_000)

function strays(lines: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  return lines.filter((line) => line.plugin === 'stray' && line.level === 'error' && 'stack' in line).map((line) => String(line.error))
}
