// A mail that kills the process that takes it in.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { basicConfig, installation } from '../support/cli.ts'
import type { Installation } from '../support/cli.ts'
import { send } from '../support/send.ts'

const plugin = `
export default {
  name: 'fatal', description: 'Dies of poison.', config: { type: 'object', properties: {} },
  setup: () => ({ intake: async (tx, arrival) => { if (arrival.mail.subject === 'poison') process.kill(process.pid, 'SIGKILL'); return { verdict: 'pass' } } }),
}
`

let here: Installation
beforeAll(() => {
  here = installation(basicConfig.replace('[desk, threading, notify]', '[desk, threading, notify, ./fatal.mjs]'))
  writeFileSync(path.join(here.folder, 'fatal.mjs'), plugin)
})
afterAll(() => here.remove())

test('is parked when three processes have died of it, is kept and shown, and holds up no other mail (IDM-9)', async () => {
  const first = await here.start()
  const dead = new Promise((resolve) => first.process.once('exit', resolve))
  const [port = 0] = first.ports
  for (const subject of ['one', 'poison', 'two'])
    await send(port, { to: 'support@example.test', from: 'Carla <carla@customer.test>', subject, text: 'Words.' }).catch(() => undefined)
  await dead
  let deaths = 1
  for (let parked = false; !parked && deaths < 9;) {
    const next = await here.start()
    parked = await next.heard('a job was parked: the process died each time it ran').then(
      () => true,
      () => false,
    )
    if (!parked) deaths += 1
    else {
      await send(next.ports[0] ?? 0, { to: 'support@example.test', from: 'Dan <dan@customer.test>', subject: 'three', text: 'Words.' })
      await next.heard('mail taken in')
    }
  }
  expect(deaths).toBe(3)
  const mails: readonly { readonly state: string; readonly error: string | null }[] = (await here.run('inbound', 'list', '--json')).json()
  expect(mails.filter((m) => m.state === 'parked')).toHaveLength(1)
  expect(mails.filter((m) => m.state !== 'parked' && m.state !== 'done')).toEqual([])
}, 120_000)
