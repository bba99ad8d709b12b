// A client of the HTTP API for tests: a token made as the command line makes it, and answers taken apart.
import { newToken } from '../../core/edge/http/access.ts'
import type { Access } from '../../core/edge/http/access.ts'
import { insertToken } from '../../core/store/api-tokens.ts'
import type { TestGateway } from '../support/gateway.ts'

export interface TokenSpec {
  readonly access?: Access
  readonly mailboxes?: readonly string[]
  readonly agents?: readonly string[]
  /** ms UTC */
  readonly expiresAt?: number
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  /** Parsed where it is JSON, else the text. */
  readonly body: any // eslint-disable-line @typescript-eslint/no-explicit-any -- expectations look into whatever came
  readonly bytes: Buffer
}

let made = 0

/** Makes a token in the gateway's database; the token itself. */
export async function tokenFor(
  g: { readonly gateway: Pick<TestGateway['gateway'], 'database'>; readonly clock: Pick<TestGateway['clock'], 'now'> },
  spec: TokenSpec = {},
): Promise<string> {
  const { token, id, hash } = newToken()
  const json = (list: readonly string[] | undefined): string | null => (list ? JSON.stringify(list) : null)
  await insertToken(g.gateway.database.write, {
    id,
    name: `t${++made}`,
    hash,
    access: spec.access ?? 'act',
    mailboxes: json(spec.mailboxes),
    agents: json(spec.agents),
    created_at: g.clock.now(),
    expires_at: spec.expiresAt ?? null,
    revoked_at: null,
    used_at: null,
  })
  return token
}

export interface CallOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly as?: string
  readonly signal?: AbortSignal
}

export type Client = (method: string, path: string, options?: CallOptions) => Promise<Reply>

/** Calls with this token; undefined: without one. */
export function client(
  g: { readonly gateway: { readonly http: { readonly port: number } | undefined } },
  token: string | undefined,
): Client {
  return async (method, path, { body, headers, as, signal } = {}) => {
    const raw = body instanceof Uint8Array
    const response = await fetch(`http://127.0.0.1:${g.gateway.http?.port ?? 0}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(as !== undefined && { 'on-behalf-of': as }),
        ...(body !== undefined && { 'content-type': raw ? 'application/octet-stream' : 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: raw ? new Uint8Array(body) : typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    const json = (response.headers.get('content-type') ?? '').includes('json')
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      body: json && bytes.length > 0 ? (JSON.parse(bytes.toString()) as unknown) : bytes.toString(),
    }
  }
}
