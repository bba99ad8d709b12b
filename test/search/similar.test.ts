// Rules know cases in which much the same was said, on both databases.
import { expect, test } from 'vitest'
import { eachGateway } from '../support/each-gateway.ts'

const rules = `rules:
  - name: much the same was said
    on: case.created
    if: { similar: { within: 7d, at_least: 0.6 } }
    do:
      - search.note: { within: 7d, at_least: 0.6 }
      - suggest_merge: duplicate
`

eachGateway((open) => {
  test('a note names the similar cases, in the language of the mailbox, and agents are asked about the most similar one', async () => {
    const g = await open({
      plugins: ['desk', 'threading', 'merging', 'search', 'rules', 'links', 'notify'],
      files: { 'rules/a.yaml': rules },
      config: `agents:
  anna: { name: Anna Smith, email: anna@agents.test }
  boris: { name: Boris, email: boris@agents.test }
mailboxes:
  support: { address: support@example.test, name: Example Support, notify: [anna] }
  pomosch: { address: pomosch@example.test, name: Помощь, locale: ru, notify: [anna] }`,
    })
    let people = 0
    const write = async (to: string, subject: string, text: string): Promise<void> => {
      await g.mail({ from: `p${++people}@customer.test`, to: `${to}@example.test`, subject, text })
      await g.settle()
    }
    const said = (ref: string) =>
      g.transact(async (tx) => {
        const c = await tx.cases.byRef(ref)
        const notices = await tx.notices.list(c?.id ?? '')
        return [(await tx.notes.list(c?.id ?? '')).map((n) => n.text), notices.map((n) => [n.kind, n.data.number])]
      })
    await write('pomosch', 'Не открывается личный кабинет', 'Со вчерашнего вечера личный кабинет не открывается, пишет «ошибка 502».')
    await write('support', 'Payment page is down', 'The payment page shows error 502 since this morning.')
    await write('pomosch', 'Личный кабинет не открывается', 'Вчера вечером личный кабинет не открывался, ошибка 502.')
    await write('support', 'Payment page down', 'Your payment page is showing an error 502 this morning!')
    await write('support', 'Help', 'Please help')
    expect(await said('#1')).toEqual([[], []])
    expect(await said('#3')).toEqual([['1 похожее обращение: #1'], [['duplicate', 1]]])
    expect(await said('#4')).toEqual([['1 case like this: #2'], [['duplicate', 2]]])
    expect(await said('#5')).toEqual([[], []])
  }, 60_000)
})
