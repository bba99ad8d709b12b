import { afterEach, expect, test } from 'vitest'
import { eachDatabase } from '../support/databases.ts'
import { agent } from '../support/gateway.ts'
import { client, tokenFor } from '../api/client.ts'
import type { Client } from '../api/client.ts'
import { chatRig } from './rig.ts'
import type { ChatRig } from './rig.ts'

eachDatabase((kind) => {
  let r: ChatRig
  const start = async (options?: Parameters<typeof chatRig>[1]): Promise<ChatRig> => (r = await chatRig(kind, options))
  afterEach(() => r.stop())

  test('what is written in a chat becomes one case, and an answer comes back as an event, not as a mail', async () => {
    const { g, write, shown, to, chat } = await start()
    const first = await write('tg:42', 'Where is my order?', { contact: { name: 'Carl', phone: '+7 700 1' } })
    expect(first).toMatchObject({ status: 201, body: { number: 1 } })
    await write('tg:42', 'Hello?')
    expect(await g.look('#1')).toMatchObject({
      channel: 'chat',
      status: 'open',
      subject: 'Chat with Carl',
      origin: 'customer',
      requester: { name: 'Carl', address: expect.stringMatching(/^visitor@c[0-9a-f]{20}\.chat\.invalid$/) as string },
      messageCount: 2,
    })
    await g.act('reply.send', '#1', { text: 'It is on its way' }, agent('anna'))
    expect(shown('tg:42')).toEqual(['It is on its way'])
    expect(to.hooks().at(-1)).toMatchObject({
      type: 'chat.message.outbound',
      data: {
        facts: { chat: 'tg:42', author: 'agent', name: 'Anna Smith', kind: 'normal', contact: { name: 'Carl', phone: '+7 700 1' } },
        message: { state: 'sent', text: 'It is on its way' },
      },
    })
    expect(await g.sent()).toEqual([])
    expect(await chat('tg:42')).toMatchObject({ state: 'active', status: 'waiting', number: 1 })
  })

  test('a message that is sent again by the bridge is there once, even when both arrive together', async () => {
    const { g, write, call } = await start()
    const post = () => call('POST', '/v1/chats/a/messages', { body: { text: 'Hi', message_id: 'm1' } })
    const answers = await Promise.all([post(), post(), post(), post()])
    expect(answers.map((a) => a.status).sort()).toEqual([200, 200, 200, 201])
    expect(new Set(answers.map((a) => JSON.stringify(a.body))).size).toBe(1)
    await write('a', 'Hi', { message_id: 'm2' })
    // On PostgreSQL numbers that were taken for those who came second are left out.
    const [first] = await g.gateway.database.read.selectFrom('cases').select('number').execute()
    expect((await g.look(`#${first?.number ?? 0}`)).messages).toHaveLength(2)
  })

  test('a finished chat becomes active again when the person writes, and the bridge hears of both', async () => {
    const { g, write, to, chat, call } = await start()
    await write('a', 'Hi')
    await g.act('case.status', '#1', { status: 'closed' }, agent('anna'))
    expect((await chat('a')).state).toBe('finished')
    await write('a', 'One more thing')
    expect(await chat('a')).toMatchObject({ state: 'active', status: 'open', number: 1 })
    expect((await call('POST', '/v1/chats/a/finish')).body).toMatchObject({ state: 'finished', status: 'closed' })
    await g.settle()
    expect(to.types()).toEqual(['chat.started', 'chat.finished', 'chat.resumed', 'chat.finished'])
  })

  test('agents are told of a chat by mail, answer it by mail, and give commands there', async () => {
    const { g, write, shown } = await start({ plugins: ['agent-reply', 'notify'] })
    await write('a', 'Where is my order?', { contact: { name: 'Carl' } })
    const [mail] = await g.sentTo('anna@agents.test')
    expect(mail?.mail.subject).toBe('[#1] Chat with Carl')
    expect(mail?.mail.text).toContain('Where is my order?')
    await g.mail({
      from: 'Anna Smith <anna@agents.test>',
      to: mail?.mail.replyTo?.value[0]?.address ?? '',
      subject: 'Re: [#1] Chat with Carl',
      text: `It left today.\n\n@assign boris\n@tags +parcel\n\nOn Mon, Carl wrote:\n> Where is my order?`,
    })
    expect(shown()).toEqual(['It left today.'])
    expect((await g.sent()).some((m) => m.rcpts.some((a) => a.endsWith('.invalid')))).toBe(false)
    expect((await g.look('#1')).messages.map((m) => [m.author, m.agent, m.state])).toEqual([
      ['customer', null, 'received'],
      ['agent', 'anna', 'sent'],
    ])
  })

  test('files travel both ways, and too big ones are refused', async () => {
    const { g, write, call, to } = await start({ chat: { attachments: '1kB' } })
    const content = Buffer.from('a photo').toString('base64')
    await write('a', '', { attachments: [{ filename: 'p.jpg', content_type: 'image/jpeg', content }] })
    expect(
      await write('a', 'x', {
        attachments: [{ filename: 'p.jpg', content_type: 'image/jpeg', content: Buffer.alloc(2000).toString('base64') }],
      }),
    ).toMatchObject({ status: 422, body: { code: 'invalid' } })
    const [message] = (await g.look('#1')).messages
    const [file] = await g.transact((tx) => tx.messages.attachments(message?.id ?? ''))
    expect(file).toMatchObject({ filename: 'p.jpg', sizeBytes: 7 })
    expect((await call('GET', `/v1/attachments/${file?.id}`)).bytes.toString()).toBe('a photo')
    await g.act('reply.send', '#1', { text: 'Thank you', attachments: [{ attachment: file?.id }] }, agent('anna'))
    expect(to.hooks().at(-1)?.data.facts).toMatchObject({ attachments: [{ filename: 'p.jpg', content_type: 'image/jpeg', size: 7 }] })
    const [mine] = (await call('GET', '/v1/chats/a/messages')).body.items
    expect((await call('GET', `/v1/chats/a/messages?after=${mine.seq}`)).body).toMatchObject({
      items: [{ author: 'agent', text: 'Thank you' }],
    })
    expect((await call('GET', '/v1/chats/a/messages')).body).toMatchObject({
      items: [
        { author: 'customer', attachments: [{ filename: 'p.jpg' }] },
        { author: 'agent', name: 'Anna Smith', text: 'Thank you' },
      ],
    })
  })

  test('a bridge sees only chats of its mailboxes', async () => {
    const { g, write, call } = await start()
    await write('a', 'Hi', { mailbox: 'sales' })
    const bound = client(g, await tokenFor(g, { mailboxes: ['support'] }))
    const refused = async (who: Client, method: string, path: string, body?: unknown) => {
      const { status, body: said } = await who(method, `/v1/chats/${path}`, body === undefined ? {} : { body })
      return [status, said.code]
    }
    expect(await refused(bound, 'POST', 'a/messages', { text: 'x' })).toEqual([404, 'not_found'])
    for (const path of ['a', 'a/messages']) expect(await refused(bound, 'GET', path)).toEqual([404, 'not_found'])
    expect(await refused(bound, 'POST', 'a/finish')).toEqual([404, 'not_found'])
    expect(await refused(bound, 'PUT', 'a/contact', { name: 'Eve' })).toEqual([404, 'not_found'])
    expect(await refused(bound, 'POST', 'b/messages', { text: 'x', mailbox: 'sales' })).toEqual([422, 'invalid'])
    expect(await refused(call, 'POST', 'a/messages', { text: 'x', mailbox: 'support' })).toEqual([409, 'conflict'])
    expect(await refused(call, 'POST', 'c/messages', { text: ' ' })).toEqual([422, 'invalid'])
    // A token that may only read brings nothing in.
    const reader = client(g, await tokenFor(g, { access: 'read' }))
    expect(await refused(reader, 'POST', 'a/messages', { text: 'x' })).toEqual([403, 'forbidden'])
    expect((await reader('GET', '/v1/chats/a/messages')).body.items).toHaveLength(1)
    expect((await client(g, undefined)('GET', '/v1/chats/a')).status).toBe(401)
  })

  test('what becomes known of the person makes him the requester, and still nothing is mailed to him', async () => {
    const { g, write, call, shown } = await start()
    await write('a', 'Hi')
    expect((await call('PUT', '/v1/chats/a/contact', { body: { name: 'Carl', email: 'Carl@Customer.test' } })).status).toBe(200)
    expect((await g.look('#1')).requester).toEqual({ address: 'carl@customer.test', name: 'Carl' })
    await g.act('reply.send', '#1', { text: 'Hello Carl' }, agent('anna'))
    expect(shown()).toEqual(['Hello Carl'])
    expect(await g.sent()).toEqual([])
  })

  const rules = `
rules:
  - name: greeting
    on: incoming
    once_per: case
    if: { channel: chat }
    do:
      - reply.automatic: { text: "Hello! We answer within 5 minutes." }
      - tag: greeted
  - name: who are you
    on: reply
    if: { all: [{ channel: chat }, { chat: active }, { not: { tags: asked } }] }
    do:
      - reply.automatic: { text: "Please tell us your order number." }
      - tag: asked
`

  test('a new chat is greeted once with the expected time of an answer; a later message asks who it is, once, by a tag', async () => {
    const { g, write, shown } = await start({ rules })
    await write('a', 'Hello')
    expect(shown()[0]).toBe('Hello! We answer within 5 minutes.')
    for (let i = 0; i < 5; i++) await write('a', `Are you there? ${i}`)
    expect(shown('a')).toEqual(['Hello! We answer within 5 minutes.', 'Please tell us your order number.'])
    expect((await g.look('#1')).tags).toEqual(['asked', 'greeted'])
    // Everybody says hello; each is greeted in a chat of his own.
    for (let i = 0; i < 6; i++) await write(`v${i}`, 'Hello')
    for (let i = 0; i < 6; i++) expect(shown(`v${i}`)[0]).toBe('Hello! We answer within 5 minutes.')
  })

  test('two machines do not talk for ever', async () => {
    const { write, shown } = await start({
      rules:
        'rules:\n  - name: parrot\n    on: reply\n    if: { channel: chat }\n    do: [{ reply.send: { text: "What?", kind: rule } }]\n',
      chat: { automatic: '4/10m' },
    })
    for (let i = 0; i < 12; i++) await write('a', `message ${i}`)
    expect(shown()).toHaveLength(4)
  })

  test('a deferred message leaves a chat at its time, and becomes a note where the person wrote before', async () => {
    const { g, write, shown } = await start({ plugins: ['scheduler'] })
    await write('a', 'Hi')
    await g.act('reply.defer', '#1', { text: 'As I promised', in: '30m' }, agent('anna'))
    expect(shown()).toEqual([])
    await g.advance('31m')
    expect(shown()).toEqual(['As I promised'])
    await g.act('reply.defer', '#1', { text: 'Out of date', in: '30m' }, agent('anna'))
    await g.advance('10m')
    await write('a', 'Never mind')
    await g.advance('30m')
    expect(shown()).toEqual(['As I promised'])
    expect((await g.look('#1')).notes.some((n) => n.text.includes('Out of date'))).toBe(true)
  })

  test('a reopen is planned from a finished and from an active chat', async () => {
    const { g, write, chat, to } = await start({ plugins: ['scheduler'] })
    await write('a', 'Call me tomorrow')
    await write('b', 'Call me too')
    await g.act('case.status', '#1', { status: 'closed' }, agent('anna'))
    await g.act('reopen.plan', '#1', { in: '1h' }, agent('anna'))
    await g.act('reopen.plan', '#2', { in: '1h', note: 'Call him' }, agent('anna'))
    await g.advance('2h')
    expect((await chat('a')).state).toBe('active')
    expect(to.types().filter((x) => x === 'chat.resumed')).toHaveLength(1)
    expect((await g.look('#2')).notes.some((n) => n.text.includes('Call him'))).toBe(true)
  })
})
