// Answers by programs that know an older state of the case: held with both texts, or refused, by their choice.
import { expect, test } from 'vitest'
import { eachGateway } from '../support/each-gateway.ts'
import { client, tokenFor } from './client.ts'

eachGateway((open) => {
  test('an older answer is held with `seen_version`, now, later or by its `at`, and refused with 412 by If-Match', async () => {
    const g = await open({ plugins: ['desk', 'threading', 'recipients', 'scheduler'] })
    await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Help', text: 'It is broken' })
    const call = client(g, await tokenFor(g, { agents: ['anna', 'boris'] }))
    const seen = (await call('GET', '/v1/cases/1')).body.version
    const first = await call('POST', '/v1/cases/1/replies', { as: 'boris', body: { text: 'We sent a new one.', seen_version: seen } })
    expect([first.status, first.body.data.held], JSON.stringify(first.body)).toEqual([201, undefined])

    const refused = await call('POST', '/v1/cases/1/replies', {
      as: 'anna',
      headers: { 'if-match': `"${seen}"` },
      body: { text: 'Отправьте его обратно.' },
    })
    expect(refused).toMatchObject({ status: 412, body: { code: 'stale' } })
    for (const more of [{}, { at: 'tomorrow 9:00' }]) {
      const held = await call('POST', '/v1/cases/1/replies', { as: 'anna', body: { text: 'Send it back.', seen_version: seen, ...more } })
      expect(held, JSON.stringify(held.body)).toMatchObject({ status: 201, body: { data: { held: 'overtaken' } } })
    }
    const { notices } = await g.look('#1')
    expect(notices.filter((n) => n.kind === 'reply_overtaken')).toMatchObject([
      { data: { own: 'Send it back.', others: [{ text: 'We sent a new one.' }] } },
      { data: { own: 'Send it back.' } },
    ])
    const now = (await call('GET', '/v1/cases/1')).body.version
    const knows = await call('POST', '/v1/cases/1/replies', { as: 'anna', body: { text: 'And a voucher.', seen_version: now } })
    expect([knows.status, knows.body.data.held]).toEqual([201, undefined])
  })
})
