// What an action refuses while it runs is said in the language of who ordered it.
import { expect, test } from 'vitest'
import { agent, testGateway } from '../support/gateway.ts'

test('a notice that has ended, a case without anything to pass on: in Russian to Boris, in English to Anna', async () => {
  const g = await testGateway({ plugins: ['desk', 'threading', 'links', 'rules'] })
  await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'It is broken' })
  const c = await g.look('#1')
  await g.transact((tx) => tx.notices.raise({ caseId: c.id, kind: 'other', data: {}, actions: [] }))
  const [notice] = (await g.look('#1')).notices
  await g.act('notice.dismiss', '#1', { notice: notice?.id }, agent('anna'))
  const again = (who: string) => g.act('notice.dismiss', '#1', { notice: notice?.id }, agent(who))
  await expect(again('boris')).rejects.toThrow(/решение уже принято, или время на него вышло/)
  await expect(again('anna')).rejects.toThrow(/decided already, or the time for it has run out/)

  const { id } = await g.transact((tx) =>
    tx.cases.create({ mailbox: 'support', subject: 'Phone', requester: { address: 'dora@customer.test', name: '' } }),
  )
  const forward = (who: string) => g.act('case.forward', id, { to: ['shop@partner.test'] }, agent(who))
  await expect(forward('boris')).rejects.toThrow(/нет сообщения клиента, которое можно переслать/)
  await expect(forward('anna')).rejects.toThrow(/no message of a customer to pass on/)
  await g.stop()
})
