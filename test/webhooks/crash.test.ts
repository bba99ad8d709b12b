import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Daemon, freePorts } from '../crash/daemon.ts'
import { Load } from '../crash/load.ts'
import { eachDatabase, freshPlace } from '../support/databases.ts'
import { receiver } from './receiver.ts'
import type { Hook } from './receiver.ts'
import { secret } from './rig.ts'
import { openDatabase } from '../../core/app/open-store.ts'

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

eachDatabase((kind) => {
  test('a gateway that is killed again and again loses no delivery, and repeats one only under its own id', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-whk-'))
    const place = await freshPlace(kind)
    const to = await receiver((response) => void setTimeout(() => response.writeHead(204).end(), 3))
    const [smtp = 0, lmtp = 0] = await freePorts(2)
    const config = path.join(folder, 'postern.yaml')
    const endpoint = {
      url: to.url,
      secret,
      allow_http: true,
      allow_private: true,
      ports: [to.port],
      events: ['message.received'],
      timeout: '5s',
    }
    writeFileSync(
      config,
      `name: crash\nhostname: crash.example.test\ndata: ./data\nlog: { level: error }\n${place.yaml}\nlisteners:\n  - { protocol: smtp, host: 127.0.0.1, port: ${smtp} }\n  - { protocol: lmtp, host: 127.0.0.1, port: ${lmtp} }\nhttp: { host: 127.0.0.1, port: 0 }\noutgoing: { transport: directory, path: out }\nintake: { lease: 10s }\nmailboxes:\n  support: { address: support@example.test }\nplugins: [desk, threading, ${JSON.stringify({ webhooks: { endpoints: { desk: endpoint } } })}]\n`,
    )
    const daemon = new Daemon(config, smtp)
    const load = new Load({ nodes: [{ smtp, lmtp }], connections: 6 })
    try {
      load.start()
      for (let round = 0; round < 5; round++) {
        await daemon.start()
        // In the midst of it: some have arrived since the start, more are on their way.
        const goal = to.received.length + 25
        for (let i = 0; i < 400 && to.received.length < goal; i++) await wait(50)
        await wait(round * 7)
        await daemon.kill()
      }
      await daemon.start()
      await load.finish()
      await daemon.drained(() => Date.now(), 60_000)
      const database = await openDatabase(
        { database: place.config, blobs: { storage: null, move: 'out', larger_than: 0, older_than: null } },
        false,
      )
      try {
        const open = () =>
          database.read.selectFrom('webhooks_deliveries').select(['id', 'event_id', 'state']).where('state', '!=', 'delivered').execute()
        for (let i = 0; i < 400 && (await open()).length > 0; i++) await wait(100)
        expect(await open()).toEqual([])
        const events = await database.read.selectFrom('events').select(['id', 'data']).where('type', '=', 'message.received').execute()
        // A mail that was accepted while its 250 got lost was sent again, and is there once: one event for each that was acknowledged in the end.
        expect(new Set(events.map((e) => e.data)).size).toBe(events.length)
        expect(events.length).toBe(load.acknowledged.size)
        const ids = new Map<string, Set<string>>()
        for (const r of to.received) {
          const { event } = (JSON.parse(r.body) as Hook).data
          ids.set(event, (ids.get(event) ?? new Set()).add(r.id))
        }
        expect(events.length).toBeGreaterThan(100)
        expect(events.filter((e) => !ids.has(e.id))).toEqual([])
        expect([...ids.values()].filter((set) => set.size > 1)).toEqual([])
        process.stdout.write(
          `${kind}: ${events.length} events, ${to.received.length} deliveries, ${to.received.length - events.length} repeated\n`,
        )
      } finally {
        await database.stop()
      }
    } finally {
      load.stop()
      await daemon.kill()
      await to.close()
      await place.drop()
      rmSync(folder, { recursive: true, force: true })
    }
  }, 180_000)
})
