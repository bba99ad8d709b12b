// A healthy receiver of webhooks, a process of its own: takes every event and counts.
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serveOrders } from './rpc.ts'

let heard: () => void = () => undefined
const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    response.writeHead(204).end()
    heard()
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')

serveOrders(
  {
    port: () => (server.address() as AddressInfo).port, // it listens on TCP
    /** Resolves with the time from the first to the last of so many events, ms. */
    receive: ({ events }: { events: number }) =>
      new Promise<{ ms: number }>((resolve) => {
        let n = 0
        let start = 0
        heard = () => {
          if (n++ === 0) start = performance.now()
          if (n === events) resolve({ ms: performance.now() - start })
        }
      }),
  },
  () => {
    server.closeAllConnections()
    server.close()
  },
)
