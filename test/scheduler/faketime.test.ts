// The program as a process under libfaketime: days pass, the wall clock steps forward and back, and what was planned is done once (SCH-4).
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { sleep, systemClock } from '../../core/base/clock.ts'
import { installation, runCli } from '../support/cli.ts'
import type { Installation } from '../support/cli.ts'
import { send } from '../support/send.ts'
import { at } from './rig.ts'

const library = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find((file) => existsSync(file))

/** With POSTERN_REQUIRE_SERVERS it throws instead of skipping. */
function missing(): boolean {
  if (library !== undefined) return false
  if (process.env.POSTERN_REQUIRE_SERVERS) throw new Error('needs libfaketime (package faketime)')
  process.stdout.write('skipped: the run under a clock that steps needs libfaketime (package faketime)\n')
  return true
}

const config = `
name: steps
hostname: gw.example.test
data: ./data
listeners: [{ protocol: smtp, host: 127.0.0.1, port: 0 }]
http: { host: 127.0.0.1, port: 0 }
outgoing: { transport: directory, path: out }
limits: { free_space: 50MB }
mailboxes: { support: { address: support@example.test, notify: [] } }
agents:
  anna: { name: Anna, email: anna@agents.test, timezone: Europe/Berlin }
  boris: { name: Boris, email: boris@agents.test, timezone: Europe/Moscow }
plugins: [desk, threading, { scheduler: { downtime: 1h } }]
`

/** Wall clock of the processes, by a file that libfaketime reads anew at every look; monotonic time is left alone. */
function steppedClock(folder: string) {
  const file = path.join(folder, 'offset')
  let offset = 0
  const env = {
    LD_PRELOAD: library ?? '',
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    TZ: 'Europe/Berlin',
  }
  return {
    env,
    now: () => systemClock.now() + offset * 1000,
    set(ms: number): void {
      offset = Math.round((ms - systemClock.now()) / 1000)
      // In one piece: it is read at any moment.
      writeFileSync(`${file}.new`, `${offset < 0 ? '' : '+'}${offset}\n`)
      renameSync(`${file}.new`, file)
    },
  }
}

describe.skipIf(missing())('under a wall clock that steps', () => {
  let house: Installation | undefined
  afterEach(() => house?.remove())

  test(
    'a reopen and an answer planned over the change from summer time come once, whatever the clock does',
    { timeout: 120_000 },
    async () => {
      house = installation(config)
      const clock = steppedClock(house.folder)
      clock.set(at('2026-10-23T10:00:00Z'))
      const daemon = await house.start(clock.env)
      const token = (
        await runCli(['token', 'create', 'rig', '--access', 'act', '--config', house.config], house.folder, clock.env)
      ).out.trim()
      const http = String((await daemon.heard('postern is ready')).http).replace(/^(?!http)/, 'http://')
      const call = async (method: string, url: string, as: string | null, body?: unknown) => {
        const response = await fetch(`${http}${url}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(as !== null && { 'on-behalf-of': as }),
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        })
        const answer = (await response.json()) as { readonly [key: string]: unknown }
        expect(response.status, JSON.stringify(answer)).toBeLessThan(300)
        return answer
      }
      const until = async (what: string, is: () => Promise<boolean>): Promise<void> => {
        for (const end = systemClock.monotonic() + 30_000; !(await is()); await sleep(systemClock, 100))
          if (systemClock.monotonic() > end) throw new Error(`never: ${what}`)
      }
      const reopens = async () =>
        (await call('GET', '/v1/cases/1/reopens?state=all', null)).reopens as readonly {
          readonly owner: { readonly id: string }
          readonly state: string
          readonly due_at: string
        }[]
      const events = async (type: string): Promise<number> =>
        ((await call('GET', '/v1/events?limit=1000', null)).events as readonly { readonly type: string }[]).filter((e) => e.type === type)
          .length
      const left = (): number => mails(house).filter((mail) => mail.includes('Good morning')).length
      /** Steps the clock and lets the gateway notice and look at everything, which it does each second. */
      const step = async (to: string | number): Promise<void> => {
        const before = daemon.lines.length
        const ms = typeof to === 'string' ? at(to) : to
        const by = Math.abs(ms - clock.now())
        clock.set(ms)
        if (by > 61_000) await daemon.heard('the clock of this machine jumped; check its time synchronisation', before)
        await sleep(systemClock, 1000)
      }

      await send(daemon.ports[0] ?? 0, { from: 'carl@customer.test', to: 'support@example.test', subject: 'Help' })
      await until('the case', async () => (await events('case.created')) === 1)
      await call('POST', '/v1/cases/1/actions/case.status', 'anna', { status: 'closed' })
      await call('POST', '/v1/cases/1/reopens', 'anna', { in: '2 days 5 hours', note: 'look' })
      const planned = await call('POST', '/v1/cases/1/deferred', 'anna', { text: 'Good morning', at: '2026-10-25 02:30', status: 'keep' })
      expect(planned.said).toContain('comes twice')
      // Two days of the calendar, one of them an hour longer, and five hours.
      const due = at((await reopens())[0]?.due_at ?? '')
      expect(due - (at('2026-10-23T10:00:00Z') + 54 * 3_600_000)).toBeLessThan(60_000)
      expect(due).toBeGreaterThan(at('2026-10-25T16:00:00Z') - 1000)

      // Everything might be due at once: for five minutes nothing leaves.
      await step('2026-10-25T00:31:00Z')
      expect(left()).toBe(0)
      await step('2026-10-25T00:37:00Z')
      await until('the answer leaves', async () => left() === 1)
      // Back over the hour that comes twice, and again.
      await step('2026-10-24T23:37:00Z')
      await step('2026-10-25T00:45:00Z')
      expect(left()).toBe(1)

      expect((await reopens()).map((r) => r.state)).toEqual(['planned'])
      // Small steps, as a time server makes them, around the very moment.
      await step(due + 1000)
      await until('the reopen comes', async () => (await events('reopen.fired')) === 1)
      for (const small of [-2000, 2000]) await step(due + small)
      expect((await reopens()).map((r) => r.state)).toEqual(['fired'])

      await step('2026-10-25T14:00:00Z')
      await call('POST', '/v1/cases/1/reopens', 'boris', { in: '1 hour', note: 'mine' })
      await step('2026-10-25T16:30:00Z')
      await until('the other reopen comes', async () => (await events('reopen.fired')) === 2)
      await step('2026-10-28T10:00:00Z')
      expect([await events('reopen.fired'), await events('deferred.sent'), left()]).toEqual([2, 1, 1])
      expect((await reopens()).map((r) => [r.owner.id, r.state])).toEqual(
        expect.arrayContaining([
          ['anna', 'fired'],
          ['boris', 'fired'],
        ]),
      )
      expect(await daemon.stop()).toBe(0)
    },
  )
})

/** Mails that left, as files. */
function mails(house: Installation | undefined): readonly string[] {
  const folder = path.join(house?.folder ?? '', 'data/out')
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
        .filter((f) => f.isFile())
        .map((f) => readFileSync(path.join(f.parentPath, f.name), 'utf8'))
    : []
}
