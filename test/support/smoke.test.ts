import { expect, test } from 'vitest'
import { agent, testGateway } from './gateway.ts'

test('a mail becomes a case, an answer reaches the customer, and his reply joins the case', async () => {
  const g = await testGateway({ plugins: ['desk', 'threading'], parseThreads: true })
  try {
    expect(
      await g.mail({
        from: 'Carl Customer <carl@customer.test>',
        to: 'support@example.test',
        cc: 'boss@customer.test',
        subject: 'Help',
        text: 'It is broken',
      }),
    ).toMatch(/^250 2\.0\.0/)
    const c = await g.look('#1')
    expect(c).toMatchObject({
      subject: 'Help',
      status: 'open',
      requester: { address: 'carl@customer.test', name: 'Carl Customer' },
      cc: ['boss@customer.test'],
    })
    await g.act('reply.send', '#1', { text: 'Turn it off and on' }, agent('anna'))
    const [sent] = await g.sent()
    expect(sent?.rcpts).toEqual(['carl@customer.test', 'boss@customer.test'])
    expect(sent?.mail.subject).toBe('Re: Help [#1]')
    expect(await g.look('#1')).toMatchObject({ status: 'waiting' })
    await g.mail({
      from: 'carl@customer.test',
      to: sent?.mail.replyTo?.value[0]?.address ?? '',
      subject: 'Re: Help',
      text: 'Thanks\n\nOn Mon, X wrote:\n> Turn it off and on',
    })
    const after = await g.look('#1')
    expect(after.status).toBe('open')
    expect(after.messages.map((m) => [m.author, m.state, m.text.trim()])).toEqual([
      ['customer', 'received', 'It is broken'],
      ['agent', 'sent', 'Turn it off and on'],
      ['customer', 'received', 'Thanks'],
    ])
  } finally {
    await g.stop()
  }
})
