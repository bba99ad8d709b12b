// An agent's personal address at a mailbox stands for the token of a notification (SEC-1 a): what proves, what does not, and that it stays his own.
import { describe, expect, test } from 'vitest'
import { behaviourKinds } from '../support/databases.ts'
import { agent } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { agents, answerAs, carl, eachEndingDesk, lastTo } from './desk.ts'

const plugins = (settings: Readonly<Record<string, unknown>> = {}) => ({
  plugins: ['desk', 'threading', { 'agent-reply': settings }, 'recipients', 'links', 'notify'],
})

/** What an order by mail says of the address. */
async function addressOf(g: TestGateway, order = '@help'): Promise<string> {
  await answerAs(g, 'anna', order, { answers: await lastTo(g, 'anna') })
  const address = /support\+p[a-z2-7]{42}@example\.test/.exec((await lastTo(g, 'anna')).mail.text ?? '')?.[0]
  if (address === undefined) throw new Error('no address was told')
  return address
}

const last = (g: TestGateway) =>
  g.transact(async (tx) => {
    const [row] = await tx.db.selectFrom('cases').select(['id', 'number']).orderBy('number', 'desc').limit(1).execute()
    const c = await tx.cases.get(row?.id ?? '')
    if (!c) throw new Error('there is no case')
    const [message] = await tx.messages.list(c.id)
    return { c, message, notices: await tx.notices.open(c.id) }
  })

let serial = 0
const write = (g: TestGateway, to: string, more: Readonly<Record<string, unknown>> = {}) =>
  g.mail({
    from: agents.anna,
    to,
    subject: 'Your order',
    text: '@to Dora <dora@customer.test>\nIt is ready.',
    messageId: `<own-${++serial}@agents.test>`,
    ...more,
  })

eachEndingDesk((open) => {
  describe('a personal address', () => {
    test('is told by @help to whom it belongs, and begins a case from his address; each mail once', async () => {
      const g = await open({}, plugins())
      const address = await addressOf(g)
      expect(await addressOf(g, '@my address')).toBe(address)
      g.clear()
      await write(g, address)
      const [mail] = await g.sentTo('dora@customer.test')
      expect(mail?.mail.text).toContain('It is ready.')
      expect(JSON.stringify(mail?.mail)).not.toContain('+p')
      expect((await last(g)).c).toMatchObject({ requester: { address: 'dora@customer.test' }, assignee: 'anna' })
    })

    test('proves nothing from another From, at another mailbox, or once there is a new one; its agent is told once a day', async () => {
      const g = await open({}, plugins())
      const address = await addressOf(g)
      const sales = address.replace('support+', 'sales+')
      const wrong: readonly (readonly [to: string, from: string, cause: string])[] = [
        [address, agents.boris, 'from'],
        [address, 'Anna Smith <anna@evil.test>', 'from'],
        [sales, agents.anna, 'forged'],
        [address.replace(/.@/, (c) => (c === 'a@' ? 'b@' : 'a@')), agents.anna, 'forged'],
      ]
      g.clear()
      for (const [to, from, cause] of wrong) {
        await write(g, to, { from })
        const { c, notices } = await last(g)
        expect([c.requester.address, notices.find((n) => n.kind === 'agent_address')?.data.cause]).toEqual([
          /<(.*)>/.exec(from)?.[1],
          cause,
        ])
      }
      const told = await g.sentTo('anna@agents.test')
      expect(told.filter((m) => (m.mail.text ?? '').includes('makes another one') && !(m.mail.subject ?? '').includes('New'))).not.toEqual(
        [],
      )
      const renewed = await addressOf(g, '@new address')
      expect(renewed).not.toBe(address)
      await write(g, address)
      expect((await last(g)).notices.find((n) => n.kind === 'agent_address')?.data.cause).toBe('forged')
      expect(await g.sentTo('dora@customer.test')).toEqual([])
      await write(g, renewed)
      expect(await g.sentTo('dora@customer.test')).toHaveLength(1)
    })

    test('does not stand for the DMARC pass that the trusted server is asked for', async () => {
      const g = await open({ authentication: { trusted: 'mx.test' } }, plugins({ authentication: { trusted: 'mx.test' } }))
      const said = { 'Authentication-Results': 'mx.test; dmarc=pass header.from=agents.test' }
      await answerAs(g, 'anna', '@help', { headers: said } as never)
      const address = /support\+p[a-z2-7]{42}@example\.test/.exec((await lastTo(g, 'anna')).mail.text ?? '')?.[0] ?? ''
      expect(address).not.toBe('')
      g.clear()
      await write(g, address)
      expect((await last(g)).notices.find((n) => n.kind === 'agent_address')?.data.cause).toBe('dmarc')
      expect(await g.sentTo('dora@customer.test')).toEqual([])
      await write(g, address, { headers: said })
      expect(await g.sentTo('dora@customer.test')).toHaveLength(1)
    })

    test('ends with the mail that shows it to a customer', async () => {
      const g = await open({}, plugins())
      const address = await addressOf(g)
      await write(g, 'dora@customer.test', { cc: address, rcpt: [address], text: 'It is ready.' })
      expect((await last(g)).notices.find((n) => n.kind === 'agent_address')?.data.cause).toBe('seen')
      await write(g, address)
      expect((await last(g)).notices.find((n) => n.kind === 'agent_address')?.data.cause).toBe('forged')
      expect(await g.sentTo('dora@customer.test')).toEqual([])
    })

    test('stays out of what customers get, also where its agent has copied it into his answer', async () => {
      const g = await open({}, plugins())
      const notification = await lastTo(g, 'anna')
      const address = await addressOf(g)
      await answerAs(g, 'anna', `Write to ${address}, please.`, { answers: notification })
      const [mail] = await g.sentTo('carl@customer.test')
      expect(mail?.mail.text).toContain('Write to support@example.test, please.')
      expect(mail?.raw.toString('latin1') ?? '').not.toContain(/\+(p[a-z2-7]{42})@/.exec(address)?.[1] ?? '?')
    })

    test('stays out of the subject and of the title of HTML too', async () => {
      const g = await open({}, plugins())
      const address = await addressOf(g)
      const token = /\+(p[a-z2-7]{42})@/.exec(address)?.[1] ?? '?'
      await g.act('case.subject', '#1', { subject: `About ${address}` }, agent('anna'))
      await g.act('reply.send', '#1', { text: 'Soon.', html: '<p>Soon.</p>' }, agent('anna'))
      const mail = (await g.sentTo('carl@customer.test')).at(-1)
      expect(mail?.mail.subject).toContain('About support@example.test')
      expect(mail?.mail.html).toContain('<title>')
      expect(`${mail?.mail.subject ?? ''} ${String(mail?.mail.html)}`).not.toContain(token)
    })

    test('in Bcc of a mail to a customer makes his case, which can be made the agent’s own until somebody has written', async () => {
      const g = await open({}, plugins())
      const address = await addressOf(g)
      g.clear()
      await write(g, 'dora@customer.test', { rcpt: [address], text: 'It is ready.' })
      const { c, notices } = await last(g)
      expect(c).toMatchObject({ requester: { address: 'dora@customer.test' }, assignee: 'anna', status: 'waiting' })
      expect(notices.map((n) => [n.kind, n.actions.map((a) => a.action)])).toEqual([['case_begun', ['case.recast']]])
      const told = (await g.sentTo('anna@agents.test')).map((m) => m.mail.text ?? '').join('\n')
      expect(told).toMatch(/It was a customer’s mail: https?:/)
      await g.act('case.recast', c.id, {})
      const after = await last(g)
      expect(after.c).toMatchObject({
        id: c.id,
        requester: { address: 'anna@agents.test' },
        assignee: null,
        status: 'open',
        messageCount: 1,
      })
      expect(after.message).toMatchObject({ author: 'customer', agent: null, state: 'received', text: 'It is ready.' })
      expect(after.notices.map((n) => n.kind)).not.toContain('case_begun')
      await expect(g.act('case.recast', c.id, {})).rejects.toThrow(/no mail of an agent/)

      await write(g, 'dora@customer.test', { rcpt: [address], text: 'And this.', messageId: '<second@agents.test>' })
      const second = await last(g)
      await g.mail({
        ...carl,
        from: 'dora@customer.test',
        subject: 'Re: Your order',
        text: 'Thanks',
        messageId: '<thanks@customer.test>',
        inReplyTo: '<second@agents.test>',
      })
      expect((await last(g)).c.id).toBe(second.c.id)
      await expect(g.act('case.recast', second.c.id, {})).rejects.toThrow(/somebody has written/)
    })

    test('lets him act on a case by its number; what begins nothing is his own matter, with a word about it', async () => {
      const g = await open({}, plugins())
      const address = await addressOf(g)
      const first = (await last(g)).c
      await write(g, address, { text: `#${first.number}\n@tags router\n@closed` })
      expect(await g.transact((tx) => tx.cases.get(first.id))).toMatchObject({ status: 'closed' })
      await write(g, address, { text: 'My own printer is broken.' })
      const { c, notices } = await last(g)
      expect([c.requester.address, notices.map((n) => n.kind)]).toEqual(['anna@agents.test', ['agent_began']])
    })
  })
}, behaviourKinds)
