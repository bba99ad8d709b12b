// Lateness under load (SCH-1) and the release of a backlog (SCH-5), by the real clock: only on demand, since they take minutes.
//   POSTERN_TEST_DUE=10000     so many reopens due within one minute
//   POSTERN_TEST_HERD=50000    so many overdue deferred answers after a day of downtime; watched for POSTERN_TEST_HERD_SECONDS (120)
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { sleep, systemClock } from '../../core/base/clock.ts'
import { silentLog } from '../../core/base/silent-log.ts'
import { systemOrigin } from '../../core/contract/origin.ts'
import { startGateway } from '../../core/app/gateway.ts'
import type { Gateway } from '../../core/app/gateway.ts'
import { listCases } from '../../core/store/case-list.ts'
import { percentile } from '../bench/stats.ts'
import type { DatabaseKind } from '../support/databases.ts'
import { databaseKinds, freshPlace } from '../support/databases.ts'
import { soundConfig } from '../support/sound-config.ts'
import { planAt } from './planned.ts'

const due = Number(process.env.POSTERN_TEST_DUE ?? 0)
const herd = Number(process.env.POSTERN_TEST_HERD ?? 0)
const watched = Number(process.env.POSTERN_TEST_HERD_SECONDS ?? 120)

/** `prepare` with a gateway at rest, `run` with one that works, on the same data. */
async function gateways(kind: DatabaseKind, prepare: (g: Gateway) => Promise<void>, run: (g: Gateway) => Promise<void>): Promise<void> {
  const place = await freshPlace(kind)
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-load-'))
  const file = path.join(folder, 'postern.yaml')
  writeFileSync(
    file,
    `name: load\nhostname: gw.example.test\ndata: ./data\n${place.yaml}\nlisteners: [{ protocol: smtp, host: 127.0.0.1, port: 0 }]\nhttp: { host: 127.0.0.1, port: 0 }\noutgoing: { transport: directory, path: out }\nmailboxes: { support: { address: support@example.test, notify: [] } }\nagents: { anna: { name: Anna, email: anna@agents.test } }\nplugins: [desk, threading, { scheduler: { grace: 0s } }]\n`,
  )
  try {
    const loaded = await soundConfig(file)
    for (const [quiet, work] of [
      [true, prepare],
      [false, run],
    ] as const) {
      const g = await startGateway({ config: loaded.config, plugins: loaded.plugins, log: silentLog, quiet })
      try {
        await work(g)
      } finally {
        await g.stop()
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await place.drop()
  }
}

/** Plans one thing in each of `n` cases, `dueAt(i)` ms UTC. */
async function plan(g: Gateway, n: number, what: 'reopen' | 'message', dueAt: (i: number) => number): Promise<void> {
  for (let i = 0; i < n; i += 100) {
    await g.engine.transact(systemOrigin, async (tx) => {
      for (let k = i; k < Math.min(n, i + 100); k++) {
        const c = await tx.cases.create({
          mailbox: 'support',
          subject: `Case ${k}`,
          requester: { address: `c${k}@customer.test`, name: '' },
          status: 'closed',
        })
        await planAt(tx, c.id, what, dueAt(k))
      }
    })
  }
}

test.skipIf(due === 0).each(databaseKinds)(
  `%s: ${due} reopens due within one minute are done in time`,
  { timeout: 1_200_000 },
  async (kind) => {
    let begin = 0
    await gateways(
      kind,
      async (g) => {
        await plan(g, due, 'reopen', (i) => i)
        begin = systemClock.now() + 5000
        for (const { id } of await g.database.write.selectFrom('scheduler_reopens').select('id').execute()) {
          const at = begin + Math.floor(Math.random() * 60_000)
          await g.database.write.updateTable('jobs').set({ run_at: at }).where('key', '=', `scheduler.fire:${id}:1`).execute()
          await g.database.write.updateTable('scheduler_reopens').set({ due_at: at }).where('id', '=', id).execute()
        }
        const late = systemClock.now() - begin
        // Writing them took longer than was thought: all by as much later.
        if (late > -3000) {
          await g.database.write
            .updateTable('jobs')
            .set((eb) => ({ run_at: eb('run_at', '+', late + 5000) }))
            .execute()
          await g.database.write
            .updateTable('scheduler_reopens')
            .set((eb) => ({ due_at: eb('due_at', '+', late + 5000) }))
            .execute()
          begin += late + 5000
        }
      },
      async (g) => {
        const left = async (): Promise<number> =>
          (
            await g.database.read
              .selectFrom('scheduler_reopens')
              .select((eb) => eb.fn.countAll<number>().as('n'))
              .where('state', '=', 'planned')
              .executeTakeFirstOrThrow()
          ).n
        while (Number(await left()) > 0) await sleep(systemClock, 1000)
        const rows = await g.database.read.selectFrom('scheduler_reopens').select(['due_at', 'updated_at']).execute()
        const lateness = rows.map((r) => r.updated_at - r.due_at)
        const figures = { p50: percentile(lateness, 50), p99: percentile(lateness, 99), max: Math.max(...lateness) }
        process.stdout.write(`${kind} SCH-1 ${due} due: ${JSON.stringify(figures)}\n`)
        expect(figures.p99).toBeLessThanOrEqual(2000)
        expect(figures.max).toBeLessThanOrEqual(5000)
      },
    )
  },
)

test.skipIf(herd === 0).each(databaseKinds)(
  `%s: ${herd} overdue deferred answers leave at no more than 50 a second, in their order, and nobody feels it`,
  { timeout: 3_600_000 },
  async (kind) => {
    const day = 86_400_000
    await gateways(
      kind,
      (g) => plan(g, herd, 'message', (i) => systemClock.now() - day + i * 1000),
      async (g) => {
        const loop = monitorEventLoopDelay({ resolution: 5 })
        loop.enable()
        const lists: number[] = []
        const sent: { readonly at: number; readonly id: string; readonly due: number }[] = []
        for (let s = 0; s < watched * 2; s++) {
          const start = systemClock.monotonic()
          await listCases(g.database.read, { limit: 50, statuses: ['closed'] })
          lists.push(systemClock.monotonic() - start)
          await sleep(systemClock, 500)
        }
        loop.disable()
        for (const r of await g.database.read
          .selectFrom('scheduler_deferred')
          .selectAll()
          .where('state', '=', 'sent')
          .orderBy('updated_at')
          .execute())
          sent.push({ at: r.updated_at, id: r.message_id, due: r.due_at })
        const seconds = new Map<number, number>()
        for (const { at } of sent) seconds.set(Math.floor(at / 1000), (seconds.get(Math.floor(at / 1000)) ?? 0) + 1)
        const places = sent.map((s) => s.due).sort((a, b) => a - b)
        const figures = {
          sent: sent.length,
          mostInASecond: Math.max(...seconds.values()),
          outOfPlace: Math.max(...sent.map((s, i) => Math.abs(i - places.indexOf(s.due)))),
          loopP99: loop.percentile(99) / 1e6,
          listP95: percentile(lists, 95),
        }
        process.stdout.write(`${kind} SCH-5 ${herd} overdue, ${watched} s: ${JSON.stringify(figures)}\n`)
        expect(figures.mostInASecond).toBeLessThanOrEqual(50 + 4)
        expect(figures.outOfPlace).toBeLessThanOrEqual(16)
        expect(figures.loopP99).toBeLessThanOrEqual(100)
        expect(figures.listP95).toBeLessThanOrEqual(300)
      },
    )
  },
)
