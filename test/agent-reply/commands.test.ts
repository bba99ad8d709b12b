// Every line of the product's description of commands, in both languages, through the front door.
import { afterEach, describe, expect, test } from 'vitest'
import type { TestGateway } from '../support/gateway.ts'
import { answerAs, carl, desk, lastTo } from './desk.ts'

let g: TestGateway | undefined

afterEach(async () => {
  await g?.stop()
  g = undefined
})

const toCustomer = async (gateway: TestGateway) => gateway.sentTo('carl@customer.test')

test('a plain answer is sent to the customer from the case’s mailbox, and the case waits', async () => {
  g = await desk()
  await g.act('case.cc', '#1', { add: ['boss@customer.test'] })
  await answerAs(g, 'anna', 'Turn it off and on.\n\nBest regards\nAnna\n\n-- \nAnna Smith, Support\n+1 555 0100')
  const [sent, ...more] = await toCustomer(g)
  expect(more).toEqual([])
  expect(sent?.rcpts).toEqual(['carl@customer.test', 'boss@customer.test'])
  expect(sent?.mail.from?.value[0]).toEqual({ address: 'support@example.test', name: 'Example Support' })
  expect(sent?.mail.text?.trim()).toBe('Turn it off and on.\n\nBest regards\nAnna')
  expect(sent?.mail.inReplyTo).toBe('<one@customer.test>')
  expect(String(sent?.raw)).not.toMatch(/anna@agents|555 0100|##~/)
  const c = await g.look('#1')
  expect(c.status).toBe('waiting')
  expect(c.messages.at(-1)).toMatchObject({
    author: 'agent',
    agent: 'anna',
    state: 'sent',
    data: { reply: { answers: c.messages[0]?.id } },
  })
  expect(await g.sentTo('anna@agents.test')).toEqual([])
})

test('example б: an answer, another assignee, a note and the status “open” in one mail', async () => {
  g = await desk()
  await answerAs(
    g,
    'boris',
    'Здравствуйте! Уже чиним.\n\n@ответственный Anna Smith\n@заметка Клиент просил позвонить,\nтелефон в профиле\n@открытое',
  )
  expect((await toCustomer(g))[0]?.mail.text?.trim()).toBe('Здравствуйте! Уже чиним.')
  const c = await g.look('#1')
  expect(c).toMatchObject({ status: 'open', assignee: 'anna' })
  expect(c.notes.map((n) => [n.agent, n.text])).toEqual([['boris', 'Клиент просил позвонить,\nтелефон в профиле']])
})

describe('each command does what it says, in both languages, under an answer and alone', () => {
  const cases: readonly (readonly [ru: string, en: string, effect: Readonly<Record<string, unknown>>])[] = [
    ['@открытое', '@open', { status: 'open' }],
    ['@в ожидании', '@pending', { status: 'waiting' }],
    ['@закрытое', '@closed', { status: 'closed' }],
    ['@спам', '@spam', { status: 'spam' }],
    ['@корзина', '@trash', { status: 'trash' }],
    ['@я', '@me', { assignee: 'boris' }],
    ['@ответственный Anna Smith', '@assignee anna@agents.test', { assignee: 'anna' }],
    ['@ответственный Support team', '@assignee Support team', { group: 'team' }],
    ['@тема Новая тема', '@subject Новая тема', { subject: 'Новая тема' }],
    ['@копия a@x.test, b@y.test', '@cc a@x.test, b@y.test', { cc: ['a@x.test', 'b@y.test'] }],
    ['@скрытая копия a@x.test', '@bcc a@x.test', { bcc: ['a@x.test'] }],
    ['@метки vip, новая', '@tags vip, новая', { tags: ['vip', 'новая'] }],
    ['@заметка звонил', '@note звонил', { notes: [{ agent: 'boris', kind: 'note', text: 'звонил' }] }],
  ]
  test.each(cases)('%s', async (ru, en, effect) => {
    for (const written of [ru, en]) {
      const gateway = await desk()
      g = gateway
      await answerAs(gateway, 'boris', `Чиним.\n\n${written}`)
      const view = await gateway.look('#1')
      expect({ ...view, tags: [...view.tags].sort(), cc: [...view.cc].sort() }).toMatchObject(effect)
      expect((await toCustomer(gateway)).map((m) => m.mail.text?.trim())).toEqual(['Чиним.'])
      await gateway.mail({ ...carl, messageId: '<two@customer.test>', subject: 'Two' })
      await answerAs(gateway, 'boris', written, {
        answers:
          (await gateway.sentTo('boris@agents.test')).filter((m) => m.mail.subject === '[#2] Two').at(-1) ??
          (await lastTo(gateway, 'boris')),
      })
      const alone = await gateway.look('#2')
      expect({ ...alone, tags: [...alone.tags].sort(), cc: [...alone.cc].sort() }).toMatchObject(effect)
      expect(await toCustomer(gateway)).toEqual([])
      await gateway.stop()
      g = undefined
    }
  })
})

test('subject, copy and hidden copy take effect before the answer leaves', async () => {
  g = await desk()
  await answerAs(g, 'anna', 'Done.\n\n@subject Invoice 17\n@cc boss@x.test\n@bcc audit@x.test')
  const [sent] = await g.sent()
  expect(sent?.mail.subject).toBe('Re: Invoice 17 [#1]')
  expect(sent?.rcpts).toEqual(['carl@customer.test', 'boss@x.test', 'audit@x.test'])
  expect(String(sent?.raw)).not.toContain('audit@x.test')
})

test('a valid command with an invalid value is ignored, the answer leaves, and the agent is told', async () => {
  g = await desk()
  await answerAs(g, 'boris', 'Чиним.\n\n@копия не адрес\n@ответственный Кто-то Другой\n@тема  Два пробела\n@закрытое')
  expect((await toCustomer(g)).map((m) => [m.mail.text?.trim(), m.mail.subject])).toEqual([['Чиним.', 'Re: Help [#1]']])
  const c = await g.look('#1')
  expect(c).toMatchObject({ cc: [], assignee: null, subject: 'Help', status: 'closed' })
  const told = await lastTo(g, 'boris')
  for (const part of [
    'Ваш ответ отправлен: Carl Customer.',
    '✗ @копия не адрес – «не адрес» — не адрес',
    '✗ @ответственный Кто-то Другой – нет сотрудника или группы «Кто-то Другой»',
    '✗ @тема Два пробела – между командой и значением должен быть ровно один пробел',
    '✓ @закрытое',
  ]) {
    expect(told.mail.text).toContain(part)
  }
})

test('a command that no plugin offers does nothing and is told', async () => {
  g = await desk()
  await answerAs(g, 'anna', 'Fine.\n\n@reopen 2 days\n@recipients')
  expect((await toCustomer(g)).map((m) => m.mail.text?.trim())).toEqual(['Fine.'])
  expect((await lastTo(g, 'anna')).mail.text).toContain('✗ @reopen 2 days – not available here')
})

test('an answer that was to be split off is held where nothing can split it off', async () => {
  g = await desk()
  await answerAs(g, 'anna', 'For you alone.\n\n@split')
  expect(await toCustomer(g)).toEqual([])
  expect((await lastTo(g, 'anna')).mail.text).toContain('✗ @split – not available here')
})

test('the further commands order what other plugins offer, from YAML alone', async () => {
  g = await desk(
    {},
    {
      plugins: [
        'desk',
        'threading',
        './fake.ts',
        {
          'agent-reply': {
            commands: { urgent: { action: 'fake.do', args: { what: 'urgent', who: '$agent', mail: '$message' } } },
            languages: [{ locale: 'de', names: { urgent: ['dringend'], closed: ['geschlossen'] } }],
          },
        },
        'notify',
      ],
      files: {
        'fake.ts': `
import Type from ${JSON.stringify(import.meta.resolve('typebox'))}
const any = Type.Object({ text: Type.Optional(Type.String()) }, { additionalProperties: true })
const say = (name) => ({ description: name, args: any, run: async (tx, call) => { await tx.notes.add({ caseId: call.case.id, kind: 'fake', text: name + ' ' + JSON.stringify(call.args) }) } })
export default { name: 'fake', description: 'fake', config: Type.Object({}), setup: () => ({ actions: Object.fromEntries(['fake.do', 'reopen.plan', 'reply.defer', 'schedule.cancel', 'template.use', 'case.split', 'recipients.update'].map((n) => [n, say(n)])) }) }
`,
      },
    },
  )
  const first = (await g.look('#1')).messages[0]?.id
  await answerAs(
    g,
    'boris',
    '@напомнить 2 дня 5 часов позвонить\n@отменить\n@шаблон Привет\n@разделить\n@получатели\n@dringend\n@geschlossen',
  )
  const notes = (await g.look('#1')).notes.filter((n) => n.kind === 'fake').map((n) => n.text)
  expect(notes).toEqual([
    'reopen.plan {"text":"2 дня 5 часов позвонить"}',
    'schedule.cancel {}',
    'template.use {"name":"Привет"}',
    `case.split {"message":"${first}"}`,
    `recipients.update {"message":"${first}"}`,
    `fake.do {"what":"urgent","who":"boris","mail":"${first}"}`,
  ])
  expect((await g.look('#1')).status).toBe('closed')
  g.clear()
  await g.mail({ ...carl, messageId: '<2@customer.test>', inReplyTo: '<one@customer.test>', text: 'Still' })
  await answerAs(g, 'boris', 'Отвечу завтра.\n\n@отправить завтра 9:00')
  expect(await toCustomer(g)).toEqual([])
  expect((await g.look('#1')).notes.at(-1)?.text).toContain('reply.defer {"text":"Отвечу завтра.","at":"завтра 9:00"}')
})

test('an answer whose command of sending cannot be done waits, for it must not leave in another way unasked', async () => {
  g = await desk()
  await answerAs(g, 'anna', 'Fine.\n\n@send tomorrow 9:00')
  expect(await toCustomer(g)).toEqual([])
  const { text } = (await lastTo(g, 'anna')).mail
  expect(text).toContain('Your answer has NOT been sent yet.')
  expect(text).toContain('✗ @send tomorrow 9:00 – not available here')
  await answerAs(g, 'anna', 'send')
  expect(await toCustomer(g)).toHaveLength(1)
})

test('@help lists the commands that work here, in the agent’s language', async () => {
  g = await desk()
  await answerAs(g, 'boris', '@помощь')
  const { text } = (await lastTo(g, 'boris')).mail
  expect(text).toContain('@в ожидании – статус «в ожидании»')
  expect(text).not.toContain('@напомнить')
  expect(await toCustomer(g)).toEqual([])
})

test('transcripts come always, with problems, or never', async () => {
  for (const [transcript, plain, faulty] of [
    ['always', 1, 1],
    ['problems', 0, 1],
    ['never', 0, 0],
  ] as const) {
    const gateway = await desk({ transcript })
    g = gateway
    const notification = await lastTo(gateway, 'anna')
    await answerAs(gateway, 'anna', 'One.\n@closed', { answers: notification })
    expect(await gateway.sentTo('anna@agents.test')).toHaveLength(plain)
    await answerAs(gateway, 'anna', 'Two.\n@cc nonsense', { answers: notification })
    expect(await gateway.sentTo('anna@agents.test')).toHaveLength(faulty)
    await gateway.stop()
    g = undefined
  }
})

test('a transcript stands in the thread of the notification', async () => {
  g = await desk()
  const notification = await lastTo(g, 'anna')
  await answerAs(g, 'anna', 'One.\n@cc nonsense')
  const told = await lastTo(g, 'anna')
  expect(told.mail.subject).toBe(notification.mail.subject)
  expect([told.mail.references].flat()[0]).toBe([notification.mail.references].flat()[0])
  expect(told.mail.headers.get('auto-submitted')).toBe('auto-replied')
})

test('the agent’s files go to the customer, his signature’s images do not', async () => {
  g = await desk()
  const notification = await lastTo(g, 'anna')
  const to = notification.mail.replyTo?.value[0]?.address ?? ''
  g.clear()
  const raw = [
    'From: Anna Smith <anna@agents.test>',
    `To: ${to}`,
    'Subject: Re: [#1] Help',
    'Message-ID: <files@agents.test>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=m',
    '',
    '--m',
    'Content-Type: multipart/related; boundary=r',
    '',
    '--r',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<div>See the <b>plan</b>: <img src="cid:plan@x"></div><div>@closed</div><div class="gmail_signature">Anna <img src="cid:logo@x"></div>',
    '--r',
    'Content-Type: image/png; name=plan.png',
    'Content-ID: <plan@x>',
    'Content-Disposition: inline',
    'Content-Transfer-Encoding: base64',
    '',
    'cGxhbg==',
    '--r',
    'Content-Type: image/png; name=logo.png',
    'Content-ID: <logo@x>',
    'Content-Disposition: inline',
    'Content-Transfer-Encoding: base64',
    '',
    'bG9nbw==',
    '--r--',
    '--m',
    'Content-Type: application/pdf',
    'Content-Disposition: attachment; filename=manual.pdf',
    'Content-Transfer-Encoding: base64',
    '',
    'bWFudWFs',
    '--m--',
    '',
  ].join('\r\n')
  await g.mail({ from: 'anna@agents.test', to, raw })
  const [sent] = await toCustomer(g)
  expect(sent?.mail.attachments.map((a) => [a.filename, a.content.toString()])).toEqual([
    ['plan.png', 'plan'],
    ['manual.pdf', 'manual'],
  ])
  expect(String(sent?.mail.html)).toContain('<b>plan</b>')
  expect(String(sent?.mail.html)).not.toMatch(/closed|Anna|logo/)
  expect((await g.look('#1')).status).toBe('closed')
})

test('an answer to a mention in a note becomes a note; the customer sees nothing of it', async () => {
  g = await desk()
  await g.act('note.add', '#1', { text: 'what do you think?', mentions: [{ kind: 'agent', id: 'anna' }] })
  await answerAs(g, 'anna', 'He is lying.\n\n@tags liar')
  expect(await toCustomer(g)).toEqual([])
  const c = await g.look('#1')
  expect(c.notes.at(-1)).toMatchObject({ agent: 'anna', text: 'He is lying.' })
  expect(c.tags).toEqual(['liar'])
  expect(c.status).toBe('open')
})

test('an answer written into a note is not lost in silence', async () => {
  g = await desk()
  await answerAs(g, 'anna', '@note called him\n\nHello! We are on it, give us a day.')
  expect(await toCustomer(g)).toEqual([])
  expect((await lastTo(g, 'anna')).mail.text).toContain('Everything below the note command became the note.')
})
