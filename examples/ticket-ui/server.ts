// A small ticket UI that lives only on the API and the webhooks of Postern: what an integrator has to write, in one process and one page.
//
//   browser ── /api/... ──> this server ── adds the token and the agent's name ──> /v1/... of Postern
//   browser <── /live (SSE) ── this server <── webhook: something happened in case N ── Postern
//
//   POSTERN_URL=http://127.0.0.1:8025 POSTERN_TOKEN=... POSTERN_SECRET=whsec_... AGENT=anna node examples/ticket-ui/server.ts
//
// In Postern:  postern token create ticket-ui --access act
//              postern webhook add ticket-ui --url http://127.0.0.1:8091/hooks/postern --thin --allow-http --allow-private --ports 8091
//
// It knows one agent and asks nobody who he is, so it listens on loopback only. A real one logs people in, and sends for each his own
// On-Behalf-Of. It keeps nothing: the page reads a case again when a webhook says that something happened in it, and everything once
// after it was disconnected, so that a webhook that comes twice, late or out of order does no harm. To copy it, take ../receive-webhook.ts
// and ../serve.ts along.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readFile } from 'node:fs/promises'
import { isGenuine, readBody } from '../receive-webhook.ts'
import { serve } from '../serve.ts'
import type { Server } from '../serve.ts'

/** `postern`: base URL without a slash at its end; `secret`: that of the webhook endpoint; `port`: 0 for one that is free. */
export interface TicketUiOptions {
  readonly postern: string
  readonly token: string
  readonly secret: string
  /** Agent id. */
  readonly agent: string
  readonly port: number
  /** ms UTC; for the age of webhooks. */
  readonly now?: () => number
}

/** What the page may ask of Postern, and nothing else. */
const allowed: readonly RegExp[] = [
  /^GET \/v1\/(?:me|agents|cases|notices)(?:\?|$)/,
  /^GET \/v1\/cases\/[\w-]+\/(?:timeline|reopens|deferred)(?:\?|$)/,
  /^GET \/v1\/attachments\/[\w-]+$/,
  /^(?:POST|PATCH|DELETE) \/v1\/cases\/[\w-]+(?:\/(?:replies|notes|reopens|deferred|notices)(?:\/[\w.-]+){0,3})?$/,
]

/** Listens on loopback until it is stopped. */
export async function startTicketUi(options: TicketUiOptions): Promise<Server> {
  const now = options.now ?? Date.now
  const pages = new Set<ServerResponse>()

  const fromPostern = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request)
    if (!isGenuine(options.secret, request.headers, body, now())) return void response.writeHead(401).end()
    response.writeHead(204).end()
    const { type, data } = JSON.parse(body) as {
      readonly type: string
      readonly data: { readonly case: { readonly number: number } | null }
    }
    for (const page of pages) page.write(`data: ${JSON.stringify({ type, number: data.case?.number ?? null })}\n\n`)
  }

  const toPostern = async (path: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const method = request.method ?? 'GET'
    // A form of another site cannot send this header; so it cannot press our buttons.
    if (!allowed.some((a) => a.test(`${method} ${path}`)) || (method !== 'GET' && request.headers['x-ticket-ui'] !== '1'))
      return void response.writeHead(403).end()
    const body = method === 'GET' ? undefined : await readBody(request)
    const passed = Object.fromEntries(
      ['idempotency-key', 'if-match'].flatMap((name) => (typeof request.headers[name] === 'string' ? [[name, request.headers[name]]] : [])),
    )
    const answer = await fetch(`${options.postern}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${options.token}`,
        'on-behalf-of': options.agent,
        ...passed,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body } : {}),
    })
    // A file stays the download that Postern made of it.
    const safe = Object.fromEntries(
      ['content-disposition', 'content-security-policy', 'x-content-type-options']
        .flatMap((name) => [[name, answer.headers.get(name)] as const])
        .filter((h): h is readonly [string, string] => h[1] !== null),
    )
    response.writeHead(answer.status, {
      ...safe,
      'content-type': answer.headers.get('content-type') ?? 'application/json',
      'cache-control': 'no-store',
    })
    response.end(Buffer.from(await answer.arrayBuffer()))
  }

  return serve(options.port, 502, async (request, response) => {
    const url = request.url ?? '/'
    if (request.method === 'POST' && url === '/hooks/postern') return fromPostern(request, response)
    if (url.startsWith('/api/')) return toPostern(`/v1/${url.slice('/api/'.length)}`, request, response)
    if (request.method === 'GET' && url === '/live') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      response.write(':\n\n')
      pages.add(response)
      request.once('close', () => pages.delete(response))
      return
    }
    if (request.method === 'GET' && url === '/')
      return void response
        .writeHead(200, {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        })
        .end(await readFile(new URL('page.html', import.meta.url)))
    response.writeHead(404).end()
  })
}

if (import.meta.main) {
  const { POSTERN_URL: postern, POSTERN_TOKEN: token, POSTERN_SECRET: secret, AGENT: agent, PORT: port } = process.env
  if (!postern || !token || !secret || !agent) throw new Error('set POSTERN_URL, POSTERN_TOKEN, POSTERN_SECRET and AGENT')
  const ui = await startTicketUi({ postern, token, secret, agent, port: Number(port ?? 8091) })
  process.stdout.write(`http://127.0.0.1:${ui.port}/\n`)
}
