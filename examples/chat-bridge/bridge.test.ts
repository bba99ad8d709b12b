import { expect, test } from 'vitest'
import { freePorts } from '../../test/crash/daemon.ts'
import { agent, testGateway } from '../../test/support/gateway.ts'
import { exampleToken } from '../example-token.ts'
import { startBridge } from './bridge.ts'

const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`

test('a visitor writes on the page, an agent answers by mail, and the answer appears on the page', async () => {
  const [port = 0] = await freePorts(1)
  const g = await testGateway({
    plugins: [
      'desk',
      'threading',
      'agent-reply',
      { chat: {} },
      {
        webhooks: {
          endpoints: {
            chat: {
              url: `http://127.0.0.1:${port}/hooks/postern`,
              secret,
              events: ['chat.*'],
              allow_http: true,
              allow_private: true,
              ports: [port],
            },
          },
        },
      },
      'notify',
    ],
  })
  const token = await exampleToken(g.gateway, 'act')
  const bridge = await startBridge({ postern: `http://127.0.0.1:${g.gateway.http?.port}`, token, secret, port, now: () => g.clock.now() })
  try {
    const visitor = `http://127.0.0.1:${port}/chat/0123456789abcdef`
    const page = await fetch(visitor)
    const lines = reader(page)
    const say = (text: string, id: string) => fetch(visitor, { method: 'POST', body: JSON.stringify({ text, id, name: 'Carl' }) })
    expect((await say('Where is my order?', 'm1')).status).toBe(204)
    expect((await say('Where is my order?', 'm1')).status).toBe(204)
    expect((await say('  ', 'm2')).status).toBe(400)
    await g.settle()
    expect(await g.look('#1')).toMatchObject({ channel: 'chat', subject: 'Chat with Carl', messageCount: 1 })
    const [mail] = await g.sentTo('anna@agents.test')
    await g.mail({ from: 'anna@agents.test', to: mail?.mail.replyTo?.value[0]?.address ?? '', subject: 'Re: Chat', text: 'It left today.' })
    expect(await lines()).toEqual({ name: 'Anna Smith', text: 'It left today.' })
    await g.act('case.status', '#1', { status: 'closed' }, agent('anna'))
    expect(await lines()).toEqual({ finished: true })
    // Nobody else can put words into the page.
    const forged = await fetch(`http://127.0.0.1:${port}/hooks/postern`, {
      method: 'POST',
      headers: {
        'webhook-id': 'x',
        'webhook-timestamp': String(Math.floor(g.clock.now() / 1000)),
        'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
      },
      body: '{}',
    })
    expect(forged.status).toBe(401)
  } finally {
    await bridge.stop()
    await g.stop()
  }
})

/** The next event of the stream. */
function reader(response: Response): () => Promise<unknown> {
  const stream = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let buffer = ''
  return async () => {
    for (;;) {
      const found = /data: (.*)\n\n/.exec(buffer)
      if (found) {
        buffer = buffer.slice(found.index + found[0].length)
        return JSON.parse(found[1] ?? '')
      }
      const more = await stream?.read()
      if (!more || more.done) throw new Error('the stream has ended')
      buffer += more.value
    }
  }
}
