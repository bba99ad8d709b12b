// Errors as clients get them: application/problem+json (RFC 9457) with a code from the one error table.
import Type from 'typebox'
import { PosternError, asPosternError, errorKinds } from '../../base/errors.ts'
import type { ErrorCode } from '../../base/errors.ts'
import { storeFault } from '../../store/store-fault.ts'

/** An error that says what stands there instead, for a client to decide anew. */
export class StaleError extends PosternError {
  readonly current: unknown
  constructor(detail: string, current: unknown) {
    super('stale', detail)
    this.current = current
  }
}

/** Says beside the refusal how long the file is of which there is no such part. */
export class NoSuchRange extends PosternError {
  readonly sizeBytes: number
  constructor(sizeBytes: number) {
    super('no_such_range', `the file has ${sizeBytes} bytes`)
    this.sizeBytes = sizeBytes
  }
}

/** Says beside the refusal when it is worth trying again. */
export class TooManyRequests extends PosternError {
  /** Until then, from now on. */
  readonly retryAfterMs: number
  constructor(detail: string, retryAfterMs: number) {
    super('too_many_requests', detail)
    this.retryAfterMs = retryAfterMs
  }
}

/** Content type of every answer that is an error (RFC 9457). */
export const problemType = 'application/problem+json'

/** Schema of an error as clients get it (RFC 9457 §3.1, with `code`, `temporary` and `current` of our own). */
export const problemSchema = Type.Object(
  {
    type: Type.String({ description: 'urn:postern:error:CODE' }),
    title: Type.String({ description: 'A fixed sentence for the code' }),
    status: Type.Integer(),
    code: Type.String({ enum: errorKinds().map(([code]) => code) }),
    detail: Type.Optional(Type.String({ description: 'What is wrong in this case' })),
    temporary: Type.Boolean({ description: 'Whether the same call may succeed later' }),
    current: Type.Optional(Type.Unknown({ description: 'With 412: the case as it is now' })),
  },
  { $id: 'Problem', description: 'Any answer but a success.' },
)

/** An error ready to be sent. */
export interface Problem {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

/** What a caller is told of an error; of a fault of ours only that there was one. */
export function problemOf(thrown: unknown): Problem {
  const error = asPosternError(known(thrown))
  const { http, temporary } = error.kind
  return {
    status: http,
    headers: {
      'content-type': problemType,
      ...(http === 401 && { 'www-authenticate': 'Bearer realm="postern"' }),
      ...(http === 429 && {
        'retry-after': String(error instanceof TooManyRequests ? Math.max(1, Math.ceil(error.retryAfterMs / 1000)) : 15),
      }),
      ...(http === 503 && { 'retry-after': '5' }),
      ...(error instanceof NoSuchRange && { 'content-range': `bytes */${error.sizeBytes}` }),
    },
    body: {
      type: `urn:postern:error:${error.code}`,
      title: error.kind.public,
      status: http,
      code: error.code,
      ...(error.detail !== '' && http < 500 && { detail: error.detail.slice(0, 2000) }),
      temporary,
      ...(error instanceof StaleError && { current: error.current }),
    },
  }
}

/** Fastify's own refusals (a body too big, no JSON, a broken URL) and a database that is busy, away or full, in our codes. */
function known(thrown: unknown): unknown {
  if (typeof thrown !== 'object' || thrown === null) return thrown
  if (thrown instanceof PosternError && (thrown.code !== 'internal' || storeFault(thrown) === null)) return thrown
  const status = 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : undefined
  if (status !== undefined && status >= 400 && status < 500) {
    const code: ErrorCode = status === 413 ? 'message_too_big' : status === 404 || status === 405 ? 'not_found' : 'invalid'
    return new PosternError(code, thrown instanceof Error ? thrown.message : undefined, { cause: thrown })
  }
  const fault = storeFault(thrown)
  if (fault === null) return thrown
  return new PosternError(fault === 'full' ? 'storage_full' : 'store_unavailable', undefined, { cause: thrown })
}
