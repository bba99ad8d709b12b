// What `defineAction`, `defineCondition` and `defineJob` promise, by a gateway that runs a plugin made of them.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'

const typed = new URL('typed-plugin.ts', import.meta.url).pathname
let g: TestGateway

beforeEach(async () => {
  g = await testGateway({ plugins: ['desk', 'threading', { [typed]: {} }] })
  await g.mail({ from: 'carl@customer.test', to: 'support@example.test', subject: 'Help' })
})
afterEach(() => g.stop())

test('an action gets its case and its checked arguments', async () => {
  expect(await g.act('typed.count', '#1', { words: 3 })).toEqual({ said: '#1: 3' })
})

test.each([
  ['of another type', { words: 'three' }],
  ['out of bounds', { words: -1 }],
  ['that it does not know', { words: 1, letters: 2 }],
])('an action refuses arguments %s', async (_what, args) => {
  await expect(g.act('typed.count', '#1', args)).rejects.toMatchObject({ code: 'invalid' })
})

test('an action on a case is refused without one', async () => {
  await expect(g.act('typed.count', null, { words: 3 })).rejects.toThrow('needs a case')
})

test('a job gets its payload and what its I/O found', async () => {
  await g.act('typed.count', '#1', { words: 3 })
  expect((await g.look('#1')).notes.map((n) => n.text)).toEqual(['3 WORDS'])
})

test('a payload that the job cannot be run with is refused where it is put, and nothing of that transaction remains', async () => {
  await expect(g.act('typed.count', '#1', { words: 0 })).rejects.toThrow(/payload of a job: words/)
  expect((await g.look('#1')).notes).toEqual([])
})

test('a payload that an older version of the plugin has left fails when its time has come, and never runs', async () => {
  await g.act('typed.count', '#1', { words: 3, in: 60_000 })
  await g.gateway.database.write.updateTable('jobs').set({ payload: '{"case":"x"}' }).where('kind', '=', 'typed.count').execute()
  await g.advance('2m')
  const job = await g.gateway.database.read
    .selectFrom('jobs')
    .select(['error', 'attempts'])
    .where('kind', '=', 'typed.count')
    .executeTakeFirst()
  expect(job?.error).toContain('payload of a job')
  expect(job?.attempts).toBeGreaterThan(0)
})

test('a condition gets its value', async () => {
  const condition = g.gateway.engine.registry.conditions.get('longer_than')
  const { status, ...rest } = await g.look('#1')
  const ask = (value: number) =>
    g.transact(async (tx) => condition?.test(tx, { case: { ...rest, status }, message: null, event: null }, value as never))
  expect([await ask(3), await ask(4)]).toEqual([
    { holds: true, seen: '4' },
    { holds: false, seen: '4' },
  ])
})
