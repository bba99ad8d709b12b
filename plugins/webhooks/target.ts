// The URL of an endpoint: what may stand in it, and what may not.
import { isIP } from 'node:net'
import { addressProblem } from './addresses.ts'

/** The URL of an endpoint and what is allowed of it. */
export interface TargetRules {
  readonly url: string
  /** Plain http as well; for a lab. */
  readonly allowHttp: boolean
  /** Loopback and private networks as well; for a lab. */
  readonly allowPrivate: boolean
  readonly ports: readonly number[]
}

/** Where an attempt goes. */
export interface Target {
  readonly tls: boolean
  /** Name or literal address, without brackets. */
  readonly host: string
  readonly port: number
  /** Path and query. */
  readonly path: string
  /** Value of the Host header. */
  readonly authority: string
}

/** The target, or why there is none: a sentence for the admin. Literal addresses are judged here in whatever spelling the URL has them. */
export function targetOf(rules: TargetRules): Target | { readonly problem: string } {
  let url: URL
  try {
    url = new URL(rules.url)
  } catch {
    return { problem: 'this is not a URL' }
  }
  const tls = url.protocol === 'https:'
  if (!tls && url.protocol !== 'http:') return { problem: `${url.protocol} is not the protocol of a webhook` }
  if (!tls && !rules.allowHttp) return { problem: 'only https is allowed' }
  if (url.username !== '' || url.password !== '') return { problem: 'a user name or a password has no place in the URL' }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (host === '') return { problem: 'the URL names no host' }
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port)
  if (!rules.ports.includes(port)) return { problem: `port ${port} is not among the allowed ports (${rules.ports.join(', ')})` }
  const problem = isIP(host) ? addressProblem(host, rules.allowPrivate) : null
  return problem === null ? { tls, host, port, path: `${url.pathname}${url.search}`, authority: url.host } : { problem }
}
