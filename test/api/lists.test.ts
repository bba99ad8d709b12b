// What every call and every list has in common: one shape, links to follow, an id in the log, and how much may still be asked.
import { expect, test } from 'vitest'
import { createLog } from '../../core/base/log.ts'
import { eachGateway } from '../support/each-gateway.ts'
import { agent } from '../support/gateway.ts'
import { behaviourKinds } from '../support/databases.ts'
import { client, tokenFor } from './client.ts'

eachGateway((open) => {
  test('lists have one shape beside their old keys, and next_url leads through all of it', async () => {
    const g = await open({ plugins: ['desk', 'threading', 'scheduler', 'rules', 'webhooks', 'search', 'notify'] })
    for (const name of ['carl', 'dora', 'eve'])
      await g.mail({ from: `${name}@customer.test`, to: 'support@example.test', subject: `From ${name}`, text: 'Help' })
    const call = client(g, await tokenFor(g, { access: 'admin' }))
    const lists = {
      '/v1/cases': 'cases',
      '/v1/cases/1/messages': 'messages',
      '/v1/cases/1/notes': 'notes',
      '/v1/cases/1/notices': 'notices',
      '/v1/cases/1/timeline': 'timeline',
      '/v1/events': 'events',
      '/v1/notices': 'notices',
      '/v1/inbound': 'inbound',
      '/v1/outbox': 'outbox',
      '/v1/suppressions': 'suppressions',
      '/v1/mailboxes': 'mailboxes',
      '/v1/agents': 'agents',
      '/v1/groups': 'groups',
      '/v1/event-types': 'types',
      '/v1/actions': 'actions',
      '/v1/reopens': 'reopens',
      '/v1/deferred': 'deferred',
      '/v1/presets': 'presets',
      '/v1/rules': 'rules',
      '/v1/templates': 'templates',
      '/v1/webhooks': 'items',
      '/v1/deliveries': 'items',
      '/v1/search?q=help': 'data',
    }
    for (const [url, key] of Object.entries(lists)) {
      const { status, body } = await call('GET', url)
      expect([url, status, body.data, 'next' in body, 'next_url' in body]).toEqual([url, 200, body[key], true, true])
    }
    for (const url of ['/v1/cases', '/v1/inbound', '/v1/search?q=help', '/v1/deliveries', '/v1/cases?status=open&sort=number']) {
      const seen: string[] = []
      let next: string | null = `${url}${url.includes('?') ? '&' : '?'}limit=1`
      while (next !== null && seen.length < 10) {
        const { body } = await call('GET', next)
        for (const one of body.data as readonly { id?: string; case?: { id: string } }[]) seen.push(one.id ?? one.case?.id ?? '')
        next = body.next_url
      }
      expect([url, seen.length, new Set(seen).size]).toEqual([url, url === '/v1/deliveries' ? 0 : 3, seen.length])
    }
    // How many there are: always of lists without pages, of cases where it is asked for.
    expect((await call('GET', '/v1/mailboxes')).body.total).toBe((await call('GET', '/v1/mailboxes')).body.data.length)
    expect((await call('GET', '/v1/cases?limit=1&total=true')).body).toMatchObject({ total: 3, data: [{ number: 3 }] })
    expect((await call('GET', '/v1/cases?limit=1&status=closed,open&requester=dora@customer.test&total=true')).body.total).toBe(1)
    expect('total' in (await call('GET', '/v1/cases')).body).toBe(false)
    // Parts of a case with it, in lists and alone.
    await call('POST', '/v1/cases/1/notes', { body: { text: 'Заметка' }, as: 'anna' })
    const asked = 'include=messages,people,notes'
    const parts = {
      messages: [{ text: 'Help', recipients: { reply_to: [] } }],
      people: [{ address: 'carl@customer.test', role: 'requester' }],
      notes: [{ text: 'Заметка' }],
    }
    expect((await call('GET', `/v1/cases/1?${asked}`)).body).toMatchObject({ number: 1, ...parts })
    const withParts = (await call('GET', `/v1/cases?sort=number&limit=2&${asked}`)).body.data
    expect(withParts).toMatchObject([
      { number: 1, ...parts },
      { number: 2, notes: [] },
    ])
    expect('notes' in (await call('GET', '/v1/cases/1?include=people&include=messages')).body).toBe(false)
    expect((await call('GET', `/v1/cases?limit=51&include=notes`)).status).toBe(422)
    expect((await call('GET', '/v1/cases?include=raw')).status).toBe(422)
    const [first] = (await call('GET', '/v1/cases/1/messages')).body.data
    expect((await call('GET', first.url)).body.id).toBe(first.id)
    expect(first.recipients.reply_to).toEqual(first.recipients.replyTo)
    // What a list shows is read where its url says, by whoever may see it.
    await g.transact(async (tx) => {
      const c = await tx.cases.byRef('#1')
      await tx.notices.raise({ caseId: c?.id ?? '', kind: 'odd_thing' })
    })
    await g.act('reply.send', '#1', { text: 'It is on its way' }, agent('anna'))
    const other = client(g, await tokenFor(g, { access: 'read', mailboxes: ['sales'] }))
    for (const list of [
      '/v1/cases',
      '/v1/cases/1/messages',
      '/v1/cases/1/notes',
      '/v1/notices',
      '/v1/inbound',
      '/v1/outbox',
      '/v1/search?q=help',
    ]) {
      const [entry] = (await call('GET', list)).body.data
      const { url, id } = entry.score === undefined ? entry : entry.case
      expect([list, (await call('GET', url)).body.id]).toEqual([list, id])
      expect([list, (await other('GET', url)).status === 200]).toEqual([list, false])
    }
    const { body: one } = await call('GET', '/v1/cases/1')
    expect((await call('GET', one.url)).body.number).toBe(1)
  })

  test('a call has an id of its caller or of ours, in the answer and in the log, and says how many calls are left', async () => {
    const lines: Record<string, unknown>[] = []
    const into = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) }
    const g = await open({ config: 'http: { host: 127.0.0.1, port: 0, rate: 3/60s }', log: createLog({ level: 'debug', stream: into }) })
    const call = client(g, await tokenFor(g))
    const mine = await call('GET', '/v1/me', { headers: { 'x-request-id': 'order-4711/a' } })
    expect(mine.headers.get('x-request-id')).toBe('order-4711/a')
    expect(mine.headers.get('ratelimit-policy')).toBe('"token";q=3;w=60')
    expect(mine.headers.get('ratelimit')).toBe('"token";r=2;t=20')
    await expect.poll(() => lines.some((l) => l.request === 'order-4711/a' && l.status === 200 && l.route === '/v1/me')).toBe(true)
    // What would break a header or a line of the log is not taken over.
    const bad = await call('GET', '/v1/nothing', { headers: { 'x-request-id': 'a b"c' } })
    expect([bad.status, bad.headers.get('x-request-id')]).toEqual([404, expect.stringMatching(/^[0-9a-f-]{36}$/)])
    await call('GET', '/v1/me')
    await call('GET', '/v1/me')
    const refused = await call('GET', '/v1/me')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '20'])
    g.clock.advance(20_000)
    expect((await call('GET', '/v1/me')).status).toBe(200)
  })
}, behaviourKinds)
