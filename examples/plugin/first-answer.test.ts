import { expect, test } from 'vitest'
import { agent, testGateway } from '../../test/support/gateway.ts'

const here = new URL('first-answer.ts', import.meta.url).pathname

test('a case that waits longer than the goal for its first answer is tagged, once', async () => {
  const g = await testGateway({ plugins: ['desk', 'threading', { [here]: { goal: '1h' } }] })
  try {
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Slow', text: 'Hello?' })
    await g.mail({ from: 'dora@customer.test', to: 'support@example.test', subject: 'Quick', text: 'Hello!' })
    await g.act('reply.send', '#2', { text: 'Here we are' }, agent('anna'))
    await g.advance('2h', 3_600_000)
    await g.act('reply.send', '#1', { text: 'Sorry' }, agent('anna'))
    await g.act('reply.send', '#1', { text: 'Really' }, agent('anna'))
    expect([(await g.look('#1')).tags, (await g.look('#2')).tags]).toEqual([['late'], []])
    expect(await g.gateway.database.read.selectFrom('first_answer_times').selectAll().execute()).toHaveLength(2)
  } finally {
    await g.stop()
  }
})
