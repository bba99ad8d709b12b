// SQL-5, REL-4, REL-6: a disk that fills up under the gateway costs no acknowledged mail, and the gateway goes on by itself when there is space again.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { client } from '../api/client.ts'
import { testGateway } from '../support/gateway.ts'
import type { TestGateway } from '../support/gateway.ts'

const why = process.getuid?.() !== 0 ? 'needs root, to mount a small tmpfs' : mountable()
if (why !== null) process.stdout.write(`skipped: a full disk ${why}\n`)

test.skipIf(why !== null)(
  'a full disk is answered 4yz, the gateway lives on, and mail is taken again once there is space',
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder])
    try {
      const g = await testGateway({ folder, plugins: ['desk', 'threading'], config: 'limits: { message_size: 1MB, free_space: 1MB }\n' })
      try {
        const acknowledged: string[] = []
        const refused: string[] = []
        const deliver = async (n: number): Promise<void> => {
          const messageId = `<disk-${n}@client.test>`
          const reply = await g.mail({
            from: 'carl@customer.test',
            to: 'support@example.test',
            subject: `Mail ${n}`,
            text: 'x'.repeat(20_000),
            messageId,
          })
          if (reply.startsWith('250')) acknowledged.push(messageId)
          else refused.push(reply)
        }
        for (let n = 0; n < 5; n += 1) await deliver(n)
        // All that is left, in one go: the free space was measured a moment ago, so the commit itself meets the full disk.
        const { bavail, bsize } = statfsSync(folder)
        writeFileSync(path.join(folder, 'filler'), Buffer.alloc(bavail * bsize - bsize))
        for (let n = 5; n < 12; n += 1) await deliver(n)
        g.clock.advance(2000)
        await deliver(12)
        expect(refused.length).toBeGreaterThan(0)
        for (const reply of refused) expect(reply).toMatch(/^45[12] 4\.3\.[01]/)
        expect(refused.at(-1)).toMatch(/^452 4\.3\.1/)
        expect(await readyz(g)).toEqual({ status: 503, body: { ready: false, missing: 'disk' } })
        rmSync(path.join(folder, 'filler'))
        g.clock.advance(2000)
        await deliver(13)
        expect(acknowledged).toContain('<disk-13@client.test>')
        expect(await readyz(g)).toEqual({ status: 200, body: { ready: true } })
        await g.advance('2m', 5000)
        const stored = await g.gateway.database.read.selectFrom('messages').select('header_id').execute()
        expect(stored.map((m) => `<${m.header_id}>`).sort()).toEqual([...acknowledged].sort())
      } finally {
        await g.stop()
      }
    } finally {
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    }
  },
  60_000,
)

async function readyz(g: TestGateway): Promise<{ readonly status: number; readonly body: unknown }> {
  const { status, body } = await client(g, undefined)('GET', '/readyz')
  return { status, body }
}

/** Containers may forbid mounts even to root. */
function mountable(): string | null {
  const folder = path.join(tmpdir(), `postern-mount-${process.pid}`)
  mkdirSync(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder], { stdio: 'ignore' })
    return null
  } catch {
    return 'needs the right to mount a small tmpfs'
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
