// What puts a case right does the same by every way that orders it: command, rule, API (also as a change of the case) and CLI; refusals too.
import { expect, test } from 'vitest'
import { runAction } from '../../core/cli/act.ts'
import { client, tokenFor } from '../api/client.ts'
import { answerAs } from '../agent-reply/desk.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { listening, sessionOf } from '../support/session.ts'

/** One order in all its forms. `undone`: case.undo follows it. */
const orders = [
  { name: 'case.requester', args: { address: 'new@customer.test', name: 'Nina New' }, command: '@requester Nina New <new@customer.test>' },
  { name: 'case.requester', args: { address: 'boss@customer.test' }, command: '@клиент boss@customer.test' },
  { name: 'case.move', args: { mailbox: 'sales' }, command: '@mailbox Example Sales' },
  { name: 'case.move', args: { mailbox: 'sales' }, command: '@ящик shop@example.test' },
  { name: 'case.requester', args: { address: 'shop@example.test' }, command: '@requester shop@example.test' },
  { name: 'case.move', args: { mailbox: 'sails' }, command: '@mailbox sails' },
  { name: 'case.from', args: { address: 'carl@customer.test' }, command: '@from carl@customer.test' },
] as const
type Order = (typeof orders)[number]

const plugins = ['desk', 'threading', 'recipients', 'agent-reply', 'rules', 'notify']
const rules = `rules:\n${orders
  .slice(0, 4)
  .map(
    (o, i) =>
      `  - { name: rule ${i}, on: incoming, if: { subject: { is: by rule ${i} } }, do: [{ ${o.name}: ${JSON.stringify(o.args)} }] }\n`,
  )
  .join('')}`

async function newCase(g: TestGateway, subject: string): Promise<string> {
  await g.mail({ from: 'Carl Customer <carl@customer.test>', to: 'support@example.test', cc: 'boss@customer.test', subject, text: 'Help' })
  const [last] = await g.transact((tx) => tx.db.selectFrom('cases').select('number').orderBy('number', 'desc').limit(1).execute())
  return `#${last?.number ?? 0}`
}

/** What a case is afterwards. */
async function state(g: TestGateway, ref: string) {
  const { mailbox, requester, cc, bcc, assignee, status } = await g.look(ref)
  return { mailbox, requester, cc, bcc, assignee, status }
}

const ways: Readonly<Record<string, (g: TestGateway, order: Order, i: number) => Promise<string>>> = {
  async command(g, order) {
    const ref = await newCase(g, 'by command')
    await answerAs(g, 'anna', order.command)
    return ref
  },
  rule: (g, _order, i) => newCase(g, `by rule ${i}`),
  async api(g, order) {
    const ref = await newCase(g, 'by api')
    await client(g, await tokenFor(g))('POST', `/v1/cases/${ref.slice(1)}/actions/${order.name}`, { body: order.args, as: 'anna' })
    return ref
  },
  async patch(g, order) {
    const ref = await newCase(g, 'by patch')
    const body =
      order.name === 'case.move' ? order.args : order.name === 'case.from' ? { from: order.args.address } : { requester: order.args }
    await client(g, await tokenFor(g))('PATCH', `/v1/cases/${ref.slice(1)}`, { body, as: 'anna' })
    return ref
  },
  async cli(g, order) {
    const ref = await newCase(g, 'by cli')
    await runAction(sessionOf(g, listening().terminal), order.name, { case: ref, args: JSON.stringify(order.args), as: 'anna' }).catch(
      () => undefined,
    )
    return ref
  },
}

test('one order, one outcome, and one way back', async () => {
  const g = await testGateway({ plugins, files: { 'rules/a.yaml': rules } })
  try {
    const before = await state(g, await newCase(g, 'untouched'))
    for (const [i, order] of orders.entries()) {
      const outcomes: Record<string, unknown> = {}
      for (const [way, go] of Object.entries(ways)) {
        const ref = await go(g, order, i)
        outcomes[way] = await state(g, ref)
        await g.act('case.undo', ref).catch(() => undefined)
        expect([way, order, await state(g, ref)]).toEqual([way, order, before])
      }
      const [first] = Object.values(outcomes)
      expect(outcomes).toEqual(Object.fromEntries(Object.keys(ways).map((way) => [way, first])))
      expect(JSON.stringify(first) === JSON.stringify(before)).toBe(i >= 4)
    }
  } finally {
    await g.stop()
  }
})
