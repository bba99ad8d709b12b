// A receiver of webhooks that does as it is told: a real HTTP server on loopback.
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { Webhook } from 'standardwebhooks'

export interface Received {
  readonly id: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** ms, of the machine. */
  readonly at: number
}

export interface Hook {
  readonly type: string
  readonly timestamp: string
  readonly data: {
    readonly event: string
    readonly seq: number | null
    readonly thin: boolean
    readonly facts?: Readonly<Record<string, unknown>>
    readonly case: { readonly id: string; readonly number: number; readonly subject?: string; readonly tags?: readonly string[] } | null
    readonly message?: { readonly text: string }
    readonly [key: string]: unknown
  }
}

export type Behaviour = (response: ServerResponse, request: IncomingMessage, n: number) => void

export const ok: Behaviour = (response) => void response.writeHead(204).end()
export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  (response) =>
    void response.writeHead(code, headers).end('no')

export async function receiver(behaviour: Behaviour = ok) {
  const received: Received[] = []
  let behave = behaviour
  let connections = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({
        id: String(request.headers['webhook-id']),
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        at: performance.now(),
      })
      behave(response, request, received.length)
    })
  })
  server.on('connection', () => (connections += 1))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    received,
    get connections() {
      return connections
    },
    hooks: (): readonly Hook[] => received.map((r) => JSON.parse(r.body) as Hook),
    types: (): readonly string[] => received.map((r) => (JSON.parse(r.body) as Hook).type),
    behave: (next: Behaviour) => void (behave = next),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export type Receiver = Awaited<ReturnType<typeof receiver>>

/** Throws unless the oracle takes it; its tolerance of five minutes is judged against its own clock, so the age is looked at by `now` (ms). */
export function verify(secret: string, r: Received, now: number): void {
  const sent = Number(r.headers['webhook-timestamp']) * 1000
  if (Math.abs(sent - now) > 300_000) throw new Error(`the timestamp is ${now - sent} ms old`)
  const oracle = new Webhook(secret)
  const signature = oracle.sign(r.id, new Date(sent), r.body)
  if (!String(r.headers['webhook-signature']).split(' ').includes(signature)) throw new Error('the signature does not hold')
}
