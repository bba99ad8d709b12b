import { afterEach, expect, test } from 'vitest'
import { localeProblems } from '../../core/base/locale.ts'
import { agentReplyMessages } from '../../plugins/agent-reply/texts.ts'
import { behaviourKinds } from '../support/databases.ts'
import { agent } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { answerAs, eachDesk, lastTo, replyTo } from './desk.ts'

let g: TestGateway | undefined

afterEach(async () => {
  await g?.stop()
  g = undefined
})

const typo = 'Здравствуйте! Уже чиним.\n\n@замтка клиент врёт\n@закрытое'

eachDesk((desk) => {
  test('an internal remark with a typo in its command never reaches the customer unasked', async () => {
    g = await desk()
    await answerAs(g, 'boris', typo)
    expect((await g.sent()).map((m) => m.rcpts[0])).toEqual(['boris@agents.test'])
    const c = await g.look('#1')
    expect(c).toMatchObject({ status: 'open', notes: [] })
    expect(c.messages.at(-1)).toMatchObject({ state: 'held', agent: 'boris', text: 'Здравствуйте! Уже чиним.\n\n@замтка клиент врёт' })
    const { text } = (await lastTo(g, 'boris')).mail
    for (const part of [
      'Ваш ответ ЕЩЁ НЕ отправлен.',
      '«@замтка клиент врёт» — возможно, @заметка?',
      'Вместе с ним ждут команды: @закрытое',
      'одним словом «отправить»',
      'Ваш ответ, который ждёт:\n\nЗдравствуйте! Уже чиним.',
    ])
      expect(text).toContain(part)
    // Until it is decided, no mail promises whom an answer reaches.
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Re: [#1]', text: 'Ну что там?', references: '' })
    const next = (await lastTo(g, 'boris')).mail.text ?? ''
    expect(next).toContain('Ну что там?')
    expect(next).toContain('Кому уйдёт ваш ответ, зависит от решения')
    expect(next).not.toContain('Ваш ответ получит')
  })

  test.each(['отправить', 'Отправить.', '@отправить', 'Да'])(
    'one word sends it as it is, and what waited with it is done: %s',
    async (word) => {
      g = await desk()
      await answerAs(g, 'boris', typo)
      await answerAs(g, 'boris', `${word}\n\n-- \nБорис`)
      expect((await g.sentTo('carl@customer.test')).map((m) => m.mail.text?.trim())).toEqual([
        'Здравствуйте! Уже чиним.\n\n@замтка клиент врёт',
      ])
      const c = await g.look('#1')
      expect(c.status).toBe('closed')
      expect(c.notices.filter((n) => n.state === 'open')).toEqual([])
    },
  )

  test('one word drops it, and what waited with it', async () => {
    g = await desk()
    await answerAs(g, 'boris', typo)
    await answerAs(g, 'boris', 'удалить')
    expect(await g.sentTo('carl@customer.test')).toEqual([])
    const c = await g.look('#1')
    expect(c).toMatchObject({ status: 'open' })
    expect(c.messages.at(-1)?.state).toBe('cancelled')
  })

  test('a new text takes the place of the held one', async () => {
    g = await desk()
    await answerAs(g, 'boris', typo)
    await answerAs(g, 'boris', 'Здравствуйте! Уже чиним.\n\n@заметка клиент врёт\n@закрытое')
    expect((await g.sentTo('carl@customer.test')).map((m) => m.mail.text?.trim())).toEqual(['Здравствуйте! Уже чиним.'])
    const c = await g.look('#1')
    expect(c.status).toBe('closed')
    expect(c.messages.filter((m) => m.agent === 'boris').map((m) => m.state)).toEqual(['cancelled', 'sent'])
    expect(c.notes.map((n) => n.text)).toEqual(['клиент врёт'])
  })

  test('the button of the notice does the same as the word', async () => {
    g = await desk()
    await answerAs(g, 'boris', typo)
    const held = (await g.look('#1')).messages.at(-1)?.id
    g.clear()
    await g.act('reply.release', '#1', { message: held }, agent('boris'))
    expect(await g.sentTo('carl@customer.test')).toHaveLength(1)
    expect((await g.look('#1')).status).toBe('closed')
  })

  test('a second word finds nothing to send and says so', async () => {
    g = await desk()
    await answerAs(g, 'boris', typo)
    const question = await lastTo(g, 'boris')
    await answerAs(g, 'boris', 'отправить', { answers: question })
    await answerAs(g, 'boris', 'отправить', { answers: question, messageId: '<again@agents.test>' })
    expect(await g.sentTo('carl@customer.test')).toEqual([])
    expect((await lastTo(g, 'boris')).mail.text).toContain('Этот ответ больше не ждёт')
  })

  test('with unknown: text the line is part of the answer, as the product’s rule says', async () => {
    g = await desk({ unknown: 'text' })
    await answerAs(g, 'boris', typo)
    expect((await g.sentTo('carl@customer.test')).map((m) => m.mail.text?.trim())).toEqual([
      'Здравствуйте! Уже чиним.\n\n@замтка клиент врёт',
    ])
    expect((await g.look('#1')).status).toBe('closed')
  })

  test('with transcript: never the question is asked all the same', async () => {
    g = await desk({ transcript: 'never' })
    await answerAs(g, 'boris', typo)
    expect((await lastTo(g, 'boris')).mail.text).toContain('ЕЩЁ НЕ отправлен')
  })

  test('subject and copies take effect with the answer, and not while it is held', async () => {
    g = await desk()
    await answerAs(g, 'anna', 'Hi.\n@subject New\n@cc lea@law.test\n@notte he lies')
    expect(await g.look('#1')).toMatchObject({ subject: 'Help', cc: [] })
    expect((await lastTo(g, 'anna')).mail.text).toContain('These commands wait with it: @subject New; @cc lea@law.test')
    await answerAs(g, 'anna', 'send')
    const [sent] = await g.sentTo('carl@customer.test')
    expect(sent?.mail.subject).toBe('Re: New [#1]')
    expect(sent?.rcpts).toEqual(['carl@customer.test', 'lea@law.test'])
    expect(await g.look('#1')).toMatchObject({ subject: 'New', cc: ['lea@law.test'] })
  })

  test.each([
    {
      who: 'anna',
      text: 'Hi.\n\n@cc lea@law.test\n@subject New\n@notte x\n@closed\n@note he lies',
      no: 'discard',
      label: 'Do it:',
      lines: ['@cc lea@law.test', '@subject New', '@closed', '@note he lies'],
    },
    {
      who: 'boris',
      text: 'Да.\n\n@копия lea@law.test\n@тема New\n@замтка x\n@закрытое\n@заметка он врёт',
      no: 'удалить',
      label: 'Выполнить:',
      lines: ['@копия lea@law.test', '@тема New', '@закрытое', '@заметка он врёт'],
    },
  ] as const)(
    'an answer that is dropped leaves nothing behind, and its commands can be ordered one by one ($who)',
    async ({ who, text, no, label, lines }) => {
      g = await desk({}, { plugins: ['desk', 'threading', { 'agent-reply': {} }, 'links', 'notify'] })
      await answerAs(g, who, text)
      await answerAs(g, who, no)
      expect(await g.sentTo('carl@customer.test')).toEqual([])
      expect(await g.look('#1')).toMatchObject({ subject: 'Help', cc: [], status: 'open', notes: [] })
      const mails = await g.sentTo(`${who}@agents.test`)
      expect(mails).toHaveLength(1)
      for (const line of lines) expect(mails[0]?.mail.text).toContain(`✗ ${line}`)
      expect([...(mails[0]?.mail.text ?? '').matchAll(/^(.*): http/gm)].map((m) => m[1])).toEqual(lines.map((l) => `${label} ${l}`))
      // Pressing the buttons does what was written.
      for (const notice of (await g.look('#1')).notices.filter((n) => n.kind === 'order_left'))
        for (const { action, args } of notice.actions) await g.act(action, '#1', args, agent(who))
      expect(await g.look('#1')).toMatchObject({ subject: 'New', cc: ['lea@law.test'], status: 'closed' })
      expect((await g.look('#1')).notes).toHaveLength(1)
    },
  )

  test.each([
    'On Mon, 21 Sep 2026 at 12:00, Example Support <support@example.test> wrote:',
    'Example Support wrote:',
    'Le lundi, Example Support a écrit :',
  ])('words between quoted lines of the notification are kept inside, and the agent is told to write above: %s', async (introduction) => {
    g = await desk()
    const notification = await lastTo(g, 'anna')
    g.clear()
    const lines = (notification.mail.text ?? '').split('\n')
    const text = `${introduction}\n${lines
      .slice(0, 4)
      .map((l) => `> ${l}`)
      .join('\n')}\n\nThis is my answer\n\n${lines
      .slice(4, 12)
      .map((l) => `> ${l}`)
      .join('\n')}\n\nAnd this is more\n\n${lines
      .slice(12)
      .map((l) => `> ${l}`)
      .join('\n')}`
    await g.mail({ from: 'anna@agents.test', to: replyTo(notification), subject: 'Re: [#1] Help', text })
    expect((await g.sentTo('carl@customer.test')).map((m) => m.mail.text)).toEqual([])
    expect((await lastTo(g, 'anna')).mail.text).toContain('Please write above the line')
    expect((await g.look('#1')).notes.at(-1)).toMatchObject({ kind: 'unsent' })
  })

  test('an answer address never reaches the customer, however a program introduces the quote', async () => {
    g = await desk()
    const notification = await lastTo(g, 'anna')
    g.clear()
    await g.mail({
      from: 'anna@agents.test',
      to: replyTo(notification),
      subject: 'Re: [#1] Help',
      text: `My answer\n\nZzz, Example Support (${replyTo(notification)}) zzzz\n\nmore`,
    })
    expect((await g.sentTo('carl@customer.test')).map((m) => m.mail.text)).toEqual([])
    expect((await g.look('#1')).notes.at(-1)).toMatchObject({ kind: 'unsent' })
  })

  test('an empty answer sends nothing, and neither does a lone signature', async () => {
    g = await desk()
    const notification = await lastTo(g, 'anna')
    await answerAs(g, 'anna', '', { answers: notification })
    await answerAs(g, 'anna', '-- \nAnna Smith\nSupport', { answers: notification })
    expect(await g.sentTo('carl@customer.test')).toEqual([])
    expect((await g.look('#1')).status).toBe('open')
  })
}, behaviourKinds)

// What holds an effect to one is the database.
eachDesk((desk) => {
  test('the same answer to two notifications of one message is one answer; the second is held with an explanation', async () => {
    g = await desk()
    const first = await lastTo(g, 'anna')
    await g.act('case.assign', '#1', { assignee: 'anna' }, agent('boris'))
    const second = await lastTo(g, 'anna')
    expect(replyTo(second)).not.toBe(replyTo(first))
    await answerAs(g, 'anna', 'Turn it off and on.', { answers: first })
    expect(await g.sentTo('carl@customer.test')).toHaveLength(1)
    await answerAs(g, 'anna', 'Turn it off and on.', { answers: second })
    expect(await g.sentTo('carl@customer.test')).toEqual([])
    expect((await lastTo(g, 'anna')).mail.text).toContain('You have sent the same answer to the same message before')
    await answerAs(g, 'anna', 'send')
    expect(await g.sentTo('carl@customer.test')).toHaveLength(1)
  })

  test('one mail to two answer addresses of one message has one effect', async () => {
    g = await desk()
    const first = replyTo(await lastTo(g, 'anna'))
    await g.act('case.assign', '#1', { assignee: 'anna' }, agent('boris'))
    const second = replyTo(await lastTo(g, 'anna'))
    g.clear()
    await g.mail({
      from: 'anna@agents.test',
      to: `${first}, ${second}`,
      subject: 'Re: [#1] Help',
      text: 'Turn it off and on.\n\n@note tried',
    })
    expect(await g.sentTo('carl@customer.test')).toHaveLength(1)
    expect((await g.look('#1')).notes).toHaveLength(1)
  })

  test('the same mail twice has one effect; the same commands in a new mail are new commands', async () => {
    g = await desk()
    const notification = await lastTo(g, 'anna')
    const raw = `From: anna@agents.test\r\nTo: ${replyTo(notification)}\r\nSubject: Re\r\nMessage-ID: <same@agents.test>\r\n\r\n@note again\r\n`
    await g.mail({ from: 'anna@agents.test', to: replyTo(notification), raw })
    await g.mail({ from: 'anna@agents.test', to: replyTo(notification), raw })
    await g.mail({ from: 'anna@agents.test', mailFrom: 'relay@agents.test', to: replyTo(notification), raw })
    expect((await g.look('#1')).notes).toHaveLength(1)
    await g.mail({ from: 'anna@agents.test', to: replyTo(notification), raw: raw.replace('same@', 'other@') })
    expect((await g.look('#1')).notes).toHaveLength(2)
  })
})

test('agents are told everything in both languages', () => {
  expect(localeProblems(agentReplyMessages)).toEqual([])
})
