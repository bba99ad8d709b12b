// Each mail program, each form of a mail: the customer gets the words and nothing else, the commands take effect, those in the quote do not.
import { afterEach, describe, expect, test } from 'vitest'
import type { SentMail, TestGateway } from '../support/gateway.ts'
import { clients } from './clients.ts'
import type { Client } from './clients.ts'
import { carl, desk, lastTo, replyTo } from './desk.ts'

let g: TestGateway | undefined

afterEach(async () => {
  await g?.stop()
  g = undefined
})

const signature = ['Борис Иванов', 'ООО «Ромашка»', '+7 495 000-00-00']
const words = ['Здравствуйте, Карл!', '', 'Мы уже чиним, к вечеру всё заработает. Если нет, пишите.']
const block = ['@копия boss@x.test, chef@y.test', '@метки vip', '@заметка клиент нервничает,', 'позвонить завтра', '@закрытое']

type Form = 'text' | 'html' | 'both'

function send(gateway: TestGateway, client: Client, form: Form, lines: readonly string[], notification: SentMail): Promise<string> {
  const { text = '', html } = client.build({ lines, signature }, notification)
  const head = {
    from: 'Борис Иванов <boris@agents.test>',
    to: replyTo(notification),
    subject: `Re: ${notification.mail.subject ?? ''}`,
    inReplyTo: notification.mail.messageId ?? '',
  }
  if (form === 'both') return gateway.mail({ ...head, text, ...(html !== undefined && { html }) })
  if (form === 'text') return gateway.mail({ ...head, text })
  const raw = `From: boris@agents.test\r\nTo: ${head.to}\r\nSubject: Re\r\nMessage-ID: <h${gateway.clock.now()}@x.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(
    html ?? '',
  )
    .toString('base64')
    .replace(/.{76}/g, '$&\r\n')}\r\n`
  return gateway.mail({ ...head, raw })
}

describe.each(clients)('$name', (client) => {
  const { text, html } = client.build({ lines: ['x'], signature }, { mail: { text: 'x', html: 'x' } } as SentMail)
  const forms = [
    ...(text !== undefined ? ['text' as const] : []),
    ...(html !== undefined ? ['html' as const] : []),
    ...(text !== undefined && html !== undefined ? ['both' as const] : []),
  ]

  test.each(forms)('an answer with commands as %s', async (form) => {
    const gateway = await desk()
    g = gateway
    // The quote holds what must neither run nor leave: a command of the customer, and a fact that is ours.
    await gateway.act('case.tags', '#1', { add: ['внутреннее'] })
    await gateway.mail({ ...carl, messageId: '<two@customer.test>', inReplyTo: '<one@customer.test>', text: 'Все ещё сломано\n\n@корзина' })
    const notification = await lastTo(gateway, 'boris')
    expect(notification.mail.text).toContain('внутреннее')
    gateway.clear()
    await send(gateway, client, form, [...words, '', ...block], notification)
    const sent = await gateway.sentTo('carl@customer.test')
    expect((await gateway.sentTo('boris@agents.test')).map((m) => m.mail.text)).toEqual([])
    expect(
      sent.map((m) =>
        m.mail.text
          ?.trim()
          .replace(/[ \t]+$/gm, '')
          .replace(/\n{2,}/g, '\n'),
      ),
    ).toEqual([words.filter((w) => w !== '').join('\n')])
    expect(sent[0]?.rcpts).toEqual(['carl@customer.test', 'boss@x.test', 'chef@y.test'])
    expect(`${sent[0]?.mail.text ?? ''} ${String(sent[0]?.mail.html)}`).not.toMatch(/##~|внутреннее|Ромашка|@закрытое|нервничает|корзина/)
    const c = await gateway.look('#1')
    expect(c).toMatchObject({ status: 'closed', cc: ['boss@x.test', 'chef@y.test'] })
    expect(c.tags).toContain('vip')
    expect(c.notes.map((n) => n.text)).toEqual(['клиент нервничает,\nпозвонить завтра'])
  })

  test.each(forms)('commands alone as %s send nothing', async (form) => {
    const gateway = await desk()
    g = gateway
    const notification = await lastTo(gateway, 'boris')
    gateway.clear()
    await send(gateway, client, form, ['@я', '@закрытое'], notification)
    expect((await gateway.sent()).map((m) => m.mail.text)).toEqual([])
    expect(await gateway.look('#1')).toMatchObject({ status: 'closed', assignee: 'boris', messageCount: 1 })
  })

  test.each(forms)('an answer alone as %s', async (form) => {
    const gateway = await desk()
    g = gateway
    const notification = await lastTo(gateway, 'boris')
    gateway.clear()
    await send(gateway, client, form, words, notification)
    const sent = await gateway.sentTo('carl@customer.test')
    expect(sent).toHaveLength(1)
    expect(sent[0]?.mail.text?.replace(/\s+/g, ' ')).toContain(words.join(' ').replace(/\s+/g, ' '))
    expect(`${sent[0]?.mail.text ?? ''} ${String(sent[0]?.mail.html)}`).not.toMatch(/##~|It is broken|boris@agents|Ромашка|495 000/)
  })
})
