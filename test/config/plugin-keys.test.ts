// Every key of every shipped plugin's settings holds after a reload: the plugin is set up anew with what the file says.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadPlugin, shippedPlugins } from '../../core/app/load-plugins.ts'
import { compareConfigs, takeOver } from '../../core/base/config/compare.ts'
import { compileSchema } from '../../core/base/schema.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { soundConfig } from '../support/sound-config.ts'
import { leaves } from './leaves.ts'

type Json = Readonly<Record<string, unknown>>
const command = { action: 'case.tags', value: 'tags', as: 'tags' }
const withCommand = (more: Json = {}): Json => ({
  commands: { mine: { ...command, ...more } },
  languages: [{ locale: 'en', names: { mine: ['mine'] } }],
})
const withLanguage = (more: Json = {}): Json => ({ languages: [{ locale: 'en', names: { tags: ['label'] }, ...more }] })
const endpoint = { url: 'https://receiver.example.net/hook' }
const withEndpoint = (more: Json = {}): Json => ({ endpoints: { mine: { ...endpoint, ...more } } })
const withReceipt = (more: Json = {}): Json => ({ receipts: [{ mailboxes: ['support'], template: 'one', ...more }] })
const withHours = (more: Json = {}): Json => ({ hours: { support: { mon: '09:00-17:00', ...more } } })

/** Of each key what its settings are before, and after; before is the default where only one is given. */
const tables: Readonly<Record<string, Readonly<Record<string, Json | readonly [Json, Json]>>>> = {
  'agent-reply': {
    authentication: { authentication: { trusted: 'mx.example.test' } },
    dns: { dns: ['192.0.2.1'] },
    unknown: { unknown: 'text' },
    transcript: { transcript: 'always' },
    'commands.*.action': [withCommand(), withCommand({ action: 'case.cc', value: 'addresses', as: 'add' })],
    'commands.*.args.*': [withCommand(), withCommand({ args: { x: 1 } })],
    'commands.*.value': [withCommand(), withCommand({ value: 'lines' })],
    'commands.*.as': [withCommand(), withCommand({ as: 'add' })],
    'commands.*.optional': [withCommand(), withCommand({ optional: true })],
    'commands.*.reply': [withCommand(), withCommand({ reply: 'optional' })],
    'commands.*.without': [withCommand({ reply: true }), withCommand({ reply: true, without: 'case.tags' })],
    'commands.*.with': [withCommand(), withCommand({ with: true })],
    'commands.*.moves': [withCommand(), withCommand({ moves: true })],
    'commands.*.says': [withCommand(), withCommand({ says: 'always' })],
    'languages.*.locale': [withLanguage(), withLanguage({ locale: 'de' })],
    'languages.*.names.*': [withLanguage(), withLanguage({ names: { tags: ['marks'] } })],
    'languages.*.help.*': [withLanguage(), withLanguage({ help: { tags: 'Tags of the case' } })],
    'languages.*.send': [withLanguage(), withLanguage({ send: ['go'] })],
    'languages.*.discard': [withLanguage(), withLanguage({ discard: ['drop'] })],
    'languages.*.nobody': [withLanguage(), withLanguage({ nobody: ['none'] })],
    'languages.*.sign_offs': [withLanguage(), withLanguage({ sign_offs: ['Cheers'] })],
  },
  bounces: { suppress_for: { suppress_for: '7d' } },
  chat: {
    mailbox: [{ mailbox: 'support' }, { mailbox: 'sales' }],
    automatic: [{ mailbox: 'support' }, { mailbox: 'support', automatic: '1/1h' }],
    attachments: [{ mailbox: 'support' }, { mailbox: 'support', attachments: '1MB' }],
  },
  desk: {
    number_in_subject: { number_in_subject: false },
    held_for: { held_for: '9d' },
    overtaken: { overtaken: 'off' },
    newer: { newer: 'off' },
  },
  forwards: { trust: { trust: 'mx.example.test' } },
  links: { expires: { expires: '5h' } },
  mcp: { answers: { answers: 'send' } },
  notify: {
    attachments: { attachments: '1MB' },
    history: { history: 1 },
    history_length: { history_length: 200 },
    auto_replies: { auto_replies: false },
    bulk: { bulk: false },
    mention_follows: { mention_follows: true },
    deliveries: { deliveries: false },
  },
  recipients: {
    participants: { participants: 'authenticated', authserv_id: 'mx.example.test' },
    authserv_id: { authserv_id: 'mx.example.test' },
    most: { most: 7 },
    hold_undecided: { hold_undecided: true },
  },
  report: {
    weekly: { weekly: ['anna'] },
    'hours.timezone': [{ hours: {} }, { hours: { timezone: 'Europe/Moscow' } }],
    ...Object.fromEntries(
      ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [
        `hours.${day}`,
        [{ hours: {} }, { hours: { [day]: '10:00-11:00' } }],
      ]),
    ),
    'hours.holidays': [{ hours: {} }, { hours: { holidays: ['12-25'] } }],
  },
  rules: {
    rules: { rules: 'others' },
    templates: { templates: 'others' },
    'receipts.*.mailboxes': [withReceipt(), withReceipt({ mailboxes: ['sales'] })],
    'receipts.*.template': [withReceipt(), withReceipt({ template: 'two' })],
    'receipt_caps.per_sender': { receipt_caps: { per_sender: ['1/1h'] } },
    'receipt_caps.same_text': { receipt_caps: { same_text: ['1/1h'] } },
    authserv_id: { authserv_id: 'mx.example.test' },
    'watch.tell': { watch: { tell: ['anna'] } },
    'watch.at': { watch: { at: '13:37' } },
    'spam_header.name': [{ spam_header: { name: 'X-Spam', value: 'Yes' } }, { spam_header: { name: 'X-Junk', value: 'Yes' } }],
    'spam_header.value': [{ spam_header: { name: 'X-Spam', value: 'Yes' } }, { spam_header: { name: 'X-Spam', value: 'True' } }],
    'hours.*.timezone': [withHours(), withHours({ timezone: 'Europe/Moscow' })],
    ...Object.fromEntries(
      ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [
        `hours.*.${day}`,
        [withHours(), withHours({ [day]: '10:00-11:00' })],
      ]),
    ),
    'hours.*.holidays': [withHours(), withHours({ holidays: ['12-25'] })],
  },
  scheduler: {
    ...Object.fromEntries(['morning', 'noon', 'afternoon', 'evening'].map((part) => [`hours.${part}`, { hours: { [part]: '13:37' } }])),
    presets: { presets: ['2 hours'] },
    offer: { offer: ['2 hours'] },
    furthest: { furthest: '30d' },
    undo: { undo: '10s' },
    automatic_mail: { automatic_mail: true },
    downtime: { downtime: '5m' },
    grace: { grace: '1m' },
    overdue_per_second: { overdue_per_second: 7 },
  },
  merging: {},
  search: {},
  senders: {
    learn: { learn: 'off' },
    keep: { keep: '7d' },
    authserv_id: { authserv_id: 'mx.example.test' },
    learn_command: { learn_command: ['rspamc', 'learn_spam'] },
    unlearn_command: { unlearn_command: ['rspamc', 'learn_ham'] },
    learn_timeout: { learn_timeout: '7s' },
  },
  threading: { foreign_ids: { foreign_ids: '7d' }, subject_numbers: { subject_numbers: false }, reopen: { reopen: false } },
  webhooks: {
    'endpoints.*.url': [withEndpoint(), withEndpoint({ url: 'https://other.example.net/hook' })],
    'endpoints.*.secret': [withEndpoint(), withEndpoint({ secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}` })],
    'endpoints.*.events': [withEndpoint(), withEndpoint({ events: ['case.created'] })],
    'endpoints.*.mailboxes': [withEndpoint(), withEndpoint({ mailboxes: ['sales'] })],
    'endpoints.*.tags': [withEndpoint(), withEndpoint({ tags: ['vip'] })],
    'endpoints.*.payload': [withEndpoint(), withEndpoint({ payload: 'thin' })],
    'endpoints.*.signature': [withEndpoint(), withEndpoint({ signature: 'v1a' })],
    'endpoints.*.headers.*': [withEndpoint(), withEndpoint({ headers: { 'X-Team': 'support' } })],
    'endpoints.*.format': [withEndpoint(), withEndpoint({ format: 'cloudevents' })],
    'endpoints.*.ordered': [withEndpoint(), withEndpoint({ ordered: true })],
    'endpoints.*.timeout': [withEndpoint(), withEndpoint({ timeout: '7s' })],
    'endpoints.*.concurrency': [withEndpoint(), withEndpoint({ concurrency: 7 })],
    'endpoints.*.ports': [withEndpoint(), withEndpoint({ ports: [443] })],
    'endpoints.*.allow_http': [withEndpoint(), withEndpoint({ allow_http: true })],
    'endpoints.*.allow_private': [withEndpoint(), withEndpoint({ allow_private: true })],
    'header_secrets.*': { header_secrets: { crm: 'not-to-be-shown' } },
    concurrency: { concurrency: 7 },
    disable_after: { disable_after: '7d' },
    alarm: { alarm: ['anna'] },
    keep: { keep: '7d' },
  },
}

const order = [
  'desk',
  'forwards',
  'senders',
  'threading',
  'bounces',
  'agent-reply',
  'recipients',
  'rules',
  'scheduler',
  'links',
  'chat',
  'search',
  'report',
  'mcp',
  'merging',
  'webhooks',
  'notify',
]
const needed: Readonly<Record<string, Json>> = { chat: { mailbox: 'support' } }
const settingsOf = (name: string, settings: Json): readonly unknown[] =>
  order.map((one) => ({ [one]: one === name ? { ...needed[one], ...settings } : (needed[one] ?? {}) }))
const template = (subject: string): string => `subject: ${subject}\ntext: Words\n`

let g: TestGateway
let head = ''
const file = (): string => path.join(g.folder, 'postern.yaml')
beforeAll(async () => {
  g = await testGateway({
    plugins: order.map((name) => ({ [name]: needed[name] ?? {} })),
    files: { 'templates/one.yaml': template('one'), 'templates/two.yaml': template('two') },
  })
  head = readFileSync(file(), 'utf8').replace(/^plugins:[^]*$/m, '')
})
afterAll(() => g.stop())

test('the tables speak of every key of every plugin, each once', async () => {
  expect(Object.keys(tables).toSorted()).toEqual([...shippedPlugins()].toSorted())
  for (const [name, table] of Object.entries(tables)) {
    const definition = await loadPlugin(name, undefined, '/')
    if (typeof definition !== 'object') throw new Error(`no plugin ${name}`)
    expect([name, ...Object.keys(table).toSorted()]).toEqual([name, ...leaves(compileSchema(definition.config).json).toSorted()])
  }
})

test.each(Object.entries(tables))('reload: %s', async (name, table) => {
  const put = async (settings: Json) => {
    writeFileSync(file(), `${head}\nplugins: ${JSON.stringify(settingsOf(name, settings))}\n`)
    const loaded = await soundConfig(file())
    const before = g.gateway.config
    const next = takeOver(before, loaded.config)
    g.gateway.reload(next, loaded.plugins)
    return { changes: compareConfigs(before, next), plugin: g.gateway.engine.registry.plugins.find((p) => p.definition.name === name) }
  }
  for (const [key, given] of Object.entries(table)) {
    const [first, second]: readonly [Json, Json] = isPair(given) ? given : [{}, given]
    const before = await put(first)
    const after = await put(second)
    expect([key, after.changes]).toEqual([key, { reloadable: [`plugins.${name}`], needsRestart: [] }])
    expect([key, after.plugin?.settings]).not.toEqual([key, before.plugin?.settings])
    expect(after.plugin?.hooks).not.toBe(before.plugin?.hooks)
  }
})

const isPair = (given: Json | readonly [Json, Json]): given is readonly [Json, Json] => Array.isArray(given)
