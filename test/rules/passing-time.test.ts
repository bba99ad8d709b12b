// Time in scenarios: only instants at which something of consequence is due cost anything.
import path from 'node:path'
import { expect, test } from 'vitest'
import { emptyDatabase, openHouse } from '../../core/scenario/house.ts'
import { loadConfigWithPlugins } from '../../core/load-plugins.ts'

const config = path.join(import.meta.dirname, '..', '..', 'examples', 'scenarios', 'postern.yaml')

test('waiting thirty days in which nothing is due takes a bounded number of turns, with all plugins', async () => {
  const loaded = await loadConfigWithPlugins(config, { STATE_DIRECTORY: '/nonexistent' })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const house = await openHouse(loaded.config, loaded.plugins, await emptyDatabase(loaded.plugins), Date.parse('2026-09-21T09:00Z'))
  try {
    await house.passUntil(house.clock.now() + 30 * 86_400_000)
    expect(house.clock.now()).toBe(Date.parse('2026-10-21T09:00Z'))
    // Rules on a schedule of this config may have a tick a day.
    expect(house.turns).toBeLessThan(2 * 30 + 5)
  } finally {
    await house.stop()
  }
})
