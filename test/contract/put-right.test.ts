// What puts a case right does the same by every way that orders it: command, rule, API (also as a change of the case) and CLI; refusals too.
import { expect, test } from 'vitest'
import { runAction } from '../../core/cli/act.ts'
import { client, tokenFor } from '../api/client.ts'
import { answerAs } from '../agent-reply/desk.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { listening, sessionOf } from '../support/session.ts'

/** One order in all its forms, and what takes it back. `refused`: it is, everywhere alike. */
interface Order {
  readonly name: string
  readonly args: Readonly<Record<string, string>>
  readonly command: string
  readonly undo?: readonly [name: string, args?: Readonly<Record<string, unknown>>]
  /** The changes of a case by which the API has it as well. */
  readonly patch?: Readonly<Record<string, unknown>>
  readonly refused?: true
}
const put = (name: string, args: Order['args'], command: string, patch: Order['patch']): Order => ({
  name,
  args,
  command,
  ...(patch && { patch }),
})
const orders: readonly Order[] = [
  put('case.requester', { address: 'new@customer.test', name: 'Nina New' }, '@requester Nina New <new@customer.test>', {
    requester: { address: 'new@customer.test', name: 'Nina New' },
  }),
  put('case.requester', { address: 'boss@customer.test' }, '@клиент boss@customer.test', { requester: { address: 'boss@customer.test' } }),
  put('case.move', { mailbox: 'sales' }, '@mailbox Example Sales', { mailbox: 'sales' }),
  put('case.move', { mailbox: 'sales' }, '@ящик shop@example.test', { mailbox: 'sales' }),
  { name: 'sender.block', args: {}, command: '@block', undo: ['sender.unlist'] },
  { name: 'sender.block', args: { for: '30 days' }, command: '@заблокировать 30 дней', undo: ['sender.unlist'] },
  { name: 'case.merge', args: { into: '#1' }, command: '@merge #1', undo: ['case.unmerge'] },
  { name: 'case.merge', args: { into: '#1' }, command: '@объединить #1', undo: ['case.unmerge'] },
  { name: 'case.link', args: { other: '#1' }, command: '@link #1', undo: ['case.unlink', { other: '#1' }] },
  { name: 'case.link', args: { other: '#1', kind: 'part-of' }, command: '@часть #1', undo: ['case.unlink', { other: '#1' }] },
  {
    ...put('case.requester', { address: 'shop@example.test' }, '@requester shop@example.test', {
      requester: { address: 'shop@example.test' },
    }),
    refused: true,
  },
  { ...put('case.move', { mailbox: 'sails' }, '@mailbox sails', { mailbox: 'sails' }), refused: true },
  { ...put('case.from', { address: 'carl@customer.test' }, '@from carl@customer.test', { from: 'carl@customer.test' }), refused: true },
  { name: 'sender.block', args: { for: 'someday' }, command: '@block someday', refused: true },
  { name: 'case.merge', args: { into: '#99999' }, command: '@merge #99999', refused: true },
]

const plugins = ['desk', 'senders', 'threading', 'recipients', 'agent-reply', 'merging', 'rules', 'notify']
// What is refused where it is written needs no case to be refused.
const rules = `rules:\n${orders
  .flatMap((o, i) =>
    o.refused
      ? []
      : [`  - { name: rule ${i}, on: incoming, if: { subject: { is: by rule ${i} } }, do: [{ ${o.name}: ${JSON.stringify(o.args)} }] }\n`],
  )
  .join('')}`

async function newCase(g: TestGateway, subject: string): Promise<string> {
  await g.mail({ from: 'Carl Customer <carl@customer.test>', to: 'support@example.test', cc: 'boss@customer.test', subject, text: 'Help' })
  const [last] = await g.transact((tx) => tx.db.selectFrom('cases').select('number').orderBy('number', 'desc').limit(1).execute())
  return `#${last?.number ?? 0}`
}

/** What a case is afterwards. */
async function state(g: TestGateway, ref: string) {
  const { mailbox, requester, cc, bcc, assignee, status, mergedInto, links } = await g.look(ref)
  const listed = await g.transact((tx) => tx.db.selectFrom('senders_list').select(['pattern', 'verdict']).execute())
  return { mailbox, requester, cc, bcc, assignee, status, mergedInto, links, listed }
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
    const call = client(g, await tokenFor(g))
    await (order.patch
      ? call('PATCH', `/v1/cases/${ref.slice(1)}`, { body: order.patch, as: 'anna' })
      : call('POST', `/v1/cases/${ref.slice(1)}/actions/${order.name}`, { body: order.args, as: 'anna' }))
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
        const [undo, args] = order.undo ?? ['case.undo']
        await g.act(undo, ref, args).catch(() => undefined)
        expect([way, order, await state(g, ref)]).toEqual([way, order, before])
      }
      const [first] = Object.values(outcomes)
      expect(outcomes).toEqual(Object.fromEntries(Object.keys(ways).map((way) => [way, first])))
      expect([order, JSON.stringify(first) === JSON.stringify(before)]).toEqual([order, order.refused === true])
    }
  } finally {
    await g.stop()
  }
})
