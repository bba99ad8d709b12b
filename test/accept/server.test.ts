// The server as a thing that starts, is reached in several ways, and stops.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { inheritedSockets } from '../../core/edge/smtp/socket-activation.ts'
import { testCertificate, testKey } from '../support/test-certificate.ts'
import { Client, startRig } from './rig.ts'
import type { Rig } from './rig.ts'

let rig: Rig | undefined
const folders: string[] = []
afterEach(async () => {
  await rig?.stop()
  rig = undefined
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'postern-'))
  folders.push(made)
  return made
}

const mail = 'Subject: Hi\r\n\r\nHello'
const to = ['support@example.org']

test('stop lets every peer bring one more mail to its 250, says 421 behind it or to who stays silent, and closes', async () => {
  rig = await startRig()
  const [idle, late, receiving, committing] = [await rig.client(), await rig.client(), await rig.client(), await rig.client()]
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  let asked: () => void = () => {}
  const reached = new Promise<void>((resolve) => (asked = resolve))
  rig.store.before = () => {
    asked()
    return opened
  }
  await receiving.envelope('', to)
  const reply = committing.deliver('', to, mail)
  await reached
  const stopped = rig.server.stop()
  const put = late.deliver('', to, `Subject: one more\r\n\r\nthat its peer had in hand\r\n`)
  open()
  expect((await put)[0]).toMatch(/^250/)
  expect(await late.reply()).toMatch(/^421/)
  expect((await reply)[0]).toMatch(/^250/)
  expect(await committing.reply()).toMatch(/^421/)
  receiving.send('Subject: late\r\n\r\n\r\n.\r\n')
  expect(await receiving.reply()).toMatch(/^250/)
  expect(await receiving.reply()).toMatch(/^421/)
  expect(await idle.reply()).toBe('421 4.3.2 Shutting down, try again later')
  expect(await idle.reply()).toBe('')
  for (const c of [idle, late, receiving, committing]) c.socket.end()
  await stopped
  expect(rig.store.rows).toHaveLength(3)
  expect(rig.server.connections).toBe(0)
  await rig.server.stop()
})

test('stop cuts what does not end within its grace', async () => {
  rig = await startRig()
  const c = await rig.client()
  await c.envelope('', to)
  await rig.server.stop(10)
  expect(await c.reply()).toBe('')
})

test('one connection too many is told to come back', async () => {
  rig = await startRig({ server: { maxConnections: 1 } })
  await rig.client()
  const c = await Client.connect({ host: '127.0.0.1', port: rig.server.port ?? 0 })
  expect(await c.reply()).toMatch(/^421 4\.3\.2/)
})

test('one recipient too many is told to come in another mail', async () => {
  rig = await startRig({ server: { maxRecipients: 2 } })
  const replies = await (await rig.client()).envelope('', ['support@example.org', 'sales@example.org', 'help@example.org'])
  expect(replies[4]).toBe('452 4.5.3 Too many recipients')
  expect(replies[5]).toMatch(/^354/)
})

test('STARTTLS: what was said before is forgotten, and the mail comes in over TLS', async () => {
  rig = await startRig({ server: { tls: { cert: testCertificate, key: testKey } } })
  const plain = await rig.client()
  expect(await plain.ask('EHLO x')).toContain('250-STARTTLS')
  await plain.ask('MAIL FROM:<>')
  expect(await plain.ask('STARTTLS')).toMatch(/^220 2\.0\.0/)
  const socket = connectTls({ socket: plain.socket, ca: testCertificate, host: 'localhost', servername: 'localhost' })
  await once(socket, 'secureConnect')
  const c = Client.over(socket)
  expect(await c.ask('RCPT TO:<support@example.org>')).toMatch(/^503/)
  expect(await c.ask('EHLO x')).not.toContain('STARTTLS')
  expect((await c.deliver('', to, mail))[0]).toMatch(/^250/)
  expect(await c.ask('QUIT')).toMatch(/^221/)
  expect(rig.store.rows).toHaveLength(1)
})

test('commands smuggled behind STARTTLS are not obeyed', async () => {
  rig = await startRig({ server: { tls: { cert: testCertificate, key: testKey } } })
  const c = await rig.client()
  c.send('EHLO x\r\nSTARTTLS\r\nMAIL FROM:<evil@x.example>\r\n')
  await c.reply()
  expect(await c.reply()).toMatch(/^220/)
  const socket = connectTls({ socket: c.socket, ca: testCertificate, host: 'localhost', servername: 'localhost' })
  await once(socket, 'secureConnect')
  const secure = Client.over(socket)
  await secure.ask('EHLO x')
  expect(await secure.ask('RCPT TO:<support@example.org>')).toMatch(/^503/)
})

test('a handshake that fails ends that session only', async () => {
  rig = await startRig({ server: { tls: { cert: testCertificate, key: testKey } } })
  const c = await rig.client()
  await c.ask('EHLO x')
  await c.ask('STARTTLS')
  c.send('this is no ClientHello, is it?\r\n')
  await once(c.socket, 'close')
  expect(await (await rig.client()).ask('NOOP')).toMatch(/^250/)
})

test('a unix socket has the mode of the config, asks for no peer list, and replaces what a killed process left behind', async () => {
  const path = join(folder(), 'lmtp.sock')
  const dead = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ])
  await once(dead, 'exit')
  expect(statSync(path).isSocket()).toBe(true)
  const bind = { kind: 'unix', path, mode: 0o620 } as const
  rig = await startRig({ protocol: 'lmtp', server: { bind, allowed: () => false } })
  expect(statSync(path).mode & 0o777).toBe(0o620)
  const c = await Client.connect({ path })
  expect(await c.reply()).toMatch(/^220 gate\.example\.org LMTP/)
  expect((await c.deliver('', to, mail, 'LHLO x'))[0]).toMatch(/^250/)
  expect(rig.store.rows[0]?.peer).toBe('unix')
  await expect(startRig({ server: { bind } })).rejects.toMatchObject({ code: 'config_invalid' })
  c.destroy()
  await rig.stop()
  expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined()
})

test('a file that is no socket is not replaced', async () => {
  const path = join(folder(), 'precious')
  writeFileSync(path, 'data')
  await expect(startRig({ server: { bind: { kind: 'unix', path, mode: 0o660 } } })).rejects.toMatchObject({ code: 'config_invalid' })
  expect(statSync(path).size).toBe(4)
})

test('the descriptors of systemd are read by name, only by the process they are meant for, and only once', () => {
  const env = { LISTEN_PID: '42', LISTEN_FDS: '3', LISTEN_FDNAMES: 'smtp:lmtp:smtp', PATH: '/bin' }
  expect([...inheritedSockets({ ...env }, 42)]).toEqual([
    ['smtp', [3, 5]],
    ['lmtp', [4]],
  ])
  expect(inheritedSockets({ ...env }, 43).size).toBe(0)
  expect([...inheritedSockets({ LISTEN_PID: '42', LISTEN_FDS: '1' }, 42)]).toEqual([['unknown', [3]]])
  const taken = { ...env }
  inheritedSockets(taken, 42)
  expect(taken).toEqual({ PATH: '/bin' })
})

test('a name that systemd did not hand over is said so', async () => {
  await expect(startRig({ server: { bind: { kind: 'systemd', name: 'lmtp' } } })).rejects.toThrow(
    'systemd handed over no socket named lmtp',
  )
})

test.each(['tcp', 'unix'] as const)(
  'a %s socket that somebody else holds open is served, and refuses nobody between two runs',
  async (kind) => {
    const path = join(folder(), 'held.sock')
    const holder = spawn(process.execPath, [join(import.meta.dirname, 'held-socket.ts'), kind === 'unix' ? path : ''], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const closed = once(holder, 'close')
    const [line] = (await once(holder.stdout, 'data')) as [Buffer] // stdout carries one line: the port
    const at = kind === 'unix' ? { path } : { host: '127.0.0.1', port: Number(line.toString()) }
    // Each run of the server ends with its first mail; a client that comes between them waits.
    for (let run = 0; run < 2; run++) {
      const c = await Client.connect(at)
      expect(await c.reply()).toMatch(/^220 /)
      expect((await c.deliver('', to, mail))[0]).toMatch(/^250/)
      expect(await c.reply()).toMatch(/^421/)
      c.socket.end()
    }
    await closed
  },
)

test('whoever was accepted when the server stops is greeted, and may bring his mail', async () => {
  const own = await startRig()
  const lines: Promise<string>[] = []
  const clients = Array.from({ length: 30 }, () => {
    const socket = connect(own.server.port ?? 0, '127.0.0.1')
    lines.push(
      new Promise((resolve) => {
        socket.once('data', (data) => resolve(data.toString()))
        // Reset: it was never accepted, and an MTA tries another time at once.
        socket.once('error', () => resolve(''))
        socket.once('close', () => resolve(''))
      }),
    )
    return socket
  })
  await new Promise((resolve) => clients[0]?.once('connect', resolve))
  const stopped = own.server.stop()
  const first = await Promise.all(lines)
  expect(first.filter((line) => line !== '' && !line.startsWith('220 '))).toEqual([])
  expect(first.some((line) => line.startsWith('220 '))).toBe(true)
  for (const socket of clients) socket.destroy()
  await stopped
  await own.stop()
})
