// What an admin does with raw mail that lies outside of the database: back up, check, restore, forget, examine.
import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { runCli } from '../support/cli.ts'
import { testGateway } from '../support/gateway.ts'

vi.setConfig({ testTimeout: 120_000 })

test('backup lists it, verify reads it, restore refuses without it, forget and doctor reach it', async () => {
  const g = await testGateway({ config: 'blobs: { directory: outside, larger_than: 1kB, older_than: 1h }' })
  const run = (...args: readonly string[]) => runCli([...args, '--config', path.join(g.folder, 'postern.yaml')], g.folder)
  const outside = path.join(g.folder, 'data', 'outside')
  const backup = path.join(g.folder, 'backup.db')
  let stopped = false
  try {
    for (const from of ['carl@customer.test', 'zoe@customer.test'])
      await g.mail({ from, to: 'support@example.test', subject: 'Long', text: 'so it is\n'.repeat(500) })
    await g.advance('2h')
    // A look of the gateway's own may be under way, and have begun before there was anything to do.
    await g.gateway.mover.look()
    await g.gateway.mover.look()
    const made = await run('backup', backup, '--json')
    expect(made.json()).toMatchObject({ ok: true, manifest: `${backup}.blobs`, counts: { blobs: 2, moved: 2 } })
    expect((await run('backup', backup, '--force')).out).toContain('sha256sum -c')
    const [line = '', other = ''] = readFileSync(`${backup}.blobs`, 'utf8').split('\n')
    expect(line).toMatch(/^[0-9a-f]{64} {2}[0-9a-f]{2}\/[0-9a-f-]+$/)
    expect(statSync(`${backup}.blobs`).mode & 0o777).toBe(0o600)
    const object = path.join(outside, line.slice(66))
    expect(statSync(object).mode & 0o777).toBe(0o600)

    expect((await run('verify', '--json')).json()).toMatchObject({ ok: true, counts: { moved: 2 } })
    renameSync(object, `${object}.away`)
    const bad = await run('verify')
    expect([bad.code, bad.err.includes(line.slice(66)), bad.err.includes('copy of it')]).toEqual([1, true, true])
    expect((await run('verify', backup, '--json')).json()).toMatchObject({ ok: false })

    // Who is looked for may stand in what is missing: that is said, and the rest is done.
    expect((await run('forget', 'nobody@customer.test')).out).toContain('1 stored mail is missing from the blob storage')
    renameSync(`${object}.away`, object)
    const forgotten = path.join(outside, other.slice(66))
    expect(existsSync(forgotten)).toBe(true)
    expect((await run('forget', 'zoe@customer.test', '--yes')).code).toBe(0)
    expect([existsSync(object), existsSync(forgotten)]).toEqual([true, false])

    const found = async (): Promise<unknown> =>
      (
        (await run('doctor', '--json')).json() as { readonly findings: readonly { readonly topic: string; readonly level: string }[] }
      ).findings
        .filter((f) => f.topic === 'blobs')
        .map((f) => f.level)
    expect(await found()).toEqual(['ok'])
    renameSync(object, `${object}.away`)
    expect(await found()).toEqual(['error'])
    renameSync(`${object}.away`, object)

    await g.gateway.stop()
    stopped = true
    // The one that was forgotten after the backup is missing there for good.
    const refused = await run('restore', backup, '--force')
    expect([refused.code === 0, refused.err.includes(other.slice(66)), refused.err.includes('--accept-loss')]).toEqual([false, true, true])
    expect((await run('restore', backup, '--force', '--accept-loss')).code).toBe(0)
  } finally {
    if (!stopped) await g.gateway.stop()
    await g.stop()
    rmSync(g.folder, { recursive: true, force: true })
  }
})
