// The whole plugin in a gateway in memory.
import path from 'node:path'
import { expect, test } from 'vitest'
import { PosternError } from 'postern/plugin'
import { agentOrigin, openTestGateway } from 'postern/testing'
import type { TestGateway } from 'postern/testing'

const plugin = path.join(import.meta.dirname, 'first-answer.ts')
const anna = agentOrigin('anna', 'api')

async function gateway(use: (g: TestGateway) => Promise<void>): Promise<void> {
  const g = await openTestGateway({ plugins: ['desk', 'threading', 'notify', { [plugin]: { goal: '1h' } }] })
  try {
    await use(g)
  } finally {
    await g.stop()
  }
}
const tags = async (g: TestGateway, ref: string) => g.look.tags((await g.look.case(ref))?.id ?? '')

test('a case that waits longer than the goal for its first answer is tagged when the goal is over', () =>
  gateway(async (g) => {
    await g.mail({ from: 'carl@customer.test', subject: 'Slow', text: 'Hello?' })
    await g.mail({ from: 'dora@customer.test', subject: 'Quick', text: 'Hello!' })
    await g.advance('30m')
    await g.act('reply.send', '#2', { text: 'Here we are' }, anna)
    await g.advance('29m')
    expect([await tags(g, '#1'), await tags(g, '#2')]).toEqual([[], []])
    await g.advance('1m')
    expect([await tags(g, '#1'), await tags(g, '#2')]).toEqual([['late'], []])
  }))

test('the first answer counts, not the second, and the report tells the mean', () =>
  gateway(async (g) => {
    await g.mail({ from: 'carl@customer.test', subject: 'One' })
    await g.advance('10m')
    await g.act('reply.send', '#1', { text: 'First' }, anna)
    await g.advance('10m')
    await g.act('reply.send', '#1', { text: 'Second' }, anna)
    expect((await g.act('first-answer.report', null, { person: 'carl@customer.test' })).data).toEqual({ answered: 1, mean: 600_000 })
    expect(g.sent.filter((s) => s.kind === 'reply').map((s) => s.rcpts)).toEqual([['carl@customer.test'], ['carl@customer.test']])
  }))

test("a customer's answer to the answer goes into the same case", () =>
  gateway(async (g) => {
    await g.mail({ from: 'carl@customer.test', subject: 'One' })
    await g.act('reply.send', '#1', { text: 'First' }, anna)
    const reply = g.sent.find((s) => s.kind === 'reply')
    if (!reply) throw new Error('nothing was sent')
    await g.answer(reply, { as: 'carl@customer.test', text: 'Thank you' })
    expect((await g.look.messages((await g.look.case('#1'))?.id ?? '')).map((m) => m.text)).toEqual(['Thank you', 'First', ''])
  }))

test('what is refused is an error of the Postern that runs', () =>
  gateway(async (g) => {
    await expect(g.act('first-answer.report', null, {})).rejects.toBeInstanceOf(PosternError)
  }))
