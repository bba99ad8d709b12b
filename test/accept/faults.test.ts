// What goes wrong around accepting: every fault of ours is temporary, seen by the peer, and over when its cause is (REL-4, REL-6).
import { afterEach, expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { PosternError } from '../../core/base/errors.ts'
import { silentLog } from '../../core/base/silent-log.ts'
import { watchFreeSpace } from '../../core/edge/smtp/free-space.ts'
import { MailMemory } from '../../core/edge/smtp/body.ts'
import { startRig } from './rig.ts'
import type { Rig } from './rig.ts'

let rig: Rig | undefined
afterEach(() => rig?.stop())

const mail = 'Subject: Hi\r\n\r\nHello'
const to = ['support@example.org']

test('a failing store is answered 451 with our sentence only, and its recovery is noticed by the next mail', async () => {
  rig = await startRig()
  rig.store.before = () => {
    throw new Error('SQLITE_IOERR: disk I/O error at /var/lib/secret/place')
  }
  const c = await rig.client()
  expect(await c.deliver('', to, mail)).toEqual(['451 4.3.0 Internal error, try again later'])
  rig.store.before = () => {
    throw new PosternError('store_unavailable', 'connection to 10.0.0.1 refused')
  }
  expect(await c.deliver('', to, mail)).toEqual(['451 4.3.0 Storage is not available, try again later'])
  rig.store.before = () => {}
  expect((await c.deliver('', to, mail))[0]).toMatch(/^250/)
  expect(rig.store.rows).toHaveLength(1)
})

test('a hanging store is answered 451 after 60 s, and the session goes on', async () => {
  const clock = new TestClock()
  rig = await startRig({ clock })
  let asked: () => void = () => {}
  const reached = new Promise<void>((resolve) => (asked = resolve))
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  rig.store.before = () => {
    asked()
    return opened
  }
  const c = await rig.client()
  const replies = c.deliver('', to, mail)
  await reached
  clock.advance(60_000)
  expect(await replies).toEqual(['451 4.3.0 Storage is not available, try again later'])
  rig.store.before = () => {}
  open()
  expect((await c.deliver('', to, mail))[0]).toMatch(/^250/)
  expect(rig.store.rows).toHaveLength(1)
})

test('below the floor of free space MAIL is answered 452, and accepted again when space is back', async () => {
  const clock = new TestClock()
  let free = 300
  const freeSpace = watchFreeSpace({ folder: '/', floorBytes: 200, clock, log: silentLog, measure: () => free })
  rig = await startRig({ clock, server: { freeSpace } })
  const c = await rig.client()
  await c.ask('EHLO x')
  expect(await c.ask('MAIL FROM:<>')).toMatch(/^250/)
  await c.ask('RSET')
  free = 199
  clock.advance(1000)
  expect(await c.ask('MAIL FROM:<>')).toBe('452 4.3.1 Not enough storage, try again later')
  free = 200
  clock.advance(1000)
  expect(await c.ask('MAIL FROM:<>')).toMatch(/^250/)
})

test('free space of a real folder can be measured, and of a missing one is no reason to refuse', () => {
  const clock = new TestClock()
  expect(watchFreeSpace({ folder: '/', floorBytes: 1, clock, log: silentLog }).low()).toBe(false)
  expect(watchFreeSpace({ folder: '/', floorBytes: Number.MAX_SAFE_INTEGER, clock, log: silentLog }).low()).toBe(true)
  expect(watchFreeSpace({ folder: '/no/such/folder', floorBytes: 1, clock, log: silentLog }).low()).toBe(false)
})

test('mail that all sessions together may not hold is deferred, not lost, and the memory is given back', async () => {
  const memory = new MailMemory(300_000)
  rig = await startRig({ server: { memory } })
  const [a, b] = [await rig.client(), await rig.client()]
  await a.envelope('', to)
  a.send('x'.repeat(200_000))
  // `a` is known to have been read so far once its server has answered somebody who came later.
  while (memory.take(150_000)) {
    memory.give(150_000)
    await b.ask('NOOP')
  }
  expect(await b.deliver('', to, 'y'.repeat(200_000))).toEqual(['451 4.3.2 Too busy, try again later'])
  a.send('\r\n.\r\n')
  expect(await a.reply()).toMatch(/^250/)
  expect((await b.deliver('', to, 'y'.repeat(200_000)))[0]).toMatch(/^250/)
  const c = await rig.client()
  await c.envelope('', to)
  c.send('z'.repeat(200_000))
  c.destroy()
  while (!memory.take(300_000)) await a.ask('NOOP')
})

test('a client that drops the connection behind the dot and sends again: a hundred times, a hundred rows', async () => {
  const { client } = (rig = await startRig({ server: { maxConnections: 1000 } }))
  const dropAndSendAgain = async (i: number): Promise<void> => {
    const c = await client()
    await c.envelope('a@b.example', to)
    c.send(`Subject: mail ${i}\r\n\r\n\r\n.\r\n`)
    if (i % 2) c.socket.resetAndDestroy()
    else c.destroy()
    const again = await client()
    expect((await again.deliver('a@b.example', to, `Subject: mail ${i}\r\n\r\n`))[0]).toMatch(/^250 2\.0\.0 accepted as /)
  }
  await Promise.all(Array.from({ length: 100 }, (_, i) => dropAndSendAgain(i)))
  expect(rig.store.rows).toHaveLength(100)
})

test('a bug in a command is answered 451 and ends neither the session nor the server', async () => {
  rig = await startRig()
  const { acceptor } = rig
  await rig.stop()
  let broken = true
  rig = await startRig({
    server: {
      acceptor: {
        resolve(rcpt) {
          if (broken) throw new TypeError('undefined is not a function')
          return acceptor.resolve(rcpt)
        },
        wasOurs: () => false,
        accept: () => Promise.reject(new TypeError('null has no properties')),
        expect: () => {},
        expectNoMore: () => {},
      },
    },
  })
  const c = await rig.client()
  await c.ask('EHLO x')
  await c.ask('MAIL FROM:<>')
  expect(await c.ask('RCPT TO:<support@example.org>')).toBe('451 4.3.0 Internal error, try again later')
  broken = false
  expect(await c.deliver('', to, mail)).toEqual(['451 4.3.0 Internal error, try again later'])
})

test('a peer that is silent for five minutes is told so and cut off', async () => {
  const clock = new TestClock()
  rig = await startRig({ clock })
  const c = await rig.client()
  clock.advance(200_000)
  expect(await c.ask('NOOP')).toMatch(/^250/)
  clock.advance(299_999)
  expect(await c.ask('NOOP')).toMatch(/^250/)
  clock.advance(310_000)
  expect(await c.reply()).toMatch(/^421 4\.4\.2/)
  expect(await c.reply()).toBe('')
})
