import { expect, test } from 'vitest'
import { agent } from '../support/gateway.ts'
import type { TestGateway, TestMail } from '../support/gateway.ts'
import { eachGateway } from '../support/each-gateway.ts'

const first = {
  from: 'Carl Customer <carl@customer.test>',
  to: 'support@example.test',
  cc: 'boss@customer.test',
  subject: 'Help',
  text: 'It is broken',
  messageId: '<one@customer.test>',
}
const plugins = ['desk', 'threading', 'recipients', 'notify']
const again = (g: TestGateway, more: Partial<TestMail> = {}): Promise<string> =>
  g.mail({
    ...first,
    subject: 'Re: Help',
    messageId: `<m${Math.random()}@customer.test>`,
    inReplyTo: '<one@customer.test>',
    text: 'Hello?',
    ...more,
  })

/** The case is put away, and every mail of before is forgotten. */
async function putAway(g: TestGateway, status: 'spam' | 'trash'): Promise<void> {
  await g.mail(first)
  await g.act('case.status', '#1', { status }, agent('anna'))
  g.clear()
}

const config = (spam: string): string => `
mailboxes:
  support: { address: support@example.test, name: Поддержка, notify: [boris], spam: ${spam} }
`

eachGateway((open) => {
  test.each([['carl@customer.test'], ['boss@customer.test']])(
    '%s, who takes part, brings a case out of the trash, and somebody is told',
    async (from) => {
      const g = await open({ plugins })
      await putAway(g, 'trash')
      await again(g, { from })
      expect(await g.look('#1')).toMatchObject({ status: 'open', messageCount: 2 })
      expect((await g.sentTo('boris@agents.test')).map((m) => m.mail.text)).toEqual([expect.stringContaining('Hello?')])
      expect((await g.sentTo('boris@agents.test'))[0]?.mail.text).toContain('Статус: открыто')
    },
  )

  test('also where mail reopens no other case', async () => {
    const g = await open({ plugins: ['desk', { threading: { reopen: false } }, 'notify'] })
    await putAway(g, 'trash')
    await again(g)
    expect((await g.look('#1')).status).toBe('open')
    expect(await g.sentTo('anna@agents.test')).toHaveLength(1)
  })

  test('a machine brings nothing out of the trash', async () => {
    const g = await open({ plugins })
    await putAway(g, 'trash')
    await again(g, { headers: { 'Auto-Submitted': 'auto-replied' } })
    expect((await g.look('#1')).status).toBe('trash')
    expect(await g.sent()).toEqual([])
  })

  test('a stranger’s mail into the trash makes a case of its own, linked', async () => {
    const g = await open({ plugins })
    await putAway(g, 'trash')
    await again(g, { from: 'stranger@other.test' })
    expect((await g.look('#1')).status).toBe('trash')
    expect((await g.look('#2')).links).toMatchObject([{ kind: 'follows' }])
    expect(await g.sentTo('boris@agents.test')).toHaveLength(1)
  })

  test('what a person called spam stays so, silently', async () => {
    const g = await open({ plugins })
    await putAway(g, 'spam')
    await again(g)
    expect(await g.look('#1')).toMatchObject({ status: 'spam', messageCount: 2 })
    expect(await g.sent()).toEqual([])
  })

  test('with spam: new_case such a mail makes a new case, linked, that somebody hears of; a reply address leads there too', async () => {
    const g = await open({ plugins, config: config('new_case') })
    await g.mail(first)
    await g.act('reply.send', '#1', { text: 'Сейчас посмотрим' }, agent('anna'))
    const token = (await g.sentTo('carl@customer.test'))[0]?.mail.replyTo?.value[0]?.address ?? ''
    await g.act('case.status', '#1', { status: 'spam' }, agent('anna'))
    g.clear()
    await again(g)
    await again(g, { to: token, text: 'Ау?' })
    expect(await g.look('#1')).toMatchObject({ status: 'spam', messageCount: 2 })
    for (const ref of ['#2', '#3']) expect(await g.look(ref)).toMatchObject({ status: 'open', links: [{ kind: 'follows' }] })
    expect(await g.sentTo('boris@agents.test')).toHaveLength(2)
  })
})
