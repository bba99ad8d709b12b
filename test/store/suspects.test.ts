// What ran when a process died may be what it died of.
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { systemOrigin } from '../../core/contract/origin.ts'
import { eachDatabase } from '../support/databases.ts'
import { testGateway } from '../support/gateway.ts'
import crowd, { seen } from './crowd-plugin.ts'

/** As the engine names the plugin's one job. */
const job = `${crowd.name}.one`
const file = fileURLToPath(new URL('./crowd-plugin.ts', import.meta.url))

eachDatabase((kind) => {
  test('a job under which two processes died waits until this one has shown that it lives; others do not wait', async () => {
    const g = await testGateway({ plugins: ['desk', file], kind })
    try {
      const { engine, database } = g.gateway
      Object.assign(seen, { most: 0, done: 0 })
      engine.jobs.hold(true)
      await engine.transact(systemOrigin, async (tx) => {
        for (let i = 0; i < 5; i += 1) await tx.jobs.put(job, `${job}:${i}`, g.clock.now(), null)
      })
      await database.write
        .updateTable('jobs')
        .set({ lost: 2 })
        .where('key', 'in', [`${job}:0`, `${job}:1`])
        .execute()
      engine.jobs.hold(false)
      await g.settle()
      expect(seen.done).toBe(3)
      await g.advance('10s')
      expect(seen.done).toBe(5)
    } finally {
      await g.stop()
    }
  })

  test('jobs run side by side; those whose process died run one at a time, so that none is parked for the fault of another', async () => {
    const g = await testGateway({ plugins: ['desk', file], kind })
    try {
      const { engine, database } = g.gateway
      const run = async (lost: number): Promise<typeof seen> => {
        Object.assign(seen, { most: 0, done: 0 })
        await engine.transact(systemOrigin, async (tx) => {
          for (let i = 0; i < 6; i += 1) await tx.jobs.put(job, `${job}:${lost}:${i}`, g.clock.now() + 60_000, null)
        })
        await database.write.updateTable('jobs').set({ lost }).where('kind', '=', job).execute()
        await g.advance('2m')
        return { ...seen }
      }
      const fresh = await run(0)
      expect(fresh.done).toBe(6)
      expect(fresh.most).toBeGreaterThan(1)
      expect(await run(1)).toEqual({ most: 1, done: 6 })
      expect(await run(2)).toEqual({ most: 1, done: 6 })
      expect(await database.read.selectFrom('jobs').select('id').where('kind', '=', job).execute()).toEqual([])
    } finally {
      await g.stop()
    }
  })
})
