// Every operation of the OpenAPI document with valid, borderline and hostile input: never a 5xx, never anything from beyond a scope,
// and every good answer as the document says.
import { Ajv } from 'ajv'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isRecord } from '../../core/base/schema-walk.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { seeded } from '../support/random.ts'
import { client, tokenFor } from './client.ts'
import type { Client } from './client.ts'

let g: TestGateway
let admin: Client
let bound: Client
let document: Readonly<Record<string, unknown>>
/** Stands in everything of the mailbox that the bound token may not see. */
const secret = 'hidden-marker-7319'
const ids: Record<string, string[]> = {}

beforeAll(async () => {
  g = await testGateway({
    plugins: ['desk', 'threading', 'recipients', 'rules', 'scheduler', 'links', 'chat', 'webhooks'],
    config: 'http: { host: 127.0.0.1, port: 0, rate: 100000/1s }\n',
  })
  admin = client(g, await tokenFor(g, { access: 'admin' }))
  bound = client(g, await tokenFor(g, { access: 'admin', mailboxes: ['support'] }))
  await g.mail({
    from: 'carl@customer.test',
    to: 'support@example.test',
    subject: 'Help',
    text: 'It is broken',
    html: '<b>It</b> is broken<script>1</script>',
  })
  await g.mail({ from: `${secret}@customer.test`, to: 'sales@example.test', subject: secret, text: secret })
  await admin('POST', '/v1/cases/2/notes', { body: { text: secret } })
  await admin('POST', '/v1/cases/2/replies', {
    body: { text: secret, attachments: [{ filename: `${secret}.txt`, content: 'eA==' }] },
    as: 'boris',
  })
  await admin('POST', '/v1/cases/1/actions/reply.send', { body: { text: 'held', hold: 'x' }, as: 'anna' })
  await admin('POST', '/v1/cases/2/actions/reply.send', { body: { text: secret, hold: secret }, as: 'boris' })
  await g.settle()
  const timelines = [(await admin('GET', '/v1/cases/1/timeline')).body, (await admin('GET', '/v1/cases/2/timeline')).body]
  ids.ref = ['1', '2', timelines[0].case.id, timelines[1].case.id]
  ids.message = timelines.flatMap((t) =>
    t.timeline.filter((e: { message?: unknown }) => e.message).map((e: { message: { id: string } }) => e.message.id),
  )
  ids.notice = timelines.flatMap((t) =>
    t.timeline.filter((e: { notice?: unknown }) => e.notice).map((e: { notice: { id: string } }) => e.notice.id),
  )
  ids.id = [...(await admin('GET', '/v1/inbound')).body.inbound, ...(await admin('GET', '/v1/outbox')).body.outbox].map(
    (r: { id: string }) => r.id,
  )
  ids.attachment = timelines.flatMap((t) =>
    t.timeline.flatMap((e: { message?: { attachments: { id: string }[] } }) => e.message?.attachments.map((a) => a.id) ?? []),
  )
  ids.button = ['send', 'discard']
  ids.name = ['note.add', 'case.status', 'none']
  document = (await admin('GET', '/v1/openapi.json')).body
})

afterAll(() => g.stop())

const nasty: readonly unknown[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '‮rtl',
  '💥'.repeat(50),
  'x'.repeat(5000),
  "'; drop table cases; --",
  '"; select 1',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '%00',
  '%ff',
  '{{ 7 | times: 7 }}',
  'a@b\r\nBcc: c@d.test',
  '=?utf-8?B?AA==?=',
  '#2',
  '2',
  '-1',
  '1e309',
  '99999999999999999999',
  '__proto__',
  'constructor',
  '*',
  '%',
  '_',
  'in 2h',
  'tomorrow',
  'in 99999999999 years',
  '2026-99-99',
  -1,
  0,
  1,
  2 ** 53,
  -(2 ** 63),
  1.5,
  true,
  false,
  null,
  [],
  {},
  [[[[[]]]]],
  { __proto__x: 1 },
  ['a', 1, null],
]

function make(schema: unknown, rnd: () => number, wild: number, depth = 0): unknown {
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(rnd() * list.length)]
  if (rnd() < wild) return pick(nasty)
  if (!isRecord(schema) || depth > 6) return pick(nasty)
  const union = schema.anyOf ?? schema.oneOf
  if (Array.isArray(union)) return make(pick(union), rnd, wild, depth + 1)
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return pick(schema.enum)
  const type: unknown = Array.isArray(schema.type) ? pick(schema.type) : schema.type
  if (type === 'object') {
    const required = new Set(Array.isArray(schema.required) ? schema.required : [])
    const out: Record<string, unknown> = {}
    for (const [key, sub] of Object.entries(isRecord(schema.properties) ? schema.properties : {})) {
      if (required.has(key) ? rnd() < 0.95 : rnd() < 0.5) out[key] = known(key, rnd) ?? make(sub, rnd, wild, depth + 1)
    }
    if (rnd() < wild) out[String(pick(nasty))] = pick(nasty)
    return out
  }
  if (type === 'array') return Array.from({ length: Math.floor(rnd() * 3) }, () => make(schema.items, rnd, wild, depth + 1))
  if (type === 'integer' || type === 'number')
    return rnd() < 0.5 ? Number(schema.minimum ?? 0) : Math.floor(rnd() * Math.min(1000, Number(schema.maximum ?? 1000)))
  if (type === 'boolean') return rnd() < 0.5
  if (type === 'null') return null
  return rnd() < 0.7 ? 'text' : pick(nasty.filter((n) => typeof n === 'string'))
}

/** Often something that exists, of this mailbox or of the other. */
function known(key: string, rnd: () => number): unknown {
  if (rnd() < 0.3) return undefined
  const lists: Readonly<Record<string, readonly string[]>> = {
    ...ids,
    notices: ids.notice ?? [],
    answers: ids.message ?? [],
    outbox: ids.id ?? [],
    mailbox: ['support', 'sales', 'nowhere'],
    assignee: ['anna', 'boris', 'nobody'],
    agent: ['anna', 'boris'],
    group: ['team'],
    to: ['x@customer.test'],
    case: ids.ref ?? [],
    other: ids.ref ?? [],
    at: ['in 2h', '2026-10-01T10:00:00Z'],
    in: ['2h', '3 days'],
  }
  const list = lists[key]
  return list?.[Math.floor(rnd() * list.length)]
}

/** What the document itself says is public is asked without a token. */
interface Operation {
  readonly method: string
  readonly path: string
  readonly about: Readonly<Record<string, unknown>>
}

function operations(): readonly Operation[] {
  return Object.entries(Object(document.paths)).flatMap(([path, item]) =>
    Object.entries(Object(item)).flatMap(([method, about]) => (isRecord(about) ? [{ method: method.toUpperCase(), path, about }] : [])),
  )
}

const rounds = Number(process.env.POSTERN_FUZZ_ROUNDS ?? 14)

test('no operation fails, and none tells a bound token of what lies beyond its mailbox', { timeout: 240_000 }, async () => {
  const ajv = new Ajv({ strict: false, formats: { 'date-time': true, binary: true } })
  const schemas = Object(Object(document.components).schemas) as Record<string, unknown>
  const rnd = seeded(Number(process.env.POSTERN_FUZZ_SEED ?? 20260921))
  const all = operations()
  expect(all.length).toBeGreaterThan(90)
  const counts: Record<string, number> = {}
  const failures: string[] = []
  for (const { method, path, about } of all) {
    const parameters = (Array.isArray(about.parameters) ? about.parameters : []).filter(isRecord)
    const content =
      isRecord(about.requestBody) && isRecord(about.requestBody.content) ? Object.values(about.requestBody.content)[0] : undefined
    const good = Object.entries(Object(about.responses)).find(([status]) => status !== 'default')
    const media = isRecord(good?.[1]) && isRecord(good[1].content) ? good[1].content['application/json'] : undefined
    const fits = isRecord(media) && isRecord(media.schema) ? ajv.compile({ ...media.schema, components: { schemas } }) : undefined
    for (let round = 0; round < rounds; round++) {
      const wild = round < 4 ? 0 : round < 9 ? 0.15 : 0.6
      let url = path.replace(
        /\{([a-z]+)\}/g,
        (_, name: string) =>
          encodeURIComponent(String(known(name, rnd) ?? (wild === 0 ? 'x' : make({ type: 'string' }, rnd, wild))).toWellFormed()) || 'x',
      )
      const query = new URLSearchParams()
      for (const p of parameters) {
        if (p.in !== 'query' || (p.required !== true && rnd() < 0.5)) continue
        const value = known(String(p.name), rnd) ?? make(p.schema, rnd, wild)
        for (const one of Array.isArray(value) ? value : [value])
          query.append(String(p.name), typeof one === 'string' ? one.toWellFormed() : (JSON.stringify(one) ?? ''))
      }
      if (path === '/v1/events/stream') continue
      if ([...query].length > 0) url += `?${query.toString()}`
      const caller = round % 2 === 0 ? bound : admin
      const body =
        method === 'GET'
          ? undefined
          : path === '/v1/uploads'
            ? Buffer.from(String(rnd()))
            : isRecord(content)
              ? make(content.schema, rnd, wild)
              : undefined
      const headers: Record<string, string> = {}
      if (rnd() < 0.2) headers['if-match'] = ['"1"', '*', 'W/"x"', 'nonsense', '""'][Math.floor(rnd() * 5)] ?? ''
      if (rnd() < 0.2) headers['idempotency-key'] = `f${Math.floor(rnd() * 50)}`
      const answer = await caller(method, url, {
        headers,
        ...(rnd() < 0.3 && caller === admin && { as: 'anna' }),
        ...(body !== undefined && { body: typeof body === 'string' ? JSON.stringify(body) : body }),
      })
      counts[answer.status] = (counts[answer.status] ?? 0) + 1
      const what = `${method} ${url.slice(0, 200)} ${JSON.stringify(body)?.slice(0, 300) ?? ''} ${JSON.stringify(headers)} -> ${answer.status} ${answer.bytes.toString().slice(0, 300)}`
      if (answer.status >= 500) failures.push(what)
      // What a caller said himself comes back in words of refusal; nothing of ours stands there.
      if (caller === bound && answer.bytes.includes(secret)) failures.push(`LEAK ${what}`)
      if (
        answer.status >= 400 &&
        answer.status < 500 &&
        !path.startsWith('/a/') &&
        (typeof answer.body !== 'object' || typeof answer.body.code !== 'string')
      )
        failures.push(`NO PROBLEM ${what}`)
      if (answer.status < 300 && fits && typeof answer.body === 'object' && !fits(answer.body))
        failures.push(`MISFIT ${what} ${JSON.stringify(fits.errors?.slice(0, 2))}`)
    }
  }
  if (process.env.POSTERN_FUZZ_SHOW) process.stdout.write(`${JSON.stringify(counts)}\n`)
  expect(failures.slice(0, 10)).toEqual([])
  expect(counts[200]).toBeGreaterThan(50)
})

test('no broken request line, header or body makes it fail', async () => {
  const token = await tokenFor(g, { access: 'admin' })
  const call = client(g, token)
  for (const path of [
    '/v1/cases/%',
    '/v1/cases/%ff%fe',
    '/v1/%2e%2e/healthz',
    '/v1/cases?limit=1&limit=2',
    '/v1/cases?status[]=open',
    '/v1/cases?__proto__=1',
    '//',
    '/v1/cases/1/',
    `/v1/cases/${'9'.repeat(400)}`,
    `/v1/cases?cursor=${Buffer.from('["-updated_at",1e400,"x"]').toString('base64url')}`,
    '/v1/events?after=-1',
    '/v1/events?after=999999999999999',
  ]) {
    const answer = await call('GET', path)
    expect([path, answer.status < 500]).toEqual([path, true])
  }
  const raw = async (body: string, type = 'application/json') =>
    (await call('POST', '/v1/cases/1/notes', { body, headers: { 'content-type': type } })).status
  expect(
    [
      await raw('{'),
      await raw('[]'),
      await raw('"x"'),
      await raw('null'),
      await raw('{"__proto__":{"text":"x"}}'),
      await raw('text=x', 'application/x-www-form-urlencoded'),
      await raw('x', 'text/plain'),
      await raw('<x/>', 'application/xml'),
    ].filter((s) => s < 400 || s >= 500),
  ).toEqual([])
  const big = await call('POST', '/v1/cases/1/notes', { body: { text: 'x'.repeat(36_000_000) } }).catch(() => ({
    status: 413,
    body: { code: 'message_too_big' },
  }))
  expect(big).toMatchObject({ status: 413, body: { code: 'message_too_big' } })
  expect((await client(g, undefined)('POST', '/v1/uploads?filename=x', { body: Buffer.alloc(1000) })).status).toBe(401)
})
