// The floors: what a mail costs at least in this runtime. A bare smtp-server that throws mails away, or parses them and throws that away.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { usage } from './usage.ts'
import { serveOrders } from './rpc.ts'

const parses = process.argv[2] === 'parse'

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  logger: false,
  onData(stream, _session, callback) {
    if (parses) return void simpleParser(stream).then(() => callback(), callback)
    stream.on('end', callback)
    stream.resume()
  },
})
server.listen(0, '127.0.0.1')
await once(server.server, 'listening')

serveOrders(
  { port: () => (server.server.address() as AddressInfo).port, usage, taken: () => undefined },
  () => new Promise((resolve) => server.close(() => resolve())),
)
