import { describe, expect, test } from 'vitest'
import { localeProblems } from '../../core/base/locale.ts'
import { deskMessages } from '../../plugins/desk/notices.ts'
import { agent } from '../support/gateway.ts'
import type { SentMail, TestGateway } from '../support/gateway.ts'
import { agents, answerAs, eachEndingDesk, lastTo, replyTo } from './desk.ts'

const plugins = (desk: Readonly<Record<string, unknown>> = {}) => [
  { desk },
  'threading',
  { 'agent-reply': {} },
  'recipients',
  'scheduler',
  'links',
  'notify',
]
const toCarl = async (g: TestGateway): Promise<readonly string[]> =>
  (await g.sentTo('carl@customer.test')).map((m) => m.mail.text?.trim() ?? '')
const openNotices = async (g: TestGateway): Promise<readonly string[]> =>
  (await g.look('#1')).notices.filter((n) => n.state === 'open').map((n) => n.kind)

/** Both have the notification of Carl's mail; then Boris answers and closes. */
async function borisCloses(g: TestGateway, after: string | null = '5m'): Promise<{ anna: SentMail; boris: SentMail }> {
  const first = { anna: await lastTo(g, 'anna'), boris: await lastTo(g, 'boris') }
  if (after !== null) await g.advance(after)
  await answerAs(g, 'boris', 'We sent a new one.\n\n@закрытое')
  g.clear()
  return first
}

const carlAgain = (g: TestGateway, text: string): Promise<string> =>
  g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Re: Help', inReplyTo: '<one@customer.test>', text })

eachEndingDesk((desk) => {
  describe('an answer that is older than another agent’s last answer', () => {
    test.each(['5m', null])('is held with both texts, and the case stays as it was (time between them: %s)', async (after) => {
      const g = await desk({}, { plugins: plugins() })
      const { anna } = await borisCloses(g, after)
      await answerAs(g, 'anna', 'Please send it back.\n\n@tag returns', { answers: anna })
      expect(await toCarl(g)).toEqual([])
      const c = await g.look('#1')
      expect(c).toMatchObject({ status: 'closed', tags: [] })
      expect(c.messages.at(-1)).toMatchObject({ state: 'held', agent: 'anna', data: { held: 'overtaken' } })
      const { mail } = await lastTo(g, 'anna')
      for (const words of ['Борис Иванов has answered meanwhile', 'We sent a new one.', 'Your answer, not sent:\nPlease send it back.'])
        expect(mail.text).toContain(words)
      expect([...(mail.text ?? '').matchAll(/^(.*): http/gm)].map((m) => m[1])).toEqual(['Send anyway', 'Keep as a note', 'Do not send'])
      expect(mail.html).toMatch(
        /<tr><td[^>]*><b>Борис Иванов[^]*We sent a new one\.[^]*<td[^>]*><b>Your answer, not sent:<\/b>[^]*Please send it back\.[^]*<\/tr>/,
      )
      expect((await g.look('#1')).notices.at(-1)?.actions.map((a) => a.name)).toEqual(['send_anyway', 'keep_note', 'discard'])
    })

    test('is told in Russian to who writes Russian', async () => {
      const g = await desk({}, { plugins: plugins() })
      const boris = await lastTo(g, 'boris')
      await g.advance('1m')
      await answerAs(g, 'anna', 'We sent a new one.')
      await answerAs(g, 'boris', 'Пришлите его обратно.', { answers: boris })
      expect(await toCarl(g)).toEqual([])
      const { text } = (await lastTo(g, 'boris')).mail
      for (const words of [
        'тем временем на обращение уже ответил(а) Anna Smith',
        'We sent a new one.',
        'Ваш ответ, не отправлен:\nПришлите его обратно.',
        'Всё равно отправить: http',
        'Оставить заметкой: http',
        'Не отправлять: http',
      ])
        expect(text).toContain(words)
    })

    test('leaves by “send anyway”, and what waited with it is done; it is not asked about again', async () => {
      const g = await desk({}, { plugins: plugins() })
      const { anna } = await borisCloses(g)
      await answerAs(g, 'anna', 'Please send it back.\n\n@tag returns\n@note angry', { answers: anna })
      await answerAs(g, 'anna', 'send')
      expect(await toCarl(g)).toEqual(['Please send it back.'])
      expect(await g.look('#1')).toMatchObject({ status: 'waiting', tags: ['returns'] })
      expect(await openNotices(g)).toEqual([])
    })

    test('is asked about again where another answer has left since', async () => {
      const g = await desk({}, { plugins: plugins() })
      const { anna, boris } = await borisCloses(g, null)
      await answerAs(g, 'anna', 'Please send it back.', { answers: anna })
      const held = (await g.look('#1')).messages.at(-1)?.id
      await answerAs(g, 'boris', 'And a voucher.', { answers: boris })
      g.clear()
      await g.act('reply.release', '#1', { message: held }, agent('anna'))
      expect(await toCarl(g)).toEqual([])
      expect((await g.look('#1')).notices.at(-1)?.data.others).toMatchObject([{ text: 'And a voucher.' }])
      await g.act('reply.release', '#1', { message: held }, agent('anna'))
      expect(await toCarl(g)).toEqual(['Please send it back.'])
    })

    test('becomes a note by its button; its commands are not done and can be ordered', async () => {
      const g = await desk({}, { plugins: plugins() })
      const { anna } = await borisCloses(g)
      await answerAs(g, 'anna', 'Please send it back.\n\n@tag returns', { answers: anna })
      const held = (await g.look('#1')).messages.at(-1)?.id
      g.clear()
      await g.act('reply.note', '#1', { message: held }, agent('anna'))
      const c = await g.look('#1')
      expect(c.notes).toMatchObject([{ text: 'Please send it back.', agent: 'anna', messageId: held }])
      expect(c).toMatchObject({ status: 'closed', tags: [] })
      expect(c.messages.at(-1)?.state).toBe('cancelled')
      expect(await toCarl(g)).toEqual([])
      expect((await lastTo(g, 'anna')).mail.text).toContain('its words are kept as an internal note.\n\nThese commands stood in it')
    })

    test('is dropped by one word', async () => {
      const g = await desk({}, { plugins: plugins() })
      const { anna } = await borisCloses(g)
      await answerAs(g, 'anna', 'Please send it back.', { answers: anna })
      await answerAs(g, 'anna', 'discard')
      expect(await toCarl(g)).toEqual([])
      expect(await g.look('#1')).toMatchObject({ status: 'closed', notes: [] })
    })

    test('is neither planned nor done by its commands before he has decided', async () => {
      const g = await desk({}, { plugins: plugins() })
      const { anna } = await borisCloses(g)
      await answerAs(g, 'anna', 'Please send it back.\n\n@subject Return\n@send in 2 hours', { answers: anna })
      const c = await g.look('#1')
      expect(c).toMatchObject({ subject: 'Help', status: 'closed' })
      expect(c.messages.at(-1)).toMatchObject({ state: 'held', data: { held: 'overtaken' } })
      await g.advance('3h', 3_600_000)
      expect(await toCarl(g)).toEqual([])
    })

    test('passes where the notification that he answers is younger than the other answer', async () => {
      const g = await desk({}, { plugins: plugins() })
      await borisCloses(g, null)
      await g.act('case.assign', '#1', { assignee: 'anna' }, agent('boris'))
      await answerAs(g, 'anna', 'And a voucher is under way.')
      expect(await toCarl(g)).toEqual(['And a voucher is under way.'])
      await carlAgain(g, 'Thank you')
      await answerAs(g, 'anna', 'You are welcome.')
      expect(await toCarl(g)).toEqual(['You are welcome.'])
    })

    test('passes within ten minutes of an answer of his own, and not later', async () => {
      const g = await desk({}, { plugins: plugins() })
      const anna = await lastTo(g, 'anna')
      const boris = await lastTo(g, 'boris')
      await answerAs(g, 'anna', 'Turn it off.', { answers: anna })
      await answerAs(g, 'anna', 'And on again.', { answers: anna })
      expect(await toCarl(g)).toEqual(['And on again.'])
      await g.advance('9m')
      await g.mail({ from: agents.boris, to: replyTo(boris), text: 'Или ещё раз.', subject: 'Re' })
      expect((await g.look('#1')).messages.at(-1)?.state).toBe('held')
      await g.act('reply.release', '#1', { message: (await g.look('#1')).messages.at(-1)?.id }, agent('boris'))
      await answerAs(g, 'anna', 'Then call us.', { answers: anna })
      expect(await toCarl(g)).toEqual(['Then call us.'])
      await g.advance('11m')
      await answerAs(g, 'anna', 'Or write.', { answers: anna })
      // Boris's answer is younger than the notification of Anna.
      expect(await toCarl(g)).toEqual([])
    })

    test('is sent and told, or only sent, where the setting says so', async () => {
      for (const overtaken of ['tell', 'off']) {
        const g = await desk({}, { plugins: plugins({ overtaken }) })
        const { anna } = await borisCloses(g)
        await answerAs(g, 'anna', 'Please send it back.', { answers: anna })
        expect(await toCarl(g)).toEqual(['Please send it back.'])
        const mails = await g.sentTo('anna@agents.test')
        expect(mails.map((m) => m.mail.text?.includes('We sent a new one.'))).toEqual(overtaken === 'tell' ? [true] : [])
      }
    })

    test('a planned answer that left counts from when it left', async () => {
      const g = await desk({}, { plugins: plugins() })
      await answerAs(g, 'boris', 'Завтра починим.\n\n@отправить через 5 минут')
      await carlAgain(g, 'Hello?')
      // Carl's mail made a note of it; the next one leaves.
      const anna = await lastTo(g, 'anna')
      await answerAs(g, 'boris', 'Завтра починим.\n\n@отправить через 5 минут')
      await g.advance('6m')
      await answerAs(g, 'anna', 'Never.', { answers: anna })
      expect(await toCarl(g)).toEqual([])
      expect((await g.look('#1')).messages.at(-1)).toMatchObject({ state: 'held', agent: 'anna' })
    })

    test('what is held for something else is asked about before it leaves', async () => {
      const g = await desk({}, { plugins: plugins() })
      const { anna, boris } = { anna: await lastTo(g, 'anna'), boris: await lastTo(g, 'boris') }
      await answerAs(g, 'anna', 'Please send it back.\n@notte he lies', { answers: anna })
      const question = await lastTo(g, 'anna')
      await answerAs(g, 'boris', 'We sent a new one.', { answers: boris })
      await answerAs(g, 'anna', 'send', { answers: question })
      expect(await toCarl(g)).toEqual([])
      expect((await lastTo(g, 'anna')).mail.text).toContain('has answered meanwhile')
      await answerAs(g, 'anna', 'send')
      expect(await toCarl(g)).toEqual(['Please send it back.\n@notte he lies'])
    })
  })

  describe('an answer that is older than the customer’s newest message', () => {
    test.each([
      ['anna', 'Turn it off.', 'this had been said already', 'It works again'],
      ['boris', 'Выключите его.', 'было сказано и то, чего не было', 'Уже работает'],
    ] as const)('is sent, and its writer is told what has been said (%s)', async (who, answer, told, newer) => {
      const g = await desk({}, { plugins: plugins() })
      const old = await lastTo(g, who)
      await g.advance('1m')
      await carlAgain(g, newer)
      await answerAs(g, who, answer, { answers: old })
      expect(await toCarl(g)).toEqual([answer])
      const { text } = (await lastTo(g, who)).mail
      expect(text).toContain(told)
      expect(text).toContain(newer)
    })

    test('is held where the setting says so; an automatic reply of his holds nothing', async () => {
      const g = await desk({}, { plugins: plugins({ newer: 'hold' }) })
      const old = await lastTo(g, 'anna')
      await g.mail({
        from: 'carl@customer.test',
        to: 'support@example.test',
        subject: 'Re: Help',
        inReplyTo: '<one@customer.test>',
        text: 'Away',
        headers: { 'Auto-Submitted': 'auto-replied' },
      })
      await answerAs(g, 'anna', 'Turn it off.', { answers: old })
      expect(await toCarl(g)).toEqual(['Turn it off.'])
      await g.advance('11m')
      await carlAgain(g, 'It works again')
      await answerAs(g, 'anna', 'Send it back.', { answers: old })
      expect(await toCarl(g)).toEqual([])
      expect((await lastTo(g, 'anna')).mail.text).toMatch(/Carl Customer|carl@customer\.test/)
      expect((await g.look('#1')).messages.at(-1)?.data.held).toBe('newer')
    })

    test('is sent and told nothing where the setting says so', async () => {
      const g = await desk({}, { plugins: plugins({ newer: 'off' }) })
      const old = await lastTo(g, 'anna')
      await carlAgain(g, 'It works again')
      await answerAs(g, 'anna', 'Turn it off.', { answers: old })
      expect(await toCarl(g)).toEqual(['Turn it off.'])
      expect(await g.sentTo('anna@agents.test')).toEqual([])
    })
  })

  test('by the case’s version an answer of the API is judged the same', async () => {
    const g = await desk({}, { plugins: plugins() })
    const seen = (await g.look('#1')).version
    const send = (text: string, seen_version: number) => g.act('reply.send', '#1', { text, seen_version }, agent('anna'))
    await answerAs(g, 'boris', 'We sent a new one.')
    const fresh = (await g.look('#1')).version
    expect((await send('Please send it back.', seen)).data?.held).toBe('overtaken')
    expect((await send('A voucher is under way.', fresh)).data?.held).toBeUndefined()
    await g.advance('11m')
    await carlAgain(g, 'Thank you')
    const newer = (await g.look('#1')).messages.at(-1)?.id
    expect((await send('You are welcome.', fresh)).data).toMatchObject({ newer: [newer] })
  })

  test('versions are compared within the case that they count: after a merge, what was said since is later, what was said before is not', async () => {
    const g = await desk({}, { plugins: [...plugins(), 'merging'] })
    // The first case counts far; the one that it goes to has just begun, and was answered long ago.
    for (const text of ['One', 'Two', 'Three', 'Four', 'Five', 'Six']) await carlAgain(g, text)
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Again', text: 'It is broken' })
    const boris = (text: string) => g.act('reply.send', '#2', { text }, agent('boris'))
    await boris('An old answer.')
    await g.advance('1h')
    const { version } = await g.look('#1')
    expect(version).toBeGreaterThan((await g.look('#2')).version + 4)
    const held = async (text: string) =>
      (await g.act('reply.send', '#1', { text, seen_version: version, hold: 'commands' }, agent('anna'))).data?.message
    const [first, second] = [await held('Send it back.'), await held('Or keep it.')]
    await g.act('case.merge', '#1', { into: '#2' }, agent('boris'))
    const release = async (message: unknown) => (await g.act('reply.release', '#2', { message }, agent('anna'))).data?.held
    expect(await release(first)).toBeUndefined()
    await g.advance('30m')
    await boris('We sent a new one.')
    expect(await release(second)).toBe('overtaken')
    expect((await toCarl(g)).filter((text) => text.includes('Or keep it.'))).toEqual([])
  })

  test('the answer to a private reply is never released to the customer by what it was held for besides', async () => {
    const g = await desk({}, { plugins: plugins() })
    await g.act('case.cc', '#1', { add: ['boss@customer.test'] }, agent('boris'))
    await answerAs(g, 'boris', 'Смотрим.')
    const [sent] = await g.sentTo('boss@customer.test')
    if (!sent) throw new Error('the boss got nothing')
    await g.mail({
      from: 'boss@customer.test',
      to: replyTo(sent),
      subject: 'Re: Help',
      inReplyTo: sent.mail.messageId ?? '',
      text: 'Between us: is he right?',
    })
    await answerAs(g, 'anna', 'No, never.\n@notte x')
    await answerAs(g, 'anna', 'send')
    expect(await toCarl(g)).toEqual([])
    expect((await g.look('#1')).messages.at(-1)).toMatchObject({ state: 'held', data: { held: 'private_reply' } })
  })
})

test('agents are asked in both languages', () => {
  expect(localeProblems(deskMessages)).toEqual([])
})
