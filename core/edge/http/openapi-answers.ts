// What the operations of the OpenAPI document share: refusals with their codes, headers of answers, chapters and names.
import { errorKinds } from '../../base/errors.ts'
import { problemType } from './problem.ts'

/** A header of a good answer that `Route.answerHeaders` may name. */
export type AnswerHeader = 'etag' | 'location' | 'content-disposition' | 'accept-ranges'

const text = { type: 'string' } as const

/** Headers by the name under which operations refer to them. */
export const headerComponents = {
  ETag: {
    description: 'Version of the case in quotes, for If-Match; of a file its identity, for If-None-Match and If-Range',
    schema: text,
  },
  Location: { description: 'Where the new thing is found', schema: text },
  ContentDisposition: { description: 'The name of the file', schema: text },
  AcceptRanges: { description: '`bytes`: parts of it may be asked for with Range', schema: text },
  IdempotencyReplayed: {
    description: '`true`: the call was made before with this Idempotency-Key, and this is its first answer',
    schema: text,
  },
  XRequestId: { description: 'The X-Request-Id of the call, or one that was made for it; it stands in the log', schema: text },
  RateLimit: { description: 'Calls that the token has left (r), and seconds until all are there again (t)', schema: text },
  RateLimitPolicy: { description: 'How many calls (q) in how many seconds (w)', schema: text },
  RetryAfter: { description: 'Seconds until it is worth trying again', schema: { type: 'integer' } },
  WWWAuthenticate: { description: 'How to say who asks: a bearer token', schema: text },
} as const

const headerNames: Readonly<Record<AnswerHeader | EveryHeader | 'idempotency-replayed', readonly [string, keyof typeof headerComponents]>> =
  {
    etag: ['ETag', 'ETag'],
    location: ['Location', 'Location'],
    'content-disposition': ['Content-Disposition', 'ContentDisposition'],
    'accept-ranges': ['Accept-Ranges', 'AcceptRanges'],
    'idempotency-replayed': ['Idempotency-Replayed', 'IdempotencyReplayed'],
    'x-request-id': ['X-Request-Id', 'XRequestId'],
    ratelimit: ['RateLimit', 'RateLimit'],
    'ratelimit-policy': ['RateLimit-Policy', 'RateLimitPolicy'],
  }

/** Headers of every answer; the last two where it is known who asks. */
type EveryHeader = 'x-request-id' | 'ratelimit' | 'ratelimit-policy'

/** The headers of a good answer, as references. */
export function answerHeaders(
  names: readonly (keyof typeof headerNames)[],
  known: boolean,
): Readonly<Record<string, { readonly $ref: string }>> {
  return Object.fromEntries(
    [...names, 'x-request-id' as const, ...(known ? (['ratelimit', 'ratelimit-policy'] as const) : [])].map((name) => {
      const [header, component] = headerNames[name]
      return [header, { $ref: `#/components/headers/${component}` }]
    }),
  )
}

const refusals: Readonly<
  Record<number, { readonly name: string; readonly says: string; readonly headers?: readonly [string, keyof typeof headerComponents] }>
> = {
  401: { name: 'Unauthenticated', says: 'No token, or one that is not known', headers: ['WWW-Authenticate', 'WWWAuthenticate'] },
  403: { name: 'Forbidden', says: 'The token, or the agent on whose behalf it acts, may not do this' },
  404: { name: 'NotFound', says: 'There is no such thing, or it is outside of the scope of the token' },
  409: { name: 'Conflict', says: 'It contradicts the current state' },
  410: { name: 'Gone', says: 'It was possible once' },
  412: { name: 'Stale', says: 'Somebody was faster: `current` holds the case as it is now' },
  413: { name: 'TooBig', says: 'More than a call or a file may hold' },
  416: { name: 'NoSuchRange', says: 'There is no such part of the file' },
  422: { name: 'Invalid', says: 'What was sent does not fit; `detail` names the place' },
  429: { name: 'TooManyRequests', says: 'Slow down', headers: ['Retry-After', 'RetryAfter'] },
}

/** Refusals by the name under which operations refer to them, each with the codes that it may carry. */
export function refusalComponents(): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(refusals).map(([status, { name, says, headers }]) => {
      const codes = errorKinds().flatMap(([code, kind]) => (String(kind.http) === status ? [`\`${code}\``] : []))
      return [
        name,
        {
          description: `${says}. Code: ${codes.join(', ')}.`,
          ...(headers && { headers: { [headers[0]]: { $ref: `#/components/headers/${headers[1]}` } } }),
          content: { [problemType]: { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      ]
    }),
  )
}

/** What an operation may be refused for. */
export interface Refusable {
  readonly method: string
  readonly url: string
  readonly access: string
  readonly versioned?: boolean
  /** It takes a body or a query. */
  readonly input: boolean
  readonly body: boolean
  /** What was there once may be over. */
  readonly gone?: boolean
  /** It answers with a file, of which a part may be asked for. */
  readonly parts?: boolean
}

/** The refusals of an operation by status, as references. */
export function refusalsOf(of: Refusable): Readonly<Record<string, { readonly $ref: string }>> {
  const known = of.access !== 'public'
  const changes = of.method !== 'GET'
  const statuses = [
    ...(known ? [401, 403, 429] : []),
    ...(of.gone || !known ? [410] : []),
    ...(of.url.includes(':') ? [404] : []),
    ...(changes && known ? [409] : []),
    ...(of.versioned ? [412] : []),
    ...(of.body ? [413] : []),
    ...(of.parts ? [416] : []),
    ...(of.input || changes ? [422] : []),
  ]
  return Object.fromEntries(statuses.sort().map((s) => [s, { $ref: `#/components/responses/${refusals[s]?.name ?? ''}` }]))
}

/** A name for the methods that generators write: `getCasesByRefTags` for GET /v1/cases/:ref/tags. The path is stable, so is the name. */
export function operationName(method: string, url: string): string {
  const words = url
    .replace(/^\/v1(?=\/)/, '')
    .split('/')
    .filter(Boolean)
    .map((part) => (part.startsWith(':') ? `by-${part.slice(1)}` : part))
  return [method.toLowerCase(), ...words.flatMap((word) => word.split(/[^A-Za-z0-9]+/))]
    .filter(Boolean)
    .map((word, i) => (i === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('')
}

/** The chapters of the core and what they are about. */
export const chapters: Readonly<Record<string, string>> = {
  About: 'The gateway itself: its document, reference and metrics.',
  Actions: 'Every named change of a case, as rules, `@commands` and links order them too.',
  Cases: 'Cases and their timeline.',
  Directory: 'Mailboxes, agents, groups, and what may be ordered.',
  Events: 'What has happened, in one order without gaps.',
  Files: 'Files to be sent, uploaded beforehand.',
  Mail: 'Accepted mail, outgoing mail, and addresses that get none.',
  Messages: 'What was written in a case, as text, HTML, raw mail and files.',
  Notes: 'Internal words in a case.',
  Notices: 'What asks agents for a decision.',
  Plans: 'What is to happen later: reopens and answers.',
  Recipients: 'Who gets the answers of a case.',
  Tokens: 'Who may use this API, and for what.',
  Rules: 'What rules would do, and tests of them.',
}
