import { expect, test } from 'vitest'
import { eachGateway } from '../support/each-gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { client, tokenFor } from './client.ts'

eachGateway((open) => {
  const gateway = async (): Promise<TestGateway> => {
    const g = await open({
      plugins: ['desk', 'threading', 'recipients', { rules: { rules: './rules', templates: './templates' } }, 'scheduler', 'links'],
      files: {
        'rules/a.yaml': 'rules:\n  - name: vips\n    on: case.created\n    do:\n      - case.tags: { add: [vip] }\n',
        'templates/hello.yaml': 'description: Says hello\ntext: Hello from us\n',
      },
    })
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'It is broken' })
    return g
  }

  test('reopens and deferred messages are planned, listed, changed and cancelled', async () => {
    const g = await gateway()
    const call = client(g, await tokenFor(g))
    const planned = await call('POST', '/v1/cases/1/reopens', { as: 'anna', body: { in: '2 days', note: 'Call him' } })
    expect(planned.status, JSON.stringify(planned.body)).toBe(201)
    const [reopen] = (await call('GET', '/v1/cases/1/reopens')).body.reopens
    expect(reopen).toMatchObject({
      state: 'planned',
      owner: { kind: 'agent', id: 'anna' },
      note: 'Call him',
      due_at: '2026-09-23T09:00:00.000Z',
    })
    expect((await call('PATCH', `/v1/cases/1/reopens/${reopen.id}`, { as: 'anna', body: { in: '1 day' } })).status).toBe(200)
    expect((await call('GET', '/v1/reopens')).body.reopens).toMatchObject([{ id: reopen.id, due_at: '2026-09-22T09:00:00.000Z' }])
    expect((await call('DELETE', `/v1/cases/1/reopens/${reopen.id}`, { as: 'anna' })).status).toBe(200)
    expect((await call('GET', '/v1/reopens')).body.reopens).toEqual([])
    const deferred = await call('POST', '/v1/cases/1/replies', { as: 'anna', body: { text: 'Tomorrow then', at: 'in 1 day' } })
    expect(deferred.status, JSON.stringify(deferred.body)).toBe(201)
    const [row] = (await call('GET', '/v1/cases/1/deferred')).body.deferred
    expect(row).toMatchObject({ state: 'planned', agent: 'anna', text: 'Tomorrow then' })
    expect((await call('DELETE', `/v1/cases/1/deferred/${row.message}`, { as: 'anna' })).status).toBe(200)
    expect((await call('GET', '/v1/deferred')).body.deferred).toEqual([])
    await g.advance('2d', 3_600_000)
    expect((await g.sentTo('carl@customer.test')).filter((m) => m.mail.text?.includes('Tomorrow then'))).toEqual([])
  })

  test('rules and templates are listed, and an answer is made of a template', async () => {
    const g = await gateway()
    const call = client(g, await tokenFor(g))
    expect((await call('GET', '/v1/rules')).body.rules).toMatchObject([{ name: 'vips', mailboxes: null, place: 'a.yaml:2:5' }])
    expect((await call('GET', '/v1/templates')).body.templates).toMatchObject([{ name: 'hello', description: 'Says hello' }])
    expect((await call('GET', '/v1/cases?tag=vip&sort=-created_at')).body.cases).toHaveLength(1)
    const used = await call('POST', '/v1/cases/1/replies', { as: 'anna', body: { template: 'hello' } })
    expect(used.status, JSON.stringify(used.body)).toBe(201)
    await g.settle()
    expect((await g.sentTo('carl@customer.test')).some((m) => m.mail.text?.includes('Hello from us'))).toBe(true)
    const later = await call('POST', '/v1/cases/1/replies', { as: 'anna', body: { template: 'hello', at: 'in 1 day' } })
    expect(later.status, JSON.stringify(later.body)).toBe(201)
    expect((await call('GET', '/v1/deferred')).body.deferred).toMatchObject([
      { text: expect.stringContaining('Hello from us') as string, agent: 'anna' },
    ])
    expect((await call('POST', '/v1/cases/1/replies', { as: 'anna', body: { template: 'hello', subject: 'x' } })).status).toBe(422)
  })

  test('lists go page by page without loss in every order, also where keys are equal', async () => {
    const g = await gateway()
    for (let i = 0; i < 24; i++) {
      await g.transact(async (tx) => {
        const c = await tx.cases.create({
          mailbox: i % 2 ? 'support' : 'sales',
          subject: `n${i}`,
          status: (['open', 'waiting', 'closed'] as const)[i % 3] ?? 'open',
          requester: { address: `c${i}@customer.test`, name: '' },
        })
        await tx.cases.created(c.id)
      })
      if (i % 5 === 0) g.clock.advance(1000)
    }
    const call = client(g, await tokenFor(g))
    const walk = async (query: string): Promise<readonly number[]> => {
      const seen: number[] = []
      for (let cursor: string | null = ''; cursor !== null;) {
        const page = await call('GET', `/v1/cases?limit=7&${query}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)
        expect(page.status, JSON.stringify(page.body)).toBe(200)
        seen.push(...page.body.cases.map((c: { number: number }) => c.number))
        cursor = page.body.next
      }
      return seen
    }
    const sorts = [
      'updated_at',
      '-updated_at',
      'created_at',
      '-created_at',
      'number',
      '-number',
      ...(await call('GET', '/v1/filters')).body.sorts.flatMap((s: { name: string }) => [s.name, `-${s.name}`]),
    ]
    for (const sort of sorts) {
      const all = await walk(`sort=${encodeURIComponent(sort)}`)
      expect([sort, new Set(all).size, all.length]).toEqual([sort, 25, 25])
      const some = await walk(`sort=${encodeURIComponent(sort)}&status=open&status=waiting&mailbox=support&mailbox=sales`)
      expect([sort, some]).toEqual([sort, all.filter((n) => n === 1 || (n - 2) % 3 !== 2)])
    }
  })
})
