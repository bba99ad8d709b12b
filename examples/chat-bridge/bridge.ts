// A chat widget for a web site, as an example of a bridge: the page posts what a visitor writes, and Postern's answers appear on it.
//
//   visitor ── POST /chat/ID ──> bridge ── POST /v1/chats/web:ID/messages ──> Postern
//   visitor <── SSE /chat/ID ─── bridge <── webhook chat.message.outbound ─── Postern
//
//   POSTERN_URL=http://127.0.0.1:8025 POSTERN_TOKEN=... POSTERN_SECRET=whsec_... node examples/chat-bridge/bridge.ts
//
// In Postern:  postern token create web-chat --access act
//              postern webhook add web-chat --url http://127.0.0.1:8090/hooks/postern --events 'chat.*' --allow-http --allow-private --ports 8090
//
// A bridge to a messenger looks the same: its bot API takes the place of the page. To copy it, take ../receive-webhook.ts and ../serve.ts along.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readFile } from 'node:fs/promises'
import { isGenuine, readBody, seenBefore } from '../receive-webhook.ts'
import { serve } from '../serve.ts'
import type { Server } from '../serve.ts'

/** `postern`: base URL without a slash at its end; `secret`: that of the webhook endpoint; `port`: 0 for one that is free. */
export interface BridgeOptions {
  readonly postern: string
  readonly token: string
  readonly secret: string
  readonly port: number
  /** ms UTC; for the age of webhooks. */
  readonly now?: () => number
}

/** Listens on loopback until it is stopped. Messages for a page that is not open are kept in memory, the last 100 for each visitor. */
export async function startBridge(options: BridgeOptions): Promise<Server> {
  const now = options.now ?? Date.now
  /** Open pages by visitor, and what came while no page was open. */
  const pages = new Map<string, Set<ServerResponse>>()
  const missed = new Map<string, string[]>()
  const seen = seenBefore()

  const show = (visitor: string, line: string): void => {
    const open = pages.get(visitor)
    if (open?.size) for (const page of open) page.write(`data: ${line}\n\n`)
    else missed.set(visitor, [...(missed.get(visitor) ?? []), line].slice(-100))
  }

  const fromPostern = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request)
    if (!isGenuine(options.secret, request.headers, body, now())) return void response.writeHead(401).end()
    // Answer first: what is slow here must not hold up the next delivery.
    response.writeHead(204).end()
    if (seen(String(request.headers['webhook-id']))) return
    const hook = JSON.parse(body) as {
      readonly type: string
      readonly data: { readonly facts?: { readonly chat: string; readonly text?: string; readonly name?: string } }
    }
    const { facts } = hook.data
    if (!facts?.chat.startsWith('web:')) return
    const visitor = facts.chat.slice('web:'.length)
    if (hook.type === 'chat.message.outbound') show(visitor, JSON.stringify({ name: facts.name, text: facts.text }))
    if (hook.type === 'chat.finished') show(visitor, JSON.stringify({ finished: true }))
  }

  const fromVisitor = async (visitor: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { text, id, name } = JSON.parse(await readBody(request, 20_000)) as {
      readonly text?: string
      readonly id?: string
      readonly name?: string
    }
    const answer = await fetch(`${options.postern}/v1/chats/${encodeURIComponent(`web:${visitor}`)}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${options.token}`, 'content-type': 'application/json' },
      // The page makes the id, so that it may send a message again when it is not sure that it arrived.
      body: JSON.stringify({
        text: String(text ?? ''),
        message_id: String(id),
        ...(name && { contact: { name: String(name).slice(0, 200) } }),
      }),
    })
    response.writeHead(answer.ok ? 204 : answer.status >= 500 ? 503 : 400).end()
  }

  const listen = (visitor: string, request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(':\n\n')
    pages.set(visitor, (pages.get(visitor) ?? new Set()).add(response))
    for (const line of missed.get(visitor) ?? []) response.write(`data: ${line}\n\n`)
    missed.delete(visitor)
    request.once('close', () => {
      pages.get(visitor)?.delete(response)
      if (pages.get(visitor)?.size === 0) pages.delete(visitor)
    })
  }

  return serve(options.port, 503, async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://bridge')
    const visitor = /^\/chat\/([A-Za-z0-9-]{16,64})$/.exec(url.pathname)?.[1]
    if (request.method === 'POST' && url.pathname === '/hooks/postern') return fromPostern(request, response)
    if (request.method === 'POST' && visitor) return fromVisitor(visitor, request, response)
    if (request.method === 'GET' && visitor) return listen(visitor, request, response)
    if (request.method === 'GET' && url.pathname === '/')
      return void response
        .writeHead(200, {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'",
        })
        .end(await readFile(new URL('page.html', import.meta.url)))
    response.writeHead(404).end()
  })
}

if (import.meta.main) {
  const { POSTERN_URL: postern, POSTERN_TOKEN: token, POSTERN_SECRET: secret, PORT: port } = process.env
  if (!postern || !token || !secret) throw new Error('set POSTERN_URL, POSTERN_TOKEN and POSTERN_SECRET')
  const bridge = await startBridge({ postern, token, secret, port: Number(port ?? 8090) })
  process.stdout.write(`http://127.0.0.1:${bridge.port}/\n`)
}
