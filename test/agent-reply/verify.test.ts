// `authentication: verify`: DKIM of the agent's domain, with real signatures and a name server on loopback.
import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { generateKeyPairSync } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { dkimSign } from 'mailauth/lib/dkim/sign.js'
import { afterEach, expect, test } from 'vitest'
import type { TestGateway } from '../support/gateway.ts'
import { desk, lastTo, replyTo } from './desk.ts'

let g: TestGateway | undefined
let dns: Socket | undefined

afterEach(async () => {
  await g?.stop()
  g = undefined
  dns?.close()
  dns = undefined
})

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`

/** Answers TXT questions from a table; everything else does not exist. `null` for a name: it never answers. */
async function nameServer(txt: Readonly<Record<string, string | null>>): Promise<string> {
  const server = createSocket('udp4')
  dns = server
  server.on('message', (query, peer) => {
    const labels: string[] = []
    let at = 12
    for (let n = query[at] ?? 0; n > 0; n = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + n))
      at += n + 1
    }
    const type = query.readUInt16BE(at + 1)
    const text = txt[labels.join('.').toLowerCase()]
    if (text === null) return
    const found = text !== undefined && type === 16
    const head = Buffer.from(query.subarray(0, at + 5))
    head.writeUInt16BE(found ? 0x8180 : 0x8183, 2)
    head.writeUInt16BE(found ? 1 : 0, 6)
    head.writeUInt32BE(0, 8)
    const strings = (text ?? '').match(/.{1,200}/g) ?? []
    const data = Buffer.concat(strings.map((s) => Buffer.concat([Buffer.from([s.length]), Buffer.from(s)])))
    const answer = Buffer.alloc(12)
    answer.writeUInt16BE(0xc00c, 0)
    answer.writeUInt16BE(16, 2)
    answer.writeUInt16BE(1, 4)
    answer.writeUInt32BE(60, 6)
    answer.writeUInt16BE(data.length, 10)
    server.send(found ? Buffer.concat([head, answer, data]) : head, peer.port, peer.address)
  })
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}` // of a UDP socket
}

/** The raw mail, signed by `domain`. */
async function signed(raw: string, domain: string): Promise<string> {
  const crlf = raw.replace(/\r?\n/g, '\r\n')
  const options = {
    canonicalization: 'relaxed/relaxed',
    algorithm: 'rsa-sha256',
    signTime: new Date('2026-09-21T12:00:00Z'),
    signatureData: [{ signingDomain: domain, selector: 's', privateKey: pem }],
  }
  // The package's type names the options of one signature; its code takes a list of them.
  const { signatures } = await dkimSign(crlf, options as never)
  return signatures + crlf
}

const mail = (to: string, id: string): string =>
  `From: Anna Smith <anna@agents.test>\r\nTo: ${to}\r\nSubject: Re: [#1] Help\r\nDate: Mon, 21 Sep 2026 12:00:00 +0000\r\nMessage-ID: <${id}@agents.test>\r\n\r\nTurn it off and on.\r\n\r\n@tags ${id}\r\n`

test('a signature of the agent’s domain lets the answer take effect; none, another domain’s, or a broken one does not', async () => {
  const server = await nameServer({ 's._domainkey.agents.test': record, 's._domainkey.evil.test': record })
  g = await desk({ authentication: 'verify', dns: [server] })
  const to = replyTo(await lastTo(g, 'anna'))
  g.clear()
  await g.mail({ from: 'anna@agents.test', to, raw: mail(to, 'unsigned') })
  await g.mail({ from: 'anna@agents.test', to, raw: await signed(mail(to, 'foreign'), 'evil.test') })
  await g.mail({ from: 'anna@agents.test', to, raw: (await signed(mail(to, 'broken'), 'agents.test')).replace('off and on', 'on and off') })
  await g.settle()
  expect(await g.sentTo('carl@customer.test')).toEqual([])
  expect(await g.look('#1')).toMatchObject({ tags: [], status: 'open' })
  expect((await g.look('#1')).notes.map((n) => n.data.cause)).toEqual(['dmarc', 'dmarc', 'dmarc'])
  expect(await g.sentTo('anna@agents.test')).toHaveLength(1)
  await g.mail({ from: 'anna@agents.test', to, raw: await signed(mail(to, 'good'), 'agents.test') })
  await g.settle()
  expect((await g.sentTo('carl@customer.test')).map((m) => m.mail.text?.trim())).toEqual(['Turn it off and on.'])
  expect((await g.look('#1')).tags).toEqual(['good'])
})

test('a mail to a personal address begins a case once its signature has been checked, and is an ordinary one where that fails', async () => {
  const server = await nameServer({ 's._domainkey.agents.test': record })
  g = await desk({ authentication: 'verify', dns: [server] })
  const help = mail(replyTo(await lastTo(g, 'anna')), 'help').replace('Turn it off and on.\r\n\r\n@tags help', '@help')
  await g.mail({
    from: 'anna@agents.test',
    to: 'support@example.test',
    rcpt: [replyTo(await lastTo(g, 'anna'))],
    raw: await signed(help, 'agents.test'),
  })
  const address = /support\+p[a-z2-7]{42}@example\.test/.exec((await lastTo(g, 'anna')).mail.text ?? '')?.[0] ?? ''
  expect(address).not.toBe('')
  const begins = (id: string): string =>
    `From: Anna Smith <anna@agents.test>\r\nTo: ${address}\r\nSubject: Your order\r\nDate: Mon, 21 Sep 2026 12:00:00 +0000\r\nMessage-ID: <${id}@agents.test>\r\n\r\n@to dora@customer.test\r\nIt is ready.\r\n`
  g.clear()
  await g.mail({ from: 'anna@agents.test', to: address, raw: begins('unsigned') })
  expect(await g.sentTo('dora@customer.test')).toEqual([])
  expect(await g.look('#2')).toMatchObject({ requester: { address: 'anna@agents.test' }, status: 'open' })
  const notices = await g.transact(async (tx) => tx.notices.open((await tx.cases.byRef('#2'))?.id ?? ''))
  expect(notices.map((n) => [n.kind, n.data.cause])).toEqual([['agent_address', 'dmarc']])
  await g.mail({ from: 'anna@agents.test', to: address, raw: await signed(begins('signed'), 'agents.test') })
  expect(await g.sentTo('dora@customer.test')).toHaveLength(1)
  expect(await g.look('#3')).toMatchObject({ requester: { address: 'dora@customer.test' }, assignee: 'anna' })
})
