// What ran when a process died may be what it died of.
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { systemOrigin } from '../../core/contract/origin.ts'
import { TestClock } from '../../core/base/clock.ts'
import { idsFrom } from '../../core/base/ids.ts'
import { beginJob, claimJobs, jobByKey, putJob, sweepJobs } from '../../core/store/jobs.ts'
import { eachDatabase } from '../support/databases.ts'
import { testGateway } from '../support/gateway.ts'
import crowd, { seen } from './crowd-plugin.ts'

/** As the engine names the plugin's one job. */
const job = `${crowd.name}.one`
const file = fileURLToPath(new URL('./crowd-plugin.ts', import.meta.url))

eachDatabase((kind, open) => {
  test('from the second death on, only those with the job in hand count, and with the third of these it is parked', async () => {
    const database = await open()
    const clock = new TestClock()
    await putJob(database.write, idsFrom(clock), { kind: 'alone', key: 'alone:0', runAt: 0, payload: null }, clock.now())
    // A process that claims it, begins it or not, and dies: its lease is over at once.
    const die = async (begins: boolean): Promise<[number, string]> => {
      const [claimed] = await claimJobs(database, clock, ['alone'], 1, -1)
      if (begins && claimed) expect(await beginJob(database.write, claimed)).toBe(true)
      await sweepJobs(database, clock)
      const row = await jobByKey(database.read, 'alone:0')
      return [row?.lost ?? 0, row?.state ?? '']
    }
    // The first says that it may have been this one.
    expect(await die(false)).toEqual([1, 'ready'])
    for (let kill = 0; kill < 6; kill += 1) expect(await die(false)).toEqual([1, 'ready'])
    expect(await die(true)).toEqual([2, 'ready'])
    for (let kill = 0; kill < 6; kill += 1) expect(await die(false)).toEqual([2, 'ready'])
    expect(await die(true)).toEqual([3, 'parked'])
  })

  test('a job that the next death would park is begun only by a process that has been up for 10 s, others meanwhile', async () => {
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
      await g.advance('9s', 1000)
      expect(seen.done).toBe(3)
      await g.advance('3s', 1000)
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
