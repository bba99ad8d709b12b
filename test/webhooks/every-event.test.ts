// Every event type of the catalogue is made to happen through the doors of a running gateway (SMTP, HTTP, time), and what its receiver
// gets is held against the published schema. A new type fails here until somebody makes it happen.
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { catalogueJson } from '../../plugins/webhooks/catalogue.ts'
import { client, tokenFor } from '../api/client.ts'
import poison from './poison-plugin.ts'
import { receiver, verify } from './receiver.ts'
import { carl, rig, secret } from './rig.ts'

const poisonFile = fileURLToPath(new URL('./poison-plugin.ts', import.meta.url))

const report = (to: string, original: string, kind: 'bounce' | 'complaint'): string => {
  const parts = {
    bounce: [
      'delivery-status',
      'message/delivery-status',
      'Reporting-MTA: dns; mx.test\n\nFinal-Recipient: rfc822; carl@customer.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user',
    ],
    complaint: ['feedback-report', 'message/feedback-report', 'Feedback-Type: abuse\nUser-Agent: mx.test/1.0\nVersion: 1'],
  } as const
  const [type, media, body] = parts[kind]
  return `From: MAILER-DAEMON@mx.test\nTo: ${to}\nSubject: Report\nMessage-ID: <${kind}@mx.test>\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=${type}; boundary="r"\n\n--r\nContent-Type: text/plain\n\nA report.\n--r\nContent-Type: ${media}\n\n${body}\n\n--r\nContent-Type: text/rfc822-headers\n\nMessage-ID: <${original}>\nSubject: Re: Help\n\n--r--\n`
}

test('every event type really happens, and what is sent of it fits its published schema', { timeout: 120_000 }, async () => {
  const other = await receiver()
  const r = await rig(
    'sqlite',
    {},
    {
      first: ['senders'],
      plugins: [
        { [poisonFile]: {} },
        'bounces',
        'agent-reply',
        { chat: {} },
        'recipients',
        'rules',
        { scheduler: { downtime: '3650d' } },
        'links',
        'forwards',
        'merging',
        'notify',
      ],
      webhooks: {
        endpoints: { other: { url: other.url, allow_http: true, allow_private: true, ports: [other.port], events: ['case.created'] } },
      },
      gateway: {
        files: {
          'rules/a.yaml':
            'rules:\n  - name: confirm\n    on: incoming\n    do:\n      - reply.automatic: { text: "We have it" }\n      - webhook: { call: confirmed, data: { number: 1 } }\n  - name: parrot\n    on: incoming\n    if: { subject: flood }\n    do:\n      - reply.send: { text: "What?", kind: rule }\n',
        },
      },
    },
  )
  const { g, to } = r
  try {
    const call = client(g, await tokenFor(g, { access: 'admin' }))
    const done = async (method: string, path: string, body?: unknown): Promise<{ readonly data: Readonly<Record<string, string>> }> => {
      const answer = await call(method, path, { as: 'anna', ...(body !== undefined && { body }) })
      expect(answer.status, `${method} ${path} ${JSON.stringify(answer.body)}`).toBeLessThan(300)
      await g.settle()
      return { data: {}, ...(answer.body as object) }
    }
    // Mail, a rule, and everything that a case has.
    await g.mail({ ...carl, cc: 'boss@customer.test' })
    await done('PATCH', '/v1/cases/1', {
      assignee: 'anna',
      subject: 'Broken thing',
      tags: { add: ['vip'] },
      cc: ['other@customer.test'],
      custom: { order: 17 },
      status: 'waiting',
    })
    await done('POST', '/v1/cases/1/notes', { text: 'Look at this' })
    const held = await done('POST', '/v1/cases/1/actions/reply.send', { text: 'Held', hold: 'test' })
    await done('POST', `/v1/cases/1/notices/${held.data.notice ?? ''}/actions/send`)
    // An answer that leaves at its time.
    const later = await done('POST', '/v1/cases/1/deferred', { text: 'Later', in: '1 hour' })
    await done('PATCH', `/v1/cases/1/deferred/${later.data.message ?? ''}`, { in: '30 minutes' })
    await g.advance('31m')
    // Somebody else answers: split off and put back.
    const answer = (await g.sentTo('carl@customer.test')).find((m) => m.mail.text?.includes('Held'))
    const back = answer?.mail.replyTo?.value[0]?.address ?? ''
    const own = (answer?.mail.messageId ?? '').replace(/[<>]/g, '')
    await g.mail({ from: 'dora@customer.test', to: back, subject: 'Re: Help', text: 'Me too', inReplyTo: `<${own}>` })
    const messages = (await call('GET', '/v1/cases/1/messages')).body.messages as {
      readonly id: string
      readonly from: { readonly address: string }
    }[]
    await done('POST', '/v1/cases/1/split', { message: messages.find((m) => m.from.address === 'dora@customer.test')?.id })
    await done('POST', '/v1/cases/1/unsplit', { case: '#2' })
    // The same matter once more: merged, taken apart, linked.
    await g.mail({ ...carl, subject: 'Once more', messageId: '<once-more@customer.test>' })
    await done('POST', '/v1/cases/3/merge', { into: '#1' })
    await done('POST', '/v1/cases/3/unmerge', {})
    await done('POST', '/v1/cases/3/links', { other: '#1', kind: 'part-of' })
    await done('DELETE', '/v1/cases/3/links/1')
    await done('POST', '/v1/cases/3/followers', { who: 'boris' })
    await done('DELETE', '/v1/cases/3/followers/boris')
    await done('POST', '/v1/cases/3/mute', { agent: 'anna', for: '2 days' })
    await done('POST', '/v1/cases/3/unmute', { agent: 'anna' })
    // Plans.
    const first = await done('POST', '/v1/cases/1/reopens', { in: '2 days', note: 'Call him' })
    await done('PATCH', `/v1/cases/1/reopens/${first.data.reopen ?? ''}`, { in: '1 day' })
    await done('POST', '/v1/cases/1/actions/reopen.keep', { reopen: first.data.reopen })
    await done('DELETE', `/v1/cases/1/reopens/${first.data.reopen ?? ''}`)
    await done('PATCH', '/v1/cases/1', { status: 'closed' })
    const second = await done('POST', '/v1/cases/1/reopens', { in: '1 hour' })
    await g.advance('61m')
    await done('POST', '/v1/cases/1/actions/reopen.postpone', { reopen: second.data.reopen, in: '1 hour' })
    await done('PATCH', '/v1/cases/1', { status: 'trash' })
    await g.advance('61m')
    await done('PATCH', '/v1/cases/1', { status: 'open' })
    const never = await done('POST', '/v1/cases/1/deferred', { text: 'Never', in: '1 hour' })
    await done('DELETE', `/v1/cases/1/deferred/${never.data.message ?? ''}`)
    await done('POST', '/v1/cases/1/deferred', { text: 'Dear {{ name }}', in: '10 minutes' })
    await g.advance('11m')
    await done('POST', '/v1/cases/1/deferred', { text: 'Out of date', in: '1 hour' })
    await g.mail({ ...carl, to: back, subject: 'Re: Help', text: 'Never mind', inReplyTo: `<${own}>` })
    // What the next server and its reports say.
    for (const kind of ['bounce', 'complaint'] as const)
      await g.mail({
        from: '',
        mailFrom: '',
        to: answer?.from ?? '',
        rcpt: [answer?.from ?? ''],
        raw: report(answer?.from ?? '', own, kind),
      })
    g.sink.script((m) =>
      m.at !== 'rcpt'
        ? undefined
        : m.rcpt?.startsWith('gone')
          ? '550 5.1.1 no such user'
          : m.rcpt?.startsWith('slow')
            ? '451 4.3.0 later'
            : undefined,
    )
    for (const name of ['gone', 'slow'])
      await done('POST', '/v1/cases', {
        mailbox: 'support',
        requester: { address: `${name}@customer.test` },
        subject: 'News',
        text: 'News',
      })
    await g.advance('5h', 300_000)
    g.sink.script((m) => (m.at === 'dot' ? 'store-and-drop' : undefined))
    await done('POST', '/v1/cases', { mailbox: 'support', requester: { address: 'lost@customer.test' }, subject: 'News', text: 'News' })
    await g.advance('2h', 300_000)
    g.sink.script(() => undefined)
    // Too much automatic mail to one address; a mail that cannot be taken in.
    for (let i = 0; i < 11; i++) await g.mail({ from: 'eve@flood.test', to: 'sales@example.test', subject: `flood ${i}`, text: 'x' })
    await g.deliver({ from: 'eve@flood.test', to: 'sales@example.test', subject: poison.name, text: 'x' })
    await g.advance('12h', 600_000)
    // Chats and endpoints.
    const written = await call('POST', '/v1/chats/a/messages', { body: { text: 'Hi' } })
    await done('POST', `/v1/cases/${String(written.body.number)}/replies`, { text: 'Hello' })
    await done('POST', '/v1/chats/a/finish')
    await done('POST', '/v1/chats/a/messages', { text: 'Again' })
    await done('POST', '/v1/webhooks/other/disable')
    await done('POST', '/v1/webhooks/other/enable')
    await done('POST', '/v1/webhooks/desk/ping')
    // A case goes to another mailbox, is answered from its other address, and is deleted; its sender is blocked; a rule is put on watch.
    const last = await call('GET', '/v1/cases?mailbox=support&limit=1')
    const number = String(last.body.cases[0].number)
    await done('POST', `/v1/cases/${number}/actions/case.move`, { mailbox: 'sales' })
    await done('POST', `/v1/cases/${number}/actions/case.from`, { address: 'shop@example.test' })
    await done('POST', '/v1/actions/rule.watch', { name: 'parrot' })
    await g.mail({ from: 'spammer@bulk.test', to: 'sales@example.test', subject: 'Buy', text: 'Buy' })
    const spam = String((await call('GET', '/v1/cases?requester=spammer@bulk.test&limit=1')).body.cases[0].number)
    await done('POST', `/v1/cases/${spam}/actions/sender.block`, {})
    await g.mail({ from: 'spammer@bulk.test', to: 'sales@example.test', subject: 'Buy more', text: 'Buy' })
    await done('POST', `/v1/cases/${spam}/actions/sender.unlist`, {})
    await done('POST', `/v1/cases/${spam}/actions/sender.allow`, {})
    expect((await call('POST', `/v1/cases/${spam}/actions/case.delete`, { body: {} })).status).toBe(200)
    await done('POST', `/v1/cases/${number}/actions/case.status`, { status: 'closed' })
    await g.settle()
    expect((await call('POST', `/v1/cases/${number}/actions/case.anonymise`, { body: {} })).status).toBe(200)
    await g.settle()

    const ajv = new Ajv({ strict: false })
    const catalogue = catalogueJson(g.gateway.engine.registry.events) as readonly {
      readonly type: string
      readonly payload: object
      readonly example: unknown
    }[]
    const fits = new Map(catalogue.map((e) => [e.type, ajv.compile(e.payload)]))
    const wrong: unknown[] = []
    for (const { type, example } of catalogue) if (!fits.get(type)?.(example)) wrong.push(['example', type, fits.get(type)?.errors])
    for (const received of to.received) {
      const hook: unknown = JSON.parse(received.body)
      const type = String((hook as { type: unknown }).type) // whatever came: an unknown type has no schema
      if (type !== 'webhook.ping') verify(secret, received, Number(received.headers['webhook-timestamp']) * 1000)
      if (!fits.get(type)?.(hook)) wrong.push([type, fits.get(type)?.errors, hook])
    }
    expect(wrong).toEqual([])
    const sent = new Set(to.types())
    expect(
      [...fits.keys()].filter((type) => !sent.has(type)),
      'types that nothing here makes happen',
    ).toEqual([])
  } finally {
    await r.stop()
    await other.close()
  }
})
