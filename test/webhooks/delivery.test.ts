import { afterEach, expect, test } from 'vitest'
import { eachDatabase } from '../support/databases.ts'
import { agent } from '../support/gateway.ts'
import { client, tokenFor } from '../api/client.ts'
import { carl, rig, secret } from './rig.ts'
import type { Rig } from './rig.ts'
import { receiver, status, verify } from './receiver.ts'
import type { Receiver } from './receiver.ts'

eachDatabase((kind) => {
  const rigs: Rig[] = []
  const others: Receiver[] = []
  const start = async (...args: Parameters<typeof rig> extends [unknown, ...infer Rest] ? Rest : never): Promise<Rig> => {
    const made = await rig(kind, ...args)
    rigs.push(made)
    return made
  }
  afterEach(async () => {
    for (const r of rigs.splice(0)) await r.stop()
    for (const o of others.splice(0)) await o.close()
  })

  test('a receiver is told of everything that happens in a case, signed, with ever greater numbers', async () => {
    const { g, to, deliveries } = await start()
    await g.mail(carl)
    await g.act('case.tags', '#1', { add: ['vip'] }, agent('anna'))
    await g.act('reply.send', '#1', { text: 'Turn it off and on' }, agent('anna'))
    expect(to.types()).toEqual(['case.created', 'message.received', 'case.tags_changed', 'message.sent', 'case.status_changed'])
    for (const r of to.received) verify(secret, r, g.clock.now())
    const seqs = to.hooks().map((h) => h.data.seq ?? 0)
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
    expect(new Set(seqs).size).toBe(seqs.length)
    expect(to.hooks()[1]?.data).toMatchObject({
      thin: false,
      mailbox: 'support',
      case: { number: 1, subject: 'Help', tags: [], requester: { address: 'carl@customer.test' } },
      message: { text: 'It is broken' },
    })
    expect(to.hooks()[3]?.data.origin).toEqual({ kind: 'agent', id: 'anna', via: 'api' })
    expect(new Set(to.received.map((r) => r.id)).size).toBe(5)
    expect((await deliveries()).map((d) => d.state)).toEqual(Array(5).fill('delivered'))
  })

  test('what is refused is tried again by the schedule with the same id and body and a fresh timestamp, and then kept as a dead letter', async () => {
    const { g, to, deliveries } = await start({ events: ['case.created'] }, { behaviour: status(500), webhooks: { disable_after: '30d' } })
    await g.mail(carl)
    const start_ = g.clock.now()
    const seen: number[] = [0]
    // The schedule is 75.6 h long, and a fifth more with the worst jitter.
    for (let n = to.received.length; g.clock.now() - start_ < 96 * 3_600_000;) {
      const gone = g.clock.now() - start_
      await g.advance(gone < 10_000 ? 1000 : gone < 7_200_000 ? 30_000 : 600_000, 600_000)
      if (to.received.length > n) {
        seen.push(g.clock.now() - start_)
        n = to.received.length
      }
    }
    const [s, m, h] = [1000, 60_000, 3_600_000]
    const bases = [5 * s, 5 * m, 30 * m, 2 * h, 5 * h, 10 * h, 14 * h, 20 * h, 24 * h]
    expect(seen).toHaveLength(10)
    expect(seen[1]).toBeLessThanOrEqual(7000)
    bases.forEach((base, i) => {
      const pause = (seen[i + 1] ?? 0) - (seen[i] ?? 0)
      expect(pause).toBeGreaterThanOrEqual(base * 0.8 - 601_000)
      expect(pause).toBeLessThanOrEqual(base * 1.2 + 601_000)
    })
    expect(new Set(to.received.map((r) => r.id)).size).toBe(1)
    expect(new Set(to.received.map((r) => r.body)).size).toBe(1)
    const times = to.received.map((r) => Number(r.headers['webhook-timestamp']) * 1000)
    expect(times.map((t, i) => Math.abs(t - start_ - (seen[i] ?? 0)) <= 601_000)).toEqual(Array(10).fill(true))
    expect(await deliveries()).toMatchObject([{ state: 'failed', attempts: 10, error: 'the receiver answered 500' }])
  }, 120_000)

  test('an endpoint that failed for five days is disabled, its admins are told by event and mail, and a replay after enabling brings what was missed', async () => {
    const other = await receiver()
    others.push(other)
    const { g, to, call, command, deliveries } = await start(
      { events: ['case.created'] },
      {
        behaviour: status(503),
        webhooks: {
          endpoints: { watch: { url: other.url, allow_http: true, allow_private: true, ports: [other.port], events: ['webhook.*'] } },
        },
      },
    )
    const began = new Date(g.clock.now()).toISOString()
    await g.mail(carl)
    await g.advance('4d', 3_600_000)
    expect(other.types()).toEqual([])
    await g.mail({ ...carl, subject: 'Second' })
    g.clear()
    await g.advance('40h', 1_800_000)
    expect(other.hooks().map((x) => [x.type, x.data.facts])).toEqual([
      ['webhook.disabled', { endpoint: 'desk', reason: expect.stringContaining('the receiver answered 503') as string }],
    ])
    expect((await g.sentTo('anna@agents.test')).map((m) => m.mail.subject)).toEqual(['Webhook "desk" was disabled'])
    const [russian] = await g.sentTo('boris@agents.test')
    expect(russian?.mail.subject).toBe('Вебхук «desk» отключён')
    expect(russian?.mail.text).toContain('postern deliveries replay desk --since 2026-')
    // Nothing goes out any more, and nothing is kept for it.
    const before = to.received.length
    await g.mail({ ...carl, subject: 'Third' })
    await g.advance('1d', 3_600_000)
    expect(to.received.length).toBe(before)
    // The receiver is well again.
    to.behave((response) => void response.writeHead(200).end())
    await expect(command('deliveries', ['replay', 'desk'], { since: began })).rejects.toThrow('enable it first')
    await command('webhook', ['enable', 'desk'])
    await g.settle()
    expect((await command('deliveries', ['replay', 'desk'], { since: began })).out).toBe('2 deliveries are sent to desk')
    await g.settle()
    const got = to.received.slice(before).map((r) => (JSON.parse(r.body) as { data: { case: { subject: string } } }).data.case.subject)
    expect([...got].sort()).toEqual(['Help', 'Second', 'Third'])
    expect((await deliveries()).filter((d) => d.endpoint === 'desk').map((d) => d.state)).toEqual(['delivered', 'delivered', 'delivered'])
    expect(other.types()).toEqual(['webhook.disabled', 'webhook.enabled'])
    // A second replay finds nothing more to do, over the API as well.
    expect((await command('deliveries', ['replay', 'desk'], { since: began })).out).toBe('0 deliveries are sent to desk')
    for (const span of [{ since: began }, { since: '400d', until: '1m' }, { since: '9999999d' }])
      expect(await call('POST', '/v1/webhooks/desk/replay', { body: span })).toMatchObject({ status: 202, body: { queued: 0 } })
    for (const span of [{ since: 'lately' }, { since: '' }, { since: began, until: 'x' }, {}])
      expect(await call('POST', '/v1/webhooks/desk/replay', { body: span })).toMatchObject({ status: 422, body: { code: 'invalid' } })
  }, 120_000)

  test('410 disables at once; 301 is not followed', async () => {
    const elsewhere = await receiver()
    others.push(elsewhere)
    const { g, to, command, deliveries } = await start(
      { events: ['case.created'] },
      { behaviour: status(301, { location: elsewhere.url }) },
    )
    await g.mail(carl)
    expect(await deliveries()).toMatchObject([{ state: 'queued', error: 'the receiver answered 301' }])
    expect(elsewhere.received).toEqual([])
    to.behave(status(410))
    await g.advance(10_000, 1000)
    expect(to.received).toHaveLength(2)
    expect(await deliveries()).toMatchObject([{ state: 'failed', error: 'the receiver answered 410' }])
    expect((await command('webhook', ['list'])).out).toContain('disabled')
  })

  test('what the receiver asks for by Retry-After is kept between once and twice the pause', async () => {
    const { g, to } = await start({ events: ['case.created'] }, { behaviour: status(429, { 'retry-after': '8' }) })
    await g.mail(carl)
    await g.advance(7000, 1000)
    expect(to.received).toHaveLength(1)
    await g.advance(3000, 1000)
    expect(to.received).toHaveLength(2)
  })

  test('types, mailboxes and tags are filtered; thin payloads carry ids alone; big ones become thin', async () => {
    const vip = await receiver()
    others.push(vip)
    const { g, to } = await start(
      { events: ['message.*'], mailboxes: ['support'], payload: 'thin' },
      { webhooks: { endpoints: { vip: { url: vip.url, allow_http: true, allow_private: true, ports: [vip.port], tags: ['VIP'] } } } },
    )
    await g.mail(carl)
    await g.mail({ ...carl, to: 'sales@example.test' })
    expect(to.types()).toEqual(['message.received'])
    expect(to.hooks()[0]?.data).toMatchObject({ thin: true, case: { number: 1 } })
    expect(to.hooks()[0]?.data).not.toHaveProperty('message')
    expect(vip.types()).toEqual([])
    await g.act('case.tags', '#1', { add: ['vip'] })
    expect(vip.types()).toEqual(['case.tags_changed'])
    await g.act('note.add', '#1', { text: 'ж'.repeat(60_000) }, agent('anna'))
    const [, note] = vip.hooks()
    expect(note).toMatchObject({ type: 'note.added', data: { thin: true } })
    for (const r of [...vip.received, ...to.received]) expect(Buffer.byteLength(r.body)).toBeLessThanOrEqual(20_000)
  })

  test('with strict order a case waits for its own events only', async () => {
    const { g, to } = await start({ events: ['message.received', 'note.added'], ordered: true })
    to.behave((response, _request, n) => void response.writeHead(n === 1 ? 500 : 200).end())
    await g.mail(carl)
    await g.act('note.add', '#1', { text: 'after it' }, agent('anna'))
    await g.mail({ ...carl, subject: 'Other' })
    // The first delivery of case 1 failed: its note waits, case 2 does not.
    expect(to.hooks().map((h) => [h.type, h.data.case?.number])).toEqual([
      ['message.received', 1],
      ['message.received', 2],
    ])
    await g.advance(10_000, 1000)
    expect(
      to
        .hooks()
        .slice(2)
        .map((h) => [h.type, h.data.case?.number]),
    ).toEqual([
      ['message.received', 1],
      ['note.added', 1],
    ])
  })

  test('a rolled back transaction tells nobody anything', async () => {
    const { g, to, deliveries } = await start()
    await g.mail(carl)
    const before = to.received.length
    await expect(
      g.transact(async (tx) => {
        const c = await tx.cases.byRef('#1')
        await tx.cases.set(c?.id ?? '', { subject: 'Never' })
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    await g.settle()
    expect(to.received.length).toBe(before)
    expect((await deliveries()).length).toBe(before)
  })

  test('secrets are rotated under load: holders of the old and the new one verify everything for a day', async () => {
    const { g, to, command, call } = await start({ secret: undefined })
    const first = (await command('webhook', ['secret', 'desk'])).out
    expect(first).toMatch(/^whsec_/)
    for (let i = 0; i < 5; i++) await g.deliver({ ...carl, subject: `Before ${i}` })
    const second: string = (await call('POST', '/v1/webhooks/desk/rotate')).body.secret
    for (let i = 0; i < 5; i++) await g.deliver({ ...carl, subject: `After ${i}` })
    await g.settle()
    expect(to.received).toHaveLength(20)
    for (const r of to.received) verify(first, r, g.clock.now())
    const withBoth = to.received.filter((r) => String(r.headers['webhook-signature']).includes(' '))
    expect(withBoth.length).toBeGreaterThanOrEqual(10)
    for (const r of withBoth) verify(second, r, g.clock.now())
    // Two more rotations: at most two old ones are kept.
    for (let i = 0; i < 2; i++) await command('webhook', ['rotate', 'desk'])
    await g.mail({ ...carl, subject: 'Later' })
    const later = to.received.at(-1)
    expect(String(later?.headers['webhook-signature']).split(' ')).toHaveLength(3)
    await g.advance('25h', 3_600_000)
    await g.mail({ ...carl, subject: 'Next day' })
    expect(String(to.received.at(-1)?.headers['webhook-signature']).split(' ')).toHaveLength(1)
  })

  test('an endpoint of v1a hands out its public key alone, and one that changes over is signed both ways for a day', async () => {
    const { g, to, call, command } = await start()
    const made = await call('POST', '/v1/webhooks', { body: { name: 'shop', url: 'https://hooks.example.com/x', signature: 'v1a' } })
    expect(made).toMatchObject({ status: 201, body: { name: 'shop', public_key: expect.stringMatching(/^whpk_/) as string } })
    const rotated = await call('POST', '/v1/webhooks/shop/rotate')
    expect(rotated.body.public_key).toMatch(/^whpk_/)
    expect(rotated.body.public_key).not.toBe(made.body.public_key)
    const [, shop] = (await call('GET', '/v1/webhooks')).body.items
    expect(shop).toMatchObject({ signature: 'v1a', public_key: rotated.body.public_key })
    expect((await command('webhook', ['secret', 'shop'])).out).toBe(rotated.body.public_key)
    expect(JSON.stringify([made.body, rotated.body, shop])).not.toContain('whsk_')
    // The one in the file has a shared secret; now its settings ask for v1a.
    const other = await start({ secret: undefined, signature: 'v1a' })
    await other.g.mail(carl)
    await other.g.transact(
      async (tx) =>
        void (await tx.db
          .updateTable('webhooks_endpoints')
          .set({ secrets: JSON.stringify([{ secret, until: null }]) })
          .where('name', '=', 'desk')
          .execute()),
    )
    await other.g.mail({ ...carl, subject: 'Changed over' })
    const hook = other.to.received.at(-1)
    expect(
      String(hook?.headers['webhook-signature'])
        .split(' ')
        .map((one) => one.split(',')[0]),
    ).toEqual(['v1a', 'v1'])
    verify(secret, hook ?? { id: '', headers: {}, body: '', at: 0 }, other.g.clock.now())
    await g.settle()
    expect(to.received).toEqual([])
  })

  test('endpoints are made, shown, pinged and removed over the API; a way inside is refused', async () => {
    const { g, to, call, command, deliveries } = await start()
    const make = async (body: unknown): Promise<readonly [number, string, string]> => {
      const answer = await call('POST', '/v1/webhooks', { body })
      return [answer.status, answer.body.code, answer.body.detail]
    }
    for (const url of [
      'http://hooks.example.com/',
      'https://127.0.0.1/',
      'https://[::1]/',
      'https://10.0.0.1/',
      'https://hooks.example.com:22/',
    ]) {
      expect((await make({ name: 'evil', url })).slice(0, 2)).toEqual([422, 'invalid'])
    }
    expect(await make({ name: 'typo', url: 'https://hooks.example.com/', events: ['mesage.*'] })).toEqual([
      422,
      'invalid',
      expect.stringContaining('there is no event "mesage.*"'),
    ])
    expect((await make({ name: 'desk', url: 'https://hooks.example.com/' })).slice(0, 2)).toEqual([409, 'conflict'])
    const made = await call('POST', '/v1/webhooks', { body: { name: 'shop', url: 'https://hooks.example.com/x', events: ['case.*'] } })
    expect(made).toMatchObject({ status: 201, body: { name: 'shop', secret: expect.stringMatching(/^whsec_/) as string } })
    const list = await call('GET', '/v1/webhooks')
    expect(JSON.stringify(list.body)).not.toContain('whsec_')
    expect(list.body).toMatchObject({
      items: [
        { name: 'desk', source: 'config', state: 'active' },
        { name: 'shop', source: 'api', url: 'https://hooks.example.com/x' },
      ],
    })
    expect((await call('DELETE', '/v1/webhooks/shop')).status).toBe(204)
    expect(await call('DELETE', '/v1/webhooks/desk')).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect((await command('webhook', ['ping', 'desk'])).code).toBe(0)
    expect(to.hooks()).toMatchObject([{ type: 'webhook.ping', data: { facts: { endpoint: 'desk' } } }])
    verify(secret, to.received[0] ?? { id: '', headers: {}, body: '', at: 0 }, Date.now())
    to.behave(status(500))
    await g.mail(carl)
    const [one] = await deliveries()
    to.behave((response) => void response.writeHead(200).end())
    expect((await call('POST', `/v1/deliveries/${one?.id}/retry`)).status).toBe(202)
    await g.settle()
    const detail = await call('GET', `/v1/deliveries/${one?.id}`)
    expect(detail.body).toMatchObject({
      state: 'delivered',
      attempts: 2,
      log: [
        { number: 1, status: 500, response: 'no' },
        { number: 2, status: 200, response: null },
      ],
    })
    expect(await call('POST', '/v1/deliveries/msg_none/retry')).toMatchObject({ status: 404, body: { code: 'not_found' } })
    // Endpoints hear of everything: nothing of them for a token that is bound to mailboxes or may only act.
    for (const spec of [{ access: 'admin', mailboxes: ['support'] }, { access: 'act' }] as const) {
      const bound = client(g, await tokenFor(g, spec))
      for (const [method, path] of [
        ['GET', '/v1/deliveries'],
        ['GET', `/v1/deliveries/${one?.id}`],
        ['GET', '/v1/webhooks'],
        ['POST', '/v1/webhooks/desk/rotate'],
      ] as const)
        expect([path, (await bound(method, path)).status]).toEqual([path, 403])
    }
  })
})
