// What a conversation takes along when it moves: an answer goes to the people of the message that it answers, wherever that now is.
import { expect, test } from 'vitest'
import { agent } from '../support/gateway.ts'
import { client, eachGateway, found, manager } from './rig.ts'
import type { Desk } from './rig.ts'

const third = 'Theo Third <theo@third.test>'
const plugins = ['desk', 'threading', 'agent-reply', 'recipients', { scheduler: { downtime: '3650d' } }, 'links', 'notify'] as const

/** The client's case with the manager and a third party in copy; the manager has written to support alone. */
async function bossWrites(d: Desk) {
  await d.writes(client, { cc: `${manager}, ${third}` })
  await d.answers('anna', 'We look into it')
  await d.replies(manager, await d.sent(), { text: 'Does he ever pay?' })
  d.g.clear()
  return found((await d.look('#1')).messages.at(-1), 'a message')
}

/** Told to an agent before everything else was forgotten. */
async function told(d: Desk, who: 'anna' | 'boris') {
  await d.writes(client, { cc: `${manager}, ${third}` })
  await d.answers('anna', 'We look into it')
  await d.replies(manager, await d.sent(), { text: 'Does he ever pay?' })
  const last = await d.told(who)
  d.g.clear()
  return last
}

const outside = async (d: Desk) =>
  (await d.g.sent()).filter((m) => !m.rcpts.some((r) => r.endsWith('@agents.test'))).map((m) => [m.rcpts, m.mail.text?.trim()])
const pass = (d: Desk, by: string) => d.g.advance(by, 3_600_000)

const languages = [
  { who: 'anna', split: '@split', send: '@send tomorrow 9:00', closed: '@closed', note: '@note', subject: '@subject', cc: '@cc' },
  {
    who: 'boris',
    split: '@разделить',
    send: '@отправить завтра в 9:00',
    closed: '@закрытое',
    note: '@заметка',
    subject: '@тема',
    cc: '@копия',
  },
] as const

eachGateway((start) => {
  test.each(languages)('an answer with a split goes to the writer of the reply alone ($who)', async ({ who, split }) => {
    const d = await start({ plugins })
    const notification = await told(d, who)
    await d.answers(who, `No, never.\n\n${split}`, notification)
    expect(await outside(d)).toEqual([[['mona@company.test'], 'No, never.']])
    expect((await d.look('#2')).messages.map((m) => [m.author, m.text.trim(), m.state])).toEqual([
      ['customer', 'Does he ever pay?', 'received'],
      ['agent', 'No, never.', 'sent'],
    ])
    expect((await d.look('#1')).messages.map((m) => m.text.trim())).toEqual(['It is broken', 'We look into it'])
  })

  test.each(languages)('so does one that is to be sent tomorrow, whatever stands first ($who)', async ({ who, split, send }) => {
    for (const commands of [`${split}\n${send}`, `${send}\n${split}`]) {
      const d = await start({ plugins })
      await d.answers(who, `No, never.\n\n${commands}`, await told(d, who))
      expect(await outside(d)).toEqual([])
      expect((await d.look('#2')).messages.at(-1)).toMatchObject({ state: 'deferred', text: 'No, never.' })
      await pass(d, '30h')
      expect(await outside(d)).toEqual([[['mona@company.test'], 'No, never.']])
    }
  })

  test.each(languages)('commands above the split are for the old case, those below it for the new one ($who)', async (words) => {
    const d = await start({ plugins })
    const { who, split, closed, note, subject, cc } = words
    await d.answers(
      who,
      `No, never.\n\n${closed}\n${subject} Old one\n${split}\n${subject} New one\n${cc} cora@company.test\n${note} for the new case`,
      await told(d, who),
    )
    const [from, to] = [await d.look('#1'), await d.look('#2')]
    expect(from).toMatchObject({ status: 'closed', subject: 'Old one', notes: [], cc: ['mona@company.test', 'theo@third.test'] })
    expect(to).toMatchObject({ status: 'waiting', subject: 'New one', cc: ['cora@company.test'] })
    expect(to.notes.map((n) => n.text)).toEqual(['for the new case'])
    expect(await outside(d)).toEqual([[['mona@company.test', 'cora@company.test'], 'No, never.']])
  })

  test.each(languages)(
    'a status below the split is that of the new case, and a note above it stays in the old one ($who)',
    async (words) => {
      const d = await start({ plugins })
      const { who, split, closed, note } = words
      await d.answers(who, `${note} he asks about money\n${split}\n${closed}`, await told(d, who))
      const [from, to] = [await d.look('#1'), await d.look('#2')]
      expect(from).toMatchObject({ status: 'waiting' })
      expect(from.notes.map((n) => n.text)).toEqual(['he asks about money'])
      expect(to).toMatchObject({ status: 'closed', notes: [] })
      expect(await outside(d)).toEqual([])
    },
  )

  test('a requester who left the others out is answered alone with a split', async () => {
    const d = await start({ plugins })
    await d.writes(client, { cc: `${manager}, ${third}` })
    await d.answers('anna', 'We look into it')
    await d.replies(client, await d.sent(), { text: 'Only to you' })
    const notification = await d.told('anna')
    d.g.clear()
    await d.answers('anna', 'Only to you too.\n\n@split', notification)
    expect(await outside(d)).toEqual([[['carl@customer.test'], 'Only to you too.']])
  })

  test('where a colleague has split it already, the answer goes there; where it cannot be split, it is held', async () => {
    const d = await start({ plugins })
    const notification = await told(d, 'anna')
    await d.g.act('case.split', '#1', { message: (await d.look('#1')).messages.at(-1)?.id }, agent('boris'))
    await d.answers('anna', 'No, never.\n\n@split', notification)
    expect(await outside(d)).toEqual([[['mona@company.test'], 'No, never.']])
    const e = await start({ plugins })
    await e.writes(client, { cc: manager })
    await e.answers('anna', 'For you alone.\n\n@split')
    await e.answers('boris', 'Вам одному.\n\n@разделить ответ')
    expect(await outside(e)).toEqual([])
    expect((await e.look('#1')).messages.map((m) => m.state)).toEqual(['received', 'held', 'held'])
  })

  test.each(languages)('a split in answer to the question about a held answer sends it in the new case ($who)', async ({ who, split }) => {
    const d = await start({ plugins })
    await d.answers(who, 'No, never.', await told(d, who))
    expect(await outside(d)).toEqual([])
    await d.answers(who, split)
    expect(await outside(d)).toEqual([[['mona@company.test'], 'No, never.']])
    expect((await d.look('#2')).messages.map((m) => m.state)).toEqual(['received', 'sent'])
    expect((await d.look('#2')).notices.filter((n) => n.state === 'open')).toEqual([])
  })

  test.each(languages)('an answer that was planned goes along when a colleague splits the reply off ($who)', async ({ who, send }) => {
    const d = await start({ plugins })
    await d.answers(who, `No, never.\n\n${send}`, await told(d, who))
    await d.g.act('reply.defer', '#1', { text: 'Never at all.', in: '20 hours' }, agent('boris'))
    const reply = (await d.look('#1')).messages.find((m) => m.text.includes('ever pay'))
    await d.g.act('case.split', '#1', { message: reply?.id }, agent('boris'))
    expect((await d.look('#1')).messages.filter((m) => m.state === 'deferred')).toEqual([])
    await pass(d, '30h')
    const left = await outside(d)
    expect(left.map(([to]) => to)).toEqual([['mona@company.test']])
  })

  test('an answer to an earlier message stays where that is', async () => {
    const d = await start({ plugins })
    await d.writes(client, { cc: `${manager}, ${third}` })
    const early = await d.told('anna')
    await d.g.act('reply.send', '#1', { text: 'We look into it' }, agent('anna'))
    await d.replies(manager, await d.sent(), { text: 'Does he ever pay?' })
    await d.answers('anna', 'It is the fuse.\n\n@send tomorrow 9:00', early)
    d.g.clear()
    const reply = (await d.look('#1')).messages.find((m) => m.text.includes('ever pay'))
    await d.g.act('case.split', '#1', { message: reply?.id }, agent('boris'))
    await pass(d, '30h')
    expect((await outside(d)).map(([to]) => to)).toEqual([['carl@customer.test', 'mona@company.test', 'theo@third.test']])
  })

  test('a held answer goes along with its question: both words and buttons then act in the new case', async () => {
    for (const how of ['word', 'button'] as const) {
      const d = await start({ plugins })
      await d.answers('anna', 'No, never.', await told(d, 'anna'))
      const question = await d.told('anna')
      const reply = (await d.look('#1')).messages.find((m) => m.text.includes('ever pay'))
      await d.g.act('case.split', '#1', { message: reply?.id }, agent('boris'))
      expect((await d.look('#1')).notices.filter((n) => n.state === 'open')).toEqual([])
      expect((await d.look('#2')).messages.map((m) => m.state)).toEqual(['received', 'held'])
      if (how === 'word') await d.answers('anna', 'send', question)
      else await d.press(d.link(question, 'Send to everybody in the case'))
      expect(await outside(d)).toEqual([[['mona@company.test'], 'No, never.']])
    }
  })

  test('an unsplit takes back what is planned: what was written for fewer people is held', async () => {
    const d = await start({ plugins })
    await d.writes(client, { cc: `${manager}, ${third}` })
    await d.answers('anna', 'We look into it')
    await d.replies(client, await d.sent(), { text: 'Only to you' })
    const reply = (await d.look('#1')).messages.at(-1)
    await d.g.act('reply.defer', '#1', { text: 'For all', in: '10 hours', answers: reply?.id }, agent('anna'))
    await d.g.act('case.split', '#1', { message: reply?.id }, agent('boris'))
    await d.g.act('reply.defer', '#2', { text: 'For Carl alone', in: '9 hours', answers: reply?.id }, agent('anna'))
    await d.g.act('case.unsplit', '#2', {}, agent('boris'))
    d.g.clear()
    expect((await d.look('#2')).messages).toEqual([])
    expect((await d.look('#1')).messages.slice(-2).map((m) => m.state)).toEqual(['deferred', 'deferred'])
    await pass(d, '30h')
    expect(await outside(d)).toEqual([[['carl@customer.test', 'mona@company.test', 'theo@third.test'], 'For all']])
    expect((await d.look('#1')).messages.find((m) => m.text === 'For Carl alone')?.state).toBe('held')
  })

  test('a notification of the new case that is answered after an unsplit does not reach those who stood only in the old one', async () => {
    const d = await start({ plugins })
    await d.writes(client, { cc: `${manager}, ${third}` })
    await d.answers('anna', 'We look into it')
    await d.replies(client, await d.sent(), { text: 'Only to you' })
    const reply = (await d.look('#1')).messages.at(-1)
    await d.g.act('case.split', '#1', { message: reply?.id }, agent('boris'))
    await d.g.act('case.assign', '#2', { assignee: 'anna' }, agent('boris'))
    const notification = await d.told('anna')
    expect(notification.mail.subject).toContain('#2')
    await d.g.act('case.unsplit', '#2', {}, agent('boris'))
    d.g.clear()
    await d.answers('anna', 'For Carl alone', notification)
    expect(await outside(d)).toEqual([])
    expect((await d.look('#1')).messages.at(-1)).toMatchObject({ state: 'held', text: expect.stringContaining('For Carl alone') as string })
  })

  test('an answer by API to a message that has gone elsewhere does not reach the people it has left', async () => {
    const d = await start({ plugins })
    const reply = await bossWrites(d)
    await d.g.act('case.split', '#1', { message: reply.id }, agent('boris'))
    const { data } = await d.g.act('reply.send', '#1', { text: 'No, never.', answers: reply.id }, agent('anna'))
    expect(data).toHaveProperty('held')
    expect(await outside(d)).toEqual([])
  })

  test('the word "send" reaches nobody who came after the question', async () => {
    const d = await start({ plugins })
    await d.writes(client)
    await d.answers('anna', 'Hello.\n\n@notte he lies')
    const question = await d.told('anna')
    await d.g.advance('1m')
    await d.g.act('case.cc', '#1', { add: ['theo@third.test'] }, agent('boris'))
    d.g.clear()
    await d.answers('anna', 'send', question)
    expect(await outside(d)).toEqual([])
    await d.answers('anna', 'send')
    expect((await outside(d)).map(([to]) => to)).toEqual([['carl@customer.test', 'theo@third.test']])
  })

  test.each(languages)(
    'an answer with a typo waits with its split and all else; released, it goes to the new case ($who)',
    async (words) => {
      const d = await start({ plugins })
      const { who, split, closed, cc } = words
      await d.answers(who, `No, never.\n\n@nottte\n${closed}\n${split}\n${cc} cora@company.test`, await told(d, who))
      expect(await d.g.transact((tx) => tx.db.selectFrom('cases').select('number').execute())).toHaveLength(1)
      expect(await d.look('#1')).toMatchObject({ status: 'open', cc: ['mona@company.test', 'theo@third.test'] })
      await d.answers(who, who === 'anna' ? 'send' : 'отправить')
      expect((await outside(d)).map(([to]) => to)).toEqual([['mona@company.test', 'cora@company.test']])
      expect(await d.look('#1')).toMatchObject({ status: 'closed', cc: ['mona@company.test', 'theo@third.test'] })
      expect(await d.look('#2')).toMatchObject({ status: 'waiting', cc: ['cora@company.test'] })
    },
  )

  test.each(languages)('what a guard holds leaves the case as it was until it is sent ($who)', async ({ who, cc, subject }) => {
    const d = await start({ plugins })
    await d.answers(who, `No, never.\n\n${cc} cora@company.test\n${subject} New`, await told(d, who))
    expect(await outside(d)).toEqual([])
    expect(await d.look('#1')).toMatchObject({ subject: 'Help', cc: ['mona@company.test', 'theo@third.test'] })
    await d.press(d.link(await d.told(who), who === 'anna' ? 'Split and answer there' : 'Выделить и ответить там'))
    expect((await outside(d)).map(([to]) => to)).toEqual([['mona@company.test', 'cora@company.test']])
    expect(await d.look('#1')).toMatchObject({ subject: 'Help', cc: ['mona@company.test', 'theo@third.test'] })
    expect(await d.look('#2')).toMatchObject({ subject: 'New', cc: ['cora@company.test'] })
  })
})
