import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultPlugins } from '../../core/base/config/schema.ts'
import { checkConfig, loadConfig, parseConfig, parseConfigFile } from '../../core/base/config/load.ts'
import { formatProblem } from '../../core/base/config/problems.ts'
import { testCertificate, testKey } from '../support/test-certificate.ts'
import { load, schemas, valid, warnings } from './loading.ts'

let folder = ''
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'postern-config-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const people = 'agents:\n  anna: { name: Anna, email: anna@example.org }\n'

test('an empty file, a file of comments and keys without values are the defaults', () => {
  for (const text of ['', '# nothing\n', '---\n', 'limits:\noutgoing:\nmailboxes:\nplugins:\n', 'null']) {
    const config = valid(text)
    expect(config).toMatchObject({
      name: 'postern',
      locale: 'en',
      timezone: 'UTC',
      limits: { message_size: 25_000_000, free_space: 209_715_200 },
      outgoing: { give_up: 432_000_000, transport: { transport: 'directory' } },
    })
    expect(config.listeners.map((listener) => listener.bind)).toEqual([
      { kind: 'tcp', host: '127.0.0.1', port: 2525 },
      { kind: 'tcp', host: '127.0.0.1', port: 2424 },
    ])
    expect(config.plugins.map((plugin) => plugin.name)).toEqual(defaultPlugins)
  }
})

test('what a mailbox or an agent leaves out comes from the top', () => {
  const config = valid(
    `locale: ru\ntimezone: Asia/Almaty\nmailboxes:\n  support: { address: s@example.com, notify: [all] }\n${people}groups:\n  all: { members: [anna] }\n`,
  )
  expect(config.mailboxes.get('support')).toEqual({
    id: 'support',
    address: 's@example.com',
    aliases: [],
    name: 'support',
    locale: 'ru',
    language: 'ru',
    timezone: 'Asia/Almaty',
    notify: ['all'],
    reply_status: 'waiting',
    spam: 'silent',
    forwards: false,
    from: 'mailbox',
    reply_to: { from: [], own: true, no_reply: true },
  })
  expect(config.agents.get('anna')).toMatchObject({ id: 'anna', locale: 'ru', timezone: 'Asia/Almaty', active: true, aliases: [] })
  expect(config.groups.get('all')).toEqual({ id: 'all', name: 'all', members: ['anna'], mailboxes: ['support'] })
})

test('a config cannot be changed', () => {
  const config = valid(`mailboxes:\n  a: { address: a@example.com, assignee: anna }\n${people}`)
  expect(Object.isFrozen(config) && Object.isFrozen(config.outgoing.retry) && Object.isFrozen(config.mailboxes.get('a'))).toBe(true)
})

test('paths are relative to the folder of the file, those of data to the data directory', () => {
  const yaml = `data: ../var
listeners:
  - { protocol: lmtp, path: lmtp.sock, mode: "0600" }
  - { protocol: smtp, socket: mail, tls: { cert: c.pem, key: k.pem } }
database: { sqlite: p.db }
outgoing: { path: sent }
plugins:
  - notify: { file: rules }
  - ../own/mine.ts: { a: 1 }
`
  mkdirSync(path.join(folder, 'etc'))
  writeFileSync(path.join(folder, 'etc', 'c.pem'), testCertificate)
  writeFileSync(path.join(folder, 'etc', 'k.pem'), testKey)
  const own = new Map([...schemas, ['../own/mine.ts', { schema: Type.Object({ a: Type.Number() }) }] as const])
  const parsed = parseConfig(yaml, path.join(folder, 'etc', 'postern.yaml'), { env: {} })
  const config = parsed.ok ? checkConfig(parsed.doc, own) : undefined
  expect(config?.ok && config.config).toMatchObject({
    file: path.join(folder, 'etc', 'postern.yaml'),
    data: path.join(folder, 'var'),
    database: { kind: 'sqlite', path: path.join(folder, 'var/p.db') },
    outgoing: { transport: { transport: 'directory', path: path.join(folder, 'var/sent') } },
    listeners: [
      { bind: { kind: 'unix', path: path.join(folder, 'var/lmtp.sock'), mode: 0o600 } },
      { bind: { kind: 'systemd', name: 'mail' }, tls: { cert: path.join(folder, 'etc/c.pem'), key: path.join(folder, 'etc/k.pem') } },
    ],
    plugins: [
      { name: 'notify', settings: { file: path.join(folder, 'etc/rules') } },
      { name: '../own/mine.ts', path: path.join(folder, 'own/mine.ts'), settings: { a: 1 } },
    ],
  })
})

test('certificates that are not there are found before the start', () => {
  const loaded = load(
    'listeners:\n  - { protocol: smtp, port: 25, tls: { cert: /none/c.pem, key: /dev/null } }\noutgoing: { transport: smtp, host: mail, tls_ca: /none/ca.pem }',
  )
  expect(loaded.ok ? [] : loaded.problems.map(formatProblem)).toEqual([
    'postern.yaml:2:46: listeners[0].tls.cert: the file /none/c.pem does not exist',
    'postern.yaml:3:50: outgoing.tls_ca: the file /none/ca.pem does not exist',
  ])
})

test('a login by OAuth comes with where its tokens are fetched, or without a secret', () => {
  const auth = (more: string) => {
    const { transport } = valid(
      `outgoing: { transport: smtp, host: mail.example.com, tls: required, auth: { user: u, oauth: { token_url: https://login.example.com/token, client_id: c, refresh_token: r${more} } } }`,
    ).outgoing
    return transport.transport === 'directory' ? undefined : transport.auth
  }
  const oauth = { token_url: 'https://login.example.com/token', client_id: 'c', refresh_token: 'r' }
  expect(auth('')).toEqual({ user: 'u', oauth })
  expect(auth(', client_secret: s')).toEqual({ user: 'u', oauth: { ...oauth, client_secret: 's' } })
})

test('servers are told apart by host and socket', () => {
  const config = valid(`outgoing: { transport: smtp, host: mail.example.com, tls: required, auth: { user: u, pass: p } }
mailboxes:
  a: { address: a@example.com, assignee: anna, copy: { transport: lmtp, path: /run/lmtp, when: before } }
  b: { address: b@example.com, assignee: anna, copy: { transport: lmtp, host: dovecot, to: c@example.com } }
${people}`)
  expect(config.outgoing.transport).toEqual({
    transport: 'smtp',
    server: { kind: 'tcp', host: 'mail.example.com', port: 25 },
    tls: 'required',
    auth: { user: 'u', pass: 'p' },
    connections: 5,
    connect_timeout: 10_000,
    reply_timeout: 120_000,
  })
  expect(config.mailboxes.get('a')?.copy).toMatchObject({
    server: { kind: 'unix', path: '/run/lmtp' },
    tls: 'off',
    to: 'a@example.com',
    when: 'before',
  })
  expect(config.mailboxes.get('b')?.copy).toMatchObject({
    server: { kind: 'tcp', host: 'dovecot', port: 24 },
    tls: 'opportunistic',
    to: 'c@example.com',
    when: 'after',
  })
})

test('numbers and booleans may come from variables, and a password of digits stays text', () => {
  const config = valid(
    `http: { port: "\${PORT}" }\nlimits:\n  recipients: \${N:-7}\nmailboxes:\n  a: { address: a@example.com, assignee: anna, forwards: "\${YES}" }\noutgoing: { transport: smtp, host: localhost, auth: { user: u, pass: "\${NUMERIC_PASS}" } }\n${people}`,
    { YES: 'true' },
  )
  expect(config.http.port).toBe(8026)
  expect(config.limits.recipients).toBe(7)
  expect(config.mailboxes.get('a')?.forwards).toBe(true)
  expect(config.outgoing.transport).toMatchObject({ auth: { pass: '12345' } })
  expect(load('http: { port: "8026" }').ok).toBe(false)
})

test('settings of plugins get their defaults and units, those in a chosen variant too', () => {
  const settings = (yaml: string): unknown => valid(`${people}plugins:\n  - notify: ${yaml}`).plugins[0]?.settings
  expect(settings('')).toEqual({ quote: 5, pause: 300_000, to: [], how: { by: 'mail', after: 60_000 } })
  expect(settings('{ pause: 1h, to: [anna], how: { by: mail, after: 2m } }')).toEqual({
    quote: 5,
    pause: 3_600_000,
    to: ['anna'],
    how: { by: 'mail', after: 120_000 },
  })
  expect(settings('{ how: { by: web, url: x } }')).toMatchObject({ how: { by: 'web', url: 'x' } })
})

test('anchors may stand for whole values', () => {
  const config = valid(
    `mailboxes:\n  a: { address: a@example.com, notify: &all [anna] }\n  b: { address: b@example.com, notify: *all }\n${people}`,
  )
  expect(config.mailboxes.get('b')?.notify).toEqual(['anna'])
})

test('ids such as constructor or toString are ordinary ids', () => {
  expect(valid('agents:\n  constructor: { name: C, email: c@example.org }').agents.get('constructor')?.name).toBe('C')
  expect(load('mailboxes:\n  a: { address: a@example.com, assignee: constructor }').ok).toBe(false)
})

test('the disk never has less free space demanded of it than one and a half mails', () => {
  expect(valid('limits: { message_size: 100MB, free_space: 1MB }').limits.free_space).toBe(150_000_000)
})

test.each([
  [
    'a mailbox of which nobody hears',
    'mailboxes:\n  a: { address: a@example.com }',
    ['2:3: mailboxes.a: has neither `notify` nor `assignee`: nobody is told about its mail'],
  ],
  [
    'an assignee who has left',
    'mailboxes:\n  a: { address: a@example.com, assignee: x }\nagents:\n  x: { name: X, email: x@example.org, active: false }',
    ['2:32: mailboxes.a.assignee: the agent `x` is not active'],
  ],
  ['a group of nobody', `mailboxes:\n  a: { address: a@example.com, notify: [g] }\ngroups:\n  g:`, ['4:3: groups.g: has no members']],
  [
    'an open relay of cases',
    `mailboxes:\n  a: { address: a@example.com, assignee: anna }\n${people}listeners:\n  - { protocol: smtp, host: 0.0.0.0, port: 25, peers: [0.0.0.0/0] }`,
    ['6:48: listeners[0].peers: everybody may hand in mail here; list the addresses of your MTA'],
  ],
  [
    'links over http',
    `mailboxes:\n  a: { address: a@example.com, assignee: anna }\n${people}http: { public_url: "http://desk.example.com/" }`,
    ['5:9: http.public_url: links in mails will go over unencrypted http; put a proxy with a certificate in front and write https'],
  ],
  [
    'a password without TLS',
    `mailboxes:\n  a: { address: a@example.com, assignee: anna }\n${people}outgoing: { transport: smtp, host: mail.example.com, tls: off, auth: { user: u, pass: p } }`,
    ['5:54: outgoing.tls: the password goes over the network unencrypted; say `tls: required`'],
  ],
])('a warning about %s', (_what, yaml, lines) => expect(warnings(yaml)).toEqual(lines.map((line) => `postern.yaml:${line}`)))

test('a file that cannot be read is one plain sentence', () => {
  const said = (file: string): readonly string[] => {
    const parsed = parseConfigFile(file)
    return parsed.ok ? [] : parsed.problems.map(formatProblem)
  }
  expect(said(path.join(folder, 'none.yaml'))).toEqual([`${path.join(folder, 'none.yaml')}: does not exist`])
  expect(said(folder)).toEqual([`${folder}: is a directory, expected a YAML file`])
  writeFileSync(path.join(folder, 'latin1.yaml'), Buffer.from('name: caf\xe9', 'latin1'))
  expect(said(path.join(folder, 'latin1.yaml'))).toEqual([`${path.join(folder, 'latin1.yaml')}: is not UTF-8 text`])
})

test('a byte order mark and Windows line ends do no harm', () => {
  const file = path.join(folder, 'windows.yaml')
  writeFileSync(file, '\ufeffname: gate\r\nlocale: ru\r\n')
  const loaded = loadConfig(file, schemas)
  expect(loaded.ok && [loaded.config.name, loaded.config.locale]).toEqual(['gate', 'ru'])
})
