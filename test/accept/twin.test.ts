import { expect, test } from 'vitest'
import { eachDatabase } from '../support/databases.ts'
import { testGateway } from '../support/gateway.ts'

eachDatabase((kind) => {
  test(
    'a mail that reaches one mailbox by two of its addresses, or again with another envelope sender, is recorded once',
    { timeout: 60_000 },
    async () => {
      const g = await testGateway({ plugins: ['desk', 'threading'], kind })
      try {
        await Promise.all(
          Array.from({ length: 12 }, async (_, i) => {
            const raw = `From: c${i}@customer.test\r\nTo: sales@example.test, shop@example.test\r\nSubject: n${i}\r\nMessage-ID: <n${i}@customer.test>\r\n\r\nHello\r\n`
            await Promise.all(
              ['', 'again-'].map((who) =>
                g.deliver({
                  from: '',
                  mailFrom: `${who}c${i}@customer.test`,
                  to: 'sales@example.test',
                  rcpt: ['sales@example.test', 'shop@example.test'],
                  raw,
                }),
              ),
            )
          }),
        )
        await g.settle()
        const db = g.gateway.database.read
        const messages = await db.selectFrom('messages').select('subject').execute()
        expect(messages.map((m) => m.subject).sort()).toEqual(Array.from({ length: 12 }, (_, i) => `n${i}`).sort())
        expect(await db.selectFrom('events').select('id').where('type', '=', 'message.received').execute()).toHaveLength(12)
        const outcomes = (await db.selectFrom('inbound').select('outcome').execute()).map((r) => r.outcome)
        expect([outcomes.filter((o) => o === 'duplicate').length, outcomes.length]).toEqual([36, 48])
      } finally {
        await g.stop()
      }
    },
  )
})
