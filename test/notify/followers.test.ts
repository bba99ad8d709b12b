// Who follows a case, as programs see it: orders and answers of the API, filters of lists, splits, and two who follow at once.
import { expect, test } from 'vitest'
import { client, tokenFor } from '../api/client.ts'
import { eachGateway, plugins } from '../recipients/rig.ts'
import { agent } from '../support/gateway.ts'

eachGateway((start) => {
  test('a program reads and changes who follows; who does not exist is refused', async () => {
    const d = await start({ plugins })
    await d.writes('carl@customer.test')
    const call = client(d.g, await tokenFor(d.g, { access: 'admin' }))
    expect((await call('GET', '/v1/cases/1')).body).toMatchObject({ followers: [] })
    expect((await call('POST', '/v1/cases/1/followers', { body: {} })).status).toBe(422)
    expect((await call('POST', '/v1/cases/1/followers', { body: { who: 'nobody' } })).status).toBe(422)
    const done = await call('POST', '/v1/cases/1/followers', { body: { who: ['boris', 'anna'] } })
    expect(done).toMatchObject({ status: 200, body: { case: { followers: ['anna', 'boris'] } } })
    const mine = await call('GET', '/v1/cases?filter=follower=me', { as: 'boris' })
    expect(mine.body.data.map((c: { readonly number: number }) => c.number)).toEqual([1])
    expect((await call('DELETE', '/v1/cases/1/followers/boris')).body).toMatchObject({ case: { followers: ['anna'] } })
    expect((await call('GET', '/v1/cases?filter=follower=me', { as: 'boris' })).body.data).toEqual([])
    expect((await call('GET', '/v1/cases?filter=follower=me')).status).toBe(422)
  })

  test('two who follow at the same moment both do, and once each', async () => {
    const d = await start({ plugins })
    await d.writes('carl@customer.test')
    await Promise.all(['anna', 'boris', 'anna'].map((id) => d.g.act('case.follow', '#1', { who: id }, agent(id))))
    const events = await d.g.transact((tx) => tx.db.selectFrom('events').select('data').where('type', '=', 'case.followed').execute())
    expect(events.map((e) => e.data).sort()).toEqual(['{"agent":"anna"}', '{"agent":"boris"}'])
  })

  test('who follows a case follows the one that is split off it', async () => {
    const d = await start({ plugins })
    await d.writes('carl@customer.test')
    await d.g.act('case.follow', '#1', { who: 'boris' })
    await d.g.act('reply.send', '#1', { text: 'Try again' }, agent('anna'))
    await d.replies('mona@company.test', await d.sent(), { text: 'Mine is another matter' })
    const c = await d.look('#1')
    const reply = c.messages.find((m) => m.from.address === 'mona@company.test')
    const { data } = await d.g.act('case.split', '#1', { message: reply?.id ?? '' }, agent('anna'))
    const there = await d.g.transact((tx) => tx.cases.watchers(String(data?.case)))
    expect(there).toEqual([{ agent: 'boris', follows: true, mutedUntil: null }])
  })
})
