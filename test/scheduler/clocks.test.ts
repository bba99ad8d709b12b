// Downtime, jumps of the clock, backlogs: nothing leaves wrongly, nothing is done twice, nothing is forgotten.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { TestClock } from '../../core/base/clock.ts'
import { RateLimiter } from '../../core/engine/jobs/rate-limiter.ts'
import { eachDatabase, freshPlace } from '../support/databases.ts'
import type { DatabaseKind } from '../support/databases.ts'
import { agent, testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'
import { smtpSink } from '../support/smtp-sink.ts'
import { at, begin, eachGateway, people, writeAgain } from './rig.ts'

const anna = agent('anna')
const toCarl = async (g: TestGateway) => (await g.sentTo('carl@customer.test')).map((m) => m.mail.text?.trim())
const rows = (g: TestGateway) => g.transact((tx) => tx.db.selectFrom('scheduler_deferred').selectAll().orderBy('due_at').execute())
const metrics = async (g: TestGateway) => (await g.gateway.metrics.text()).body

/** Starts, works, is down for a while (with the clock going on), and starts again on the same data. */
async function withDowntime(
  kind: DatabaseKind,
  before: (g: TestGateway) => Promise<void>,
  downMs: number,
  after: (g: TestGateway) => Promise<void>,
): Promise<void> {
  const place = await freshPlace(kind)
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-down-'))
  const [clock, sink] = [new TestClock(), await smtpSink()]
  const options = {
    config: people,
    plugins: ['desk', 'threading', { scheduler: { grace: '20m' } }, 'notify'],
    folder,
    clock,
    sink,
    ...(place.config.kind === 'postgres' && { postgres: place.config.url }),
  }
  try {
    const first = await testGateway(options)
    try {
      await before(first)
    } finally {
      await first.stop()
    }
    clock.advance(downMs)
    const second = await testGateway(options)
    try {
      await second.settle()
      await after(second)
    } finally {
      await second.stop()
    }
  } finally {
    await sink.close()
    rmSync(folder, { recursive: true, force: true })
    await place.drop()
  }
}

eachDatabase((kind) => {
  const plan = async (g: TestGateway) => {
    await begin(g)
    await g.act('reply.defer', '#1', { text: 'Shall we close this?', in: '30 minutes' }, anna)
    await g.act('reopen.plan', '#1', { in: '30 minutes', note: 'look' }, anna)
    // Signs of life were given.
    await g.advance('2m')
  }

  test('after a downtime over its time a deferred answer waits out the grace and then leaves, once', () =>
    withDowntime(kind, plan, 3 * 3_600_000, async (g) => {
      expect(await toCarl(g)).toEqual([])
      // What only agents see does not wait.
      expect((await g.look('#1')).notes.at(-1)?.text).toContain('look')
      await g.advance('19m')
      expect(await toCarl(g)).toEqual([])
      await g.advance('2m')
      expect(await toCarl(g)).toEqual(['Shall we close this?'])
      // Its writer hears that it was late, once.
      expect((await g.look('#1')).notes.at(-1)?.text).toMatch(/was sent late: late by 2 hours/)
      const told = (await g.sentTo('anna@agents.test')).filter((m) => m.mail.text?.includes('was sent late'))
      expect(told).toHaveLength(1)
      const events = await g.transact((tx) => tx.db.selectFrom('events').select('data').where('type', '=', 'deferred.sent').execute())
      expect(events.map((e) => (JSON.parse(e.data) as { late: number }).late > 2 * 3_600_000)).toEqual([true])
      await g.advance('1h')
      expect(await toCarl(g)).toHaveLength(1)
      expect(await metrics(g)).toMatch(/postern_scheduler_downtimes_total\{plugin="scheduler"\} 1\n/)
      expect(await metrics(g)).toMatch(/postern_scheduler_late_total\{plugin="scheduler",what="message"\} 1\n/)
    }))

  test('what the MTA delivers within the grace makes it a note, and it is never sent', () =>
    withDowntime(kind, plan, 3 * 3_600_000, async (g) => {
      await g.advance('10m')
      await writeAgain(g, 'No, it is broken again')
      expect((await rows(g))[0]?.state).toBe('note')
      await g.advance('1h')
      expect(await toCarl(g)).toEqual([])
    }))

  test('a short restart asks for no grace', () =>
    withDowntime(kind, plan, 60_000, async (g) => {
      await g.advance('28m')
      expect(await toCarl(g)).toEqual(['Shall we close this?'])
    }))
})

eachGateway((with_) => {
  const plan = async (g: TestGateway) => {
    await begin(g)
    await g.act('reply.defer', '#1', { text: 'Later', in: '2 hours' }, anna)
    await g.act('reopen.plan', '#1', { in: '2 hours', note: 'look' }, anna)
    await g.advance('1m')
  }
  const reminders = async (g: TestGateway) => (await g.look('#1')).notes.filter((n) => n.kind === 'reopen').length

  for (const hours of [3, 24]) {
    test(
      `the clock jumps ${hours} h forward: logged, counted, answers are held for 5 min and then sent once`,
      with_(
        async (g) => {
          await plan(g)
          g.clock.jump(g.clock.now() + hours * 3_600_000)
          await g.advance('2m')
          expect(await metrics(g)).toMatch(/postern_clock_jumps_total\{direction="forward"\} 1\n/)
          expect(await toCarl(g)).toEqual([])
          expect(await reminders(g)).toBe(1)
          await g.advance('5m')
          expect(await toCarl(g)).toEqual(['Later'])
          g.clock.jump(g.clock.now() - hours * 3_600_000)
          await g.advance('4h', 120_000)
          expect(await toCarl(g)).toEqual(['Later'])
          expect(await reminders(g)).toBe(1)
        },
        { scheduler: { downtime: '3m' } },
      ),
    )
  }

  test(
    'the clock jumps back: what was to come comes later, and what has been is not done again',
    with_(
      async (g) => {
        await plan(g)
        await g.act('reopen.plan', '#1', { in: '1 minute', note: 'first' }, agent('boris'))
        await g.advance('2m')
        expect(await reminders(g)).toBe(1)
        g.clock.jump(g.clock.now() - 3_600_000)
        await g.advance('2h', 120_000)
        expect(await reminders(g)).toBe(1)
        expect(await toCarl(g)).toEqual([])
        await g.advance('62m', 120_000)
        expect(await toCarl(g)).toEqual(['Later'])
        expect(await reminders(g)).toBe(2)
        expect(await metrics(g)).toMatch(/postern_clock_jumps_total\{direction="back"\} 1\n/)
      },
      { scheduler: { downtime: '3m' } },
    ),
  )

  test(
    'a jump of the clock ends no lease: what is being done is not taken away and done by another',
    with_(async (g) => {
      await begin(g)
      const { database } = g.gateway
      await database.write
        .insertInto('jobs')
        .values({
          id: 'x',
          kind: 'other.work',
          key: 'x',
          run_at: 0,
          payload: '{}',
          state: 'running',
          attempts: 1,
          lost: 0,
          token: 1,
          locked_until: g.clock.now() + 300_000,
          error: null,
          created_at: 0,
        })
        .execute()
      g.clock.jump(g.clock.now() + 86_400_000)
      await g.advance('2m')
      expect(await database.write.selectFrom('jobs').select(['state', 'lost']).where('id', '=', 'x').execute()).toEqual([
        { state: 'running', lost: 0 },
      ])
      await g.advance('4m')
      expect(await database.write.selectFrom('jobs').select(['state', 'lost']).where('id', '=', 'x').execute()).toEqual([
        { state: 'ready', lost: 1 },
      ])
    }),
  )

  test(
    'a backlog is worked off at the set pace, oldest first, and what is on time does not wait behind it',
    with_(
      async (g) => {
        await begin(g)
        const c = await g.look('#1')
        const n = 120
        await g.transact(async (tx) => {
          for (let i = 0; i < n; i++) {
            const due = at('2026-09-21T09:00:00Z') + ((i * 37) % n) * 1000
            await tx.db
              .insertInto('scheduler_reopens')
              .values({
                id: `r${i}`,
                case_id: c.id,
                slot: `r${i}`,
                owner: null,
                owner_kind: 'rule',
                state: 'planned',
                due_at: due,
                zone: 'UTC',
                note: String(due),
                mentions: '[]',
                any_assignee: 1,
                assignee: null,
                rev: 1,
                before_status: null,
                offered: 0,
                note_id: null,
                created_at: 0,
                updated_at: 0,
              })
              .execute()
            await tx.jobs.put('scheduler.fire', `scheduler.fire:r${i}:1`, due, { reopen: `r${i}`, rev: 1 })
          }
        })
        g.gateway.engine.jobs.hold(true)
        await g.advance('1h', 1_800_000)
        await g.act('reopen.plan', '#1', { in: '1 minute', note: 'on time' }, anna)
        g.clock.advance(60_000)
        g.gateway.engine.jobs.hold(false)
        await g.settle()
        const fired = async () => (await g.look('#1')).notes.filter((x) => x.kind === 'reopen')
        expect((await fired()).some((x) => x.text.includes('on time'))).toBe(true)
        const perSecond: number[] = []
        for (let before = (await fired()).length; before < n + 1;) {
          for (let i = 0; i < 10; i++) await g.advance(100, 100)
          const now = (await fired()).length
          perSecond.push(now - before)
          before = now
        }
        expect(Math.max(...perSecond)).toBeLessThanOrEqual(20)
        expect(perSecond.length).toBeLessThanOrEqual(8)
        const order = (await fired()).map((x) => Number(x.text.split('\n\n')[1])).filter((x) => !Number.isNaN(x))
        // Some at once may overtake one another, but not by more.
        for (const [i, due] of order.entries()) expect(Math.abs(i - (due - at('2026-09-21T09:00:00Z')) / 1000)).toBeLessThanOrEqual(16)
      },
      { scheduler: { overdue_per_second: 20 } },
    ),
  )
})

test.each([0, 350])(
  'in no second is more done than the pace says: bursts after a rest, and what takes %i ms and ends behind a stall, included',
  (takesMs) => {
    for (const perSecond of [1, 7, 20, 50, 1000]) {
      const clock = new TestClock()
      const pace = new RateLimiter(clock, perSecond)
      const [running, ended]: [number[], number[]] = [[], []]
      for (let ms = 0; ms < 6000; ms += 5) {
        const n = ms > 2000 && ms < 3000 ? 0 : pace.free
        pace.begin(n)
        for (let i = 0; i < n; i++) running.push(ms + takesMs)
        // Nothing ends in the second half of a second.
        while (ms % 1000 < 500 && (running[0] ?? Infinity) <= ms) {
          running.shift()
          pace.end()
          ended.push(ms)
        }
        clock.advance(5)
      }
      for (const start of ended) expect(ended.filter((t) => t >= start && t < start + 1000).length).toBeLessThanOrEqual(perSecond)
      expect(ended.length).toBeGreaterThan(perSecond * 2)
    }
  },
)
