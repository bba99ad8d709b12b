// What rules can order: actions of every plugin, in the short words that admins write, each with what it leaves behind.
import { expect, test } from 'vitest'
import { agent } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { receiver } from '../webhooks/receiver.ts'
import { rig, secret } from '../webhooks/rig.ts'
import type { Rig } from '../webhooks/rig.ts'
import { withRules } from './rig.ts'

const anna = agent('anna')
const mail = { from: 'Carl <carl@customer.test>', to: 'support@example.test', cc: 'boss@customer.test', subject: 'Order', text: 'Where is it?' }
const plugins = ['desk', 'threading', 'bounces', 'recipients', 'rules', { scheduler: { undo: '0s', downtime: '3650d' } }]
const templates = { 'parcel.yaml': 'subject: On its way\ntext: "Number {{ case.number }}{% include \'signature\' %}"\nactions: [{ status: waiting }, { tags: told }]', 'signature.liquid': '\n-- \n{{ mailbox.name }}' }

/** A gateway in which one rule orders `action` for a new case. */
const with_ = (action: string, work: (g: TestGateway) => Promise<void>, on = 'incoming'): Promise<void> => withRules({ plugins, templates, rules: `rules:\n  - name: one\n    on: ${on}\n    do:\n      - ${action}\n` }, work)

/** Actions, and what is asked of the case and of the mails afterwards. */
const table: readonly (readonly [action: string, left: (g: TestGateway) => Promise<void>])[] = [
  ['status: в ожидании', async (g) => expect((await g.look('#1')).status).toBe('waiting')],
  ['assign: anna', async (g) => expect((await g.look('#1')).assignee).toBe('anna')],
  ['assign: { assignee: boris, group: team }', async (g) => expect(await g.look('#1')).toMatchObject({ assignee: 'boris', group: 'team' })],
  ['group: team', async (g) => expect((await g.look('#1')).group).toBe('team')],
  ['assign_next: team', async (g) => expect((await g.look('#1')).assignee).toBe('anna')],
  ['tags: [a, "n{{ case.number }}"]', async (g) => expect((await g.look('#1')).tags).toEqual(['a', 'n1'])],
  ['subject: "{{ case.subject }} of {{ customer.address }}"', async (g) => expect((await g.look('#1')).subject).toBe('of carl@customer.test')], // what strangers wrote is not repeated
  ['cc: [x@other.test]', async (g) => expect((await g.look('#1')).cc).toEqual(['boss@customer.test', 'x@other.test'])],
  ['bcc: x@other.test', async (g) => expect((await g.look('#1')).bcc).toEqual(['x@other.test'])],
  ['custom: { order: 17 }', async (g) => expect((await g.look('#1')).custom).toEqual({ order: 17 })],
  ['note: { text: "Case {{ case.number }}", mentions: [anna, team] }', async (g) => expect((await g.look('#1')).notes.map((n) => [n.text, n.mentions.map((m) => m.id)])).toEqual([['Case 1', ['anna', 'team']]])],
  ['reply: { template: parcel, to: requester }', async (g) => expect((await g.sent()).map((m) => [m.rcpts, m.mail.subject, m.mail.text?.trim()])).toEqual([[['carl@customer.test'], 'On its way [#1]', expect.stringMatching(/^Number 1\n-- \nExample Support/) as string]])],
  ['reply: { template: parcel, to: everybody, status: closed }', async (g) => expect([(await g.sent()).flatMap((m) => m.rcpts).sort(), (await g.look('#1')).status]).toEqual([['boss@customer.test', 'carl@customer.test'], 'closed'])],
  ['reply: { text: Hello, to: [manager@other.test] }', async (g) => expect((await g.sent()).flatMap((m) => m.rcpts)).toEqual(['manager@other.test'])],
  ['template: parcel', async (g) => expect([(await g.sent()).flatMap((m) => m.rcpts), await g.look('#1')]).toMatchObject([['carl@customer.test'], { status: 'waiting', tags: ['told'] }])],
  ['receipt: parcel', async (g) => expect((await g.sent()).map((m) => m.mail.subject)).toEqual(['On its way [#1]'])],
  ['forward: jobs@other.test', async (g) => expect((await g.sent()).map((m) => [m.rcpts, m.mail.subject])).toEqual([[['jobs@other.test'], 'Fwd: Order']])],
  ['reopen.plan: { in: 3d, note: Look again }', async (g) => expect((await g.look('#1')).notes).toHaveLength(1)],
  [
    'reply.defer: { in: 2h, text: Good morning }',
    async (g) => {
      expect(await g.sent()).toEqual([])
      await g.advance('121m', 121 * 60_000)
      expect((await g.sent()).map((m) => m.mail.text?.trim())).toEqual([expect.stringContaining('Good morning') as string])
    },
  ],
]

test.each(table)('%s', (action, left) =>
  with_(action, async (g) => {
    await g.mail(mail)
    const { data } = await g.gateway.database.read.selectFrom('events').select('data').where('type', '=', 'rule.fired').executeTakeFirstOrThrow()
    expect(data).not.toContain('refused')
    await left(g)
  }),
)

test('untag and split: a rule for replies takes a tag off and splits a reply off', () =>
  withRules(
    { plugins, rules: 'rules:\n  - { name: untag, on: reply, if: { first: false }, do: [{ untag: a }] }\n  - { name: split, on: reply, if: { first: false, body: another question }, do: [split] }\n' },
    async (g) => {
      await g.mail(mail)
      await g.act('case.tags', '#1', { add: ['a', 'b'] }, anna)
      await g.act('reply.send', '#1', { text: 'Tomorrow' }, anna)
      const back = (await g.sentTo('carl@customer.test'))[0]?.mail.replyTo?.value[0]?.address ?? ''
      await g.mail({ ...mail, to: back, subject: 'Re: Order', text: 'Thanks. And another question: how much is it?' })
      expect(await g.look('#1')).toMatchObject({ tags: ['b'], messageCount: 2 })
      expect((await g.look('#2')).messages.map((m) => m.text)).toEqual(['Thanks. And another question: how much is it?'])
    },
  ))

test('no_receipt keeps the standard receipt back, stop keeps later rules back, priority puts a rule first, and one that is not enabled is not there', () =>
  withRules(
    {
      settings: { receipts: [{ template: 'receipt' }] },
      rules: 'rules:\n  - { name: late, on: incoming, do: [{ tags: late }] }\n  - { name: off, on: incoming, enabled: false, priority: 20, do: [{ tags: off }] }\n  - { name: early, on: incoming, priority: 10, do: [{ tags: early }, no_receipt, stop] }\n',
    },
    async (g) => {
      await g.mail(mail)
      expect((await g.look('#1')).tags).toEqual(['early'])
      expect(await g.sent()).toEqual([])
    },
  ))

/** How often a rule that hears of new cases fires for three of one sender, the third eight days later; and one that hears of changes in one case, the third eight days later. */
const often: readonly (readonly [once: string, cases: number, changes: number])[] = [
  ['case', 3, 1],
  ['sender', 1, 1],
  ['{ sender: 7d }', 2, 2],
  ['{ case: 7d }', 3, 2],
  ['1h', 3, 2],
  ['status', 3, 1],
]

test.each(often)('once_per: %s', (once, cases, changes) =>
  withRules({ rules: `rules:\n  - { name: cases, on: incoming, once_per: ${once}, do: [{ custom: { hit: yes } }] }\n  - { name: changes, on: case.subject_changed, once_per: ${once}, do: [{ custom: { hit: yes } }] }\n` }, async (g) => {
    const fired = async (rule: string): Promise<number> => (await g.gateway.database.write.selectFrom('events').select('data').where('type', '=', 'rule.fired').execute()).filter((e) => e.data.includes(`"${rule}"`)).length
    const round = async (i: number): Promise<void> => {
      await g.mail({ ...mail, subject: `Question ${i}`, text: `Words of ${i}` })
      await g.act('case.subject', '#1', { subject: `Subject ${i}` }, anna)
    }
    await round(1)
    await round(2)
    g.clock.leap(8 * 86_400_000)
    await round(3)
    expect([await fired('cases'), await fired('changes')]).toEqual([cases, changes])
  }),
)

test('webhook tells those endpoints that want it, or one alone, with facts of the case in it', async () => {
  const second = await receiver()
  let r: Rig | undefined
  try {
    const rules = 'rules:\n  - name: escalate\n    on: incoming\n    do:\n      - webhook: { call: escalate, data: { number: "{{ case.number }}" } }\n      - webhook: { call: alone, endpoint: second }\n      - webhook: { call: nobody, endpoint: third }\n'
    r = await rig('sqlite', { events: ['webhook.called'] }, { plugins: ['rules'], webhooks: { endpoints: { second: { url: second.url, secret, allow_http: true, allow_private: true, ports: [second.port], events: ['webhook.called'] } } }, gateway: { files: { 'rules/a.yaml': rules } } })
    await r.g.mail(mail)
    await r.g.settle()
    const heard = (to: Rig['to']): unknown => to.hooks().map((h) => h.data.facts)
    expect(heard(r.to)).toEqual([{ call: 'escalate', data: { number: '1' }, endpoint: null }])
    expect(heard(second)).toEqual([{ call: 'escalate', data: { number: '1' }, endpoint: null }, { call: 'alone', data: {}, endpoint: 'second' }])
    const { data } = await r.g.gateway.database.read.selectFrom('events').select('data').where('type', '=', 'rule.fired').executeTakeFirstOrThrow()
    expect(data).toContain('webhook.call refused: there is no webhook endpoint')
  } finally {
    await r?.stop()
    await second.close()
  }
})
