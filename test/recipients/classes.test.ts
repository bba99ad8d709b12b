// The rules of changed recipients, a sentence each, and every combination beside them (the table in plugins/recipients/compare.ts).
import { expect, test } from 'vitest'
import { behaviourKinds } from '../support/databases.ts'
import { agent } from '../support/gateway.ts'
import { client, eachGateway, manager } from './rig.ts'
import type { Desk } from './rig.ts'

const bea = 'Bea Boss <bea@customer.test>'

/** A case of the client with these in copy, and the answer that everybody in it has got. */
async function conversation(d: Desk, cc = `${manager}, ${bea}`) {
  await d.writes(client, { cc })
  await d.g.act('reply.send', '#1', { text: 'We look into it' }, agent('anna'))
  return d.sent()
}

const notices = async (d: Desk, ref = '#1') =>
  (await d.look(ref)).notices.map((n) => ({
    state: n.state,
    class: n.data.class,
    by: n.data.by,
    doubt: n.data.doubt,
    actions: n.actions.map((a) => a.name),
  }))
const kept = async (d: Desk) => (await d.look('#1')).messages.at(-1)?.data.recipients

eachGateway((start) => {
  test('everybody of the case and new ones: the new ones join the copy, and the agent sees no notice', async () => {
    const d = await start()
    const answer = await conversation(d)
    await d.replies(client, answer, { all: true, cc: `MONA@Company.Test, ${bea}, "Nora New" <nora@customer.test>` })
    expect(await kept(d)).toMatchObject({
      class: 'a',
      by: 'requester',
      added: [{ address: 'nora@customer.test', name: 'Nora New' }],
      dropped: [],
    })
    expect((await d.look('#1')).cc).toEqual(['mona@company.test', 'bea@customer.test', 'nora@customer.test'])
    expect(await notices(d)).toEqual([])
    expect((await d.told('anna')).mail.text).not.toContain('A decision is needed')
    // Nora is not sent what was written before her; the next answer is hers too.
    expect(await d.count('nora@customer.test')).toBe(0)
    await d.answers('anna', 'Hello all')
    expect((await d.sent()).rcpts).toEqual(['carl@customer.test', 'mona@company.test', 'bea@customer.test', 'nora@customer.test'])
  })

  test('somebody in copy may bring new people in as silently', async () => {
    const d = await start()
    const answer = await conversation(d)
    await d.replies(manager, answer, { all: true, cc: `${client}, ${bea}, nora@company.test` })
    expect(await kept(d)).toMatchObject({ class: 'a', by: 'cc' })
    expect((await d.look('#1')).cc).toContain('nora@company.test')
    expect(await notices(d)).toEqual([])
  })

  test('the requester leaves out somebody in copy: a notice offers to update the recipients and to split', async () => {
    const d = await start()
    const answer = await conversation(d)
    await d.replies(client, answer, { cc: bea })
    expect(await kept(d)).toMatchObject({ class: 'b', by: 'requester', added: [], dropped: ['mona@company.test'] })
    expect(await notices(d)).toEqual([{ state: 'open', class: 'b', by: 'requester', doubt: null, actions: ['update', 'split'] }])
    expect([...d.links(await d.told('anna')).keys()]).toEqual(['Update recipients', 'Split into a new case'])
    expect([...d.links(await d.told('boris')).keys()]).toEqual(['Обновить список получателей', 'Выделить в новое обращение'])
    expect((await d.look('#1')).cc).toEqual(['mona@company.test', 'bea@customer.test'])
    // The webhook's events carry the difference as data, when it is raised and when it is decided.
    await d.press(d.link(await d.told('anna'), 'Update recipients'))
    const events = await d.g.transact((tx) =>
      tx.db.selectFrom('events').select(['type', 'data']).where('type', 'like', 'notice.%').orderBy('id').execute(),
    )
    const data = { class: 'b', added: [], dropped: ['mona@company.test'] }
    expect(events.map((e) => [e.type, JSON.parse(e.data)])).toMatchObject([
      ['notice.raised', { kind: 'recipients', actions: ['update', 'split'], data }],
      ['notice.resolved', { kind: 'recipients', state: 'taken', action: 'update', by: 'anna', data }],
    ])
    expect((await d.look('#1')).cc).toEqual(['bea@customer.test'])
  })

  test('somebody in copy writes without the requester: a notice offers only to split, and the requester stays', async () => {
    const d = await start()
    const answer = await conversation(d)
    await d.replies(manager, answer, { cc: bea })
    expect(await kept(d)).toMatchObject({ class: 'c', by: 'cc', added: [], dropped: ['carl@customer.test'] })
    expect(await notices(d)).toEqual([{ state: 'open', class: 'c', by: 'cc', doubt: null, actions: ['split'] }])
    await expect(d.g.act('recipients.update', '#1', { message: (await d.look('#1')).messages.at(-1)?.id }, agent('anna'))).rejects.toThrow(
      'split it off instead',
    )
    expect((await d.look('#1')).requester.address).toBe('carl@customer.test')
  })

  test('the requester leaves one out and brings one in: nobody moves before the agent updates, then both do', async () => {
    const d = await start()
    const answer = await conversation(d)
    await d.replies(client, answer, { cc: `${bea}, nora@customer.test` })
    expect(await kept(d)).toMatchObject({ class: 'b', added: [{ address: 'nora@customer.test' }], dropped: ['mona@company.test'] })
    expect((await d.look('#1')).cc).toEqual(['mona@company.test', 'bea@customer.test'])
    await d.press(d.link(await d.told('anna'), 'Update recipients'))
    expect((await d.look('#1')).cc).toEqual(['bea@customer.test', 'nora@customer.test'])
    // Who has left is not put back by an answer.
    await d.answers('anna', 'Good')
    expect((await d.sent()).rcpts).toEqual(['carl@customer.test', 'bea@customer.test', 'nora@customer.test'])
  })

  test('somebody in copy leaves out another one in copy: the agent decides', async () => {
    const d = await start()
    const answer = await conversation(d)
    await d.replies(manager, answer, { cc: client })
    expect(await notices(d)).toEqual([{ state: 'open', class: 'b', by: 'cc', doubt: null, actions: ['update', 'split'] }])
    expect((await d.look('#1')).cc).toEqual(['mona@company.test', 'bea@customer.test'])
  })

  test('an outsider who answers all is asked about, with everybody whom he brings (SEC-5)', async () => {
    const d = await start()
    const answer = await conversation(d)
    await d.replies('Eve <eve@elsewhere.test>', answer, { all: true, cc: `${client}, ${manager}, ${bea}, eva@elsewhere.test` })
    expect(await kept(d)).toMatchObject({ class: 'a', by: 'outsider', doubt: 'outsider' })
    expect(await notices(d)).toEqual([{ state: 'open', class: 'a', by: 'outsider', doubt: 'outsider', actions: ['update', 'split'] }])
    expect((await d.look('#1')).cc).toEqual(['mona@company.test', 'bea@customer.test'])
    d.g.clear()
    await d.g.act('reply.send', '#1', { text: 'Only for those in the case' }, agent('anna'))
    expect((await d.sent()).rcpts).toEqual(['carl@customer.test', 'mona@company.test', 'bea@customer.test'])
  })

  test('the requester from a second address: he may be added, or be answered apart; the requester stays', async () => {
    const d = await start()
    const answer = await conversation(d, bea)
    await d.replies('Carl Customer <carl@home.test>', answer)
    expect(await notices(d)).toEqual([{ state: 'open', class: 'c', by: 'outsider', doubt: null, actions: ['join', 'split'] }])
    const done = await d.press(d.link(await d.told('anna'), 'Add the writer to this case'))
    expect(done.text).toContain('Answers in case #1 will go to: carl@customer.test, bea@customer.test, carl@home.test.')
    expect(await d.look('#1')).toMatchObject({ requester: { address: 'carl@customer.test' }, cc: ['bea@customer.test', 'carl@home.test'] })
    await d.answers('anna', 'Hello at home')
    expect((await d.sent('carl@home.test')).rcpts).toEqual(['carl@customer.test', 'bea@customer.test', 'carl@home.test'])
  })

  test('what is no person outside does not count: our addresses in every form, agents, names, letter case, groups', async () => {
    const d = await start()
    const answer = await conversation(d, bea)
    await d.replies(client, answer, {
      to: `"Somebody Else" <SUPPORT@example.test>, shop+x@example.test, ${answer.mail.replyTo?.text ?? ''}`,
      rcpt: ['support@example.test'],
      cc: 'Team: anna@agents.test, BORIS@agents.test;, "Other Name" <Bea@CUSTOMER.test>, undisclosed-recipients:;, not-an-address',
    })
    expect(await kept(d)).toMatchObject({ class: 'same', added: [], dropped: [] })
  })

  test('Reply-To counts where it differs, as a recipient and never as the writer', async () => {
    const d = await start()
    const answer = await conversation(d, bea)
    await d.replies(client, answer, { all: true, headers: { 'Reply-To': 'carl@home.test' } })
    expect(await kept(d)).toMatchObject({ class: 'a', by: 'requester', added: [{ address: 'carl@home.test' }] })
    await d.replies('Eve <eve@elsewhere.test>', answer, { headers: { 'Reply-To': 'carl@customer.test' } })
    expect(await kept(d)).toMatchObject({ by: 'outsider' })
  })

  test('undisclosed recipients leave everybody out; a hidden copy to us brings nobody in by itself', async () => {
    const d = await start()
    const answer = await conversation(d, bea)
    const inReplyTo = answer.mail.messageId ?? ''
    await d.g.mail({
      from: client,
      to: 'undisclosed-recipients:;',
      rcpt: ['support@example.test'],
      inReplyTo,
      headers: { 'Delivered-To': 'support@example.test' },
    })
    expect(await kept(d)).toMatchObject({ class: 'b', dropped: ['bea@customer.test'] })
    await d.g.mail({ from: client, to: `${bea}, nora@customer.test`, rcpt: ['support@example.test'], inReplyTo })
    expect(await kept(d)).toMatchObject({ class: 'a', doubt: 'hidden', added: [{ address: 'nora@customer.test' }] })
    expect((await d.look('#1')).cc).toEqual(['bea@customer.test'])
    expect((await notices(d)).map((n) => [n.state, n.class, n.actions])).toEqual([
      ['overtaken', 'b', ['update', 'split']],
      ['open', 'a', ['update']],
    ])
  })

  test('automatic replies are not compared', async () => {
    const d = await start()
    const answer = await conversation(d)
    await d.replies(manager, answer, { headers: { 'Auto-Submitted': 'auto-replied' } })
    expect(await kept(d)).toMatchObject({ class: 'none', added: [], dropped: [] })
    expect(await notices(d)).toEqual([])
  })

  test('whose authentication failed brings nobody in silently, and with `participants: authenticated` nobody who has not passed', async () => {
    const settings = { authserv_id: 'mx.example.test', participants: 'authenticated' }
    const d = await start({ plugins: ['desk', 'threading', 'agent-reply', { recipients: settings }, 'links', 'notify'] })
    const answer = await conversation(d, bea)
    const cases = [
      ['mx.example.test; dmarc=fail header.from=customer.test', 'unauthenticated'],
      ['mx.evil.test; dmarc=pass header.from=customer.test', 'unauthenticated'],
      ['mx.example.test; dmarc=pass header.from=evil.test', 'unauthenticated'],
      ['mx.example.test; spf=pass (dmarc=pass) smtp.mailfrom=x', 'unauthenticated'],
      ['mx.example.test; dmarc=pass (p=reject) header.from=customer.test', null],
    ] as const
    for (const [value, doubt] of cases) {
      await d.replies(client, answer, { all: true, cc: `${bea}, spy@evil.test`, headers: { 'Authentication-Results': value } })
      expect(await kept(d), value).toMatchObject({ class: 'a', doubt })
    }
    expect((await d.look('#1')).cc).toEqual(['bea@customer.test', 'spy@evil.test'])
    const all = await notices(d)
    expect(all.map((n) => [n.doubt, n.state])).toEqual([1, 2, 3, 4].map(() => ['unauthenticated', 'overtaken']))
  })

  test('people who joined after the mail that is answered are not left out by it', async () => {
    const d = await start()
    const answer = await conversation(d, bea)
    await d.g.advance('1m')
    await d.g.act('case.cc', '#1', { add: ['ann@books.test'] }, agent('anna'))
    await d.replies(client, answer, { all: true })
    expect(await kept(d)).toMatchObject({ class: 'same', dropped: [] })
    await d.g.act('reply.send', '#1', { text: 'Now with Ann' }, agent('anna'))
    await d.replies(client, await d.sent(), { cc: bea })
    expect(await kept(d)).toMatchObject({ class: 'b', dropped: ['ann@books.test'] })
  })

  test('a notice ends as overtaken when its writer names everybody again, and when the people have become what it asked for', async () => {
    const d = await start()
    const answer = await conversation(d)
    await d.replies(client, answer)
    await d.replies(client, answer, { all: true })
    expect((await notices(d)).map((n) => n.state)).toEqual(['overtaken'])
    await d.replies(client, answer, { cc: bea })
    await d.g.act('case.cc', '#1', { remove: ['mona@company.test'] }, agent('boris'))
    expect((await notices(d)).map((n) => n.state)).toEqual(['overtaken', 'overtaken'])
    await d.replies(client, answer)
    const [, , third] = (await d.look('#1')).notices
    await d.g.act('notice.dismiss', '#1', { notice: third?.id }, agent('anna'))
    expect((await notices(d)).map((n) => n.state)).toEqual(['overtaken', 'overtaken', 'dismissed'])
  })

  test('updating twice changes nothing more; undo puts the list back and opens the notice again, until the case has moved on', async () => {
    const d = await start()
    const answer = await conversation(d)
    await d.replies(client, answer)
    const message = (await d.look('#1')).messages.at(-1)?.id
    await d.g.act('recipients.update', '#1', { message }, agent('anna'))
    const once = await d.look('#1')
    await d.g.act('recipients.update', '#1', { message }, agent('anna'))
    expect(await d.look('#1')).toEqual({ ...once, version: once.version + 1 })
    expect(once.cc).toEqual([])
    await d.g.act('recipients.undo', '#1', { message }, agent('anna'))
    expect((await d.look('#1')).cc).toEqual(['mona@company.test', 'bea@customer.test'])
    expect((await notices(d)).map((n) => n.state)).toEqual(['open'])
    await d.g.act('recipients.update', '#1', { message }, agent('anna'))
    await d.g.act('reply.send', '#1', { text: 'Only you' }, agent('anna'))
    await expect(d.g.act('recipients.undo', '#1', { message }, agent('anna'))).rejects.toThrow('moved on')
  })
}, behaviourKinds)
