// Every condition of rules, each once where it holds and once where it does not, asked of mails that come in through the front door.
import { expect, test } from 'vitest'
import { conditions } from '../../plugins/rules/conditions/conditions.ts'
import { schedulerConditions } from '../../plugins/scheduler/filters.ts'
import { agent } from '../support/gateway.ts'
import type { TestGateway, TestMail } from '../support/gateway.ts'
import { vouched, withRules } from './rig.ts'

type Condition = string

/** What happens, and what then holds and does not; conditions as they stand in YAML. */
interface Occasion {
  readonly what: string
  readonly on: string
  /** What came before; rules that fire then do not count. */
  readonly before?: (g: TestGateway) => Promise<unknown>
  readonly happens: (g: TestGateway) => Promise<unknown>
  readonly holds: readonly Condition[]
  readonly fails: readonly Condition[]
}

const mail =
  (more: Partial<TestMail> = {}) =>
  (g: TestGateway): Promise<unknown> =>
    g.mail({ from: 'Carl <carl@Customer.test>', to: 'support@example.test', subject: 'Order 17', text: 'Where is my PARCEL?', ...more })
/** A multipart mail with a picture. */
const withFile = (g: TestGateway): Promise<unknown> =>
  g.mail({
    from: 'carl@customer.test',
    to: 'support@example.test',
    raw:
      'From: carl@customer.test\nTo: support@example.test\nSubject: File\nMessage-ID: <file@customer.test>\nDate: Mon, 21 Sep 2026 09:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nSee\n--b\nContent-Type: image/png\nContent-Disposition: attachment; filename="Shot.PNG"\n\n' +
      `${'x'.repeat(70)}\n`.repeat(40) +
      '--b--\n',
  })
const anna = agent('anna')

const occasions: readonly Occasion[] = [
  {
    what: 'a mail',
    on: 'case.created',
    happens: mail({ cc: 'boss@customer.test, second@customer.test', headers: { 'X-Level': 'Gold', ...vouched('customer.test') } }),
    holds: [
      'mailbox: support',
      'mailbox: [sales, support]',
      'channel: mail',
      'status: open',
      'status: [waiting, открытое]',
      'assignee: nobody',
      'group: nobody',
      'tags: { none: x }',
      'subject: order',
      'subject: { is: order 17 }',
      'subject: { starts: ORDER }',
      'subject: { ends: ["18", "17"] }',
      'subject: { matches: "^order \\\\d+$" }',
      'subject: { contains: Order, case_sensitive: true }',
      'body: parcel',
      'body: [nothing, parcel]',
      'sender: carl@customer.test',
      'sender: { ends: "@customer.test" }',
      'domain: customer.test',
      'requester: carl@customer.test',
      'recipients: support@example.test',
      'recipients: boss@customer.test',
      'cc: second@customer.test',
      'cc_count: 2',
      'cc_count: { at_least: 2, under: 3 }',
      'header: { X-Level: gold }',
      'header: { X-Level: true, X-Other: false }',
      'language: en',
      'attachment: false',
      'kind: normal',
      'author: customer',
      'authenticated: pass',
      'spam: false',
      'first: true',
      'known_sender: false',
      'case_origin: customer',
      'age: { under: 1m }',
      'since_customer: { under: 1m }',
      'since_status: { under: 1m }',
      'hours: open',
      'hours: { closed: night }',
      'messages: 1',
      'messages: { at_most: 1 }',
      'notice: false',
      'custom: { order: false }',
      'all: [{ status: open }, { subject: order }]',
      'any: [{ status: closed }, { subject: order }]',
      'not: { status: closed }',
    ],
    fails: [
      'mailbox: sales',
      'channel: chat',
      'status: [waiting, закрытое]',
      'assignee: anna',
      'assignee: anybody',
      'group: team',
      'tags: x',
      'tags: { all: [x, y] }',
      'subject: invoice',
      'subject: { is: order }',
      'subject: { starts: "17" }',
      'subject: { ends: order }',
      'subject: { matches: "^\\\\d+$" }',
      'subject: { contains: order, case_sensitive: true }',
      'subject: { contains: order, is: order }',
      'body: invoice',
      'sender: boss@customer.test',
      'sender: customer.test',
      'domain: other.test',
      'domain: test',
      'requester: boss@customer.test',
      'recipients: sales@example.test',
      'cc: carl@customer.test',
      'cc_count: 1',
      'cc_count: { over: 2 }',
      'header: { X-Level: silver }',
      'header: { X-Level: true, X-Other: true }',
      'language: ru',
      'attachment: true',
      'kind: [auto-reply, bulk]',
      'author: agent',
      'authenticated: [fail, none]',
      'spam: true',
      'first: false',
      'known_sender: true',
      'case_origin: agent',
      'age: { over: 1m }',
      'since_customer: { over: 1m }',
      'since_agent: { over: 1s }',
      'since_agent: { under: 10d }',
      'since_status: { over: 1m }',
      'hours: closed',
      'hours: { open: night }',
      'messages: { over: 1 }',
      'notice: true',
      'notice: delivery_failed',
      'custom: { order: true }',
      'all: [{ status: open }, { subject: invoice }]',
      'any: [{ status: closed }, { subject: invoice }]',
      'not: { status: open }',
    ],
  },
  {
    what: 'a mail from a robot, marked as spam',
    on: 'case.created',
    happens: mail({ headers: { 'Auto-Submitted': 'auto-replied', 'X-Spam-Flag': 'YES' } }),
    holds: ['kind: auto-reply', 'spam: true', 'authenticated: none'],
    fails: ['kind: normal', 'spam: false'],
  },
  {
    what: 'a mail from a forger',
    on: 'case.created',
    happens: mail({ headers: { 'Authentication-Results': 'mx.example.test; dmarc=fail header.from=customer.test' } }),
    holds: ['authenticated: fail'],
    fails: ['authenticated: pass'],
  },
  {
    what: 'a file',
    on: 'case.created',
    happens: withFile,
    holds: ['attachment: true', 'attachment: { name: shot.png }', 'attachment: { type: { starts: image/ }, over: 2kB }'],
    fails: [
      'attachment: false',
      'attachment: { name: shot.jpg }',
      'attachment: { type: image/png, over: 1MB }',
      'attachment: { type: { starts: video/ } }',
    ],
  },
  {
    what: 'a mail at another mailbox, in Russian',
    on: 'case.created',
    happens: mail({ to: 'sales@example.test', subject: 'Заказ', text: 'Где моя ПОСЫЛКА?' }),
    holds: ['mailbox: sales', 'language: ru', 'body: посылка'],
    fails: ['mailbox: support', 'language: [en, de]'],
  },
  {
    what: 'a second case of a known sender',
    on: 'case.created',
    before: mail(),
    happens: mail({ subject: 'Another' }),
    holds: ['known_sender: true'],
    fails: ['known_sender: false'],
  },
  {
    what: 'what agents have done meanwhile, seen when the customer answers',
    on: 'message.received',
    before: async (g) => {
      await mail()(g)
      await g.act('case.assign', '#1', { assignee: 'anna', group: 'team' }, anna)
      await g.act('case.tags', '#1', { add: ['vip', 'order'] }, anna)
      await g.act('case.custom', '#1', { set: { order: '17' } }, anna)
      await g.act('reply.send', '#1', { text: 'It is on its way' }, anna)
      await g.advance('2h', 3_600_000)
    },
    happens: async (g) => {
      const [sent] = await g.sentTo('carl@customer.test')
      await mail({ to: sent?.mail.replyTo?.value[0]?.address ?? '', subject: 'Re: Order 17', text: 'Thanks' })(g)
    },
    holds: [
      'assignee: anna',
      'assignee: anybody',
      'group: team',
      'tags: vip',
      'tags: { all: [vip, ORDER], none: other }',
      'custom: { order: "17" }',
      'custom: { order: true }',
      'first: false',
      'messages: 3',
      'messages: { over: 2 }',
      'since_agent: { over: 1h, under: 3h }',
      'since_customer: { under: 1m }',
      'age: { over: 2h }',
      'status: open',
      'notice: false',
    ],
    fails: [
      'assignee: [boris, nobody]',
      'group: nobody',
      'tags: { none: vip }',
      'tags: { all: [vip, other] }',
      'custom: { order: "18" }',
      'custom: { order: false }',
      'first: true',
      'messages: { under: 3 }',
      'since_agent: { over: 3h }',
    ],
  },
  {
    what: 'what is planned',
    on: 'case.tags_changed',
    happens: async (g) => {
      await mail()(g)
      await g.act('reopen.plan', '#1', { in: '1d', note: '@boris, please look' }, anna)
      await g.act('reply.defer', '#1', { text: 'Good morning', in: '2d' }, anna)
      await g.act('case.tags', '#1', { add: ['x'] }, anna)
    },
    holds: ['reopen: true', 'reopen: tomorrow', 'reopen_owner: anna', 'reopen_mention: boris', 'deferred: true', 'deferred: this-week'],
    fails: ['reopen: false', 'reopen: today', 'reopen_owner: boris', 'reopen_mention: anna', 'deferred: false', 'deferred: tomorrow'],
  },
  {
    what: 'an answer of an agent',
    on: 'message.sent',
    happens: async (g) => {
      await mail()(g)
      await g.act('reply.send', '#1', { text: 'It is on its way' }, anna)
    },
    holds: ['author: agent', 'body: on its way', 'status: waiting'],
    fails: ['author: customer', 'body: parcel'],
  },
  {
    what: 'a status that changed',
    on: 'case.status_changed',
    happens: async (g) => {
      await mail()(g)
      await g.act('case.status', '#1', { status: 'closed' }, anna)
    },
    holds: ['changed: { to: closed }', 'changed: { from: [open, waiting], to: закрытое }'],
    fails: ['changed: { to: open }', 'changed: { from: closed }'],
  },
  {
    what: 'an assignee that changed',
    on: 'case.assigned',
    happens: async (g) => {
      await mail()(g)
      await g.act('case.assign', '#1', { assignee: 'boris' }, anna)
    },
    holds: ['changed: { to: boris }', 'changed: { from: nobody }'],
    fails: ['changed: { to: anna }', 'changed: { from: boris }'],
  },
  {
    what: 'a notice',
    on: 'notice.raised',
    happens: async (g) => {
      await mail()(g)
      await g.act('case.status', '#1', { status: 'closed' }, anna)
      await g.act('reopen.plan', '#1', { in: '1h' }, anna)
      await g.advance('61m')
    },
    holds: ['notice: true', 'notice: reopen_fired', 'notice: [reopen_fired, recipients]'],
    fails: ['notice: false', 'notice: recipients'],
  },
  {
    what: 'a case that an agent begins',
    on: 'case.created',
    happens: (g) => g.act('case.start', null, { mailbox: 'sales', to: 'carl@customer.test', subject: 'Offer', text: 'Our offer' }, anna),
    holds: ['case_origin: agent', 'mailbox: sales'],
    fails: ['case_origin: customer'],
  },
]

const settings = { hours: { default: { mon: '09:00-17:00' }, night: { mon: '22:00-24:00' } } }
const plugins = ['desk', 'threading', 'bounces', { rules: { authserv_id: 'mx.example.test', ...settings } }, { scheduler: { undo: '0s' } }]

test.each(occasions)('$what: conditions that hold and such that do not', async ({ on, before, happens, holds, fails }) => {
  const rule = (condition: Condition, i: number): string =>
    `  - { name: "${i}", on: ${on}, if: { ${condition} }, do: [{ custom: { "fired${i}": yes } }] }\n`
  const all = [...holds, ...fails]
  await withRules({ rules: `rules:\n${all.map(rule).join('')}`, plugins }, async (g) => {
    const firings = (): Promise<readonly { readonly data: string }[]> =>
      g.gateway.database.write.selectFrom('events').select('data').where('type', '=', 'rule.fired').orderBy('id').execute()
    await before?.(g)
    const earlier = (await firings()).length
    await happens(g)
    const fired = new Set((await firings()).slice(earlier).map((r) => Number((JSON.parse(r.data) as { rule: string }).rule)))
    expect(all.filter((_, i) => fired.has(i))).toEqual(holds)
  })
})

test('every condition stands in the table, both ways', () => {
  const named = (list: readonly Condition[]): ReadonlySet<string> => new Set(list.map((c) => c.slice(0, c.indexOf(':'))))
  const [held, failed] = [named(occasions.flatMap((o) => o.holds)), named(occasions.flatMap((o) => o.fails))]
  expect([...Object.keys(conditions), ...Object.keys(schedulerConditions)].filter((name) => !held.has(name) || !failed.has(name))).toEqual(
    [],
  )
})
