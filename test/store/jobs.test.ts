import { expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { idsFrom } from '../../core/base/ids.ts'
import { beginJob, claimJobs, dropJob, finishJob, nextJobAt, putJob, renewJob, returnJob, sweepJobs } from '../../core/store/jobs.ts'
import { eachDatabase } from '../support/databases.ts'

const lease = 300_000

eachDatabase((_kind, open) => {
  const setUp = async () => {
    const clock = new TestClock()
    const ids = idsFrom(clock)
    const db = await open()
    const put = (key: string, runAt = clock.now(), payload: unknown = {}) =>
      putJob(db.write, ids, { kind: 'k', key, runAt, payload }, clock.now())
    const claim = (limit = 10) => claimJobs(db, clock, ['k'], limit, lease)
    const one = async () => {
      const [job] = await claim(1)
      if (!job) throw new Error('no job is due')
      return job
    }
    return { clock, ids, db, put, claim, one }
  }

  test('due jobs are claimed once, oldest first, and only of the kinds that were asked for', async () => {
    const { db, clock, ids, put, claim } = await setUp()
    await put('late', clock.now() + 1)
    await put('b', clock.now() - 1)
    await put('a', clock.now() - 2)
    await putJob(db.write, ids, { kind: 'other', key: 'o', runAt: 0, payload: null }, clock.now())
    expect((await claim()).map((j) => [j.key, j.state, j.attempts])).toEqual([
      ['a', 'running', 1],
      ['b', 'running', 1],
    ])
    expect(await claim()).toEqual([])
    expect(await nextJobAt(db, ['k'])).toBe(clock.now() + 1)
  })

  test('of workers that claim at the same time each job goes to one', async () => {
    const { put, claim } = await setUp()
    for (let i = 0; i < 40; i++) await put(`j${i}`)
    const got = (await Promise.all(Array.from({ length: 8 }, () => claim(10)))).flat().map((j) => j.key)
    const rest = (await claim(40)).map((j) => j.key)
    expect(new Set([...got, ...rest]).size).toBe(40)
    expect(got.length + rest.length).toBe(40)
  })

  test('who lost his lease can neither finish nor return nor renew the job', async () => {
    const { db, clock, put, one } = await setUp()
    await put('j')
    const first = await one()
    clock.advance(lease)
    expect(await sweepJobs(db, clock)).toEqual([])
    const second = await one()
    expect(second.id).toBe(first.id)
    expect(await renewJob(db, clock, first, lease)).toBe(false)
    expect(await returnJob(db.write, first, { runAt: 0 }, 'x')).toBe(false)
    expect(await finishJob(db.write, first)).toBe(false)
    expect(await finishJob(db.write, second)).toBe(true)
    expect(await finishJob(db.write, second)).toBe(false)
  })

  test('a renewed lease holds, and nobody else gets the job', async () => {
    const { db, clock, put, one, claim } = await setUp()
    await put('j')
    const job = await one()
    clock.advance(lease - 1)
    expect(await renewJob(db, clock, job, lease)).toBe(true)
    clock.advance(lease - 1)
    await sweepJobs(db, clock)
    expect(await claim()).toEqual([])
    expect(await finishJob(db.write, job)).toBe(true)
  })

  test('a job with which in hand a process dies three times is parked, and says so', async () => {
    const { db, clock, put, one, claim } = await setUp()
    await put('poison')
    for (const round of [1, 2, 3]) {
      expect(await beginJob(db.write, await one())).toBe(true)
      clock.advance(lease)
      const parked = await sweepJobs(db, clock)
      expect(parked.map((j) => [j.key, j.state])).toEqual(round < 3 ? [] : [['poison', 'parked']])
      if (round === 3) expect(parked[0]?.error).toContain('died three times')
    }
    expect(await claim()).toEqual([])
  })

  test('put with the same key moves the job, gives it fresh tries and fences off its holder', async () => {
    const { db, clock, put, one } = await setUp()
    await put('j', clock.now(), { n: 1 })
    const old = await one()
    await put('j', clock.now() + 1000, { n: 2 })
    expect(await finishJob(db.write, old)).toBe(false)
    expect(await nextJobAt(db, ['k'])).toBe(clock.now() + 1000)
    clock.advance(1000)
    const moved = await one()
    expect([moved.id, moved.payload, moved.attempts]).toEqual([old.id, '{"n":2}', 1])
  })

  test('a returned job comes back at its time with its error, a parked one does not, and put brings it back', async () => {
    const { db, clock, put, one, claim } = await setUp()
    await put('j')
    expect(await returnJob(db.write, await one(), { runAt: clock.now() + 5000 }, 'first error')).toBe(true)
    expect(await claim()).toEqual([])
    clock.advance(5000)
    const again = await one()
    expect([again.attempts, again.error]).toEqual([2, 'first error'])
    await returnJob(db.write, again, { parked: true }, 'last error')
    clock.advance(1e9)
    expect(await claim()).toEqual([])
    await put('j')
    expect((await one()).attempts).toBe(1)
  })

  test('drop cancels a job once, also one that is running', async () => {
    const { db, put, one } = await setUp()
    await put('j')
    const running = await one()
    expect(await dropJob(db.write, 'j')).toBe(true)
    expect(await dropJob(db.write, 'j')).toBe(false)
    expect(await finishJob(db.write, running)).toBe(false)
  })
})
