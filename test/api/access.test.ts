import { afterEach, expect, test } from 'vitest'
import { revokeToken } from '../../core/store/api-tokens.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { client, tokenFor } from './client.ts'

let open: TestGateway | undefined
afterEach(async () => {
  await open?.stop()
  open = undefined
})
const two = async (): Promise<TestGateway> => {
  open = await testGateway({
    plugins: ['desk', 'threading', 'scheduler', 'links'],
    config:
      'groups:\n  team: { members: [anna], mailboxes: [support] }\n  sellers: { members: [boris], mailboxes: [sales] }\nmailboxes:\n  support: { address: support@example.test, name: Support }\n  sales: { address: sales@example.test, name: Sales }\n',
  })
  await open.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Broken', text: 'It is broken' })
  await open.mail({ from: 'dora@customer.test', to: 'sales@example.test', subject: 'Secret price', text: 'How much' })
  return open
}

test('nothing but health is served without a token, or with one that is cut, made up, expired or revoked', async () => {
  const g = await two()
  const good = await tokenFor(g, { access: 'admin' })
  const expiring = await tokenFor(g, { expiresAt: g.clock.now() + 60_000 })
  const revoked = await tokenFor(g)
  expect((await client(g, revoked)('GET', '/v1/me')).status).toBe(200)
  await revokeToken(g.gateway.database.write, /_([0-9a-f]{12})_/.exec(revoked)?.[1] ?? '', g.clock.now())
  g.clock.advance(120_000)
  const paths = ['/v1/me', '/v1/cases', '/v1/cases/1', '/v1/events', '/v1/events/stream', '/v1/openapi.json', '/v1/reference', '/metrics']
  for (const path of paths) expect([path, (await client(g, undefined)('GET', path)).status]).toEqual([path, 401])
  for (const token of [
    expiring,
    revoked,
    good.slice(0, -1),
    `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`,
    'x',
    `postern_${'0'.repeat(12)}_${'A'.repeat(43)}`,
  ]) {
    const answer = await client(g, token)('GET', '/v1/me')
    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="postern"')
  }
  expect((await client(g, undefined)('GET', '/healthz')).body).toEqual({ ok: true })
  expect((await client(g, undefined)('GET', '/readyz')).body).toEqual({ ready: true })
  // A browser may read the reference with the token as its password, and nothing else.
  const basic = { authorization: `Basic ${Buffer.from(`any:${good}`).toString('base64')}` }
  expect((await client(g, undefined)('GET', '/v1/reference', { headers: basic })).body).toContain('<h1>Postern API</h1>')
  expect((await client(g, undefined)('GET', '/v1/reference')).headers.get('www-authenticate')).toMatch(/^Basic /)
  expect((await client(g, undefined)('GET', '/v1/cases', { headers: basic })).status).toBe(401)
})

test('after ten failed attempts within 15 minutes an address is told to wait, and a good token still passes', async () => {
  const g = await two()
  const bad = client(g, 'wrong')
  const seen: number[] = []
  for (let i = 0; i < 12; i++) seen.push((await bad('GET', '/v1/me')).status)
  expect(seen).toEqual([...Array<number>(10).fill(401), 429, 429])
  expect((await client(g, await tokenFor(g))('GET', '/v1/me')).status).toBe(200)
  g.clock.advance(15 * 60_000)
  expect((await bad('GET', '/v1/me')).status).toBe(401)
})

test('a token may do what its access says and no more', async () => {
  const g = await two()
  const calls = [
    ['GET', '/v1/cases/1', undefined, { read: 200, act: 200, admin: 200 }],
    ['PATCH', '/v1/cases/1', { status: 'waiting' }, { read: 403, act: 200, admin: 200 }],
    ['POST', '/v1/cases/1/actions/case.status', { status: 'open' }, { read: 403, act: 200, admin: 200 }],
    ['POST', '/v1/cases/1/notes', { text: 'n' }, { read: 403, act: 201, admin: 201 }],
    ['POST', '/v1/inbound/x/retry', undefined, { read: 403, act: 403, admin: 404 }],
    ['GET', '/v1/outbox/x/raw', undefined, { read: 403, act: 403, admin: 404 }],
  ] as const
  for (const access of ['read', 'act', 'admin'] as const) {
    const call = client(g, await tokenFor(g, { access }))
    for (const [method, path, body, expected] of calls)
      expect([access, method, path, (await call(method, path, body && { body })).status]).toEqual([access, method, path, expected[access]])
  }
})

test('what lies beyond the mailboxes of a token does not exist for it, in whatever way it is named', async () => {
  const g = await two()
  const all = client(g, await tokenFor(g, { access: 'admin' }))
  const other = (await all('GET', '/v1/cases/2')).body
  await all('POST', '/v1/cases/2/actions/reply.send', { body: { text: 'Ten', hold: 'x' } })
  await all('POST', '/v1/cases/2/actions/reply.send', { body: { text: 'Ten secret coins' } })
  await g.settle()
  const timeline = (await all('GET', '/v1/cases/2/timeline')).body.timeline as { message?: { id: string }; notice?: { id: string } }[]
  const message = timeline.find((e) => e.message)?.message?.id ?? ''
  const notice = timeline.find((e) => e.notice)?.notice?.id ?? ''
  const outbox = (await all('GET', '/v1/outbox')).body.outbox[0].id as string
  const inbound = (await all('GET', '/v1/inbound')).body.inbound.find((m: { mailbox: string }) => m.mailbox === 'sales').id as string
  const upload = (await all('POST', '/v1/uploads?filename=a.txt', { body: Buffer.from('x') })).body.id as string
  const before = await g.look('#2')
  for (const spec of [{ access: 'admin' as const, mailboxes: ['support'] }, { access: 'admin' as const }]) {
    // Bound by the token, or by the agent on whose behalf it acts.
    const call = client(g, await tokenFor(g, spec))
    const as = 'mailboxes' in spec ? {} : { as: 'anna' }
    const paths = [
      '/v1/cases/2',
      `/v1/cases/${other.id}`,
      '/v1/cases/%232',
      '/v1/cases/2/timeline',
      '/v1/cases/2/messages',
      '/v1/cases/2/notes',
      '/v1/cases/2/notices',
      `/v1/messages/${message}`,
      `/v1/messages/${message}/html`,
      `/v1/messages/${message}/raw`,
      `/v1/inbound/${inbound}`,
      `/v1/inbound/${inbound}/raw`,
      `/v1/outbox/${outbox}`,
      `/v1/outbox/${outbox}/raw`,
      '/v1/events?case=2',
    ]
    for (const path of paths) expect([path, (await call('GET', path, as)).status]).toEqual([path, 404])
    const writes: [string, string, unknown][] = [
      ['PATCH', '/v1/cases/2', { status: 'closed' }],
      ['POST', '/v1/cases/2/actions/case.status', { status: 'closed' }],
      ['POST', '/v1/cases/2/replies', { text: 'x' }],
      ['POST', `/v1/cases/2/notices/${notice}/dismiss`, undefined],
      ['POST', `/v1/cases/1/notices/${notice}/dismiss`, undefined],
      ['POST', '/v1/cases/1/actions/outbox.retry', { outbox }],
      ['POST', '/v1/cases/1/replies', { text: 'x', answers: message }],
      ['POST', '/v1/cases', { mailbox: 'sales', requester: { address: 'a@b.test' }, subject: 's', text: 't' }],
      ['POST', '/v1/actions/case.start', { mailbox: 'sales', to: 'a@b.test', subject: 's', text: 't' }],
      ['POST', `/v1/outbox/${outbox}/retry`, undefined],
      ['POST', `/v1/inbound/${inbound}/retry`, undefined],
      ['POST', '/v1/cases/1/replies', { text: 'x', attachments: [{ upload }] }],
    ]
    for (const [method, path, body] of writes)
      expect([path, (await call(method, path, { ...as, ...(body !== undefined && { body }) })).status]).toEqual([path, 404])
    for (const path of [
      '/v1/cases',
      '/v1/cases?mailbox=sales',
      '/v1/cases?sort=number',
      '/v1/inbound',
      '/v1/outbox',
      '/v1/events?limit=1000',
      '/v1/notices',
      '/v1/mailboxes',
      '/v1/agents',
      '/v1/groups',
    ]) {
      const answer = await call('GET', path, as)
      expect([path, answer.status]).toEqual([path, 200])
      expect([path, /sales|Secret|dora|boris/i.test(JSON.stringify(answer.body))]).toEqual([path, false])
    }
    expect((await call('GET', '/metrics', as)).status).toBe(403)
  }
  expect({ ...(await g.look('#2')), version: 0 }).toEqual({ ...before, version: 0 })
})

test('stored bytes cannot be named, and an agent writes in his own name alone', async () => {
  const g = await two()
  const call = client(g, await tokenFor(g, { agents: ['anna'] }))
  const blob = {
    filename: 'x',
    contentType: 'text/plain',
    sizeBytes: 5,
    blob: { id: '01996a10-5f2e-7c3a-9b1d-2f4e6a8c0d1e', start: 0, end: 5, encoding: 'identity' },
  }
  expect((await call('POST', '/v1/cases/1/actions/reply.send', { body: { text: 'x', attachments: [blob] } })).status).toBe(403)
  expect((await call('POST', '/v1/cases/1/actions/reply.send', { body: { text: 'x', agent: 'boris' } })).status).toBe(403)
  expect((await call('POST', '/v1/cases/1/actions/reply.send', { body: { text: 'x' }, as: 'boris' })).status).toBe(403)
  expect((await call('GET', '/v1/me', { as: 'nobody' })).status).toBe(403)
  expect((await call('POST', '/v1/cases/1/replies', { body: { text: 'x' }, as: 'anna' })).status).toBe(201)
  expect((await g.look('#1')).messages.at(-1)).toMatchObject({ agent: 'anna', author: 'agent' })
})
