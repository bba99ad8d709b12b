// Four nodes on one PostgreSQL, killed at random moments: everything planned is done once, and nothing is lost (SCH-2).
// POSTERN_TEST_KILLS=100 for the whole rig; the suite kills eight times.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { sleep, systemClock } from '../../core/base/clock.ts'
import { silentLog } from '../../core/base/silent-log.ts'
import { agentOrigin } from '../../core/contract/origin.ts'
import { startGateway } from '../../core/app/gateway.ts'
import { databaseKinds, freshPlace } from '../support/databases.ts'
import { soundConfig } from '../support/sound-config.ts'
import { planAt } from './planned.ts'

const kills = Number(process.env.POSTERN_TEST_KILLS ?? 8)
const cases = 25 * kills
const program = path.join(import.meta.dirname, '../../core/postern.mjs')

test.skipIf(!databaseKinds.includes('postgres'))(
  `${kills} kills among four nodes: each of ${cases} reopens and ${cases} deferred answers is done exactly once`,
  { timeout: 120_000 + kills * 5000 },
  async () => {
    const place = await freshPlace('postgres')
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-nodes-'))
    const yaml = `
name: nodes
hostname: gw.example.test
${place.yaml}
mailboxes: { support: { address: support@example.test, notify: [] } }
agents: { anna: { name: Anna, email: anna@agents.test } }
intake: { lease: 10s }
listeners: [{ protocol: smtp, host: 127.0.0.1, port: 0 }]
http: { host: 127.0.0.1, port: 0 }
plugins: [desk, threading, { scheduler: { downtime: 1h } }]
`
    const fileOf = (node: number): string => {
      const file = path.join(folder, `node${node}.yaml`)
      writeFileSync(file, `${yaml}data: ./data${node}\noutgoing: { transport: directory, path: out${node} }\n`)
      return file
    }
    const loaded = await soundConfig(fileOf(9))
    // Looks and orders, and does nothing by itself.
    const desk = await startGateway({ config: loaded.config, plugins: loaded.plugins, log: silentLog, quiet: true })
    const nodes: ChildProcess[] = []
    const start = (node: number): void => {
      nodes[node] = spawn(process.execPath, [program, 'start', '--config', fileOf(node)], { stdio: 'ignore' })
    }
    const kill = async (node: number): Promise<void> => {
      const child = nodes[node]
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
    try {
      const begin = systemClock.now() + 4000
      const window = kills * 1500
      for (let i = 0; i < cases; i++) {
        await desk.engine.transact(agentOrigin('anna', 'api'), async (tx) => {
          const c = await tx.cases.create({
            mailbox: 'support',
            subject: `Case ${i}`,
            requester: { address: `c${i}@customer.test`, name: '' },
            status: 'closed',
          })
          const due = begin + Math.floor((i * window) / cases)
          await planAt(tx, c.id, 'reopen', due)
          await planAt(tx, c.id, 'message', due)
        })
      }
      for (let node = 0; node < 4; node++) start(node)
      await sleep(systemClock, 3000)
      for (let k = 0; k < kills; k++) {
        await sleep(systemClock, 300 + Math.random() * 1200)
        await kill(k % 4)
        start(k % 4)
      }
      const planned = async (): Promise<number> => {
        const db = desk.database.write
        const [a, b] = [
          await db.selectFrom('scheduler_reopens').select('id').where('state', '=', 'planned').execute(),
          await db.selectFrom('scheduler_deferred').select('message_id').where('state', '=', 'planned').execute(),
        ]
        return a.length + b.length
      }
      // The rig says at once what stands in the way: a parked job, or jobs that nobody has taken up for a minute.
      const stuck = async () =>
        desk.database.write
          .selectFrom('jobs')
          .select(['kind', 'state', 'attempts', 'lost', 'run_at', 'locked_until', 'error'])
          .where('kind', 'in', ['scheduler.fire', 'scheduler.send'])
          .orderBy('run_at')
          .limit(20)
          .execute()
      for (let [left, since] = [Number.POSITIVE_INFINITY, 0]; ; await sleep(systemClock, 500)) {
        const now = await planned()
        if (now === 0) break
        if (now < left) [left, since] = [now, systemClock.monotonic()]
        const parked = (await stuck()).filter((job) => job.state === 'parked')
        if (parked.length > 0 || systemClock.monotonic() - since > 60_000)
          throw new Error(`${now} planned things are left; ${JSON.stringify({ now: systemClock.now(), jobs: await stuck() })}`)
      }
      const count = async (type: string): Promise<readonly number[]> =>
        (
          await desk.database.write
            .selectFrom('events')
            .select((eb) => eb.fn.countAll<number>().as('n'))
            .where('type', '=', type)
            .groupBy('case_id')
            .execute()
        ).map((r) => Number(r.n))
      for (const type of ['reopen.fired', 'deferred.sent', 'message.sent'])
        expect(await count(type), type).toEqual(Array.from({ length: cases }, () => 1))
      const notes = await desk.database.write.selectFrom('notes').select('id').where('kind', '=', 'reopen').execute()
      expect(notes).toHaveLength(cases)
      expect(await desk.database.write.selectFrom('outbox').select('id').execute()).toHaveLength(cases)
      expect(await desk.database.write.selectFrom('jobs').select('error').where('state', '=', 'parked').execute()).toEqual([])
    } finally {
      for (let node = 0; node < 4; node++) await kill(node)
      await desk.stop()
      rmSync(folder, { recursive: true, force: true })
      await place.drop()
    }
  },
)
