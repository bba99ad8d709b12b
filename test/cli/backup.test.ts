import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test } from 'vitest'
import { installation } from '../support/cli.ts'
import type { Installation } from '../support/cli.ts'
import { send } from '../support/send.ts'

const made: Installation[] = []
const install = (): Installation => {
  const one = installation()
  made.push(one)
  return one
}
afterEach(async () => {
  for (const one of made.splice(0)) await one.remove()
})

interface Report {
  readonly ok: boolean
  readonly counts: { readonly mails: number; readonly blobs: number; readonly cases: number }
  readonly held?: number
  readonly replaced?: string | null
}

test('a backup made while mail pours in is sound, holds every mail acknowledged before it, and runs again elsewhere', async () => {
  const here = install()
  const daemon = await here.start()
  const [port = 0] = daemon.ports
  let acknowledged = 0
  let pouring = true
  const pour = async (who: number): Promise<void> => {
    for (let i = 0; pouring; i++) {
      if (
        (
          await send(port, {
            to: 'support@example.test',
            from: `c${who}@customer.test`,
            subject: `mail ${who} ${i}`,
            text: 'x'.repeat(20_000),
          })
        ).startsWith('250')
      )
        acknowledged += 1
    }
  }
  const pourers = [pour(1), pour(2), pour(3), pour(4)]
  await expect.poll(() => acknowledged, { timeout: 60_000 }).toBeGreaterThan(40)
  const file = path.join(here.folder, 'backup.db')
  const before = acknowledged
  const backup = await here.run('backup', file, '--json')
  const after = acknowledged
  pouring = false
  await Promise.all(pourers)
  expect([backup.code, backup.err]).toEqual([0, ''])
  const report: Report = backup.json()
  expect(report.ok).toBe(true)
  expect(report.counts.mails).toBeGreaterThanOrEqual(before)
  expect(report.counts.blobs).toBe(report.counts.mails)
  expect(after).toBeGreaterThan(before)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(here.folder).filter((n) => n.startsWith('backup.db'))).toEqual(['backup.db'])

  const elsewhere = install()
  const restored = await elsewhere.run('restore', file, '--json')
  expect([restored.code, restored.err]).toEqual([0, ''])
  expect((restored.json() as Report).replaced).toBeNull()
  const second = await elsewhere.start()
  // What had not been taken in yet is taken in there.
  await expect
    .poll(async () => ((await elsewhere.run('status', '--json')).json() as { oldestWaitingMail: number | null }).oldestWaitingMail, {
      timeout: 60_000,
    })
    .toBeNull()
  expect((await elsewhere.run('inbound', 'list', '--limit', '100000', '--json')).json()).toHaveLength(report.counts.mails)
  expect(await second.stop()).toBe(0)
}, 180_000)

test('restore refuses while the daemon runs, over a database without --force, and for a damaged file; with --force the old one is kept aside', async () => {
  const here = install()
  const daemon = await here.start()
  await send(daemon.ports[0] ?? 0, { to: 'support@example.test' })
  await expect
    .poll(async () => ((await here.run('status', '--json')).json() as { cases: { open?: number } }).cases.open, { timeout: 60_000 })
    .toBe(1)
  const file = path.join(here.folder, 'backup.db')
  expect((await here.run('backup', file)).code).toBe(0)
  expect((await here.run('backup', file)).code).toBe(1)
  const running = await here.run('restore', file, '--force')
  expect([running.code, running.err]).toEqual([75, expect.stringContaining('another postern already runs')])
  expect(await daemon.stop()).toBe(0)
  expect(await here.run('restore', file)).toMatchObject({ code: 1, err: expect.stringContaining('--force moves it aside') as string })

  const damaged = path.join(here.folder, 'damaged.db')
  const bytes = readFileSync(file)
  const at = bytes.indexOf('It is broken.')
  expect(at).toBeGreaterThan(0)
  // Every place where the words stand: the raw mail is one of them, and its hash will not fit.
  writeFileSync(damaged, Buffer.from(bytes.toString('latin1').replaceAll('It is broken.', 'It is brokeN.'), 'latin1'))
  const refused = await here.run('restore', damaged, '--force')
  expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/blob .* is not what was stored/)])
  const verified = await here.run('verify', damaged, '--json')
  expect([verified.code, (verified.json() as Report).ok]).toEqual([1, false])
  expect((await here.run('verify', here.config)).code).toBe(1)
  expect((await here.run('verify', '/does/not/exist')).code).toBe(1)

  const forced = await here.run('restore', file, '--force', '--json')
  expect(forced.code).toBe(0)
  const { replaced } = forced.json() as Report
  expect(replaced && existsSync(replaced)).toBe(true)
  expect((await here.run('verify')).code).toBe(0)
}, 180_000)

test('after a restore nothing is sent a second time until a person says so', async () => {
  const here = install()
  await (await here.start()).stop()
  const file = path.join(here.folder, 'data', 'postern.db')
  const db = new DatabaseSync(file)
  db.exec("insert into outbox values ('o1', null, null, 'reply', 'default', 'a@b.test', 'e', 'h', 's', '[]', 0, 0, 0, 1)")
  for (const [id, state] of [
    ['r1', 'queued'],
    ['r2', 'sending'],
    ['r3', 'sent'],
  ])
    db.exec(
      `insert into outbox_recipients values ('${id}', 'o1', 'default', '${id}@x.test', '${state}', 0, 1, 0, 0, 0, 0, null, null, null, 1, 1)`,
    )
  db.close()
  const backup = path.join(here.folder, 'b.db')
  await here.run('backup', backup)
  const restored = await here.run('restore', backup, '--force', '--json')
  expect((restored.json() as Report).held).toBe(2)
  const list = (await here.run('outbox', 'list', '--json')).json() as readonly { state: string }[]
  expect(list.map((r) => r.state).sort()).toEqual(['held', 'held', 'sent'])
  expect(await here.run('outbox', 'retry', '--state', 'held')).toMatchObject({
    code: 0,
    out: expect.stringContaining('2 recipients') as string,
  })
  const sent = await here.run('restore', backup, '--force', '--send', '--json')
  expect((sent.json() as Report).held).toBe(0)
}, 180_000)
