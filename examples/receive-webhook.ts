// What a receiver has to do with a webhook of Postern (Standard Webhooks 1.0.0), without any library: check, answer quickly, forget repetitions.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Reads a body of at most `limit` bytes. */
export async function readBody(request: IncomingMessage, limit = 1_000_000): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) throw new Error('the body is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Whether the body came from who holds the secret, within five minutes. While a secret is being rotated there are several signatures; one has to hold. */
export function isGenuine(secret: string, headers: IncomingMessage['headers'], body: string, nowMs: number): boolean {
  const [id, timestamp, signatures] = [headers['webhook-id'], headers['webhook-timestamp'], headers['webhook-signature']].map(String)
  if (!(Math.abs(nowMs / 1000 - Number(timestamp)) <= 300)) return false
  const mine = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    .update(`${id}.${timestamp}.${body}`)
    .digest()
  return (signatures ?? '').split(' ').some((one) => {
    const theirs = Buffer.from(one.replace(/^v1,/, ''), 'base64')
    return one.startsWith('v1,') && theirs.length === mine.length && timingSafeEqual(theirs, mine)
  })
}

/** Remembers the last ids: a delivery may come twice under one webhook-id. A program with a database keeps them there. */
export function seenBefore(most = 10_000): (id: string) => boolean {
  const ids = new Set<string>()
  return (id) => {
    if (ids.has(id)) return true
    ids.add(id)
    for (const oldest of ids) if (ids.size > most) ids.delete(oldest)
    return false
  }
}
