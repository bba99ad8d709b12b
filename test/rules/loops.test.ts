import { expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { withRules } from './rig.ts'
import type { SentMail, TestGateway } from '../support/gateway.ts'

const eager = `
rules:
  - { name: thank, on: reply, do: [{ reply: { subject: Thank you, text: We read everything at once. } }] }
  - { name: thank again, on: incoming, do: [{ reply: { template: receipt, to: everybody } }] }
`
const receipts = { receipts: [{ template: 'receipt' }] }

/** Carries every mail of one gateway that is meant for the other, until nobody has anything to say or `most` were carried. */
async function pingPong(a: TestGateway, b: TestGateway, strip: boolean, most: number): Promise<number> {
  let carried = 0
  const told = new Map<TestGateway, number>([
    [a, 0],
    [b, 0],
  ])
  for (let quiet = 0; quiet < 2 && carried < most;) {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const all = await from.sent()
      const fresh = all.slice(told.get(from))
      told.set(from, all.length)
      quiet = fresh.length === 0 ? quiet + 1 : 0
      for (const mail of fresh) {
        carried++
        await to.mail({
          from: mail.from,
          to: mail.rcpts[0] ?? '',
          rcpt: mail.rcpts,
          mailFrom: strip ? 'robot@example.test'.replace('example', from === a ? 'a' : 'b') : mail.from,
          raw: strip ? stripped(mail) : mail.raw,
        })
      }
    }
  }
  return carried
}

/** As a gateway in between that takes every sign of a machine away. */
const stripped = (mail: SentMail): string =>
  mail.raw
    .toString('latin1')
    .replace(/^(?:auto-submitted|x-auto-response-suppress|precedence|x-postern-loop):[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n/gim, '')

const house = (domain: string, name: string): string => `
name: ${name}
mailboxes: { support: { address: support@${domain}, name: ${name}, notify: [anna] } }
agents: { anna: { name: Anna, email: anna@agents.test } }
groups: {}
`

test('two gateways with receipts and eager rules that are pointed at each other stop after one exchange', async () => {
  const clock = new TestClock()
  await withRules({ rules: eager, settings: receipts, config: house('a.test', 'one'), clock }, (a) =>
    withRules({ rules: eager, settings: receipts, config: house('b.test', 'two'), clock }, async (b) => {
      await a.mail({ from: 'support@b.test', to: 'support@a.test', rcpt: ['support@a.test'], subject: 'Hello', text: 'Are you there?' })
      expect(await pingPong(a, b, false, 50)).toBeLessThanOrEqual(3) // the receipt and two rules; the other one answers none of them
      expect(await b.sent()).toEqual([])
    }),
  )
})

test('even without any mark of a machine they stop by the caps', async () => {
  const clock = new TestClock()
  await withRules({ rules: eager, settings: receipts, config: house('a.test', 'one'), clock }, (a) =>
    withRules({ rules: eager, settings: receipts, config: house('b.test', 'two'), clock }, async (b) => {
      await a.mail({ from: 'support@b.test', to: 'support@a.test', rcpt: ['support@a.test'], subject: 'Hello', text: 'Are you there?' })
      expect(await pingPong(a, b, true, 50)).toBeLessThanOrEqual(6)
    }),
  )
})

test('a vacation responder that changes its address and shows no mark is stopped by its words', () =>
  withRules({ settings: receipts }, async (g) => {
    await g.mail({ from: 'away@robot.test', to: 'support@example.test', subject: 'Question', text: 'How much is it?' })
    let answered = 0
    for (let turn = 0; turn < 20; turn++) {
      const sent = await g.sent()
      if (sent.length === answered) break
      answered = sent.length
      await g.mail({
        from: `away+${turn}@robot.test`,
        to: 'support@example.test',
        subject: `Away until ${turn}`,
        text: `Hello, I am away for ${turn} days and read your mail then.`,
      })
    }
    expect(answered).toBeLessThanOrEqual(4) // the first receipt, and three to the robot's words
  }))

const forged = Number(process.env.POSTERN_FORGED ?? 300)

test(
  `${forged} forged senders get no more receipts than the caps allow, and not a word of theirs`,
  { timeout: 60_000 + forged * 200 },
  () =>
    withRules({ settings: receipts, config: 'budget: { total: [50/1h] }' }, async (g) => {
      for (let i = 0; i < forged; i++)
        await g.mail({
          from: `"Canary ${i}" <victim${i}@d${i % 97}.test>`,
          to: 'support@example.test',
          subject: `Canary ${i} cheap pills`,
          text: `Canary text ${i} ${'x'.repeat(i % 13)}`,
        })
      const sent = await g.sent()
      expect(sent.length).toBe(50)
      for (const { raw, mail } of sent) {
        expect(raw.toString()).not.toMatch(/canary|pills/i)
        expect(mail.text).not.toMatch(/canary/i)
      }
    }),
)

test('rules that cause one another are cut, and a rule does not hear its own change', () =>
  withRules(
    {
      rules: `
rules:
  - { name: opens, on: case.status_changed, if: { status: waiting }, do: [{ status: open }] }
  - { name: waits, on: case.status_changed, if: { status: open }, do: [{ status: waiting }] }
  - { name: tags itself, on: case.tags_changed, do: [{ tags: "t{{ case.tags.size }}" }] }
`,
    },
    async (g) => {
      await g.mail({ from: 'a@customer.test', to: 'support@example.test', text: 'x' })
      await g.act('case.status', '#1', { status: 'waiting' })
      await g.act('case.tags', '#1', { add: ['t'] })
      expect((await g.look('#1')).tags).toEqual(['t', 't1'])
      const changes = await g.gateway.database.read.selectFrom('events').select('type').where('type', '=', 'case.status_changed').execute()
      expect(changes.length).toBeLessThanOrEqual(6)
    },
  ))
