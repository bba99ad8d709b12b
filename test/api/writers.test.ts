// Four nodes as processes of their own on one PostgreSQL, a writer at each: what the version of a case promises, and that the feed is one.
// POSTERN_TEST_WRITES: changes that each writer makes, default 10.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import { Daemon, freePorts } from '../crash/daemon.ts'
import { databaseKinds, freshPlace, openPlace } from '../support/databases.ts'
import { client, tokenFor } from './client.ts'
import type { Client } from './client.ts'
import { follow } from './feed.ts'

const writes = Number(process.env.POSTERN_TEST_WRITES ?? 10)
const names = ['w0', 'w1', 'w2', 'w3'] as const

test.skipIf(!databaseKinds.includes('postgres'))(
  'of four processes that change one case by its version, none overwrites another, and each reads the same feed without a gap',
  { timeout: 120_000 },
  async () => {
    const place = await freshPlace('postgres')
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-writers-'))
    const ports = await freePorts(names.length * 2)
    const nodes = names.map((name, i) => {
      const [smtp = 0, http = 0] = ports.slice(i * 2)
      const file = path.join(folder, `${name}.yaml`)
      writeFileSync(
        file,
        `name: writers\nhostname: gw.example.test\nlog: { level: error }\n${place.yaml}\nmailboxes: { support: { address: support@example.test } }\nlisteners: [{ protocol: smtp, host: 127.0.0.1, port: ${smtp} }]\nhttp: { host: 127.0.0.1, port: ${http} }\nplugins: [desk, threading]\ndata: ./${name}\noutgoing: { transport: directory, path: out-${name} }\n`,
      )
      return { name, http, daemon: new Daemon(file, smtp) }
    })
    try {
      await Promise.all(nodes.map((n) => n.daemon.start()))
      const database = await openPlace(place.config)
      const token = await tokenFor({ gateway: { database }, clock: systemClock }, { access: 'admin' })
      await database.stop()
      const calls = nodes.map(({ http }) => client({ gateway: { http: { port: http } } }, token))
      const [first] = calls
      if (!first) throw new Error('no node')
      const begun = await first('POST', '/v1/cases', {
        body: {
          from: 'customer',
          mailbox: 'support',
          requester: { address: 'carl@customer.test' },
          subject: 'One',
          text: 'x',
          custom: { total: 0 },
        },
      })
      expect(begun.status, JSON.stringify(begun.body)).toBe(201)
      const url = `/v1/cases/${begun.body.case.id}`

      const versions: number[] = []
      let refused = 0
      /** Counts up what it read, if it is still so; else reads anew from the refusal. */
      const writer = async (call: Client, name: string): Promise<void> => {
        let current = (await call('GET', url)).body
        for (let own = 1; own <= writes;) {
          const answer = await call('PATCH', url, {
            body: { custom: { total: current.custom.total + 1, [name]: own } },
            headers: { 'if-match': `"${current.version}"` },
          })
          if (answer.status === 200) {
            own++
            versions.push(answer.body.version)
            current = answer.body
          } else {
            expect([answer.status, answer.body.code], JSON.stringify(answer.body)).toEqual([412, 'stale'])
            refused++
            current = answer.body.current
          }
        }
      }
      let writing = true
      const readers = calls.map((call, i) => follow(call, [3, 1000, 50, 7][i] ?? 100, () => writing))
      await Promise.all(calls.map((call, i) => writer(call, names[i] ?? '')))
      writing = false

      const all = writes * names.length
      const end = (await first('GET', url)).body
      expect(end.custom).toEqual({ total: all, w0: writes, w1: writes, w2: writes, w3: writes })
      // Each change that was confirmed has a version of its own.
      expect([versions.length, new Set(versions).size, Math.max(...versions)]).toEqual([all, all, end.version])
      if (process.env.POSTERN_TEST_SHOW) process.stdout.write(`${all} changes, ${refused} refused\n`)
      const feeds = await Promise.all(readers)
      for (const feed of feeds) {
        expect(feed.map((e) => e.position)).toEqual(feed.map((_, i) => i + 1))
        expect(feed.map((e) => e.id)).toEqual(feeds[0]?.map((e) => e.id))
        expect(feed.filter((e) => e.type === 'case.custom_changed')).toHaveLength(all + 1)
        const places = feed.map((e) => e.case_seq)
        expect(places).toEqual([...places].sort((a, b) => a - b))
        expect(new Set(places).size).toBe(places.length)
      }
    } finally {
      for (const { daemon } of nodes) await daemon.kill()
      await place.drop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
