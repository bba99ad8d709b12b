import { describe, expect, test } from 'vitest'
import type { TestGateway, TestMail } from '../support/gateway.ts'
import { answerAs, carl, eachEndingDesk, lastTo, replyTo } from './desk.ts'

const settings = { authentication: { trusted: 'mx.example.test' } }
const said = (server: string, result: string, domain = 'agents.test') => ({
  'Authentication-Results': `${server}; dmarc=${result} header.from=${domain}`,
})
const pass = said('mx.example.test', 'pass')

/** Anna answers Carl's own mail to all from her own mailbox. */
const toAll = (g: TestGateway, more: Partial<TestMail> = {}): Promise<string> =>
  g.mail({
    from: 'Anna Smith <anna@agents.test>',
    to: 'carl@customer.test',
    cc: 'support@example.test',
    subject: 'Re: Help',
    inReplyTo: '<one@customer.test>',
    messageId: '<two@agents.test>',
    text: 'Turn it off and on.\n\n@note he lies\n@closed\n\n> It is broken',
    headers: pass,
    ...more,
  })

const cases = (g: TestGateway): Promise<number> =>
  g.transact(async (tx) =>
    Number(
      (
        await tx.db
          .selectFrom('cases')
          .select((eb) => eb.fn.countAll().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    ),
  )

eachEndingDesk((desk) => {
  describe('an agent who answers to all from his own mailbox', () => {
    test('is recorded in the customer’s case; nothing is sent again and no command runs', async () => {
      const g = await desk(settings)
      const first = await lastTo(g, 'boris')
      g.clear()
      await toAll(g)
      expect(await cases(g)).toBe(1)
      expect(await g.sent()).toEqual([])
      const c = await g.look('#1')
      expect(c).toMatchObject({ status: 'waiting', notes: [], notices: [], cc: [] })
      expect(c.messages.at(-1)).toMatchObject({
        author: 'agent',
        agent: 'anna',
        state: 'sent',
        headerId: 'two@agents.test',
        from: { address: 'anna@agents.test' },
      })
      expect(c.messages.at(-1)?.text).toContain('Turn it off and on.\n\n@note he lies')
      // The customer answers her mail, and Boris's answer to his older notification is held.
      await g.mail({ ...carl, subject: 'Re: Help', messageId: '<three@customer.test>', inReplyTo: '<two@agents.test>', text: 'It works' })
      expect(await g.look('#1')).toMatchObject({ status: 'open', messageCount: 3 })
      await answerAs(g, 'boris', 'Пришлите его обратно.', { answers: first, headers: pass })
      expect((await g.look('#1')).messages.at(-1)).toMatchObject({ state: 'held', data: { held: 'overtaken' } })
    })

    test('also by the address of the mailbox that the case has been moved to', async () => {
      const g = await desk(settings)
      await g.act('case.move', '#1', { mailbox: 'sales' })
      await toAll(g, { cc: 'sales@example.test' })
      expect(await cases(g)).toBe(1)
      expect((await g.look('#1')).messages.at(-1)).toMatchObject({ author: 'agent', agent: 'anna', state: 'sent' })
    })

    test('is one message where the mail comes twice, also by another way', async () => {
      const g = await desk(settings)
      await toAll(g)
      await toAll(g)
      await toAll(g, { headers: { ...pass, 'X-Way': 'other' } })
      expect((await g.look('#1')).messages).toHaveLength(2)
      expect(await cases(g)).toBe(1)
    })

    test('also where the customer’s mail came to a reply address', async () => {
      const g = await desk(settings)
      await answerAs(g, 'boris', 'Смотрим.', { headers: pass })
      const [sent] = await g.sentTo('carl@customer.test')
      const address = sent ? replyTo(sent) : ''
      await g.mail({ ...carl, to: address, cc: 'anna@agents.test', messageId: '<again@customer.test>', subject: 'Re: Help', text: 'Well?' })
      g.clear()
      await toAll(g, { cc: address, inReplyTo: '<again@customer.test>', text: 'Soon.' })
      expect(await g.sent()).toEqual([])
      expect((await g.look('#1')).messages.at(-1)).toMatchObject({ author: 'agent', agent: 'anna', text: 'Soon.' })
    })

    test.each([
      ['token mode', 'token', pass],
      ['no verdict', settings.authentication, {}],
      ['a failed check', settings.authentication, said('mx.example.test', 'fail')],
      ['another server', settings.authentication, said('mx.other.test', 'pass')],
      ['another domain', settings.authentication, said('mx.example.test', 'pass', 'evil.test')],
    ] as const)('stays a stranger, linked, with a notice: %s', async (_why, authentication, headers) => {
      const g = await desk({ authentication })
      g.clear()
      await toAll(g, { headers })
      expect(await cases(g)).toBe(2)
      expect(await g.look('#1')).toMatchObject({ status: 'open', messageCount: 1, notes: [] })
      const c = await g.look('#2')
      expect(c.requester.address).toBe('anna@agents.test')
      expect(c.links).toMatchObject([{ kind: 'follows' }])
      expect(c.notices).toMatchObject([{ kind: 'agent_unproved', state: 'open', data: { address: 'anna@agents.test', number: 1 } }])
      expect((await lastTo(g, 'anna')).mail.text).toContain('but nothing proves that Anna Smith wrote it')
      expect((await lastTo(g, 'boris')).mail.text).toContain('но ничто не доказывает, что его написал Anna Smith')
      expect(await g.sentTo('carl@customer.test')).toEqual([])
    })

    test('who leaves the customer out has not answered him', async () => {
      const g = await desk(settings)
      await toAll(g, { to: 'support@example.test', cc: '' })
      expect(await g.look('#1')).toMatchObject({ status: 'open', messageCount: 1 })
    })

    test('somebody else with the agent’s name is no agent', async () => {
      const g = await desk(settings)
      await toAll(g, { from: 'Anna Smith <anna@evil.test>', headers: said('mx.example.test', 'pass', 'evil.test') })
      expect((await g.look('#1')).messages).toHaveLength(1)
      expect((await g.look('#2')).notices).toEqual([])
    })
  })
})
