// The feed of events: complete and without gaps, page after page by position, or as a live stream (Server-Sent Events).
import { Readable } from 'node:stream'
import Type from 'typebox'
import type { Kysely } from 'kysely'
import { sleep } from '../../../base/clock.ts'
import { PosternError } from '../../../base/errors.ts'
import type { ErrorCode } from '../../../base/errors.ts'
import { caseFor } from '../../../contract/access.ts'
import { eventsIn, lastPosition, numberEvents } from '../../../store/events.ts'
import type { EventRow, Tables } from '../../../store/tables.ts'
import type { ApiCall, ApiRoute } from '../route.ts'
import { eventView, ref } from './views.ts'

const filters = {
  type: Type.Optional(
    Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100, description: 'One of these; `case.*` stands for all that begin so' }),
  ),
  mailbox: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 100, description: 'In one of these' })),
  case: Type.Optional(Type.String({ maxLength: 64, description: 'Of this case alone' })),
}

/** Routes that read the events within the mailboxes of the token, by page and as a stream. */
export const eventRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    url: '/v1/events',
    list: { key: 'events', cursor: 'after' },
    access: 'read',
    tag: 'Events',
    summary: 'Reads events after a position',
    description:
      'Begin with `after=0`, or with `after=now` for the end; go on with `next`. A position is given once, after the commit, in one order without gaps: who has read up to n has everything up to n. Within a scope of mailboxes, and with filters, positions of others are left out.',
    query: Type.Object({
      after: Type.String({ pattern: '^(now|\\d{1,15})$', default: '0' }),
      limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
      ...filters,
    }),
    response: Type.Object({
      events: Type.Array(ref('Event')),
      next: Type.String({ description: 'Cursor for the next call' }),
      more: Type.Boolean({ description: 'Whether there is more already' }),
    }),
    async read(call) {
      const page = await eventPage(call, String(call.query.after), Number(call.query.limit))
      return { body: { events: page.rows.map(eventView), next: String(page.next), more: page.more } }
    },
  },
  {
    method: 'GET',
    url: '/v1/events/stream',
    access: 'read',
    tag: 'Events',
    summary: 'Streams events as they happen (Server-Sent Events)',
    description:
      'Each event has its position as `id`; a reader that comes back with Last-Event-ID, or `after`, misses nothing. Default: from now on.',
    query: Type.Object({ after: Type.Optional(Type.String({ pattern: '^(now|\\d{1,15})$' })), ...filters }),
    response: Type.String(),
    responseType: 'text/event-stream',
    async read(call) {
      const last = call.headers['last-event-id']
      const after = last !== undefined && /^\d{1,15}$/.test(last) ? last : typeof call.query.after === 'string' ? call.query.after : 'now'
      const from = after === 'now' ? (await eventPage(call, 'now', 1)).next : Number(after)
      return {
        headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
        body: Readable.from(stream(call, from), { objectMode: false, highWaterMark: 65_536 }),
      }
    },
  },
]

interface EventPage {
  readonly rows: readonly EventRow[]
  readonly next: number
  readonly more: boolean
}

/** Numbers what was committed, then reads up to the last position that there was before the reading began: nothing can appear below it any more. */
export async function eventPage(call: Pick<ApiCall, 'services' | 'principal' | 'query'>, after: string, limit: number): Promise<EventPage> {
  const { database, clock } = call.services
  await numberEvents(database, clock)
  const db = database.read
  const head = await lastPosition(db)
  if (after === 'now') return { rows: [], next: head, more: false }
  const from = Number(after)
  const rows = await matching(db, call, from, head, limit + 1)
  const shown = rows.slice(0, limit)
  const more = rows.length > limit
  return { rows: shown, next: more ? (shown.at(-1)?.position ?? from) : Math.max(from, head), more }
}

async function matching(
  db: Kysely<Tables>,
  call: Pick<ApiCall, 'services' | 'principal' | 'query'>,
  after: number,
  head: number,
  limit: number,
): Promise<readonly EventRow[]> {
  const { principal, query, services } = call
  const mailboxes = Array.isArray(query.mailbox)
    ? query.mailbox.filter((m: unknown): m is string => typeof m === 'string' && principal.sees(m))
    : principal.mailboxes
  const caseId = typeof query.case === 'string' ? (await caseFor(db, principal, query.case)).id : undefined
  const types = Array.isArray(query.type) ? query.type.map(String) : undefined
  const known = [...services.engine.registry.events.keys()]
  const wanted = types?.flatMap((t) => (t.endsWith('*') ? known.filter((k) => k.startsWith(t.slice(0, -1))) : [t]))
  return eventsIn(db, {
    after,
    upTo: head,
    mailboxes: mailboxes ?? null,
    ...(caseId !== undefined && { caseId }),
    ...(wanted && { types: wanted }),
    limit,
  })
}

/** The next events by the rights that hold now; null once the reader has none. */
async function pageNow(call: ApiCall, after: number): Promise<EventPage | null> {
  try {
    const principal = await call.rights.now(true)
    return await eventPage({ ...call, principal }, String(after), 200)
  } catch (error) {
    if (error instanceof PosternError && ended.includes(error.code)) return null
    throw error
  }
}

/** Whoever is let in no longer, or may no longer see the case that he asked for. */
const ended: readonly ErrorCode[] = ['unauthenticated', 'forbidden', 'not_found']

/** ms between looks where nothing is heard of a commit (another node's), and until a silent stream says that it lives. */
const lookEvery = 1000
const signEvery = 15_000

async function* stream(call: ApiCall, from: number): AsyncGenerator<Buffer> {
  const { services } = call
  let position = from
  let silentSince = services.clock.monotonic()
  yield Buffer.from(`retry: 2000\n\n`)
  while (!services.stopping.aborted) {
    const heard = services.engine.nextCommit()
    const page = await pageNow(call, position)
    if (!page) return
    let sent = 0
    for (const row of page.rows) {
      // A slow reader may have left us standing here: what was read for him by other rights is read anew.
      if (!call.rights.fresh) break
      yield Buffer.from(`id: ${row.position ?? ''}\nevent: ${row.type}\ndata: ${JSON.stringify(eventView(row))}\n\n`)
      position = row.position ?? position
      sent += 1
    }
    if (sent < page.rows.length) continue
    // So that a reader who comes back does not begin at what he has passed without an event of his.
    if (page.rows.length === 0 && services.clock.monotonic() - silentSince >= signEvery) yield Buffer.from(`id: ${page.next}\n: alive\n\n`)
    if (page.rows.length > 0 || services.clock.monotonic() - silentSince >= signEvery) silentSince = services.clock.monotonic()
    position = page.next
    if (page.more) continue
    const pause = new AbortController()
    const wake = (): void => pause.abort()
    services.stopping.addEventListener('abort', wake, { once: true })
    await Promise.race([heard, sleep(services.clock, lookEvery, pause.signal)])
    pause.abort()
    services.stopping.removeEventListener('abort', wake)
  }
}
