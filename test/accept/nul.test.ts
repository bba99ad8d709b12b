import { expect, test } from 'vitest'
import { eachDatabase } from '../support/databases.ts'
import { testGateway } from '../support/gateway.ts'

eachDatabase((kind) => {
  test('a mail with NULs becomes a case without them, and its raw bytes keep them (REL-9)', { timeout: 60_000 }, async () => {
    const g = await testGateway({ plugins: ['desk', 'threading'], kind })
    try {
      const head = 'From: "C\0arl" <carl@customer.test>\r\nTo: support@example.test\r\nSubject: a\0b\r\nMIME-Version: 1.0\r\n'
      const parts = ['text/plain\r\n\r\nHel\0lo', 'text/html\r\n\r\n<p>Hel\0lo</p>', 'application/octet-stream; name="x\0y"\r\n\r\n\0\0']
      const body = parts.map((part) => `--b\r\nContent-Type: ${part}\r\n`).join('')
      const raw = `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n${body}--b--\r\n`
      expect(await g.mail({ from: 'carl@customer.test', to: 'support@example.test', raw })).toMatch(/^250/)
      const { subject, requester, messages } = await g.look('#1')
      expect(JSON.stringify([subject, requester, messages[0]?.text, messages[0]?.html])).not.toContain('\\u0000')
      expect(messages[0]?.text).toContain('Hello')
      const [blob] = await g.gateway.database.read.selectFrom('blobs').select('bytes').execute()
      expect(Buffer.from(blob?.bytes ?? []).toString()).toBe(raw)
    } finally {
      await g.stop()
    }
  })
})
