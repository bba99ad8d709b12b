// Rules know another case of the same matter: machines' alerts become one case, people are asked about.
import { expect, test } from 'vitest'
import { agent } from '../support/gateway.ts'
import { eachGateway, found } from '../recipients/rig.ts'

const plugins = ['desk', 'threading', 'agent-reply', 'recipients', 'merging', 'rules', 'links', 'notify'] as const
const files = {
  'rules/a.yaml': `
rules:
  - name: alerts of one host are one case
    on: case.created
    if: { sender: monitor@status.test, duplicate_of: { within: 24h, same: [requester, subject] } }
    do: [{ merge: duplicate }]
  - name: the same customer, the same subject
    on: case.created
    if: { not: { sender: monitor@status.test }, duplicate_of: { within: 7d, same: [requester, subject] } }
    do: [{ suggest_merge: duplicate }]
`,
}
/** `same` of a rule that merges by a part of the subject. */
const byPart = (more: string) => ({
  'rules/a.yaml': `
rules:
  - name: one order
    on: case.created
    if: { duplicate_of: { within: 7d, same: [{ match: '(?:order|заказ) *№? *(\\d+)' }]${more} } }
    do: [{ merge: duplicate }]
`,
})
const to = 'support@example.test'

eachGateway((start) => {
  test('alerts about one thing within a day become one case, others stay alone', async () => {
    const d = await start({ plugins, files })
    const alert = (subject: string, text: string) => d.g.mail({ from: 'monitor@status.test', to, subject, text })
    await alert('db1 is down', 'No answer')
    await d.g.advance('1h', 3_600_000)
    await alert('Re: db1 is down', 'Answers again')
    await alert('db2 is down', 'No answer')
    await d.g.advance('49h', 3_600_000)
    await alert('db1 is down', 'Once more')
    expect((await d.look('#1')).messages.map((m) => m.text.trim())).toEqual(['No answer', 'Answers again'])
    expect((await d.look('#2')).mergedInto).toBe((await d.look('#1')).id)
    for (const alone of ['#3', '#4']) expect(await d.look(alone)).toMatchObject({ mergedInto: null, messageCount: 1 })
  })

  test('a customer who writes twice is asked about once; strangers with the same subject are not', async () => {
    const d = await start({ plugins, files })
    await d.writes('Ольга <olga@customer.test>', { subject: 'Заказ 17', text: 'Где он?' })
    await d.writes('Ольга <olga@customer.test>', { subject: 'заказ  17', text: 'Так где он?' })
    await d.writes('Иван <ivan@customer.test>', { subject: 'Заказ 17', text: 'Мой тоже' })
    const open = async (ref: string) => (await d.look(ref)).notices.filter((n) => n.state === 'open')
    expect((await open('#2')).map((n) => [n.kind, n.actions.map((a) => a.name)])).toEqual([['duplicate', ['merge_1', 'link']]])
    expect(await open('#3')).toEqual([])
    const asked = (await d.g.sentTo('boris@agents.test')).find((m) => m.mail.text?.includes('Объединить с #1: http'))
    await d.press(d.link(found(asked, 'a mail with the button'), 'Объединить с #1'))
    expect((await d.look('#1')).messages.map((m) => m.text.trim())).toEqual(['Где он?', 'Так где он?'])
    await expect(d.g.act('merge.suggest', '#3', { into: 'nothing' }, agent('anna'))).rejects.toThrow('there is no case nothing')
  })

  test('a part of the subject makes cases of one person the same; of strangers only where the rule says so', async () => {
    const d = await start({ plugins, files: byPart('') })
    const subjects = ['Заказ № 17: где он?', 'Re: my ORDER 17', 'Order 170', 'Nothing about it']
    for (const subject of subjects) await d.writes('olga@customer.test', { subject })
    await d.writes('ivan@customer.test', { subject: 'Order 17' })
    expect(await Promise.all(['#1', '#2', '#3', '#4', '#5'].map(async (ref) => (await d.look(ref)).mergedInto !== null))).toEqual([
      ...[false, true, false, false, false],
    ])
    const open = await start({ plugins, files: byPart(', strangers: true') })
    await open.writes('olga@customer.test', { subject: 'Order 17' })
    await open.writes('ivan@customer.test', { subject: 'заказ 17' })
    expect((await open.look('#2')).mergedInto).toBe((await open.look('#1')).id)
  })
})
