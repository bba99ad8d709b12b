// Two cases become one: everything of the source is in the target, whatever leads to the source leads there, and nobody is brought in.
import { expect, test } from 'vitest'
import { agent } from '../support/gateway.ts'
import { eachGateway, found } from '../recipients/rig.ts'
import type { Desk } from '../recipients/rig.ts'

const plugins = [
  'desk',
  'threading',
  'agent-reply',
  'recipients',
  { scheduler: { downtime: '3650d' } },
  'merging',
  'links',
  'notify',
] as const
const carl = 'Carl Customer <carl@customer.test>'
const dora = 'Dora Doe <dora@other.test>'

const outside = async (d: Desk) =>
  (await d.g.sent()).filter((m) => !m.rcpts.some((r) => r.endsWith('@agents.test'))).map((m) => [m.rcpts, m.mail.text?.trim()])
const texts = async (d: Desk, ref: string) => (await d.look(ref)).messages.map((m) => m.text.trim())
const merge = (d: Desk, from: string, into: string, args: object = {}, who = 'boris') =>
  d.g.act('case.merge', from, { into, ...args }, agent(who))

/** Two cases of one customer, a minute apart, the first one answered in between. */
async function twice(start: (options?: object) => Promise<Desk>, second = carl) {
  const d = await start({ plugins })
  await d.writes(carl, { subject: 'Printer', text: 'It is broken', messageId: '<first@customer.test>' })
  await d.g.advance('1m')
  await d.writes(second, { subject: 'Printer again', text: 'Still broken', messageId: '<second@customer.test>' })
  await d.g.advance('1m')
  return d
}

eachGateway((start) => {
  test('messages stand in the order of time, the source is closed and points to the target', async () => {
    const d = await twice(start)
    await d.g.act('reply.send', '#1', { text: 'We look into it' }, agent('anna'))
    await d.g.advance('1m')
    const { data } = await merge(d, '#1', '#2')
    expect(data).toMatchObject({ number: 2, messages: 2, strangers: [] })
    expect(await texts(d, '#2')).toEqual(['It is broken', 'Still broken', 'We look into it'])
    const [source, target] = [await d.look('#1'), await d.look('#2')]
    expect(source).toMatchObject({ status: 'closed', messages: [], messageCount: 0, mergedInto: target.id })
    expect(target).toMatchObject({ status: 'open', messageCount: 3, mergedInto: null })
    expect(target.lastAgentAt).not.toBeNull()
    expect(target.notes.at(-1)?.text).toContain('Case #1 “Printer” of carl@customer.test was merged into this one: 2 messages.')
    expect(source.notes.at(-1)?.text).toContain('#2')
    expect(target.links.map((l) => l.kind)).toEqual(['merged'])
  })

  test('whatever leads to the source leads to the target: token, own id, foreign id, marker, number', async () => {
    const d = await twice(start)
    await d.g.act('reply.send', '#1', { text: 'We look into it' }, agent('anna'))
    const answer = await d.sent()
    await merge(d, '#1', '#2')
    const to = 'support@example.test'
    const own = answer.mail.messageId ?? ''
    await d.replies(carl, answer, { text: 'by token' })
    await d.g.mail({ from: carl, to, subject: 'x', text: 'by own id', inReplyTo: own })
    await d.g.mail({ from: carl, to, subject: 'x', text: 'by foreign id', inReplyTo: '<first@customer.test>' })
    await d.g.mail({ from: carl, to, subject: 'Re: Printer [#1]', text: 'by number' })
    await d.g.mail({
      from: carl,
      to,
      subject: 'x',
      text: 'by marker',
      html: `<p>by marker</p><div data-postern-id="${own.replace(/[<>]/g, '')}">We look into it</div>`,
    })
    expect((await texts(d, '#2')).slice(3)).toEqual(['by token', 'by own id', 'by foreign id', 'by number', 'by marker'])
    expect(await texts(d, '#1')).toEqual([])
  })

  test("an agent's answer to an old notification of the source acts in the target", async () => {
    const d = await start({ plugins })
    await d.writes(carl, { subject: 'Printer', text: 'It is broken' })
    const old = await d.told('anna')
    await d.g.advance('1m')
    await d.writes(carl, { subject: 'Again', text: 'Still broken' })
    await merge(d, '#1', '#2')
    d.g.clear()
    await d.answers('anna', 'Have you tried turning it off?\n\n@tags printer', old)
    expect(await outside(d)).toEqual([[['carl@customer.test'], 'Have you tried turning it off?']])
    expect(await d.look('#2')).toMatchObject({ status: 'waiting', tags: ['printer'] })
  })

  test('people of the source are not brought in: a notice offers it, answers to them are asked about, their mail comes in', async () => {
    const d = await twice(start, dora)
    const old = await d.told('anna')
    const { data } = await merge(d, '#2', '#1')
    expect(data).toMatchObject({ strangers: ['dora@other.test'], people: [] })
    expect(await d.look('#1')).toMatchObject({ cc: [], requester: { address: 'carl@customer.test' } })
    d.g.clear()
    await d.answers('anna', 'Only for Dora', old)
    expect(await outside(d)).toEqual([])
    await d.g.mail({
      from: dora,
      to: 'support@example.test',
      subject: 'Re: Printer again',
      text: 'More',
      inReplyTo: '<second@customer.test>',
    })
    expect((await texts(d, '#1')).at(-1)).toBe('More')
    const notice = found(
      (await d.look('#1')).notices.find((n) => n.kind === 'merged_people'),
      'a notice',
    )
    expect(notice.state).toBe('open')
    await d.g.act('case.cc', '#1', found(notice.actions[0], 'an offer').args, agent('anna'))
    expect((await d.look('#1')).cc).toEqual(['dora@other.test'])
  })

  test('with people: join they are in copy, and the target takes tags, fields it lacks and links', async () => {
    const d = await twice(start, dora)
    await d.writes(carl, { subject: 'Third', text: 'Third' })
    await d.g.act('case.tags', '#2', { add: ['vip', 'paper'] })
    await d.g.act('case.tags', '#1', { add: ['vip'] })
    await d.g.act('case.custom', '#2', { set: { order: 17, floor: 2 } })
    await d.g.act('case.custom', '#1', { set: { order: 18 } })
    await d.g.transact(async (tx) => {
      const [one, two, three] = await Promise.all(['#1', '#2', '#3'].map((ref) => tx.cases.byRef(ref)))
      await tx.cases.link(two?.id ?? '', 'follows', three?.id ?? '', 'followed-by')
      await tx.cases.link(two?.id ?? '', 'follows', one?.id ?? '', 'followed-by')
    })
    await merge(d, '#2', '#1', { people: 'join', subject: 'source', note: 'the same printer' })
    const c = await d.look('#1')
    expect(c).toMatchObject({ cc: ['dora@other.test'], tags: ['paper', 'vip'], custom: { order: 18, floor: 2 }, subject: 'Printer again' })
    expect(c.links.map((l) => l.kind).sort()).toEqual(['follows', 'merged'])
    expect(c.notes.at(-1)?.text).toContain('order: 17')
    expect(c.notes.at(-1)?.text).toContain('the same printer')
  })

  test('a merge into a closed case opens it where the source was open, and leaves it where it was not', async () => {
    const d = await twice(start)
    await d.g.act('case.status', '#1', { status: 'closed' })
    await merge(d, '#2', '#1')
    expect((await d.look('#1')).status).toBe('open')
    const e = await twice(start)
    await e.g.act('case.status', '#1', { status: 'closed' })
    await merge(e, '#2', '#1', { status: 'target' })
    expect((await e.look('#1')).status).toBe('closed')
  })

  test('what cannot become one is refused with a sentence', async () => {
    const d = await twice(start)
    await expect(merge(d, '#1', '#1')).rejects.toThrow('уже одно')
    await expect(merge(d, '#1', '#99', {}, 'anna')).rejects.toThrow('there is no case #99')
    await expect(merge(d, '#1', 'printer', {}, 'anna')).rejects.toThrow('there is no case printer')
    for (const status of ['spam', 'trash'] as const) {
      await d.g.act('case.status', '#2', { status })
      await expect(merge(d, '#1', '#2', {}, 'anna')).rejects.toThrow(`case #2 is in ${status === 'spam' ? 'spam' : 'the trash'}`)
    }
    await d.g.act('case.status', '#2', { status: 'open' })
    await merge(d, '#1', '#2')
    await expect(merge(d, '#2', '#1', {}, 'anna')).rejects.toThrow('one already')
    await expect(merge(d, '#1', '#2', {}, 'anna')).rejects.toThrow('one already')
  })

  test('a chain leads to its end, and is taken back from the end', async () => {
    const d = await twice(start)
    await d.writes(carl, { subject: 'Third', text: 'Third' })
    await merge(d, '#1', '#2')
    await merge(d, '#2', '#3')
    const end = await d.look('#3')
    expect([(await d.look('#1')).mergedInto, (await d.look('#2')).mergedInto]).toEqual([end.id, end.id])
    await d.g.mail({ from: carl, to: 'support@example.test', subject: 'Re: Printer [#1]', text: 'by the first number' })
    await d.g.act('note.add', '#1', { text: 'a note by the first number' }, agent('anna'))
    expect((await texts(d, '#3')).at(-1)).toBe('by the first number')
    expect((await d.look('#3')).notes.at(-1)?.text).toBe('a note by the first number')
    await expect(d.g.act('case.unmerge', '#1', {}, agent('anna'))).rejects.toThrow('merged into #3 later')
    await d.g.act('case.unmerge', '#3', {}, agent('anna'))
    expect((await d.look('#1')).mergedInto).toBe((await d.look('#2')).id)
    expect(await texts(d, '#3')).toEqual(['Third'])
    await d.g.act('case.unmerge', '#1', {}, agent('anna'))
    expect(await texts(d, '#1')).toEqual(['It is broken', 'by the first number'])
    expect(await texts(d, '#2')).toEqual(['Still broken'])
  })

  test('an undo takes along what has come for the source since; once its people are answered it is too late', async () => {
    const d = await twice(start, dora)
    await d.g.act('reply.send', '#2', { text: 'Hello Dora' }, agent('anna'))
    const toDora = await d.sent('dora@other.test')
    await merge(d, '#2', '#1')
    await d.g.advance('1m')
    await d.replies(dora, toDora, { text: 'by token', messageId: '<later@other.test>' })
    await d.g.mail({ from: dora, to: 'support@example.test', subject: 'Re', text: 'to that', inReplyTo: '<later@other.test>' })
    await d.g.mail({ from: carl, to: 'support@example.test', subject: 'Re', text: 'mine', inReplyTo: '<first@customer.test>' })
    await d.g.act('reply.send', '#1', { text: 'For Carl', to: 'requester' }, agent('anna'))
    await d.g.act('case.unmerge', '#2', {}, agent('anna'))
    expect(await texts(d, '#2')).toEqual(['Still broken', 'Hello Dora', 'by token', 'to that'])
    expect(await texts(d, '#1')).toEqual(['It is broken', 'mine', 'For Carl'])
    expect((await d.look('#1')).notices.filter((n) => n.state === 'open').map((n) => n.kind)).toEqual([])
    await merge(d, '#2', '#1', { people: 'join' })
    await d.g.advance('1m')
    const held = await d.g.act('reply.send', '#1', { text: 'For both' }, agent('anna'))
    await d.g.act('reply.release', '#1', { message: held.data?.message, to: 'everybody' }, agent('anna'))
    await expect(d.g.act('case.unmerge', '#2', {}, agent('anna'))).rejects.toMatchObject({ code: 'gone' })
  })

  test('a merge without a number offers the other cases of the requester, each with a button that says what it does', async () => {
    const d = await twice(start)
    const notification = await d.told('anna')
    await d.answers('anna', '@merge', notification)
    const [offer] = (await d.look('#2')).notices.filter((n) => n.kind === 'merge_choice')
    expect(found(offer, 'an offer').actions.map((a) => a.name)).toEqual(['merge_1'])
    const mail = found(
      (await d.g.sentTo('anna@agents.test')).find((m) => m.mail.text?.includes('Merge into #1: http')),
      'a mail with the button',
    )
    await d.press(d.link(mail, 'Merge into #1'))
    expect(await texts(d, '#1')).toEqual(['It is broken', 'Still broken'])
  })

  test('who may act in one of the two mailboxes alone merges nothing, and his answer to a case that is in the other one has no effect', async () => {
    const d = await start({
      plugins,
      config: `
agents:
  anna: { name: Anna Smith, email: anna@agents.test, locale: en }
  boris: { name: Boris, email: boris@agents.test, locale: en }
groups:
  one: { name: One, members: [anna, boris], mailboxes: [support] }
  two: { name: Two, members: [boris], mailboxes: [sales] }
mailboxes:
  support: { address: support@example.test, name: Support, notify: [anna] }
  sales: { address: sales@example.test, name: Sales, notify: [boris] }
`,
    })
    await d.writes(carl, { subject: 'Printer', text: 'It is broken' })
    const old = await d.told('anna')
    await d.g.mail({ from: carl, to: 'sales@example.test', subject: 'Printer', text: 'To sales' })
    await expect(merge(d, '#1', '#2', {}, 'anna')).rejects.toMatchObject({ code: 'forbidden' })
    await merge(d, '#1', '#2', {}, 'boris')
    d.g.clear()
    await d.answers('anna', 'Not for sales', old)
    expect(await outside(d)).toEqual([])
  })
})
