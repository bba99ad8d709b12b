// Why a piece of accepting is ours: what smtp-server 3.21.6 alone does. A test that fails after an update tells that its piece in core/edge/smtp may go.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { SMTPServer } from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'
import { Client } from './rig.ts'

const servers: SMTPServer[] = []
const clients: Client[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
  for (const { server } of servers.splice(0)) server.close()
})

async function bare(options: SMTPServerOptions = {}): Promise<{ readonly client: Client; readonly server: SMTPServer }> {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    hideENHANCEDSTATUSCODES: false,
    lenientAddressParsing: true,
    ...options,
  })
  servers.push(server)
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const client = await Client.connect({ host: '127.0.0.1', port: (server.server.address() as AddressInfo).port }) // it listens on TCP
  clients.push(client)
  await client.reply()
  return { client, server }
}

const mail = 'Subject: Hi\r\n\r\nHello'

test('LMTP: a repeated RCPT gets no reply of its own behind the dot (Session counts them)', async () => {
  const { client } = await bare({ lmtp: true })
  client.send(`LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n`)
  await client.replies(5)
  client.send(`${mail}\r\n.\r\nRSET\r\n`)
  expect(await client.reply()).toMatch(/^250 2\.6\.0/)
  expect(await client.reply()).toMatch(/^250 2\.0\.0 Flushed/)
})

test('bare line ends beside a dot are handed on (hasBareLineEnd refuses them)', async () => {
  const heard: string[] = []
  const { client } = await bare({
    onData(stream, _session, callback) {
      stream.on('data', (chunk: Buffer) => heard.push(chunk.toString('latin1')))
      stream.on('end', callback)
    },
  })
  expect((await client.deliver('', ['a@b.example'], 'x\n.\r\ny\r.\rz'))[0]).toMatch(/^250/)
  expect(heard.join('')).toBe('x\n.\r\ny\r.\rz\r\n')
})

test('a reply that brings its enhanced status code gets a second one (Session keeps ours alone)', async () => {
  const { client } = await bare({
    onMailFrom: (_address, _session, callback) => callback(Object.assign(new Error('4.3.1 Full'), { responseCode: 452 })),
  })
  await client.ask('EHLO x')
  expect(await client.ask('MAIL FROM:<>')).toBe('452 4.2.2 4.3.1 Full')
})

test('close answers the mail that a peer had in hand with 421 (SmtpServer.stop lets it in)', async () => {
  const { client, server } = await bare()
  await client.ask('EHLO x')
  server.close()
  expect(await client.ask('MAIL FROM:<>')).toMatch(/^421/)
})

test('an octet now and then keeps a session for ever (Session.late counts from the last reply)', async () => {
  const { client } = await bare({ socketTimeout: 200 })
  const start = performance.now()
  while (performance.now() - start < 700) {
    client.send('N')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  client.send('\r\n')
  expect(await client.reply()).toMatch(/^500/)
})

test('a sender without a domain, or with a blank or an @ in its quotes, is refused for good (Session lets another stand in)', async () => {
  const { client } = await bare()
  await client.ask('EHLO x')
  for (const sender of ['MAILER-DAEMON', '"john doe"@b.example', '"a@b"@c.example'])
    expect(await client.ask(`MAIL FROM:<${sender}>`)).toMatch(/^501/)
})

test('a parameter that nobody knows is taken without a word, and an address of any length (Session refuses them)', async () => {
  const { client } = await bare()
  await client.ask('EHLO x')
  expect(await client.ask(`MAIL FROM:<${'a'.repeat(5000)}@b.example> HOLDFOR=600`)).toMatch(/^250/)
})

test('a command behind which the peer goes on without waiting hangs where handlers call back at once (SmtpServer calls back later)', async () => {
  const { client } = await bare({
    onMailFrom: (_address, _session, callback) => callback(),
    onRcptTo: (_address, _session, callback) => callback(),
  })
  const one = `MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n${mail}\r\n.\r\n`
  client.send(`EHLO x\r\n${one}${one}QUIT\r\n`)
  const late = new Promise((resolve) => setTimeout(() => resolve('nothing'), 1000))
  expect(await Promise.race([client.replies(10), late])).toBe('nothing')
})
