// Signed links: a small payload that travels in a URL and comes back untouched or not at all (action links, page links).
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { TokenKeys } from './token.ts'

/** What a link carries; small, since it stands in a URL. Never a secret: anybody can read it. */
export type LinkClaims = Readonly<Record<string, string | number>>

/** `expired` still names the claims, so that the page can say what it was about; `forged` says nothing. */
export type LinkVerdict = { readonly verdict: 'ok' | 'expired'; readonly claims: LinkClaims } | { readonly verdict: 'forged' }

/**
 * A URL-safe bearer token: `<claims>.<tag>`, tag of 256 bits over instance, purpose, expiry and claims.
 * Single use is the store's business: put a row's id into the claims.
 */
export function makeLink(
  keys: TokenKeys,
  link: { readonly purpose: string; readonly claims: LinkClaims; readonly expiresMs: number },
): string {
  const body = Buffer.from(JSON.stringify([link.expiresMs, link.claims])).toString('base64url')
  return `${body}.${tag(keys.instance, keys.current.secret, link.purpose, body)}`
}

/** Checks and opens a link token made for the same purpose. */
export function readLink(keys: TokenKeys, token: string, expect: { readonly purpose: string; readonly nowMs: number }): LinkVerdict {
  const m = token.length <= 2000 ? /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/.exec(token) : null
  const [, body, mac] = m ?? []
  if (body === undefined || mac === undefined) return { verdict: 'forged' }
  const given = Buffer.from(mac)
  const good = [keys.current, ...keys.old].filter((k) =>
    timingSafeEqual(Buffer.from(tag(keys.instance, k.secret, expect.purpose, body)), given),
  )
  if (good.length === 0) return { verdict: 'forged' }
  // Signed by us: the shape is what makeLink wrote.
  const [expiresMs, claims] = JSON.parse(Buffer.from(body, 'base64url').toString()) as [number, LinkClaims]
  return { verdict: expect.nowMs >= expiresMs ? 'expired' : 'ok', claims }
}

function tag(instance: string, secret: KeyObject, purpose: string, body: string): string {
  return createHmac('sha256', secret).update(`postern link v1\0${instance}\0${purpose}\0${body}`).digest('base64url')
}
