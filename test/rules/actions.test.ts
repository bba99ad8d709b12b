// What rules can order: actions of every plugin, in the short words that admins write, each with what it leaves behind.
import { expect, test } from 'vitest'
import { agent } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { receiver } from '../webhooks/receiver.ts'
import { rig, secret } from '../webhooks/rig.ts'
import type { Rig } from '../webhooks/rig.ts'
import { withRules } from './rig.ts'

const anna = agent('anna')
const mail = {
  from: 'Carl <carl@customer.test>',
  to: 'support@example.test',
  cc: 'boss@customer.test',
  subject: 'Order',
  text: 'Where is it?',
}
const plugins = ['desk', 'threading', 'bounces', 'recipients', 'rules', { scheduler: { undo: '0s', downtime: '3650d' } }]
const templates = {
  'parcel.yaml':
    'subject: On its way\ntext: "Number {{ case.number }}{% include \'signature\' %}"\nactions: [{ status: waiting }, { tags: told }]',
  'signature.liquid': '\n-- \n{{ mailbox.name }}',
}

interface Made {
  readonly g: TestGateway
  /** The case. */
  readonly ref: string
  /** Its requester; boss. before it is in copy. */
  readonly who: string
}

/** Actions, and what is asked of the case and of the mails afterwards. */
const table: readonly (readonly [action: string, left: (made: Made) => Promise<void>])[] = [
  ['status: в ожидании', async ({ g, ref }) => expect((await g.look(ref)).status).toBe('waiting')],
  ['assign: anna', async ({ g, ref }) => expect((await g.look(ref)).assignee).toBe('anna')],
  [
    'assign: { assignee: boris, group: team }',
    async ({ g, ref }) => expect(await g.look(ref)).toMatchObject({ assignee: 'boris', group: 'team' }),
  ],
  ['group: team', async ({ g, ref }) => expect((await g.look(ref)).group).toBe('team')],
  ['assign_next: team', async ({ g, ref }) => expect((await g.look(ref)).assignee).toBe('anna')],
  ['tags: [a, "n{{ case.number }}"]', async ({ g, ref }) => expect((await g.look(ref)).tags).toEqual(['a', `n${ref.slice(1)}`])],
  [
    'subject: "{{ case.subject }} of {{ customer.address }}"',
    async ({ g, ref, who }) => expect((await g.look(ref)).subject).toBe(`of ${who}`),
  ], // what strangers wrote is not repeated
  ['cc: [x@other.test]', async ({ g, ref, who }) => expect((await g.look(ref)).cc).toEqual([`boss.${who}`, 'x@other.test'])],
  ['bcc: x@other.test', async ({ g, ref }) => expect((await g.look(ref)).bcc).toEqual(['x@other.test'])],
  ['custom: { order: 17 }', async ({ g, ref }) => expect((await g.look(ref)).custom).toEqual({ order: 17 })],
  [
    'note: { text: "Case {{ case.number }}", mentions: [anna, team] }',
    async ({ g, ref }) =>
      expect((await g.look(ref)).notes.map((n) => [n.text, n.mentions.map((m) => m.id)])).toEqual([
        [`Case ${ref.slice(1)}`, ['anna', 'team']],
      ]),
  ],
  [
    'reply: { template: parcel, to: requester }',
    async ({ g, ref, who }) =>
      expect((await g.sent()).map((m) => [m.rcpts, m.mail.subject, m.mail.text?.trim()])).toEqual([
        [[who], `On its way [${ref}]`, expect.stringMatching(/^Number \d+\n-- \nExample Support/) as string],
      ]),
  ],
  [
    'reply: { template: parcel, to: everybody, status: closed }',
    async ({ g, ref, who }) =>
      expect([(await g.sent()).flatMap((m) => m.rcpts).sort(), (await g.look(ref)).status]).toEqual([[`boss.${who}`, who], 'closed']),
  ],
  [
    'reply: { text: Hello, to: [manager@other.test] }',
    async ({ g }) => expect((await g.sent()).flatMap((m) => m.rcpts)).toEqual(['manager@other.test']),
  ],
  [
    'template: parcel',
    async ({ g, ref, who }) =>
      expect([(await g.sent()).flatMap((m) => m.rcpts), await g.look(ref)]).toMatchObject([[who], { status: 'waiting', tags: ['told'] }]),
  ],
  ['receipt: parcel', async ({ g, ref }) => expect((await g.sent()).map((m) => m.mail.subject)).toEqual([`On its way [${ref}]`])],
  [
    'forward: jobs@other.test',
    async ({ g }) =>
      expect((await g.sent()).map((m) => [m.rcpts, m.mail.subject])).toEqual([
        [['jobs@other.test'], expect.stringMatching(/^Fwd: /) as string],
      ]),
  ],
  ['reopen.plan: { in: 3d, note: Look again }', async ({ g, ref }) => expect((await g.look(ref)).notes).toHaveLength(1)],
  [
    'reply.defer: { in: 2h, text: Good morning }',
    async ({ g }) => {
      expect(await g.sent()).toEqual([])
      await g.advance('121m', 121 * 60_000)
      expect((await g.sent()).map((m) => m.mail.text?.trim())).toEqual([expect.stringContaining('Good morning') as string])
    },
  ],
]

test('each action that a rule orders is done', { timeout: 60_000 }, () =>
  withRules(
    {
      plugins,
      templates,
      config: 'budget: { total: [500/1h], per_recipient: [100/1h], per_domain: [100/1h] }',
      // One rule for each, told apart by the subject.
      rules: `rules:\n${table.map(([action], i) => `  - name: rule ${i}\n    on: incoming\n    if: { subject: { is: subject ${i} } }\n    do:\n      - ${action}\n`).join('')}`,
    },
    async (g) => {
      for (const [i, [action, left]] of table.entries()) {
        const [ref, who] = [`#${i + 1}`, `carl@d${i}.test`]
        g.clear()
        await g.mail({ from: `Carl <${who}>`, to: mail.to, cc: `boss.${who}`, subject: `subject ${i}`, text: `Where is it? ${action}` })
        const fired = await g.gateway.database.read
          .selectFrom('events')
          .select('data')
          .where('type', '=', 'rule.fired')
          .orderBy('id', 'desc')
          .executeTakeFirst()
        expect(fired?.data, action).toContain(`"rule ${i}"`)
        expect(fired?.data, action).not.toMatch(/refused|not sent/)
        await left({ g, ref, who })
      }
    },
  ),
)

test('untag and split: a rule for replies takes a tag off and splits a reply off', () =>
  withRules(
    {
      plugins,
      rules:
        'rules:\n  - { name: untag, on: reply, if: { first: false }, do: [{ untag: a }] }\n  - { name: split, on: reply, if: { first: false, body: another question }, do: [split] }\n',
    },
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
      rules:
        'rules:\n  - { name: late, on: incoming, do: [{ tags: late }] }\n  - { name: off, on: incoming, enabled: false, priority: 20, do: [{ tags: off }] }\n  - { name: early, on: incoming, priority: 10, do: [{ tags: early }, no_receipt, stop] }\n',
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
  withRules(
    {
      rules: `rules:\n  - { name: cases, on: incoming, once_per: ${once}, do: [{ custom: { hit: yes } }] }\n  - { name: changes, on: case.subject_changed, once_per: ${once}, do: [{ custom: { hit: yes } }] }\n`,
    },
    async (g) => {
      const fired = async (rule: string): Promise<number> =>
        (await g.gateway.database.write.selectFrom('events').select('data').where('type', '=', 'rule.fired').execute()).filter((e) =>
          e.data.includes(`"${rule}"`),
        ).length
      const round = async (i: number): Promise<void> => {
        await g.mail({ ...mail, subject: `Question ${i}`, text: `Words of ${i}` })
        await g.act('case.subject', '#1', { subject: `Subject ${i}` }, anna)
      }
      await round(1)
      await round(2)
      g.clock.leap(8 * 86_400_000)
      await round(3)
      expect([await fired('cases'), await fired('changes')]).toEqual([cases, changes])
    },
  ),
)

test('webhook tells those endpoints that want it, or one alone, with facts of the case in it', async () => {
  const second = await receiver()
  let r: Rig | undefined
  try {
    const rules =
      'rules:\n  - name: escalate\n    on: incoming\n    do:\n      - webhook: { call: escalate, data: { number: "{{ case.number }}" } }\n      - webhook: { call: alone, endpoint: second }\n      - webhook: { call: nobody, endpoint: third }\n'
    r = await rig(
      'sqlite',
      { events: ['webhook.called'] },
      {
        plugins: ['rules'],
        webhooks: {
          endpoints: {
            second: { url: second.url, secret, allow_http: true, allow_private: true, ports: [second.port], events: ['webhook.called'] },
          },
        },
        gateway: { files: { 'rules/a.yaml': rules } },
      },
    )
    await r.g.mail(mail)
    await r.g.settle()
    const heard = (to: Rig['to']): unknown => to.hooks().map((h) => h.data.facts)
    expect(heard(r.to)).toEqual([{ call: 'escalate', data: { number: '1' }, endpoint: null }])
    expect(heard(second)).toEqual([
      { call: 'escalate', data: { number: '1' }, endpoint: null },
      { call: 'alone', data: {}, endpoint: 'second' },
    ])
    const { data } = await r.g.gateway.database.read
      .selectFrom('events')
      .select('data')
      .where('type', '=', 'rule.fired')
      .executeTakeFirstOrThrow()
    expect(data).toContain('webhook.call refused: there is no webhook endpoint')
  } finally {
    await r?.stop()
    await second.close()
  }
})
