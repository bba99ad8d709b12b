// What is planned, through the HTTP API: pages within the scope of a token, ready-made times, why something is held.
import { expect, test } from 'vitest'
import { client, tokenFor } from '../api/client.ts'
import { behaviourKinds } from '../support/databases.ts'
import { agent } from '../support/gateway.ts'
import { begin, eachGateway, pass } from './rig.ts'

const anna = agent('anna')

eachGateway((with_) => {
  test(
    'lists hold what the token may see and nothing else, page by page, however much others have planned before it',
    with_(async (g) => {
      for (let i = 0; i < 3; i++) await begin(g, `Support ${i}`)
      await g.mail({ from: 'dora@customer.test', to: 'sales@example.test', subject: 'Sales', text: 'Price?' })
      for (let i = 1; i <= 4; i++) {
        await g.act('reopen.plan', `#${i}`, { in: `${i} days` }, anna)
        await g.act('reply.defer', `#${i}`, { text: `later ${i}`, in: `${i} days` }, anna)
      }
      const all = client(g, await tokenFor(g))
      const sales = client(g, await tokenFor(g, { mailboxes: ['sales'] }))
      for (const [url, key] of [
        ['/v1/reopens', 'reopens'],
        ['/v1/deferred', 'deferred'],
      ] as const) {
        const one = await sales('GET', `${url}?limit=1`)
        expect(one.body[key], JSON.stringify(one.body)).toHaveLength(1)
        expect(one.body.next).toBeNull()
        const seen: string[] = []
        for (let next: string | null = ''; next !== null;) {
          const page = await all('GET', `${url}?limit=3${next === '' ? '' : `&cursor=${next}`}`)
          seen.push(...page.body[key].map((r: { due_at: string }) => r.due_at))
          next = page.body.next
        }
        expect(seen).toHaveLength(4)
        expect([...seen].sort()).toEqual(seen)
        expect((await all('GET', `${url}?cursor=x`)).status).toBe(422)
      }
    }),
  )

  test(
    'ready-made times are offered in the zone and language of the agent',
    with_(async (g) => {
      const call = client(g, await tokenFor(g))
      const { presets } = (await call('GET', '/v1/presets', { as: 'boris' })).body
      expect(presets).toContainEqual({
        value: 'tomorrow 9:00',
        due_at: '2026-09-22T06:00:00.000Z',
        label: '22 сентября 2026 г. в 09:00 GMT+3',
      })
    }),
  )

  test(
    'changes of CC take effect when the answer leaves, and a variable that nothing was put into holds it with its reason',
    with_(async (g) => {
      await begin(g)
      await g.act('reply.defer', '#1', { text: 'Hello', in: '1 hour', cc: { add: ['boss@customer.test'] } }, anna)
      expect((await g.look('#1')).cc).toEqual([])
      await pass(g, '1h')
      expect((await g.sentTo('boss@customer.test'))[0]?.rcpts).toEqual(['carl@customer.test', 'boss@customer.test'])
      await expect(g.act('reply.defer', '#1', { text: 'Hello', in: '1 hour', cc: { add: ['no address'] } }, anna)).rejects.toThrow(
        'not a mail address',
      )
      g.clear()
      await g.act('reply.defer', '#1', { text: 'Dear {{ name }}', in: '1 hour' }, anna)
      const now = await g.act('deferred.send', '#1', {}, anna)
      expect(now.said).toBe('An answer was held back and waits for a decision: a variable of a template in it was never filled in.')
      expect(await g.sentTo('carl@customer.test')).toEqual([])
    }),
  )

  test(
    'what a rule defers leaves as automatic mail',
    with_(async (g) => {
      await begin(g)
      await g.act('reply.defer', '#1', { text: 'Still there?', in: '1 hour' }, { kind: 'rule', id: 'r', via: 'rule' })
      await pass(g, '1h')
      expect((await g.sentTo('carl@customer.test'))[0]?.mail.headers.get('auto-submitted')).toBe('auto-replied')
    }),
  )
}, behaviourKinds)
