// One call from the wire to its answer: known, checked, done once, answered. Every refusal is a problem of problem.ts.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { PosternError } from '../../base/errors.ts'
import { compileSchema } from '../../base/schema.ts'
import { isRecord } from '../../base/schema-walk.ts'
import { toJson } from '../../store/json.ts'
import { claimCall, dropCall, keepCall } from '../../store/api-calls.ts'
import type { KeptCall } from '../../store/api-calls.ts'
import type { Tx } from '../../contract/tx.ts'
import type { Principal } from './access.ts'
import { limited, requireByActions } from './order-limits.ts'
import type { Rights } from './rights.ts'
import { htmlInCall } from './html-in-call.ts'
import type { Answer, ApiCall, Services, WriteRoute } from './route.ts'

/** Nobody may store what only a token may see, guess its type, or run what a mail brought along. */
const safeHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
}

/**
 * Writes an answer with the headers that keep it from caches and from being run. An object is sent as JSON, bytes and streams as they are,
 * a stream no longer than its reader may have it.
 */
export async function send(reply: FastifyReply, answer: Answer, rights: Rights | undefined): Promise<FastifyReply> {
  reply.code(answer.status ?? 200).headers({ ...safeHeaders, ...answer.headers })
  if (answer.body === undefined) return reply.send()
  if (answer.body instanceof Readable)
    return reply.send(rights ? Readable.from(rights.guarded(answer.body), { objectMode: false, highWaterMark: 65_536 }) : answer.body)
  // Fastify streams what is a stream and sends bytes as they are.
  if (typeof answer.body === 'string' || answer.body instanceof Uint8Array || reply.hasHeader('content-type'))
    return reply.send(
      answer.body instanceof Uint8Array && !Buffer.isBuffer(answer.body)
        ? Buffer.from(answer.body)
        : typeof answer.body === 'object' && isPlain(answer.body)
          ? JSON.stringify(answer.body)
          : answer.body,
    )
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer.body))
}

const isPlain = (value: object | null): boolean =>
  value !== null && (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)

/** Checks one part of a call; what is wrong is said with its place. Texts of a query become numbers and lists where the schema wants them. */
export function checkPart(schema: TSchema, where: 'params' | 'query' | 'body', value: unknown): unknown {
  const compiled = compileSchema(schema)
  const given = where === 'query' ? listed(compiled.json, value ?? {}) : (value ?? (where === 'body' ? {} : value))
  const filled = where === 'body' ? compiled.fill(given) : compiled.fill(given, { mayConvert: () => true })
  const issues = compiled.issues(filled)
  if (issues.length > 0)
    throw new PosternError(
      'invalid',
      issues
        .slice(0, 20)
        .map((i) => [[where, ...i.path].join('.'), i.message].join(': '))
        .join('; '),
    )
  return compiled.convert(filled)
}

/** `tag=a` where a list is wanted is a list of one, `status=open,waiting` a list of two where only known words may stand. */
function listed(json: Readonly<Record<string, unknown>>, value: unknown): unknown {
  if (!isRecord(value)) return value
  const properties = isRecord(json.properties) ? json.properties : {}
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const schema = Object.hasOwn(properties, key) ? properties[key] : undefined
      if (!isRecord(schema) || schema.type !== 'array' || typeof item !== 'string') return [key, item]
      return [key, isRecord(schema.items) && Array.isArray(schema.items.anyOf) ? item.split(',') : [item]]
    }),
  )
}

/** Headers, or params, that are one text each. */
export function texts(values: unknown): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [key, value] of Object.entries(values ?? {})) if (typeof value === 'string') out[key] = value
  return out
}

/** The Idempotency-Key of a call, or undefined. */
function keyOf(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) throw new PosternError('invalid', 'Idempotency-Key: 1 to 200 printable characters without blanks')
  return key
}

/** What makes two calls the same call. */
function fingerprint(principal: Principal, request: FastifyRequest): string {
  const body = request.body
  return createHash('sha256')
    .update(toJson([request.method, request.url, principal.agent, request.headers['if-match'] ?? null]))
    .update(body instanceof Uint8Array ? body : (JSON.stringify(body) ?? ''))
    .digest('hex')
}

/** Does a write in one transaction with the record of its answer, so that a repeated call gets that answer and does nothing. */
export async function perform(services: Services, route: WriteRoute, call: ApiCall, request: FastifyRequest): Promise<Answer> {
  const key = keyOf(call.headers)
  const asked = key === undefined ? '' : fingerprint(call.principal, request)
  const token = call.principal.tokenId
  const safe = await htmlInCall(services.pool, call.body)
  requireByActions(call.principal, route)
  const once = async (whole: Tx): Promise<Answer> => {
    const tx = limited(call.principal, whole)
    if (key === undefined) return route.write(tx, { ...call, db: tx.db })
    const kept = await claimCall(tx.db, { token, key, request: asked, now: tx.now })
    if (kept) return replayed(kept, asked)
    const answer = await route.write(tx, { ...call, db: tx.db })
    await keepCall(tx.db, token, key, frozen(answer))
    return answer
  }
  return services.engine.transact(call.principal.origin, once, safe)
}

/** The same for work that opens transactions of its own: what is under way is refused, what broke off within a minute may be tried again then. */
export async function performOnce(
  services: Services,
  principal: Principal,
  request: FastifyRequest,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const key = keyOf(texts(request.headers))
  if (key === undefined) return work()
  const asked = fingerprint(principal, request)
  const db = services.database.write
  const token = principal.tokenId
  const now = services.clock.now()
  const kept = await claimCall(db, { token, key, request: asked, now })
  if (kept) {
    if (kept.status !== null || kept.created_at > now - 60_000) return replayed(kept, asked)
    await dropCall(db, token, key)
    if (await claimCall(db, { token, key, request: asked, now }))
      throw new PosternError('conflict', 'a call with this Idempotency-Key is under way')
  }
  try {
    const answer = await work()
    if ((answer.status ?? 200) < 400) await keepCall(db, token, key, frozen(answer))
    else await dropCall(db, token, key)
    return answer
  } catch (error) {
    await dropCall(db, token, key)
    throw error
  }
}

const frozen = (answer: Answer) => ({
  status: answer.status ?? 200,
  headers: toJson(answer.headers ?? {}),
  body: answer.body === undefined ? '' : toJson(answer.body),
})

function replayed(kept: KeptCall, asked: string): Answer {
  if (kept.request !== asked) throw new PosternError('invalid', 'this Idempotency-Key was used for another call')
  if (kept.status === null) throw new PosternError('conflict', 'a call with this Idempotency-Key is under way')
  return {
    status: kept.status,
    headers: { ...(JSON.parse(kept.headers ?? '{}') as Record<string, string>), 'idempotency-replayed': 'true' }, // written by `frozen`
    ...(kept.body && { body: JSON.parse(kept.body) as unknown }),
  }
}
