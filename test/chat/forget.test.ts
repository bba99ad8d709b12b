import { expect, test } from 'vitest'
import { forget } from '../../core/cli/forget.ts'
import { eachDatabase } from '../support/databases.ts'
import { agent } from '../support/gateway.ts'
import { listening, sessionOf } from '../support/session.ts'
import { chatRig } from './rig.ts'

eachDatabase((kind) => {
  test('a person who is forgotten is in no table any more, also not as the contact of his chat', async () => {
    const r = await chatRig(kind)
    try {
      const { g } = r
      await r.write('tg:42', 'It is Carl, my phone is (700) 1', {
        contact: { name: 'Carl Chatter', phone: '+7 (700) 1', email: 'carl@customer.test' },
      })
      await g.act('reply.send', '#1', { text: 'Hello' }, agent('anna'))
      const { database } = g.gateway
      const { lines, terminal } = listening()
      await forget(sessionOf(g, terminal), 'carl@customer.test', { yes: true })
      const rows: unknown[] = []
      for (const name of ['chat_chats', 'cases', 'messages', 'events', 'webhooks_deliveries', 'case_people'] as const)
        rows.push(...(await database.write.selectFrom(name).selectAll().execute()))
      expect(JSON.stringify(rows)).not.toMatch(/carl@customer|Chatter|\(700\)/)
      expect(lines.join('\n')).toContain('Forgotten: carl@customer.test')
    } finally {
      await r.stop()
    }
  })
})
