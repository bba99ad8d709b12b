// The HTTP server of the examples: on loopback, and a fault ends the one request and nothing else.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** A server that listens; `stop` also closes the connections that are open. */
export interface Server {
  readonly port: number
  stop(): Promise<void>
}

/** `port` 0: one that is free. `failed`: status where `answer` throws before it has answered. */
export async function serve(
  port: number,
  failed: number,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`)
      if (!response.headersSent) response.writeHead(failed)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
