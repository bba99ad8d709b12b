// Places are for those who bring mail: nobody holds them by being slow, and no address holds them all.
import { afterEach, expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { Client, startRig } from './rig.ts'
import type { Rig } from './rig.ts'

let rig: Rig | undefined
const clients: Client[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await rig?.stop()
})

const to = ['support@example.org']

/** Another peer of the same server, by another address of the loopback. */
async function from(localAddress: string): Promise<{ readonly client: Client; readonly greeting: string }> {
  const client = await Client.connect({ host: '127.0.0.1', port: rig?.server.port ?? 0, localAddress })
  clients.push(client)
  return { client, greeting: await client.reply() }
}

/** The server has read what was sent before, once it has answered somebody who came later. */
const read = async (): Promise<void> => {
  const { client } = await from('127.0.0.9')
  await client.ask('NOOP')
  client.destroy()
}

test('a command of which one octet comes every two seconds is not waited for longer than silence', async () => {
  const clock = new TestClock()
  rig = await startRig({ clock, server: { allowed: () => true } })
  const { client } = await from('127.0.0.2')
  for (let second = 0; second < 290; second += 10) {
    client.send('N')
    await read()
    clock.advance(10_000)
  }
  client.send('N')
  await read()
  clock.advance(20_000)
  expect(await client.reply()).toMatch(/^421 4\.4\.2/)
})

test('a message has time as long as it brings 500 octets a second', async () => {
  const clock = new TestClock()
  rig = await startRig({ clock, server: { allowed: () => true } })
  const [slow, steady] = [(await from('127.0.0.2')).client, (await from('127.0.0.3')).client]
  await slow.envelope('', to)
  await steady.envelope('', to)
  for (let second = 0; second < 400; second += 10) {
    slow.send('x'.repeat(5))
    steady.send(`${'x'.repeat(5998)}\r\n`)
    await read()
    clock.advance(10_000)
  }
  expect(await slow.reply()).toMatch(/^421 4\.4\.2/)
  steady.send('.\r\n')
  expect(await steady.reply()).toMatch(/^250/)
  expect(rig.store.rows.map((r) => r.raw.byteLength)).toEqual([240_000])
})

test('octets that came fast at the beginning buy no time for later', async () => {
  const clock = new TestClock()
  rig = await startRig({ clock, server: { allowed: () => true } })
  const { client } = await from('127.0.0.2')
  await client.envelope('', to)
  client.send('x'.repeat(900_000))
  await read()
  clock.advance(310_000)
  expect(await client.reply()).toMatch(/^421 4\.4\.2/)
  expect(rig.store.rows).toHaveLength(0)
})

test('where all places are taken, who has kept us waiting longest gives up its own, and who is at work keeps it', async () => {
  const clock = new TestClock()
  rig = await startRig({ clock, server: { allowed: () => true, maxConnections: 4 } })
  const all = await Promise.all(['2', '3', '4', '5'].map((n) => from(`127.0.0.${n}`)))
  const [first, second, third, fourth] = all.map(({ client }) => client)
  clock.advance(6000)
  expect((await from('127.0.0.6')).greeting).toMatch(/^421 4\.3\.2/)
  for (const client of [second, third, fourth]) expect(await client?.ask('NOOP')).toMatch(/^250/)
  first?.send('NOO')
  clock.advance(6000)
  expect((await from('127.0.0.6')).greeting).toMatch(/^220/)
  expect(await first?.reply()).toMatch(/^421 4\.3\.2/)
  expect(await first?.reply()).toBe('')
  for (const client of [second, third, fourth]) expect(await client?.ask('NOOP')).toMatch(/^250/)
})

test('one address has three quarters of the places at most', async () => {
  rig = await startRig({ server: { allowed: () => true, maxConnections: 8 } })
  for (let i = 0; i < 6; i++) expect((await from('127.0.0.2')).greeting).toMatch(/^220/)
  expect((await from('127.0.0.2')).greeting).toMatch(/^421 4\.3\.2/)
  expect((await from('127.0.0.3')).greeting).toMatch(/^220/)
  expect((await from('127.0.0.4')).greeting).toMatch(/^220/)
  expect((await from('127.0.0.5')).greeting).toMatch(/^421 4\.3\.2/)
  expect(rig.counters.counts.get('postern_smtp_connections_total too_many')).toBe(2)
})

test('a place is free again when its session ends, however it ends', async () => {
  rig = await startRig({ server: { maxConnections: 1 } })
  const ends: ((client: Client) => void)[] = [
    (c) => c.send('QUIT\r\n'),
    (c) => c.destroy(),
    (c) => c.socket.resetAndDestroy(),
    (c) => c.socket.end(),
    (c) => c.socket.end('EHLO x\r\nMAIL FROM:<>\r\n'),
  ]
  for (const end of ends) {
    const { client, greeting } = await from('127.0.0.1')
    expect(greeting).toMatch(/^220/)
    end(client)
    while (rig.server.connections > 0) await new Promise(setImmediate)
  }
})
