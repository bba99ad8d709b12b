// What integrators ask for: their own ids, custom fields as filters, many cases at once, and tokens for some actions alone.
import { expect, test } from 'vitest'
import { eachGateway } from '../support/each-gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { client, tokenFor } from './client.ts'

const config = `mailboxes:
  support: { address: support@example.test, name: Support, notify: [team] }
  sales: { address: sales@example.test, name: Sales, notify: [boris] }
`

eachGateway((open) => {
  const three = async (): Promise<TestGateway> => {
    const g = await open({ config, plugins: ['desk', 'threading', 'search'] })
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'First', text: 'Help' })
    await g.mail({ from: 'Вера <vera@customer.test>', to: 'support@example.test', subject: 'Второе', text: 'Помогите' })
    await g.mail({ from: 'dora@customer.test', to: 'sales@example.test', subject: 'Third', text: 'Help' })
    return g
  }

  test('a case has an id of the asker, unique among his, and custom fields find it', async () => {
    const g = await three()
    const call = client(g, await tokenFor(g))
    const numbers = async (query: string, by = call): Promise<readonly number[]> =>
      ((await by('GET', `/v1/cases?${query}`)).body.data as readonly { number: number }[]).map((c) => c.number).sort()
    const set = await call('PATCH', '/v1/cases/1', { body: { external_id: 'ext-1', custom: { order: 17, vip: true, plan: 'золотой' } } })
    expect([set.status, Object.values(set.body.external_ids)]).toEqual([200, ['ext-1']])
    const made = { mailbox: 'support', from: 'customer', requester: { address: 'eve@customer.test' }, subject: 'Fourth', text: 'x' }
    const fourth = await call('POST', '/v1/cases', { body: { ...made, external_id: 'ext-2' } })
    expect(fourth.status).toBe(201)
    const taken = await call('POST', '/v1/cases', { body: { ...made, external_id: 'ext-2' } })
    expect([taken.status, taken.body.detail]).toEqual([409, `external_id: another case has it (${fourth.body.case.id})`])
    expect(await numbers('external_id=ext-1')).toEqual([1])
    expect(await numbers('external_id=nothing')).toEqual([])
    // Another system has ids of its own.
    const other = client(g, await tokenFor(g))
    expect(await numbers('external_id=ext-1', other)).toEqual([])
    expect((await other('PATCH', '/v1/cases/2', { body: { external_id: 'ext-1' } })).status).toBe(200)
    expect(await numbers('custom=order=17')).toEqual([1])
    expect(await numbers('custom=vip=true&custom=order=17')).toEqual([1])
    expect(await numbers(`custom=plan=${encodeURIComponent('золотой')}`)).toEqual([1])
    expect(await numbers('custom=order=18')).toEqual([])
    expect((await call('GET', `/v1/cases?custom=${encodeURIComponent("a'=1")}`)).status).toBe(422)
    expect((await call('PATCH', '/v1/cases/1', { body: { external_id: null } })).body.external_ids).toEqual({})
  })

  test('many cases at once: each has its result, a dry run keeps nothing, and beyond the scope there is nothing', async () => {
    const g = await three()
    const call = client(g, await tokenFor(g))
    const statuses = async () => (await Promise.all([1, 2, 3].map((n) => g.look(`#${n}`)))).map((c) => c.status)
    const body = { cases: ['1', '#2', '99'], action: 'case.status', args: { status: 'closed' } }
    const dry = await call('POST', '/v1/bulk', { body: { ...body, dry_run: true } })
    expect(dry.body).toMatchObject({
      dry_run: true,
      done: 2,
      failed: 1,
      results: [{ case: '1', ok: true }, { ok: true }, { case: '99', error: { code: 'not_found' } }],
    })
    expect(await statuses()).toEqual(['open', 'open', 'open'])
    const key = { 'idempotency-key': 'once' }
    expect((await call('POST', '/v1/bulk', { body, headers: key })).body).toMatchObject({ done: 2, failed: 1 })
    expect((await call('POST', '/v1/bulk', { body, headers: key })).headers.get('idempotency-replayed')).toBe('true')
    expect(await statuses()).toEqual(['closed', 'closed', 'open'])
    const bound = client(g, await tokenFor(g, { mailboxes: ['sales'] }))
    const mine = await bound('POST', '/v1/bulk', {
      body: { filter: { status: ['open', 'closed'] }, action: 'case.tags', args: { add: ['late'] } },
    })
    expect([mine.status, mine.body.done]).toEqual([200, 1])
    expect((await bound('POST', '/v1/bulk', { body })).body).toMatchObject({ done: 0, failed: 3 })
    const wrong = await call('POST', '/v1/bulk', { body: { cases: ['1'], action: 'case.status', args: { status: 'nonsense' } } })
    expect(wrong.body.results).toMatchObject([{ ok: false, error: { code: 'invalid', temporary: false } }])
    expect((await call('POST', '/v1/bulk', { body: { action: 'case.status', args: {} } })).status).toBe(422)
    expect((await call('POST', '/v1/bulk', { body: { ...body, filter: { status: ['open'] } } })).status).toBe(422)
  })

  test('admins make tokens over the API, for some actions alone, and end them', async () => {
    const g = await three()
    const admin = client(g, await tokenFor(g, { access: 'admin' }))
    const made = await admin('POST', '/v1/tokens', { body: { name: 'tagger', actions: ['case.tags', 'note.*'], mailboxes: ['support'] } })
    expect(made.status).toBe(201)
    const tagger = client(g, made.body.token)
    const calls = [
      ['POST', '/v1/cases/1/tags', { add: ['vip'] }, 200],
      ['POST', '/v1/cases/1/actions/case.tags', { add: ['late'] }, 200],
      ['POST', '/v1/cases/1/notes', { text: 'n' }, 201],
      ['PATCH', '/v1/cases/1', { tags: { add: ['x'] } }, 200],
      ['PATCH', '/v1/cases/1', { tags: { add: ['y'] }, status: 'closed' }, 403],
      ['PATCH', '/v1/cases/1', { external_id: 'e' }, 403],
      ['POST', '/v1/cases/1/actions/case.status', { status: 'closed' }, 403],
      ['POST', '/v1/cases/1/replies', { text: 'Hello' }, 403],
      ['POST', '/v1/bulk', { cases: ['1'], action: 'case.status', args: { status: 'closed' } }, 403],
      ['POST', '/v1/bulk', { cases: ['1'], action: 'case.tags', args: { add: ['z'] } }, 200],
      ['POST', '/v1/cases', { mailbox: 'support', from: 'customer', requester: { address: 'a@b.test' }, subject: 's', text: 't' }, 403],
      ['POST', '/v1/cases/3/tags', { add: ['vip'] }, 404],
      ['GET', '/v1/tokens', undefined, 403],
    ] as const
    for (const [method, url, body, expected] of calls) {
      const { status } = await tagger(method, url, body && { body })
      expect([method, url, body, status]).toEqual([method, url, body, expected])
    }
    expect((await g.look('#1')).status).toBe('open')
    const refused = [
      [{ name: 'tagger' }, 409],
      [{ name: 'a', actions: ['no.such'] }, 422],
      [{ name: 'b', mailboxes: ['nowhere'] }, 422],
      [{ name: 'c', expires: 'soon' }, 422],
      [{ name: 'd/e' }, 422],
    ] as const
    for (const [body, expected] of refused) expect([body, (await admin('POST', '/v1/tokens', { body })).status]).toEqual([body, expected])
    expect((await admin('POST', '/v1/tokens', { body: { name: 'f' }, headers: { 'idempotency-key': 'k' } })).status).toBe(422)
    const bound = client(g, await tokenFor(g, { access: 'admin', mailboxes: ['support'] }))
    expect((await bound('POST', '/v1/tokens', { body: { name: 'g', access: 'admin' } })).status).toBe(403)
    const list = (await admin('GET', '/v1/tokens')).body.data as readonly Record<string, unknown>[]
    expect(list.find((t) => t.name === 'tagger')).toMatchObject({ actions: ['case.tags', 'note.*'], state: 'good' })
    expect(JSON.stringify(list)).not.toMatch(/hash|postern_[0-9a-f]{12}_/)
    expect((await admin('DELETE', '/v1/tokens/tagger')).status).toBe(204)
    expect((await tagger('GET', '/v1/me')).status).toBe(401)
    expect((await admin('DELETE', '/v1/tokens/tagger')).status).toBe(404)
  })
})
