import { afterEach, expect, test } from 'vitest'
import { defaultConfig, testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'

let g: TestGateway
afterEach(() => g.stop())

const config = defaultConfig.replace('support: { address', 'support: { forwards: true, address')
const plugins = ['desk', 'forwards', 'threading']

const inline = `Please handle.

---------- Forwarded message ---------
From: Olga Petrova <olga@third.test>
Date: Mon, 21 Sep 2026 at 08:00
Subject: Broken lamp
To: <anna@agents.test>

My lamp is broken.
`

test("a mail that an agent forwards becomes a case of the one who wrote it, with the agent's words as a note", async () => {
  g = await testGateway({ config, plugins })
  await g.mail({ from: 'Anna Smith <anna@agents.test>', to: 'support@example.test', subject: 'Fwd: Broken lamp', text: inline })
  const c = await g.look('#1')
  expect(c).toMatchObject({ requester: { address: 'olga@third.test', name: 'Olga Petrova' }, subject: 'Broken lamp' })
  expect(c.messages.map((m) => m.text.trim())).toEqual(['My lamp is broken.'])
  expect(c.notes).toMatchObject([{ agent: 'anna', text: 'Please handle.' }])
})

test('an enclosed message is a forward too', async () => {
  g = await testGateway({ config, plugins })
  const raw = `From: Anna Smith <anna@agents.test>
To: support@example.test
Subject: Fwd: Lampe
Message-ID: <enclosed@agents.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="m"

--m
Content-Type: text/plain

See below.
--m
Content-Type: message/rfc822

From: =?utf-8?B?0J7Qu9GM0LPQsA==?= <olga@third.test>
To: anna@agents.test
Subject: Broken lamp
Date: Mon, 21 Sep 2026 08:00:00 +0000
Content-Type: text/plain; charset=utf-8

My lamp is broken.
--m--
`
  await g.mail({ from: 'anna@agents.test', to: 'support@example.test', raw })
  expect(await g.look('#1')).toMatchObject({ requester: { address: 'olga@third.test', name: 'Ольга' }, subject: 'Broken lamp' })
})

test('a stranger who forwards stays the requester himself', async () => {
  g = await testGateway({ config, plugins })
  await g.mail({ from: 'Mallory <mallory@evil.test>', to: 'support@example.test', subject: 'Fwd: Broken lamp', text: inline })
  expect(await g.look('#1')).toMatchObject({ requester: { address: 'mallory@evil.test' } })
  expect((await g.look('#1')).messages[0]?.data.forward).toMatchObject({ from: { address: 'olga@third.test' } })
})

test('without `forwards: true` an agent who forwards is the requester', async () => {
  g = await testGateway({ plugins })
  await g.mail({ from: 'anna@agents.test', to: 'support@example.test', subject: 'Fwd: Broken lamp', text: inline })
  expect(await g.look('#1')).toMatchObject({ requester: { address: 'anna@agents.test' } })
})

test('with a trusted server an agent needs its dmarc=pass, at the top', async () => {
  const forged = { 'Authentication-Results': 'elsewhere.test; dmarc=pass' }
  const good = { 'Authentication-Results': 'mx.example.test; spf=pass; dmarc=pass header.from=agents.test' }
  g = await testGateway({ config, plugins: ['desk', { forwards: { trust: 'mx.example.test' } }, 'threading'] })
  await g.mail({ from: 'anna@agents.test', to: 'support@example.test', subject: 'Fwd: Broken lamp', text: inline, headers: forged })
  expect(await g.look('#1')).toMatchObject({ requester: { address: 'anna@agents.test' } })
  await g.mail({ from: 'anna@agents.test', to: 'support@example.test', subject: 'Fwd: Broken lamp', text: inline, headers: good })
  expect(await g.look('#2')).toMatchObject({ requester: { address: 'olga@third.test' } })
})
