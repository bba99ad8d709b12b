import { expect, test } from 'vitest'
import { eachGateway } from '../support/each-gateway.ts'
import type { TestGateway, TestGatewayOptions } from '../support/gateway.ts'
import { client, tokenFor } from './client.ts'

eachGateway((open) => {
  const gateway = async (options: TestGatewayOptions = {}): Promise<TestGateway> => {
    const g = await open({ plugins: ['desk', 'threading', 'scheduler', 'recipients', 'links', 'rules'], ...options })
    return g
  }

  test('a case is listed, read with its timeline, changed and answered by the API', async () => {
    const g = await gateway()
    await g.mail({ from: 'Carl <carl@customer.test>', to: 'support@example.test', subject: 'Help', text: 'It is broken' })
    const call = client(g, await tokenFor(g))
    expect((await call('GET', '/v1/me')).body).toMatchObject({ access: 'act', mailboxes: ['support', 'sales'], agent: null })
    const list = await call('GET', '/v1/cases?status=open')
    expect(list.body).toMatchObject({
      cases: [{ number: 1, subject: 'Help', requester: { address: 'carl@customer.test', name: 'Carl' } }],
      next: null,
    })
    const read = await call('GET', '/v1/cases/1')
    expect(read.headers.get('etag')).toBe(`"${read.body.version}"`)
    const changed = await call('PATCH', '/v1/cases/1', {
      body: { assignee: 'anna', tags: { add: ['VIP'] }, cc: ['boss@customer.test'] },
      headers: { 'if-match': read.headers.get('etag') ?? '' },
    })
    expect(changed.status, JSON.stringify(changed.body)).toBe(200)
    expect(changed.body).toMatchObject({ assignee: 'anna', tags: ['vip'], cc: [{ address: 'boss@customer.test' }] })
    const stale = await call('PATCH', '/v1/cases/1', {
      body: { status: 'closed' },
      headers: { 'if-match': read.headers.get('etag') ?? '' },
    })
    expect(stale).toMatchObject({ status: 412, body: { code: 'stale', current: { version: changed.body.version, status: 'open' } } })
    expect((await call('GET', '/v1/cases/1')).body.version).toBe(changed.body.version)
    const replied = await call('POST', '/v1/cases/1/replies', {
      as: 'anna',
      body: {
        text: 'Turn it off and on',
        attachments: [{ filename: 'how.txt', content_type: 'text/plain', content: Buffer.from('so').toString('base64') }],
      },
    })
    expect(replied.status, JSON.stringify(replied.body)).toBe(201)
    await g.settle()
    const [sent] = await g.sent()
    expect(sent?.rcpts).toEqual(['carl@customer.test', 'boss@customer.test'])
    expect(sent?.mail.attachments[0]).toMatchObject({ filename: 'how.txt', content: Buffer.from('so') })
    const timeline = await call('GET', '/v1/cases/1/timeline?events=true')
    expect(
      timeline.body.timeline
        .filter((e: { what: string }) => e.what === 'message')
        .map((e: { message: { author: string; agent: string | null; state: string } }) => [
          e.message.author,
          e.message.agent,
          e.message.state,
        ]),
    ).toEqual([
      ['customer', null, 'received'],
      ['agent', 'anna', 'sent'],
    ])
    const [first] = timeline.body.timeline
    expect((await call('GET', `/v1/messages/${first.message.id}/raw`)).body).toContain('Subject: Help')
    expect((await call('GET', `/v1/messages/${first.message.id}/html`)).headers.get('content-security-policy')).toContain('sandbox')
    const file = timeline.body.timeline.find((e: { message?: { attachments: unknown[] } }) => (e.message?.attachments.length ?? 0) > 0)
      .message.attachments[0]
    const bytes = await call('GET', `/v1/attachments/${file.id}`)
    expect([bytes.bytes.toString(), bytes.headers.get('content-disposition'), bytes.headers.get('x-content-type-options')]).toEqual([
      'so',
      `attachment; filename="how.txt"; filename*=UTF-8''how.txt`,
      'nosniff',
    ])
    expect((await call('GET', '/v1/outbox')).body.outbox[0]).toMatchObject({
      kind: 'reply',
      recipients: [{ state: 'sent' }, { state: 'sent' }],
    })
    expect((await call('GET', '/v1/inbound')).body.inbound).toMatchObject([{ state: 'done', mailbox: 'support' }])
    expect((await call('GET', '/metrics')).body).toContain('postern_waiting')
  })

  test('cases begin as an agent, deferred, and in the name of a customer', async () => {
    const g = await gateway()
    const call = client(g, await tokenFor(g))
    const upload = await call('POST', '/v1/uploads?filename=a.pdf&content_type=application/pdf', { body: Buffer.from('%PDF-1') })
    expect(upload.status, JSON.stringify(upload.body)).toBe(201)
    const begun = await call('POST', '/v1/cases', {
      as: 'anna',
      body: {
        mailbox: 'support',
        requester: { address: 'Dora@customer.test', name: 'Dora' },
        subject: 'Your order',
        text: 'It is here',
        attachments: [{ upload: upload.body.id }],
        tags: ['order'],
      },
    })
    expect(begun, JSON.stringify(begun.body)).toMatchObject({
      status: 201,
      body: { case: { number: 1, status: 'waiting', tags: ['order'], assignee: 'anna', requester: { address: 'dora@customer.test' } } },
    })
    await g.settle()
    expect((await g.sent())[0]?.mail.attachments[0]).toMatchObject({ filename: 'a.pdf', contentType: 'application/pdf' })
    const later = await call('POST', '/v1/cases', {
      as: 'anna',
      body: { mailbox: 'support', requester: { address: 'eve@customer.test' }, subject: 'Soon', text: 'Later', at: 'in 2h' },
    })
    expect(later.status, JSON.stringify(later.body)).toBe(201)
    expect((await call('GET', `/v1/cases/${later.body.case.id}/messages?state=deferred`)).body.messages).toHaveLength(1)
    await g.advance('2h')
    await g.advance('15m')
    expect((await g.sentTo('eve@customer.test')).length).toBe(1)
    const customer = await call('POST', '/v1/cases', {
      body: { from: 'customer', mailbox: 'sales', requester: { address: 'fred@customer.test' }, subject: 'A form', text: 'I want one' },
    })
    expect(customer.body.case).toMatchObject({ mailbox: 'sales', status: 'open', message_count: 1 })
    expect((await g.look('#3')).messages).toMatchObject([
      { author: 'customer', state: 'received', from: { address: 'fred@customer.test' } },
    ])
  })

  test('people of a new case are refused with the words of the actions, whoever begins it', async () => {
    const g = await gateway({
      config: `
agents:
  anna: { name: Anna Smith, email: anna@agents.test, locale: en }
  boris: { name: Борис Иванов, email: boris@agents.test, locale: ru, timezone: Europe/Moscow }
  fern: { name: Ферн, email: fern@agents.test }
groups:
  team: { name: Support team, members: [anna, boris] }
  sellers: { members: [fern], mailboxes: [sales] }
`,
    })
    const call = client(g, await tokenFor(g))
    const begin = async (from: string, what: object, as?: string) => {
      const body = { from, mailbox: 'support', requester: { address: 'fred@customer.test' }, subject: 'Заявка', text: 'Хочу', ...what }
      const { status, body: answer } = await call('POST', '/v1/cases', { body, ...(as !== undefined && { as }) })
      return [status, answer.detail]
    }
    const wrong: readonly (readonly [object, string])[] = [
      [{ requester: { address: 'fred at customer' } }, '«fred at customer» — не адрес'],
      [{ requester: { address: 'fred@localhost' } }, '«fred@localhost» — не адрес'],
      [{ requester: { address: 'Support+1@example.test' } }, 'support+1@example.test — адрес самой службы поддержки'],
      [{ cc: ['rita@customer.test', 'rita@'] }, '«rita@» — не адрес'],
      [{ cc: ['sales@example.test'] }, 'sales@example.test — адрес самой службы поддержки'],
      [{ assignee: 'ana' }, 'нет сотрудника «ana»; может быть, «anna»?'],
      [{ assignee: 'fern' }, 'Ферн не имеет доступа к этому ящику'],
      [{ group: 'nobody-at-all' }, 'нет группы «nobody-at-all»'],
      [{ requester: { address: 'fred' }, assignee: 'zed' }, '«fred» — не адрес; нет сотрудника «zed»'],
    ]
    for (const from of ['customer', 'agent'])
      for (const [what, words] of wrong) expect([from, ...(await begin(from, what, 'boris'))]).toEqual([from, 422, words])
    expect(await begin('customer', { requester: { address: 'fred' }, assignee: 'ana' })).toEqual([
      422,
      '“fred” is not a mail address; there is no agent “ana”, did you mean “anna”?',
    ])
    expect((await call('GET', '/v1/cases')).body.cases).toEqual([])
    expect(await begin('customer', { requester: { address: ' Fred@Customer.test ' }, assignee: 'anna' })).toEqual([201, undefined])
    expect(await g.look('#1')).toMatchObject({ requester: { address: 'fred@customer.test' }, assignee: 'anna' })
  })

  test('a held answer has a notice whose button the API presses once', async () => {
    const g = await gateway()
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'It is broken' })
    const call = client(g, await tokenFor(g))
    const held = await call('POST', '/v1/cases/1/actions/reply.send', { as: 'anna', body: { text: 'Hold this', hold: 'test' } })
    expect(held.body.data).toMatchObject({ held: 'test' })
    const [notice] = (await call('GET', '/v1/cases/1/notices?state=open')).body.notices
    const pressed = await Promise.all([1, 2, 3].map(() => call('POST', `/v1/cases/1/notices/${notice.id}/actions/send`, { as: 'anna' })))
    expect(pressed.map((p) => p.status).sort(), JSON.stringify(pressed.map((p) => p.body))).toEqual([200, 410, 410])
    await g.settle()
    expect(await g.sent()).toHaveLength(1)
  })
})
