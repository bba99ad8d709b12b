import { expect, test } from 'vitest'
import { freshPlace } from '../support/databases.ts'
import { eachGateway } from '../support/each-gateway.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { client, tokenFor } from './client.ts'
import { follow } from './feed.ts'
import type { FedEvent } from './feed.ts'

eachGateway((open) => {
  const gateway = async (): Promise<TestGateway> => {
    const g = await open({ plugins: ['desk', 'threading'] })
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'It is broken' })
    return g
  }

  test('of many calls with one Idempotency-Key one does it and all get its answer', async () => {
    const g = await gateway()
    const call = client(g, await tokenFor(g))
    const once = { body: { text: 'Only once' }, headers: { 'idempotency-key': 'k-1' } }
    const answers = await Promise.all(Array.from({ length: 12 }, () => call('POST', '/v1/cases/1/replies', once)))
    expect(new Set(answers.map((a) => a.status))).toEqual(new Set([201]))
    expect(new Set(answers.map((a) => a.body.data.message)).size).toBe(1)
    expect(answers.filter((a) => a.headers.get('idempotency-replayed') === 'true')).toHaveLength(11)
    await g.settle()
    expect(await g.sent()).toHaveLength(1)
    expect(await call('POST', '/v1/cases/1/replies', { ...once, body: { text: 'Another' } })).toMatchObject({
      status: 422,
      body: { code: 'invalid' },
    })
    // Another token has keys of its own.
    expect((await client(g, await tokenFor(g))('POST', '/v1/cases/1/replies', { ...once, body: { text: 'Mine' } })).status).toBe(201)
    // What was refused left nothing behind, so the same key may try again.
    const wrong = { headers: { 'idempotency-key': 'k-2' }, body: { status: 'nonsense' } }
    expect((await call('POST', '/v1/cases/1/actions/case.status', wrong)).status).toBe(422)
    expect((await call('POST', '/v1/cases/1/actions/case.status', { ...wrong, body: { status: 'closed' } })).status).toBe(200)
    expect((await call('POST', '/v1/cases/1/notes', { headers: { 'idempotency-key': 'a b' }, body: { text: 'x' } })).status).toBe(422)
  })

  test('of many changes that saw the same version one is made, and the others are shown what there is', async () => {
    const g = await gateway()
    const call = client(g, await tokenFor(g))
    for (let round = 0; round < 5; round++) {
      const etag = (await call('GET', '/v1/cases/1')).headers.get('etag') ?? ''
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          call('PATCH', '/v1/cases/1', { body: { subject: `r${round} w${i}` }, headers: { 'if-match': etag } }),
        ),
      )
      const won = answers.filter((a) => a.status === 200)
      expect([won.length, answers.filter((a) => a.status === 412).length]).toEqual([1, 7])
      const now = await call('GET', '/v1/cases/1')
      expect(now.body.subject).toBe(won[0]?.body.subject)
      expect(now.headers.get('etag')).toBe(won[0]?.headers.get('etag'))
      for (const lost of answers.filter((a) => a.status === 412))
        expect(lost.body.current).toMatchObject({ subject: now.body.subject, version: now.body.version })
    }
    expect((await call('PATCH', '/v1/cases/1', { body: { subject: 'x' }, headers: { 'if-match': '*' } })).status).toBe(200)
    expect((await call('PATCH', '/v1/cases/1', { body: { subject: 'y' }, headers: { 'if-match': 'W/"1"' } })).status).toBe(412)
    expect((await call('PATCH', '/v1/cases/1', { body: { subject: 'y' }, headers: { 'if-match': '1' } })).status).toBe(422)
  })

  test('readers of events miss nothing while four writers commit, and see one order', { timeout: 60_000 }, async () => {
    const g = await gateway()
    const call = client(g, await tokenFor(g, { access: 'read' }))
    const start = (await call('GET', '/v1/events?after=now')).body.next as string
    const made = new Set<string>()
    let writing = true
    const writer = async (w: number): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        await g.transact(async (tx) => {
          const c = await tx.cases.create({
            mailbox: w % 2 ? 'support' : 'sales',
            subject: `w${w} ${i}`,
            requester: { address: `w${w}@customer.test`, name: '' },
          })
          await tx.cases.created(c.id)
          await tx.notes.add({ caseId: c.id, text: 'n' })
          made.add(c.id)
        })
      }
    }
    const streamed = stream(g, await tokenFor(g, { access: 'read' }), start)
    const readers = [7, 100, 1000].map((limit) => follow(call, limit, () => writing, start))
    await Promise.all([0, 1, 2, 3].map(writer))
    writing = false
    const all = [...(await Promise.all(readers)), await streamed.until(made.size * 2)]
    for (const seen of all) {
      expect(seen.map((e) => e.position)).toEqual(seen.map((_, i) => Number(start) + 1 + i))
      expect(new Set(seen.map((e) => e.case))).toEqual(made)
      expect(seen.map((e) => e.id)).toEqual(all[0]?.map((e) => e.id))
    }
    expect(all[0]).toHaveLength(made.size * 2)
  })
})

test(
  'readers of events miss nothing while four nodes on one PostgreSQL commit, and see one order at each of them',
  { timeout: 120_000 },
  async () => {
    const place = await freshPlace('postgres')
    const url = place.config.kind === 'postgres' ? place.config.url : ''
    const nodes: TestGateway[] = []
    try {
      for (let i = 0; i < 4; i++) nodes.push(await testGateway({ plugins: ['desk', 'threading'], postgres: url }))
      const [first] = nodes
      if (!first) throw new Error('no node')
      const token = await tokenFor(first, { access: 'admin' })
      const made = new Set<string>()
      let writing = true
      // Each node writes through its own connections and front door; none knows of the others.
      const writer = async (g: TestGateway, w: number): Promise<void> => {
        const call = client(g, token)
        for (let i = 0; i < 15; i++) {
          const begun = await call('POST', '/v1/cases', {
            body: {
              from: 'customer',
              mailbox: w % 2 ? 'support' : 'sales',
              requester: { address: `w${w}@customer.test` },
              subject: `w${w} ${i}`,
              text: 'x',
            },
          })
          expect(begun.status, JSON.stringify(begun.body)).toBe(201)
          made.add(begun.body.case.id)
          expect((await call('POST', `/v1/cases/${begun.body.case.id}/notes`, { body: { text: 'n' } })).status).toBe(201)
        }
      }
      const readers = nodes.map((g, i) => follow(client(g, token), [3, 50, 1000, 7][i] ?? 100, () => writing))
      await Promise.all(nodes.map(writer))
      writing = false
      const all = await Promise.all(readers)
      for (const seen of all) {
        expect(seen.map((e) => e.position)).toEqual(seen.map((_, i) => i + 1))
        expect(seen.map((e) => e.id)).toEqual(all[0]?.map((e) => e.id))
        expect(new Set(seen.map((e) => e.case))).toEqual(made)
        expect([seen.filter((e) => e.type === 'message.received').length, seen.filter((e) => e.type === 'note.added').length]).toEqual([
          60, 60,
        ])
      }
    } finally {
      for (const g of nodes) await g.stop()
      await place.drop()
    }
  },
)

/** Reads the live stream until so many events have come. */
function stream(g: TestGateway, token: string, after: string) {
  const aborting = new AbortController()
  const response = fetch(`http://127.0.0.1:${g.gateway.http?.port ?? 0}/v1/events/stream`, {
    headers: { authorization: `Bearer ${token}`, 'last-event-id': after },
    signal: aborting.signal,
  })
  return {
    async until(count: number): Promise<readonly FedEvent[]> {
      const seen: FedEvent[] = []
      let text = ''
      for await (const chunk of (await response).body ?? []) {
        text += Buffer.from(chunk).toString()
        const blocks = text.split('\n\n')
        text = blocks.pop() ?? ''
        for (const block of blocks) {
          const data = /^data: (.*)$/m.exec(block)?.[1]
          if (data !== undefined) seen.push(JSON.parse(data) as FedEvent)
        }
        if (seen.length >= count) break
      }
      aborting.abort()
      return seen
    },
  }
}
