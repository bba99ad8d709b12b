import { expect, test } from 'vitest'
import { systemOrigin } from '../../core/contract/origin.ts'
import { liveGateway } from './live.ts'
import { receiver } from './receiver.ts'
import type { Receiver } from './receiver.ts'
import { secret } from './rig.ts'

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test('receivers that hang, dribble or never end hold up nobody else, and each is cut off', async () => {
  const hang = await receiver(() => {})
  const dribble = await receiver((response) => {
    const timer = setInterval(() => response.socket?.write('X'), 200)
    response.socket?.once('close', () => clearInterval(timer))
  })
  let endlessBytes = 0
  const endless = await receiver((response) => {
    response.writeHead(200)
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384))) endlessBytes += 16_384
    }
    response.on('drain', more)
    more()
  })
  const healthy = await receiver()
  const all = { hang, dribble, endless, healthy }
  const settings = (to: Receiver) => ({
    url: to.url,
    secret,
    allow_http: true,
    allow_private: true,
    ports: [to.port],
    events: ['note.added'],
    timeout: '5s',
  })
  const live = await liveGateway([
    'desk',
    { webhooks: { endpoints: Object.fromEntries(Object.entries(all).map(([name, to]) => [name, settings(to)])) } },
  ])
  try {
    const { engine, database } = live.gateway
    const id = await engine.transact(
      systemOrigin,
      async (tx) =>
        (await tx.cases.create({ mailbox: 'support', subject: 'Load', requester: { address: 'carl@customer.test', name: '' } })).id,
    )
    const committed: number[] = []
    for (let i = 0; i < 150; i++) {
      await engine.transact(systemOrigin, async (tx) => void (await tx.notes.add({ caseId: id, text: `note ${i}` })))
      committed.push(performance.now())
      await wait(10)
    }
    for (let i = 0; i < 2000 && healthy.received.length < 150; i++) await wait(10)
    expect(healthy.received).toHaveLength(150)
    const at = new Map(healthy.received.map((r) => [(JSON.parse(r.body) as { data: { note: { text: string } } }).data.note.text, r.at]))
    const late = committed.map((t, i) => (at.get(`note ${i}`) ?? Infinity) - t).sort((a, b) => a - b)
    expect(late[Math.floor(late.length * 0.99)]).toBeLessThanOrEqual(1000)
    // The hanging one holds its five places and no more; what never ends is cut, and its status counts.
    expect(hang.received.length).toBeLessThanOrEqual(5)
    for (let i = 0; i < 2000 && (await attempts(database, 'endless')).length < 150; i++) await wait(10)
    expect(endless.received).toHaveLength(150)
    expect(endlessBytes).toBeLessThan(150 * 8_000_000)
    for (let i = 0; i < 800 && (await attempts(database, 'hang')).length + (await attempts(database, 'dribble')).length < 10; i++)
      await wait(10)
    for (const name of ['hang', 'dribble'])
      for (const a of await attempts(database, name)) expect(a.error).toMatch(/no answer within 5000 ms|Parse Error/)
    for (const a of await attempts(database, 'hang')) expect(a.ms).toBeLessThan(7000)
    expect((await attempts(database, 'endless')).every((a) => a.status === 200 && a.error === null)).toBe(true)
  } finally {
    await live.stop()
    for (const to of Object.values(all)) await to.close()
  }
}, 60_000)

async function attempts(
  database: { readonly read: Awaited<ReturnType<typeof liveGateway>>['gateway']['database']['read'] },
  endpoint: string,
) {
  return database.read
    .selectFrom('webhooks_attempts as a')
    .innerJoin('webhooks_deliveries as d', 'd.id', 'a.delivery_id')
    .select(['a.status', 'a.error', 'a.ms'])
    .where('d.endpoint', '=', endpoint)
    .execute()
}
