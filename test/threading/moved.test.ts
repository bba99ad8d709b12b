// Mail finds a case that is in another mailbox by now: what leads to it counts where the case is, and where it was.
import { expect, test } from 'vitest'
import { agent } from '../support/gateway.ts'
import type { TestGateway, TestMail } from '../support/gateway.ts'
import { eachGateway } from '../support/each-gateway.ts'

const plugins = ['desk', 'threading', 'recipients', 'notify']
const carl = 'Carl Customer <carl@customer.test>'
const first = { from: carl, to: 'support@example.test', subject: 'Help', text: 'It is broken', messageId: '<one@customer.test>' }

/** A case of support with an answer, which is in sales since. The Message-ID of that answer, and its HTML. */
async function moved(g: TestGateway): Promise<{ readonly own: string; readonly html: string }> {
  await g.mail(first)
  await g.act('reply.send', '#1', { text: 'We look into it' }, agent('anna'))
  const answer = (await g.sentTo('carl@customer.test'))[0]?.mail
  await move(g, '#1', 'sales')
  g.clear()
  return { own: answer?.messageId ?? '', html: answer?.html || '' }
}

const move = (g: TestGateway, ref: string, mailbox: string): Promise<void> =>
  g.transact(async (tx) => {
    const c = await tx.cases.byRef(ref)
    await tx.cases.set(c?.id ?? '', { mailbox })
  })

const again = (g: TestGateway, more: Partial<TestMail>): Promise<string> =>
  g.mail({ ...first, subject: 'Re: Help', messageId: `<m${Math.random()}@customer.test>`, text: 'Hello?', ...more })

eachGateway((open) => {
  test.each([['support@example.test'], ['sales@example.test'], ['shop@example.test']])(
    'a reply without token to %s finds the case by each kind of evidence',
    async (to) => {
      const g = await open({ plugins })
      const { own, html } = await moved(g)
      await again(g, { to, inReplyTo: own, from: 'someone@customer.test' })
      await again(g, { to, inReplyTo: '<one@customer.test>' })
      await again(g, { to, html: `<p>Hello?</p><blockquote>${html}</blockquote>` })
      await again(g, { to, subject: 'Re: Help [#1]' })
      expect(await g.look('#1')).toMatchObject({ mailbox: 'sales', messageCount: 6 })
      expect((await g.look('#1')).messages.map((m) => (m.data.route as { readonly by: string } | undefined)?.by)).toEqual([
        ...['new', undefined],
        ...['own-id', 'foreign-id', 'marker', 'subject'],
      ])
    },
  )

  test('strangers are led nowhere by it, and a case that never was in a mailbox is not found from there', async () => {
    const g = await open({ plugins })
    await moved(g)
    for (const evidence of [{ inReplyTo: '<one@customer.test>' }, { subject: 'Re: Help [#1]' }])
      await again(g, { from: 'stranger@other.test', ...evidence })
    await g.mail({ ...first, messageId: '<two@customer.test>', inReplyTo: '' })
    expect((await g.look('#4')).mailbox).toBe('support')
    await again(g, { to: 'sales@example.test', inReplyTo: '<two@customer.test>' })
    await again(g, { to: 'sales@example.test', subject: 'Re: Help [#4]' })
    expect([(await g.look('#1')).messageCount, (await g.look('#4')).messageCount]).toEqual([2, 1])
    expect((await g.look('#5')).messageCount).toBe(1)
    expect((await g.look('#6')).messageCount).toBe(1)
  })

  test('of two cases of one mail each mailbox keeps its own, whichever was moved where', async () => {
    const g = await open({ plugins })
    await g.mail({ ...first, rcpt: ['support@example.test', 'sales@example.test'] })
    await move(g, '#1', 'sales')
    await again(g, { to: 'support@example.test', inReplyTo: '<one@customer.test>' })
    await again(g, { to: 'sales@example.test', inReplyTo: '<one@customer.test>' })
    expect([(await g.look('#1')).messageCount, (await g.look('#2')).messageCount]).toEqual([2, 2])
  })
})
