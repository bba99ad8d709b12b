// Links in mails to agents: planning a reopen, keeping or cancelling it when the customer writes, putting it off when it comes.
import { expect, test } from 'vitest'
import { behaviourKinds } from '../support/databases.ts'
import { agent } from '../support/gateway.ts'
import { client, eachGateway } from '../recipients/rig.ts'
import type { Desk } from '../recipients/rig.ts'
import { at } from './rig.ts'

const house = (offer: readonly string[] = []) => ({
  plugins: ['desk', 'threading', { scheduler: { downtime: '3650d', offer } }, 'links', 'notify'],
})
const planned = (d: Desk) =>
  d.g.transact((tx) =>
    tx.db.selectFrom('scheduler_reopens').select(['owner', 'due_at']).where('state', '=', 'planned').orderBy('owner').execute(),
  )
const open = async (d: Desk) => (await d.look('#1')).notices.filter((n) => n.state === 'open').map((n) => n.kind)

eachGateway((start) => {
  test('a mail about a message of the customer has links that plan a reopen, each agent his own, in his language and zone', async () => {
    const d = await start(house(['1 day', 'tomorrow 9:00']))
    await d.writes(client)
    const [anna, boris] = [await d.told('anna'), await d.told('boris')]
    expect(anna.mail.text).toContain('If you want to come back to this case later:')
    expect([...d.links(anna).keys()]).toEqual(['Reopen: 1 day', 'Reopen: tomorrow 9:00'])
    const done = await d.press(d.link(anna, 'Reopen: 1 day'))
    expect([done.status, done.title]).toEqual([200, 'Done: Reopen: 1 day'])
    expect(await planned(d)).toEqual([{ owner: 'anna', due_at: at('2026-09-22T09:00:00Z') }])
    // What she has decided takes nothing from him; the page says what he did not see in his mail.
    const his = await d.press(d.link(boris, 'Переоткрыть: 1 день'), 'Переоткрыть: tomorrow 9:00')
    expect(his.status).toBe(200)
    expect(await planned(d)).toEqual([
      { owner: 'anna', due_at: at('2026-09-22T09:00:00Z') },
      { owner: 'boris', due_at: at('2026-09-22T06:00:00Z') },
    ])
    expect((await d.look('#1')).notes.map((n) => n.agent)).toEqual(['anna', 'boris'])
  })

  test('the links of one mail end with the next message, an answer or laying the case aside', async () => {
    const d = await start(house(['1 day']))
    await d.writes(client)
    expect(await open(d)).toEqual(['reopen_offer'])
    await d.g.act('reply.send', '#1', { text: 'An answer', status: 'keep' }, agent('anna'))
    expect(await open(d)).toEqual([])
    await d.replies(client, await d.sent())
    await d.replies(client, await d.sent())
    expect((await d.look('#1')).notices.map((n) => n.state)).toEqual(['dismissed', 'overtaken', 'open'])
    await d.g.act('case.status', '#1', { status: 'closed' })
    expect(await open(d)).toEqual([])
  })

  test('without times that are set nothing is offered', async () => {
    const d = await start(house())
    await d.writes(client)
    expect(await open(d)).toEqual([])
    expect(d.links(await d.told('anna')).size).toBe(0)
  })

  test('point 6: keep and cancel are links in the mail about the message, and the choice ends them for everybody', async () => {
    const d = await start(house())
    await d.writes(client)
    await d.g.act('reply.send', '#1', { text: 'An answer', status: 'keep' }, agent('anna'))
    await d.g.act('reopen.plan', '#1', { in: '2 days', note: 'call Carl' }, agent('anna'))
    await d.replies(client, await d.sent())
    const mail = await d.told('boris')
    expect((await d.press(d.link(mail, 'Оставить в силе'))).status).toBe(200)
    expect((await d.look('#1')).notices).toMatchObject([
      { kind: 'reopen_planned', state: 'taken', takenAction: 'keep', resolvedBy: 'boris' },
    ])
    expect(await planned(d)).toHaveLength(1)
    await d.replies(client, await d.sent())
    await d.press(d.link(await d.told('anna'), 'Cancel the reopen'))
    expect(await planned(d)).toEqual([])
  })

  test('point 8: a reopen that has come is put off by a link, and not any more once the case has moved on', async () => {
    const d = await start(house())
    await d.writes(client)
    await d.g.act('case.status', '#1', { status: 'closed' })
    await d.g.act('reopen.plan', '#1', { in: '1 hour', note: 'call Carl' }, agent('boris'))
    await d.g.advance('1h', 1_800_000)
    const mail = await d.told('anna')
    expect([...d.links(mail).keys()]).toEqual(['Put off 1 hour', 'Put off 1 day', 'Put off 1 week'])
    await d.press(d.link(mail, 'Put off 1 day'))
    expect((await d.look('#1')).status).toBe('closed')
    expect(await planned(d)).toEqual([{ owner: 'anna', due_at: at('2026-09-22T10:00:00Z') }])
    await d.g.advance('1d', 7_200_000)
    const again = await d.told('anna')
    await d.g.act('case.status', '#1', { status: 'waiting' })
    await expect(d.press(d.link(again, 'Put off 1 day'))).rejects.toThrow('a button')
    expect(await planned(d)).toEqual([])
  })
}, behaviourKinds)
