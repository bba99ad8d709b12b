// Every key of the schema holds after a reload, or is named as needing a restart and keeps its old value until then.
import { expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { compareConfigs, takeOver } from '../../core/base/config/compare.ts'
import { ConfigSchema } from '../../core/base/config/schema.ts'
import type { Config } from '../../core/base/config/types.ts'
import { compileSchema } from '../../core/base/schema.ts'
import { transportsFrom } from '../../core/edge/outgoing/from-config.ts'
import { testCertificate, testKey } from '../support/test-certificate.ts'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll } from 'vitest'
import { leaves } from './leaves.ts'
import { valid } from './loading.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'postern-keys-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const fileOf = (name: string, text: string): string => {
  writeFileSync(path.join(folder, name), text)
  return path.join(folder, name)
}
const [cert, key, cert2, key2] = [fileOf('c', testCertificate), fileOf('k', testKey), fileOf('c2', testCertificate), fileOf('k2', testKey)]

type Json = Readonly<Record<string, unknown>>
const base = {
  mailboxes: { a: { address: 'a@x.test' }, b: { address: 'b@x.test' } },
  agents: { anna: { name: 'A', email: 'anna@y.test' }, boris: { name: 'B', email: 'boris@y.test' } },
  groups: { g: { members: ['anna'] } },
}
const listener = (more: Json): Json => ({ listeners: [{ protocol: 'smtp', ...more }] })
const mailbox = (more: Json): Json => ({ mailboxes: { ...base.mailboxes, a: { address: 'a@x.test', ...more } } })
const agent = (more: Json): Json => ({ agents: { ...base.agents, anna: { ...base.agents.anna, ...more } } })
const group = (more: Json): Json => ({ groups: { g: { ...base.groups.g, ...more } } })
const oauth = { token_url: 'https://t.test/', client_id: 'c', client_secret: 's', refresh_token: 'r' }
const hop = { transport: 'smtp', host: 'h.test', tls: 'required' }

const bucket = { url: 'https://s.test/a', access_key: 'k', secret_key: 's' }

/** Of each key of a server: what it is before, and after. */
const server: Readonly<Record<string, readonly [Json, Json]>> = {
  transport: [hop, { ...hop, transport: 'lmtp' }],
  host: [hop, { ...hop, host: 'i.test' }],
  port: [hop, { ...hop, port: 2525 }],
  path: [
    { transport: 'lmtp', path: '/a' },
    { transport: 'lmtp', path: '/b' },
  ],
  tls: [hop, { ...hop, tls: 'implicit' }],
  tls_ca: [
    { ...hop, tls_ca: cert },
    { ...hop, tls_ca: cert2 },
  ],
  'auth.user': [
    { ...hop, auth: { user: 'u', pass: 'p' } },
    { ...hop, auth: { user: 'v', pass: 'p' } },
  ],
  'auth.pass': [
    { ...hop, auth: { user: 'u', pass: 'p' } },
    { ...hop, auth: { user: 'u', pass: 'q' } },
  ],
  ...Object.fromEntries(
    Object.entries({ token_url: 'https://u.test/', client_id: 'd', client_secret: 't', refresh_token: 'q' }).map(([name, value]) => [
      `auth.oauth.${name}`,
      [
        { ...hop, auth: { user: 'u', oauth } },
        { ...hop, auth: { user: 'u', oauth: { ...oauth, [name]: value } } },
      ] as const,
    ]),
  ),
  connections: [hop, { ...hop, connections: 9 }],
  connect_timeout: [hop, { ...hop, connect_timeout: '9s' }],
  reply_timeout: [hop, { ...hop, reply_timeout: '9s' }],
}
const serverAt = (at: string, put: (to: Json) => Json): readonly (readonly [string, Json, Json])[] =>
  Object.entries(server).map(([name, [before, after]]) => [`${at}.${name}`, put(before), put(after)])
const plain = (entries: Readonly<Record<string, Json>>): readonly (readonly [string, Json, Json])[] =>
  Object.entries(entries).map(([at, after]) => [at, {}, after])

const reloaded = [
  ...plain({
    locale: { locale: 'ru' },
    timezone: { timezone: 'Europe/Moscow' },
    'log.level': { log: { level: 'warn' } },
    'mailboxes.*.address': mailbox({ address: 'c@x.test' }),
    'mailboxes.*.aliases': mailbox({ aliases: ['c@x.test'] }),
    'mailboxes.*.name': mailbox({ name: 'N' }),
    'mailboxes.*.locale': mailbox({ locale: 'ru' }),
    'mailboxes.*.timezone': mailbox({ timezone: 'Europe/Moscow' }),
    'mailboxes.*.notify': mailbox({ notify: ['g'] }),
    'mailboxes.*.assignee': mailbox({ assignee: 'anna' }),
    'mailboxes.*.reply_status': mailbox({ reply_status: 'closed' }),
    'mailboxes.*.forwards': mailbox({ forwards: true }),
    'mailboxes.*.signature': mailbox({ signature: 'below' }),
    'agents.*.signature': agent({ signature: 'below' }),
    'mailboxes.*.spam': mailbox({ spam: 'new_case' }),
    'mailboxes.*.from': mailbox({ from: 'as_written' }),
    'mailboxes.*.from_name': mailbox({ from_name: '{{ agent.name }}' }),
    'mailboxes.*.reply_to.from': mailbox({ reply_to: { from: ['*@forms.test'] } }),
    'mailboxes.*.reply_to.own': mailbox({ reply_to: { own: false } }),
    'mailboxes.*.reply_to.no_reply': mailbox({ reply_to: { no_reply: false } }),
    'mailboxes.*.follow_up.within': mailbox({ follow_up: { within: '2d' } }),
    'mailboxes.*.follow_up.after': mailbox({ follow_up: { after: 'note' } }),
    'agents.*.name': agent({ name: 'N' }),
    'agents.*.email': agent({ email: 'new@y.test' }),
    'agents.*.aliases': agent({ aliases: ['new@y.test'] }),
    'agents.*.locale': agent({ locale: 'ru' }),
    'agents.*.timezone': agent({ timezone: 'Europe/Moscow' }),
    'agents.*.active': agent({ active: false }),
    'groups.*.name': group({ name: 'N' }),
    'groups.*.members': group({ members: ['boris'] }),
    'groups.*.mailboxes': group({ mailboxes: ['a'] }),
    'budget.per_agent': { budget: { per_agent: ['1/h'] } },
    'budget.per_recipient': { budget: { per_recipient: ['1/h'] } },
    'budget.per_domain': { budget: { per_domain: ['1/h'] } },
    'budget.total': { budget: { total: ['1/h'] } },
    'retention.raw': { retention: { raw: '30d' } },
    'retention.outgoing': { retention: { outgoing: '30d' } },
    'retention.spam': { retention: { spam: '30d' } },
    'retention.trash': { retention: { trash: '30d' } },
    'retention.closed': {
      retention: { closed: { after: '900d', how: 'anonymise', if: { mailboxes: ['a'], tags: ['x'], without: ['y'] } } },
    },
    'reload.allow_removal': { reload: { allow_removal: true } },
  }),
  ...serverAt('mailboxes.*.copy', (copy) => mailbox({ copy })),
  ['mailboxes.*.copy.to', mailbox({ copy: hop }), mailbox({ copy: { ...hop, to: 'c@z.test' } })] as const,
  ['mailboxes.*.copy.when', mailbox({ copy: hop }), mailbox({ copy: { ...hop, when: 'before' } })] as const,
]
const restarted = [
  ...plain({
    name: { name: 'other' },
    hostname: { hostname: 'other.test' },
    data: { data: '/elsewhere' },
    'http.host': { http: { host: '::1' } },
    'http.port': { http: { port: 1 } },
    'http.public_url': { http: { public_url: 'https://d.test' } },
    'http.trusted_proxies': { http: { trusted_proxies: ['127.0.0.1'] } },
    'http.rate': { http: { rate: '1/h' } },
    'database.sqlite': { database: { sqlite: '/b.db' } },
    'database.postgres': { database: { postgres: 'postgres://h/p' } },
    'blobs.directory': { blobs: { directory: '/b' } },
    'blobs.larger_than': { blobs: { larger_than: '7MB' } },
    'blobs.older_than': { blobs: { older_than: '7d' } },
    'blobs.move': { blobs: { move: 'back' } },
    'limits.message_size': { limits: { message_size: '5MB' } },
    'limits.recipients': { limits: { recipients: 7 } },
    'limits.connections': { limits: { connections: 7 } },
    'limits.idle_timeout': { limits: { idle_timeout: '7s' } },
    'limits.free_space': { limits: { free_space: '900MB' } },
    'intake.workers': { intake: { workers: 7 } },
    'intake.attempts': { intake: { attempts: 7 } },
    'intake.parse_timeout': { intake: { parse_timeout: '7s' } },
    'intake.parse_memory': { intake: { parse_memory: '64MiB' } },
    'intake.lease': { intake: { lease: '70s' } },
    'intake.hook_timeout': { intake: { hook_timeout: '7s' } },
    'outgoing.bounce_address': { outgoing: { bounce_address: 'c@x.test' } },
    'outgoing.retry': { outgoing: { retry: ['7m'] } },
    'outgoing.give_up': { outgoing: { give_up: '7d' } },
    'outgoing.delay_notice': { outgoing: { delay_notice: '7h' } },
    'outgoing.unknown': { outgoing: { unknown: 'hold' } },
    plugins: { plugins: ['desk'] },
  }),
  ['database.pool', { database: { postgres: 'postgres://h/p' } }, { database: { postgres: 'postgres://h/p', pool: 7 } }] as const,
  ...Object.entries({ url: 'https://s.test/b', region: 'r', access_key: 'l', secret_key: 't' }).map(
    ([name, value]) => [`blobs.s3.${name}`, { blobs: { s3: bucket } }, { blobs: { s3: { ...bucket, [name]: value } } }] as const,
  ),
  ['listeners.*.protocol', listener({ port: 1 }), listener({ port: 1, protocol: 'lmtp' })] as const,
  ['listeners.*.host', listener({ port: 1 }), listener({ port: 1, host: '::1' })] as const,
  ['listeners.*.port', listener({ port: 1 }), listener({ port: 2 })] as const,
  ['listeners.*.path', listener({ path: '/a' }), listener({ path: '/b' })] as const,
  ['listeners.*.mode', listener({ path: '/a' }), listener({ path: '/a', mode: '0600' })] as const,
  ['listeners.*.socket', listener({ socket: 'a' }), listener({ socket: 'b' })] as const,
  ['listeners.*.peers', listener({ port: 1 }), listener({ port: 1, peers: ['10.0.0.0/8'] })] as const,
  ['listeners.*.tls.cert', listener({ port: 1, tls: { cert, key } }), listener({ port: 1, tls: { cert: cert2, key } })] as const,
  ['listeners.*.tls.key', listener({ port: 1, tls: { cert, key } }), listener({ port: 1, tls: { cert, key: key2 } })] as const,
  ...serverAt('outgoing', (outgoing) => ({ outgoing })),
]

const configOf = (more: Json): Config => valid(JSON.stringify({ ...base, ...more }))
const shown = (config: Config): unknown =>
  JSON.parse(JSON.stringify(config, (_key, value: unknown) => (value instanceof Map ? [...value.entries()] : value)))

test('the tables below speak of every key of the schema, each once', () => {
  const told = [...reloaded, ...restarted].map(([at]) => at)
  expect(told.toSorted()).toEqual(leaves(compileSchema(ConfigSchema).json).toSorted())
})

test.each(reloaded)('reload: %s', (at, before, after) => {
  const [old, next] = [configOf(before), configOf(after)]
  const inForce = takeOver(old, next)
  expect(shown(inForce)).toEqual(shown(next))
  expect(shown(inForce)).not.toEqual(shown(old))
  expect(compareConfigs(old, next).needsRestart).toEqual([])
  expect(compareConfigs(old, next).reloadable.map((name) => name.split('.')[0])).toContain(at.split('.')[0])
  // What is built of it once is built anew: the way that copies leave by. Where and when is asked for each mail.
  const clock = new TestClock()
  const transports = transportsFrom(clock, old)
  const now = transportsFrom(clock, inForce, transports)
  const isServer = at.startsWith('mailboxes.*.copy.') && !at.endsWith('.to') && !at.endsWith('.when')
  expect(now.get('copy:a') === transports.get('copy:a')).toBe(!isServer)
  expect(now.get('default')).toBe(transports.get('default'))
})

test.each(restarted)('restart: %s', (at, before, after) => {
  const [old, next] = [configOf(before), configOf(after)]
  expect(shown(old)).not.toEqual(shown(next))
  expect(shown(takeOver(old, next))).toEqual(shown(old))
  expect(compareConfigs(old, next).needsRestart.map((name) => name.split('.')[0])).toContain(at.split('.')[0])
})
