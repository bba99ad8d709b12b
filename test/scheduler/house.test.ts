// The scheduler together with the rest of the house: templates, rules in files, a config that changes, what is measured.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { freshPlace } from '../support/databases.ts'
import { agent, testGateway } from '../support/gateway.ts'
import type { TestGateway, TestGatewayOptions } from '../support/gateway.ts'
import { smtpSink } from '../support/smtp-sink.ts'
import { at, begin, eachGateway, pass, people } from './rig.ts'

const anna = agent('anna')
const metric = async (g: TestGateway, name: string, labels: string): Promise<number> =>
  Number(new RegExp(`^${name}\\{plugin="scheduler",${labels}\\} (\\d+)$`, 'm').exec((await g.gateway.metrics.text()).body)?.[1] ?? 0)

const templates = {
  'templates/no-answer.yaml': 'text: |\n  We called you.\nactions:\n  - reopen.plan: { in: 2 days, note: "call again, @team" }\n',
  'templates/morning.yaml':
    'subject: Good morning\ntext: "Here is the plan, {{ case.number }}."\nattachments: [plan.txt]\nactions:\n  - status: closed\n  - cc: boss@customer.test\n  - tags: answered\n',
  'templates/plan.txt': 'plan',
  'templates/remind.yaml': 'actions:\n  - reopen.plan: { in: 1 day, note: look }\n',
  'rules/a.yaml': `rules:
  - name: check the order
    on: case.tags_changed
    if: { tags: order }
    once_per: case
    do: [{ reopen.plan: { in: 3 days, note: "the order of {{ case.number }}" } }]
  - name: ask again
    on: case.created
    if: { subject: quiet }
    do: [{ reply.defer: { text: "Is {{ case.number }} solved?", in: 2 days, status: closed, cc: { add: [boss@customer.test] } } }]
  - name: in the morning
    on: case.tags_changed
    if: { tags: night }
    once_per: case
    do: [{ template: { name: morning, at: "tomorrow 9:00" } }, { reply: { template: no-answer, at: in 2 days } }]
  - name: not twice
    on: case.tags_changed
    if: { all: [{ tags: urgent }, { reopen_owner: anna }, { reopen_mention: team }, { deferred: false }] }
    do: [{ tags: seen }]
`,
}
const withRules = {
  files: templates,
  plugins: [
    'desk',
    'threading',
    { rules: { rules: './rules', templates: './templates', authserv_id: 'mx.example.test' } },
    { scheduler: { downtime: '3650d' } },
    'notify',
  ],
} as const satisfies TestGatewayOptions

eachGateway((with_, kind) => {
  test(
    'point 2: a template plans the reopen at once; with `send: false`, or without words of its own, nothing leaves and nothing else changes',
    with_(async (g) => {
      await begin(g)
      const before = await g.look('#1')
      for (const args of [{ name: 'no-answer', send: false }, { name: 'remind' }]) {
        g.clear()
        await g.act('template.use', '#1', args, anna)
        const c = await g.look('#1')
        expect([c.status, c.assignee, c.messages, await g.sentTo('carl@customer.test')]).toEqual([
          before.status,
          before.assignee,
          before.messages,
          [],
        ])
      }
      // The second one of the same agent moved it.
      const rows = await g.transact((tx) => tx.db.selectFrom('scheduler_reopens').selectAll().execute())
      expect(rows).toMatchObject([{ owner: 'anna', state: 'planned', due_at: at('2026-09-22T09:00:00Z'), note: 'look' }])
      expect((await g.look('#1')).notes.map((n) => [n.agent, n.text])).toEqual([
        ['anna', 'Anna Smith planned to reopen this case on 23 September 2026 at 10:00 BST.'],
        ['anna', 'Anna Smith moved the planned reopen to 22 September 2026 at 10:00 BST.'],
      ])
      await g.act('template.use', '#1', { name: 'no-answer' }, anna)
      expect((await g.sentTo('carl@customer.test')).map((m) => m.mail.text?.trim())).toEqual(['We called you.'])
    }, withRules),
  )

  test(
    "point 2: rules for new and for changed cases plan reopens and deferred answers in Postern's name, and ask for what is planned",
    with_(async (g) => {
      await begin(g)
      await g.act('case.tags', '#1', { add: ['order'] }, anna)
      const [planned] = await g.transact((tx) => tx.db.selectFrom('scheduler_reopens').selectAll().execute())
      expect(planned).toMatchObject({ owner: null, owner_kind: 'rule', note: 'the order of 1', due_at: at('2026-09-24T09:00:00Z') })
      await g.act('reopen.plan', '#1', { in: '1 day', note: '@team' }, anna)
      await g.act('case.tags', '#1', { add: ['urgent'] }, anna)
      expect((await g.look('#1')).tags).toContain('seen')
      await begin(g, 'A quiet matter')
      await pass(g, '2d')
      const [mail] = await g.sentTo('boss@customer.test')
      expect([mail?.rcpts, mail?.mail.text?.trim(), mail?.mail.headers.get('auto-submitted')]).toEqual([
        ['carl@customer.test', 'boss@customer.test'],
        'Is 2 solved?',
        'auto-replied',
      ])
      expect((await g.look('#2')).status).toBe('closed')
    }, withRules),
  )

  test(
    'a template leaves later too, by an agent or a rule, with its files; status and people in copy change when it leaves',
    with_(async (g) => {
      const leaves = async (ref: string): Promise<void> => {
        expect(await g.look(ref)).toMatchObject({ status: 'open', cc: [] })
        expect((await g.look(ref)).tags).toContain('answered')
        g.clear()
        await pass(g, '1d')
        const [mail] = await g.sentTo('boss@customer.test')
        expect([mail?.mail.text?.trim(), mail?.mail.attachments.map((a) => a.filename)]).toEqual([
          `Here is the plan, ${ref.slice(1)}.`,
          ['plan.txt'],
        ])
        expect((await g.look(ref)).status).toBe('closed')
      }
      await begin(g)
      expect((await g.act('template.use', '#1', { name: 'morning', at: 'завтра в 9', to: 'everybody' }, agent('boris'))).said).toBe(
        'Сообщение будет отправлено 22 сентября 2026 г. в 09:00 GMT+3.',
      )
      await leaves('#1')
      await begin(g, 'Another')
      await g.act('case.tags', '#2', { add: ['night'] }, anna)
      expect((await g.look('#2')).messages.filter((m) => m.state === 'deferred')).toHaveLength(2)
      await pass(g, '1d')
      expect(await g.look('#2')).toMatchObject({ status: 'closed', cc: ['boss@customer.test'] })
      expect((await g.sentTo('carl@customer.test')).at(-1)?.mail).toMatchObject({ attachments: [{ filename: 'plan.txt' }] })
      await pass(g, '1d')
      // What was automatic does not make what was automatic a note.
      expect((await g.sentTo('carl@customer.test')).at(-1)?.mail.text?.trim()).toBe('We called you.')
    }, withRules),
  )

  test(
    'what is due, late and held is counted',
    with_(async (g) => {
      await begin(g)
      await g.act('reopen.plan', '#1', { in: '1 hour', note: 'look' }, anna)
      await g.act('reply.defer', '#1', { text: 'In time', in: '1 hour' }, anna)
      await pass(g, '1h')
      const due = async () => [
        await metric(g, 'postern_scheduler_due_total', 'what="reopen"'),
        await metric(g, 'postern_scheduler_due_total', 'what="message"'),
      ]
      const late = async () => [
        await metric(g, 'postern_scheduler_late_total', 'what="reopen"'),
        await metric(g, 'postern_scheduler_late_total', 'what="message"'),
      ]
      expect([await due(), await late()]).toEqual([
        [1, 1],
        [0, 0],
      ])
      await g.act('reopen.plan', '#1', { in: '1 hour' }, anna)
      await g.act('reply.defer', '#1', { text: 'Late', in: '1 hour' }, anna)
      // Nobody is at work for 10 s over that time.
      await pass(g, '59m')
      g.clock.advance(70_000)
      await g.settle()
      expect([await due(), await late()]).toEqual([
        [2, 2],
        [1, 1],
      ])
      for (const text of ['Dear {{ name }}', 'More']) await g.act('reply.defer', '#1', { text, in: '1 hour' }, anna)
      await g.act('case.status', '#1', { status: 'spam' })
      await pass(g, '1h')
      // The reason that is found first counts.
      expect(await metric(g, 'postern_scheduler_held_total', 'reason="case_spam"')).toBe(2)
      expect(await due()).toEqual([2, 4])
    }),
  )

  describe('a config that changes', () => {
    test('an answer from a mailbox that is gone by then is held, and leaves when the mailbox is back and somebody says so', async () => {
      const place = await freshPlace(kind)
      const folder = mkdtempSync(path.join(tmpdir(), 'postern-gone-'))
      const [clock, sink] = [new TestClock(), await smtpSink()]
      const boxes = (ids: readonly string[]) =>
        `reload: { allow_removal: true }\nmailboxes:\n${ids.map((id) => `  ${id}: { address: ${id}@example.test, notify: [anna] }\n`).join('')}${people}`
      const run = async (ids: readonly string[], body: (g: TestGateway) => Promise<void>): Promise<void> => {
        const g = await testGateway({
          folder,
          clock,
          sink,
          config: boxes(ids),
          plugins: ['desk', 'threading', { scheduler: { downtime: '3650d' } }, 'notify'],
          ...(place.config.kind === 'postgres' && { postgres: place.config.url }),
        })
        try {
          await body(g)
        } finally {
          await g.stop()
        }
      }
      try {
        await run(['support', 'sales'], async (g) => {
          await g.mail({ from: 'carl@customer.test', to: 'sales@example.test', subject: 'Price', text: 'How much?' })
          await g.act('reply.defer', '#1', { text: 'That much', in: '30 minutes' }, anna)
          await g.act('reopen.plan', '#1', { in: '30 minutes', note: 'ask @me' }, anna)
        })
        await run(['support'], async (g) => {
          await pass(g, '1h')
          const c = await g.look('#1')
          expect(c.messages.at(-1)?.state).toBe('held')
          expect(c.notices.filter((n) => n.state === 'open')).toMatchObject([{ kind: 'reply_held', data: { reason: 'mailbox_gone' } }])
          expect(c.notes.at(-1)?.kind).toBe('reopen')
          expect(await metric(g, 'postern_scheduler_held_total', 'reason="mailbox_gone"')).toBe(1)
        })
        await run(['support', 'sales'], async (g) => {
          await pass(g, '1h')
          expect(await g.sentTo('carl@customer.test')).toEqual([])
          await g.act('reply.release', '#1', { message: (await g.look('#1')).messages.at(-1)?.id }, anna)
          expect((await g.sentTo('carl@customer.test')).map((m) => m.mail.text?.trim())).toEqual(['That much'])
        })
      } finally {
        await sink.close()
        rmSync(folder, { recursive: true, force: true })
        await place.drop()
      }
    })
  })
})
