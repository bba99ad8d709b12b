// The one table of errors: what a peer, an API client or an admin is told, and whether trying again can help.

/** One kind of failure. `public` is a sentence that may leave the process; the private reason stays in `message` and `cause`. */
export interface ErrorKind {
  /** SMTP reply: code and enhanced status (RFC 5321 §4.2, RFC 3463). */
  readonly smtp: string
  /** HTTP status. */
  readonly http: number
  readonly temporary: boolean
  readonly public: string
}

const kinds = {
  internal: { smtp: '451 4.3.0', http: 500, temporary: true, public: 'Internal error, try again later' },
  store_unavailable: { smtp: '451 4.3.0', http: 503, temporary: true, public: 'Storage is not available, try again later' },
  storage_full: { smtp: '452 4.3.1', http: 507, temporary: true, public: 'Not enough storage, try again later' },
  stopping: { smtp: '421 4.3.2', http: 503, temporary: true, public: 'Shutting down, try again later' },
  too_busy: { smtp: '451 4.3.2', http: 503, temporary: true, public: 'Too busy, try again later' },
  peer_refused: { smtp: '554 5.7.1', http: 403, temporary: false, public: 'This peer may not relay mail here' },
  no_such_mailbox: { smtp: '550 5.1.1', http: 404, temporary: false, public: 'No such mailbox here' },
  sender_refused: { smtp: '550 5.7.1', http: 403, temporary: false, public: 'Mail from this sender is not accepted here' },
  former_mailbox: { smtp: '451 4.2.1', http: 503, temporary: true, public: 'This mailbox is not served at the moment, try again later' },
  bad_address: { smtp: '553 5.1.3', http: 422, temporary: false, public: 'The address is not valid' },
  message_too_big: { smtp: '552 5.3.4', http: 413, temporary: false, public: 'Message exceeds the size limit' },
  bare_line_end: { smtp: '554 5.6.0', http: 422, temporary: false, public: 'A bare CR or LF beside a dot is not accepted' },
  mail_loop: { smtp: '554 5.4.6', http: 422, temporary: false, public: 'Too many hops, this looks like a mail loop' },
  too_many_recipients: { smtp: '452 4.5.3', http: 422, temporary: true, public: 'Too many recipients' },
  config_invalid: { smtp: '451 4.3.5', http: 500, temporary: true, public: 'The configuration is not valid' },
  not_found: { smtp: '451 4.3.0', http: 404, temporary: false, public: 'There is no such thing here' },
  conflict: { smtp: '451 4.3.0', http: 409, temporary: false, public: 'This contradicts the current state' },
  stale: { smtp: '451 4.3.0', http: 412, temporary: false, public: 'It has changed in the meantime' },
  invalid: { smtp: '451 4.3.0', http: 422, temporary: false, public: 'The input is not valid' },
  unauthenticated: { smtp: '451 4.3.0', http: 401, temporary: false, public: 'Authentication is needed' },
  forbidden: { smtp: '451 4.3.0', http: 403, temporary: false, public: 'This is not allowed' },
  gone: { smtp: '451 4.3.0', http: 410, temporary: false, public: 'This is no longer possible' },
  no_such_range: { smtp: '451 4.3.0', http: 416, temporary: false, public: 'There is no such part of it' },
  too_many_requests: { smtp: '451 4.7.0', http: 429, temporary: true, public: 'Too many requests, slow down' },
} as const satisfies Record<string, ErrorKind>

/** The code of an error in the table; stable, since API clients decide by it. */
export type ErrorCode = keyof typeof kinds

/** An error of ours. `detail` may be shown to the caller (never secrets or mail content); `message` is for the log. */
export class PosternError extends Error {
  readonly code: ErrorCode
  readonly detail: string
  constructor(code: ErrorCode, detail?: string, options?: { cause?: unknown }) {
    super(detail ? `${kinds[code].public}: ${detail}` : kinds[code].public, options)
    this.name = 'PosternError'
    this.code = code
    this.detail = detail ?? ''
  }
  get kind(): ErrorKind {
    return kinds[this.code]
  }
}

/** Every code with its kind, for documents that list them. */
export function errorKinds(): readonly (readonly [ErrorCode, ErrorKind])[] {
  return Object.entries(kinds) as [ErrorCode, ErrorKind][] // Object.entries widens the keys of a closed object
}

/** Whatever was thrown, as an error of ours; unknown things are `internal` (temporary: a fault of ours never bounces mail). */
export function asPosternError(error: unknown): PosternError {
  return error instanceof PosternError ? error : new PosternError('internal', undefined, { cause: error })
}

/** One line about an error and its causes, for logs and stored job errors: no stack, at most 500 characters. */
export function describeError(error: unknown): string {
  const parts: string[] = []
  for (let e: unknown = error; e !== undefined && parts.length < 5; e = e instanceof Error ? e.cause : undefined) {
    parts.push(e instanceof Error ? e.message || e.name : String(e))
  }
  return parts
    .join(': ')
    .replace(/[\r\n\t]+/g, ' ')
    .slice(0, 500)
}
