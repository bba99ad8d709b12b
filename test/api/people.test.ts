import { expect, test } from 'vitest'
import { eachGateway } from '../support/each-gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { client, tokenFor } from './client.ts'
import type { Client } from './client.ts'

eachGateway((open) => {
  const start = async (): Promise<{ readonly g: TestGateway; readonly call: Client }> => {
    const g = await open({ plugins: ['desk', 'threading', 'recipients', 'scheduler'] })
    await g.mail({
      from: 'Carl <carl@customer.test>',
      to: 'support@example.test',
      cc: 'boss@customer.test',
      subject: 'Help',
      text: 'It is broken',
    })
    return { g, call: client(g, await tokenFor(g)) }
  }

  test('people, tags and responsibility are read and changed as resources, held against the version', async () => {
    const { g, call } = await start()
    const people = await call('GET', '/v1/cases/1/recipients')
    expect(people.body).toMatchObject({
      requester: { address: 'carl@customer.test', name: 'Carl' },
      cc: [{ address: 'boss@customer.test' }],
      bcc: [],
    })
    const etag = people.headers.get('etag') ?? ''
    const changed = await call('PATCH', '/v1/cases/1/recipients', {
      headers: { 'if-match': etag },
      body: { cc: { add: ['new@customer.test'], remove: ['boss@customer.test'] }, bcc: { set: ['archive@customer.test'] } },
    })
    expect(changed.status, JSON.stringify(changed.body)).toBe(200)
    expect(changed.body.case).toMatchObject({ cc: [{ address: 'new@customer.test' }], bcc: [{ address: 'archive@customer.test' }] })
    const stale = await call('PATCH', '/v1/cases/1/recipients', { headers: { 'if-match': etag }, body: { bcc: { set: [] } } })
    expect(stale).toMatchObject({ status: 412, body: { current: { bcc: [{ address: 'archive@customer.test' }] } } })
    expect((await call('POST', '/v1/cases/1/tags', { body: { add: ['VIP', 'late'] } })).body.case.tags).toEqual(['late', 'vip'])
    expect((await call('POST', '/v1/cases/1/tags', { body: { remove: ['late'] } })).status).toBe(200)
    expect((await call('GET', '/v1/cases/1/tags')).body).toEqual({ tags: ['vip'] })
    expect((await call('PUT', '/v1/cases/1/assignment', { body: { assignee: 'anna', group: 'team' } })).body.case).toMatchObject({
      assignee: 'anna',
      group: 'team',
    })
    expect((await call('PUT', '/v1/cases/1/assignment', { body: { assignee: null } })).body.case).toMatchObject({
      assignee: null,
      group: 'team',
    })
    expect((await call('PUT', '/v1/cases/1/assignment', { body: { assignee: 'nobody' } })).status).toBe(422)
    expect((await g.look('#1')).cc).toEqual(['new@customer.test'])
  })

  test('a reply from somebody else is joined, taken back, split off and put back', async () => {
    const { g, call } = await start()
    await call('POST', '/v1/cases/1/replies', { as: 'anna', body: { text: 'Turn it off and on' } })
    await g.settle()
    const [answer] = await g.sentTo('boss@customer.test')
    await g.mail({
      from: 'Dora <dora@customer.test>',
      to: answer?.mail.replyTo?.value[0]?.address ?? 'support@example.test',
      cc: 'carl@customer.test',
      subject: 'Re: Help',
      text: 'It helped me too',
      inReplyTo: answer?.mail.messageId ?? '',
    })
    const messages = (await call('GET', '/v1/cases/1/messages')).body.messages as { id: string; from: { address: string } }[]
    const reply = messages.find((m) => m.from.address === 'dora@customer.test')?.id
    expect(reply, JSON.stringify(messages)).toBeDefined()
    const addresses = async (): Promise<readonly string[]> =>
      (await call('GET', '/v1/cases/1/recipients')).body.cc.map((p: { address: string }) => p.address)
    const joined = await call('POST', '/v1/cases/1/recipients/join', { body: { message: reply } })
    expect(joined.status, JSON.stringify(joined.body)).toBe(200)
    expect(await addresses()).toEqual(['boss@customer.test', 'dora@customer.test'])
    expect((await call('POST', '/v1/cases/1/recipients/undo', { body: { message: reply } })).status).toBe(200)
    expect(await addresses()).toEqual(['boss@customer.test'])
    const split = await call('POST', '/v1/cases/1/split', { body: { message: reply } })
    expect(split, JSON.stringify(split.body)).toMatchObject({ status: 201, body: { data: { number: 2 } } })
    expect((await call('GET', '/v1/cases/2')).body).toMatchObject({
      requester: { address: 'dora@customer.test' },
      links: [{ number: 1, kind: 'split-from' }],
    })
    const back = await call('POST', '/v1/cases/1/unsplit', { body: { case: '#2' } })
    expect(back.status, JSON.stringify(back.body)).toBe(200)
    expect((await call('GET', '/v1/cases/1/messages')).body.messages).toHaveLength(3)
  })

  test('an answer is put off as a resource of its own, and sent now after all', async () => {
    const { g, call } = await start()
    const made = await call('POST', '/v1/cases/1/deferred', { as: 'anna', body: { text: 'Tomorrow', in: '1 day' } })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    expect((await call('POST', `/v1/cases/1/deferred/${made.body.data.message}/send`, { as: 'anna' })).status).toBe(200)
    await g.settle()
    expect((await g.sentTo('carl@customer.test')).map((m) => m.mail.text?.trim().split('\n')[0])).toEqual(['Tomorrow'])
  })
})
