// A mail that its reader could not finish is tried again before it is shown unread, and is read again later, by itself or by hand.
import { expect, test } from 'vitest'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway, TestGatewayOptions } from '../support/gateway.ts'
import { agent } from '../support/gateway.ts'
import { retryInbound } from '../../core/store/inbound.ts'

/** Takes a reader well over 100 ms of processor time, and far less than 30 s. */
const words = 'Сломалось всё. '
const long = words + '<a href="http://example.org/x?y=1">link</a> '.repeat(12_000)
const files = {
  'rules/a.yaml': 'rules: []\n',
  'templates/receipt.yaml': 'subject: We have it\ntext: Number {{ case.number }}.\n',
}
const plugins = ['desk', 'threading', 'notify', { rules: { receipts: [{ template: 'receipt' }] } }]
const parse = (limit: string): string => `intake: { parse_timeout: ${limit} }`

async function open(limit: string, more: TestGatewayOptions = {}): Promise<TestGateway> {
  const g = await testGateway({ plugins, files, config: parse(limit), ...more })
  // A reader that has just been started has more time.
  await ordinary(g)
  return g
}
const ordinary = (g: TestGateway): Promise<string> =>
  g.mail({ from: 'dora@customer.test', to: 'sales@example.test', subject: 'Other', text: 'Hello' })

const theMessage = async (g: TestGateway) =>
  g.gateway.database.read
    .selectFrom('messages')
    .innerJoin('cases', 'cases.id', 'messages.case_id')
    .select(['messages.id', 'messages.text', 'messages.degraded', 'messages.inbound_id', 'cases.number', 'cases.status'])
    .where('messages.subject', '=', 'Help')
    .executeTakeFirst()

test('a mail that takes too much is tried three times, shown unread, and read an hour later as if it had come then', async () => {
  let g = await open('100ms', { parseThreads: true })
  const { folder, clock } = g
  try {
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', html: long })
    for (const wait of ['1m', '10m']) {
      expect(await theMessage(g)).toBeUndefined()
      await ordinary(g)
      await g.advance(wait, 600_000)
    }
    const unread = await theMessage(g)
    expect(unread).toMatchObject({ degraded: 1, text: '' })
    expect((await g.sentTo('carl@customer.test')).map((m) => m.mail.subject)).toEqual([])
    expect((await g.sentTo('anna@agents.test')).at(-1)?.mail.text).toContain('could not be read')
  } finally {
    await g.gateway.stop()
  }
  g = await open('30s', { folder, clock, sink: g.sink })
  try {
    g.clear()
    await g.advance('1h', 3_600_000)
    const read = await theMessage(g)
    expect(read).toMatchObject({ degraded: 0, status: 'open' })
    expect(read?.text).toContain('Сломалось всё')
    expect((await g.sentTo('carl@customer.test')).map((m) => m.mail.text?.trim())).toEqual([`Number ${read?.number}.`])
    expect((await g.sentTo('anna@agents.test')).at(-1)?.mail.text).toContain('Сломалось всё')
    g.clear()
    await g.advance('3d', 43_200_000)
    expect(await g.sent()).toEqual([])
  } finally {
    await g.stop()
  }
}, 60_000)

test('`inbound retry` reads a mail that stands unread in its case, in the case where it is, and no other', async () => {
  const g = await open('30s')
  try {
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'The printer is on fire' })
    const before = await theMessage(g)
    const id = before?.inbound_id ?? ''
    const { database } = g.gateway
    const ids = g.gateway.engine.parts.ids
    expect(await retryInbound(database.write, ids, id, g.clock.now())).toBe('too-late')
    await database.write.updateTable('messages').set({ degraded: 1, text: '' }).where('inbound_id', '=', id).execute()
    await g.act('case.status', `#${before?.number}`, { status: 'closed' }, agent('anna'))
    expect(await retryInbound(database.write, ids, id, g.clock.now())).toBe('done')
    await g.advance(1000)
    expect(await theMessage(g)).toEqual({ ...before, status: 'open' })
    expect(await retryInbound(database.write, ids, id, g.clock.now())).toBe('too-late')
  } finally {
    await g.stop()
  }
})
