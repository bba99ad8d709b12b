// Answers that would reach other people than their writer believes are held, and never end in silence.
import { expect, test } from 'vitest'
import { behaviourKinds } from '../support/databases.ts'
import { agent } from '../support/gateway.ts'
import { client, eachGateway, found, manager, page } from './rig.ts'
import type { Desk } from './rig.ts'

const bea = 'Bea Boss <bea@customer.test>'

async function privateReply(d: Desk) {
  await d.writes(client, { cc: manager })
  await d.answers('anna', 'We look into it')
  await d.replies(manager, await d.sent(), { text: 'Between us' })
  const told = await d.told('anna')
  d.g.clear()
  return told
}

const outside = async (d: Desk) => (await d.g.sent()).filter((m) => !m.rcpts.some((r) => r.endsWith('@agents.test'))).map((m) => m.rcpts)
const states = async (d: Desk, ref = '#1') =>
  (await d.look(ref)).messages.filter((m) => m.author === 'agent').map((m) => [m.text.trim(), m.state])

eachGateway((start) => {
  test('an answer by mail to a private reply is held with one line of why, and sent to everybody by one click', async () => {
    const d = await start()
    const told = await privateReply(d)
    await d.answers('anna', 'For all of you', told)
    expect(await outside(d)).toEqual([])
    expect(await states(d)).toEqual([
      ['We look into it', 'sent'],
      ['For all of you', 'held'],
    ])
    const asked = await d.told('anna')
    expect(asked.mail.text).toContain('Your answer has NOT been sent yet')
    expect(asked.mail.text).toContain(
      'Your answer was not sent: Mona Manager <mona@company.test> wrote without carl@customer.test, who would have got it.',
    )
    const shown = await page(d.link(asked, 'Send to everybody in the case'))
    expect(shown.text).toContain(
      'Your answer was not sent: Mona Manager <mona@company.test> wrote without carl@customer.test, who would have got it.',
    )
    expect(shown.text).toContain('The answer is sent to: carl@customer.test, mona@company.test.')
    await d.press(d.link(asked, 'Send to everybody in the case'))
    expect(await outside(d)).toEqual([['carl@customer.test', 'mona@company.test']])
    expect(await states(d)).toEqual([
      ['We look into it', 'sent'],
      ['For all of you', 'sent'],
    ])
  })

  test('the API is asked the same, also where it does not say what it answers; whoever names his readers is not', async () => {
    const d = await start()
    await privateReply(d)
    for (const to of ['everybody', 'requester']) {
      const held = await d.g.act('reply.send', '#1', { text: 'Oops', to }, { kind: 'api', id: 'desk', via: 'api' })
      expect(held.data).toMatchObject({ held: 'private_reply' })
    }
    expect(await outside(d)).toEqual([])
    await d.g.act('reply.send', '#1', { text: 'To the manager', to: ['mona@company.test'] }, agent('anna'))
    expect(await outside(d)).toEqual([['mona@company.test']])
  })

  test('an answer to an earlier message of the case is not held, and none is once the notice is dismissed', async () => {
    const d = await start()
    await privateReply(d)
    const c = await d.look('#1')
    await d.g.act('reply.send', '#1', { text: 'To the first mail', answers: c.messages[0]?.id }, agent('anna'))
    await d.g.act('notice.dismiss', '#1', { notice: c.notices[0]?.id }, agent('anna'))
    await d.g.act('reply.send', '#1', { text: 'To all', answers: c.messages[2]?.id }, agent('anna'))
    expect(await outside(d)).toEqual([
      ['carl@customer.test', 'mona@company.test'],
      ['carl@customer.test', 'mona@company.test'],
    ])
  })

  test('a held answer that nobody decides about ends as a note and a notice that everybody sees', async () => {
    const d = await start()
    await d.answers('anna', 'Never decided', await privateReply(d))
    d.g.clear()
    await d.g.advance('4d', 3_600_000)
    expect(await outside(d)).toEqual([])
    expect(await states(d)).toEqual([
      ['We look into it', 'sent'],
      ['Never decided', 'cancelled'],
    ])
    const c = await d.look('#1')
    expect(c.notes.map((n) => [n.kind, n.text.trim()])).toEqual([['held_expired', 'Never decided']])
    expect(c.notices.map((n) => [n.kind, n.state])).toEqual([
      ['recipients', 'open'],
      ['private_reply', 'expired'],
      ['held_expired', 'open'],
    ])
    expect((await d.told('anna')).mail.text).toContain('has not been sent')
  })

  test('an answer to an older notification is held when somebody has joined since, and shows who', async () => {
    const d = await start()
    await d.writes(client)
    const old = await d.told('anna')
    await d.answers('anna', 'Erste Antwort')
    await d.replies(client, await d.sent(), { cc: bea })
    expect((await d.look('#1')).cc).toEqual(['bea@customer.test'])
    d.g.clear()
    await d.answers('anna', 'Only for Carl', old)
    expect(await outside(d)).toEqual([])
    const asked = await d.told('anna')
    expect([...d.links(asked).keys()]).toEqual(['Send to everybody in the case', 'Send to the customer alone', 'Do not send'])
    const shown = await page(d.link(asked, 'Send to the customer alone'))
    expect(shown.text).toContain('since it was written, these people have joined the case: bea@customer.test.')
    await d.press(d.link(asked, 'Send to the customer alone'))
    expect(await outside(d)).toEqual([['carl@customer.test']])
  })

  test('an answer to a later notification about the same message is not: it showed who takes part', async () => {
    const d = await start()
    await d.writes(client)
    const old = await d.told('anna')
    await d.g.advance('1m')
    await d.g.act('case.cc', '#1', { add: ['bea@customer.test'] }, agent('boris'))
    await d.g.act('case.assign', '#1', { assignee: 'anna' }, agent('boris'))
    const later = await d.told('anna')
    d.g.clear()
    await d.answers('anna', 'As I was shown', later)
    expect(await outside(d)).toEqual([['carl@customer.test', 'bea@customer.test']])
    await d.answers('anna', 'As I was shown at first', old)
    expect(await outside(d)).toHaveLength(1)
  })

  test('with the version of the case the API is told when its people have changed since, and only then', async () => {
    const d = await start()
    await d.writes(client, { cc: bea })
    const { version } = await d.look('#1')
    await d.g.act('case.tags', '#1', { add: ['vip'] }, agent('boris'))
    expect((await d.g.act('reply.send', '#1', { text: 'One', seen_version: version }, agent('anna'))).data).not.toHaveProperty('held')
    await d.g.act('case.cc', '#1', { remove: ['bea@customer.test'] }, agent('boris'))
    expect((await d.g.act('reply.send', '#1', { text: 'Two', seen_version: version }, agent('anna'))).data).toMatchObject({
      held: 'recipients_changed',
    })
    expect((await d.look('#1')).notices.map((n) => n.data)).toMatchObject([{ joined: [], left: ['bea@customer.test'] }])
    // What the writer changed himself he knows of.
    await d.g.act('case.cc', '#1', { add: ['bea@customer.test', 'nora@customer.test'] }, agent('anna'))
    const { version: now } = await d.look('#1')
    await d.g.act('case.cc', '#1', { remove: ['nora@customer.test'] }, agent('anna'))
    expect((await d.g.act('reply.send', '#1', { text: 'Three', seen_version: now }, agent('anna'))).data).not.toHaveProperty('held')
  })

  test('a deferred answer is judged by who took part when it was written', async () => {
    const d = await start()
    await d.writes(client)
    const { data } = await d.g.act('reply.prepare', '#1', { text: 'Later' }, agent('anna'))
    await d.g.act('case.cc', '#1', { add: ['bea@customer.test'] }, agent('boris'))
    const left = await d.g.act('reply.leave', '#1', { message: found(data, 'a message').message }, agent('anna'))
    expect(left.data).toMatchObject({ held: 'recipients_changed' })
  })

  test('where the setting says so, an answer waits as well until somebody has decided about a reply that left out a copy', async () => {
    const d = await start({ plugins: ['desk', 'threading', 'agent-reply', { recipients: { hold_undecided: true } }, 'links', 'notify'] })
    await d.writes(client, { cc: bea })
    await d.answers('anna', 'Hello')
    await d.replies(client, await d.sent(), { text: 'Only to you' })
    const told = await d.told('anna')
    d.g.clear()
    await d.answers('anna', 'And back', told)
    expect(await outside(d)).toEqual([])
    await d.press(d.link(await d.told('anna'), 'Split and answer there'))
    expect(await outside(d)).toEqual([['carl@customer.test']])
  })

  test('an answer that was split off after the reply itself had been goes to the case that the reply is in', async () => {
    const d = await start()
    const told = await privateReply(d)
    await d.answers('anna', 'He pays late', told)
    const asked = await d.told('anna')
    await d.press(d.link(told, 'Split into a new case'))
    await d.press(d.link(asked, 'Split and answer there'))
    expect(await outside(d)).toEqual([['mona@company.test']])
    expect(await states(d, '#2')).toEqual([['He pays late', 'sent']])
  })
}, behaviourKinds)
