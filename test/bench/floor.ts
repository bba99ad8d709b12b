// The floors: what a mail costs at least in this runtime. A bare smtp-server that throws mails away, or parses them and throws that away, or
// (`honest`) does with each what a plain script would.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { buffer } from 'node:stream/consumers'
import { honestScript } from './honest.ts'
import { usage } from './usage.ts'
import { serveOrders } from './rpc.ts'

const parses = process.argv[2] === 'parse'
const script = process.argv[2] === 'honest' ? honestScript(process.argv[3] ?? '') : undefined

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  logger: false,
  onData(stream, session, callback) {
    if (script) {
      const rcpt = session.envelope.rcptTo[0]?.address ?? ''
      return void buffer(stream)
        .then((raw) => script.take(raw, rcpt))
        .then(() => callback(), callback)
    }
    if (parses) return void simpleParser(stream).then(() => callback(), callback)
    stream.on('end', callback)
    stream.resume()
  },
})
server.listen(0, '127.0.0.1')
await once(server.server, 'listening')

serveOrders(
  { port: () => (server.server.address() as AddressInfo).port, usage, taken: () => undefined, count: () => script?.count() },
  () =>
    new Promise((resolve) =>
      server.close(() => {
        script?.close()
        resolve()
      }),
    ),
)
