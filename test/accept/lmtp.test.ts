// LMTP: a reply for each accepted recipient, in order (RFC 2033 §4.2, REL-5).
import { afterEach, expect, test } from 'vitest'
import { startRig } from './rig.ts'
import type { Rig } from './rig.ts'

let rig: Rig | undefined
afterEach(() => rig?.stop())

const mail = 'Subject: Hi\r\n\r\nHello'

test('LHLO is the greeting of LMTP, EHLO is not, and the other way round', async () => {
  rig = await startRig({ protocol: 'lmtp' })
  const c = await rig.client()
  expect(await c.ask('EHLO x')).toMatch(/^500 /)
  expect(await c.ask('LHLO x')).toMatch(/^250-gate/)
  await rig.stop()
  rig = await startRig()
  expect(await (await rig.client()).ask('LHLO x')).toMatch(/^500 /)
})

test('one recipient of three fails: its reply alone is 451, duplicates answer like their first, and it leaves no row', async () => {
  rig = await startRig({ protocol: 'lmtp' })
  const { store } = rig
  store.before = (batch) => {
    if (batch.some((m) => m.rcpt === 'sales@example.org')) throw new Error('this row is cursed')
  }
  const c = await rig.client()
  const to = ['support@example.org', 'sales@example.org', 'support@example.org', 'help@example.org', 'Sales@Example.ORG']
  const replies = await c.deliver('a@b.example', to, mail, 'LHLO x')
  expect(replies.map((r) => r.slice(0, 9))).toEqual(['250 2.0.0', '451 4.3.0', '250 2.0.0', '250 2.0.0', '451 4.3.0'])
  expect(replies[0]).toBe(replies[2])
  expect(replies[1]).toBe('451 4.3.0 Internal error, try again later')
  expect(store.rows.map((r) => r.rcpt)).toEqual(['support@example.org', 'help@example.org'])

  store.before = () => {}
  const again = await c.deliver('a@b.example', ['sales@example.org'], mail, 'LHLO x')
  expect(again[0]).toMatch(/^250/)
  expect(store.rows).toHaveLength(3)
})

test('a refused mail is refused once for each recipient', async () => {
  rig = await startRig({ protocol: 'lmtp', server: { maxSizeBytes: 1000 } })
  const c = await rig.client()
  const replies = await c.deliver('', ['support@example.org', 'nobody@example.org', 'support@example.org'], 'x'.repeat(5000), 'LHLO x')
  expect(replies).toEqual(Array(2).fill('552 5.3.4 Message exceeds the size limit'))
  expect(await c.ask('NOOP')).toMatch(/^250/)
})

test('a store that is down defers all recipients of LMTP, one reply each', async () => {
  rig = await startRig({ protocol: 'lmtp' })
  rig.store.before = () => {
    throw new Error('connection refused')
  }
  const replies = await (await rig.client()).deliver('', ['support@example.org', 'sales@example.org', 'help@example.org'], mail, 'LHLO x')
  expect(replies.map((r) => r.slice(0, 9))).toEqual(Array(3).fill('451 4.3.0'))
  expect(rig.store.rows).toHaveLength(0)
})

test('in SMTP one reply speaks for all: where a row fails, the mail is deferred whole', async () => {
  rig = await startRig()
  rig.store.before = (batch) => {
    if (batch.some((m) => m.rcpt === 'sales@example.org')) throw new Error('this row is cursed')
  }
  const replies = await (await rig.client()).deliver('', ['support@example.org', 'sales@example.org'], mail)
  expect(replies).toEqual(['451 4.3.0 Internal error, try again later'])
  expect(rig.store.rows).toHaveLength(0)
})
