// Time in scenarios: only instants at which something of consequence is due cost anything.
import path from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import { memoryDatabase, openMemoryGateway } from '../../core/scenario/gateway-in-memory.ts'
import { runScenarioText } from '../../core/scenario/run.ts'
import { soundConfig } from '../support/sound-config.ts'

const config = path.join(import.meta.dirname, '..', '..', 'examples', 'scenarios', 'postern.yaml')

test('waiting thirty days in which nothing is due takes a bounded number of turns, with all plugins', async () => {
  const loaded = await soundConfig(config, { STATE_DIRECTORY: '/nonexistent' })
  const database = await memoryDatabase(loaded.plugins)
  const house = await openMemoryGateway(loaded.config, loaded.plugins, database, Date.parse('2026-09-21T09:00Z'))
  try {
    await house.passUntil(house.clock.now() + 30 * 86_400_000)
    expect(house.clock.now()).toBe(Date.parse('2026-10-21T09:00Z'))
    // Rules on a schedule of this config may have a tick a day.
    expect(house.turns).toBeLessThan(2 * 30 + 5)
  } finally {
    await house.stop()
    await database.stop()
  }
})

const deferred = (at: string, waits: readonly string[]): string => `
timezone: Europe/Moscow
start: 2026-09-21 23:00
ignore: [notification, notice, receipt, transcript]
tests:
  - name: ${at}
    steps:
      - mail: { from: ivan@client.ru, to: support, subject: Вопрос, text: Не работает }
      - act: { action: reopen.plan, as: anna, args: { in: 1h } }
      - act: { action: reply.defer, as: anna, args: { text: Доброе утро, in: ${at} } }
${waits.map((wait) => `      - wait: ${wait}\n`).join('')}        expect: { case: { deferred: 0 }, sent: [{ kind: reply, text: Доброе утро }] }
`

// Past the hours at which plugins tidy up, which all have to be caught up with before the answer may leave.
test.each([
  ['10h', ['10h']],
  ['10h', ['9h', '59m', '1m']],
  ['3d', ['3d']],
  ['30d', ['29d 23h', '1h']],
  ['30d', ['30d']],
] as const)(
  'an answer deferred by %s leaves at its very time after waiting %j: no leap of time is taken for a downtime',
  async (at, waits) => {
    const { problems, tests } = await runScenarioText(deferred(at, waits), config, () => systemClock.monotonic())
    expect([...problems, ...tests.flatMap((t) => t.failures)]).toEqual([])
    expect(tests).toHaveLength(1)
  },
)
