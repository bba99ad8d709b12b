// REL-2: for every mail the order is pwrite(WAL) -> fsync returned 0 -> write("250"), seen from outside by strace.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { writeConfig } from '../crash/config.ts'
import { freePorts } from '../crash/daemon.ts'
import { submit } from '../e2e/submit.ts'

const absent = !existsSync('/usr/bin/strace')
if (absent && process.env.POSTERN_REQUIRE_SERVERS) throw new Error('needs strace')
if (absent) process.stdout.write('skipped: the order of writes cannot be seen without strace\n')

const mails = 12

test.skipIf(absent)(
  'every 250 comes after the fsync of the log in which its mail stands',
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'postern-strace-'))
    try {
      const [smtp = 0, lmtp = 0, nobody = 0] = await freePorts(3)
      const config = writeConfig(folder, { smtp, lmtp, smarthost: nobody })
      const trace = path.join(folder, 'trace')
      const program = path.join(import.meta.dirname, '../../core/postern.mjs')
      const child = spawn(
        '/usr/bin/strace',
        [
          '-f',
          '-y',
          '-s',
          '200',
          '-o',
          trace,
          '-e',
          'trace=pwrite64,fsync,fdatasync,write,writev,sendto',
          process.execPath,
          program,
          '--config',
          config,
          'start',
        ],
        { stdio: 'inherit' },
      )
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      for (let tries = 0; ; tries += 1) {
        try {
          await submit(smtp, { from: 'first@customer.test', to: 'support@example.test', subject: 'first', text: 'x' })
          break
        } catch (error) {
          if (tries > 300) throw error
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      }
      for (let i = 1; i < mails; i += 1)
        await submit(smtp, { from: `c${i}@customer.test`, to: 'support@example.test', subject: `mail ${i}`, text: 'y' })
      // strace keeps signals to itself: the one who shall end is its child.
      for (const pid of readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1').trim().split(' '))
        process.kill(Number(pid), 'SIGTERM')
      await gone
      expect(orderOf(readFileSync(trace, 'latin1'))).toEqual({ acknowledged: mails, withoutSync: 0, withoutWrite: 0 })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
  120_000,
)

/** Reads the trace: calls of several threads, an unfinished one joined with its end. */
function orderOf(trace: string): { acknowledged: number; withoutSync: number; withoutWrite: number } {
  const unfinished = new Map<string, string>()
  let [acknowledged, withoutSync, withoutWrite] = [0, 0, 0]
  let [written, dirty] = [false, false]
  for (const line of trace.split('\n')) {
    const pid = /^(\d+)\s/.exec(line)?.[1] ?? ''
    const rest = line.slice(pid.length).trim()
    const cut = /^(.*)<unfinished \.\.\.>$/.exec(rest)?.[1]
    // The bytes are on their way when the call begins: an acknowledgement counts there, everything else when it has returned.
    if (cut !== undefined) unfinished.set(pid, cut.trimEnd())
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(rest)
    const call = resumed ? (unfinished.get(pid) ?? '') + (resumed[2] ?? '') : rest
    const begins = !resumed && /^(?:write|writev|sendto)\(\d+<(?:TCP|socket)[^>]*>/.test(rest) && rest.includes('250 2.0.0 accepted')
    if (begins) {
      acknowledged += 1
      if (dirty) withoutSync += 1
      if (!written) withoutWrite += 1
      written = false
    } else if (cut === undefined && /^pwrite64\(\d+<[^>]*-wal>/.test(call)) [written, dirty] = [true, true]
    else if (cut === undefined && /^(?:fsync|fdatasync)\(\d+<[^>]*-wal>\)\s*= 0/.test(call)) dirty = false
  }
  return { acknowledged, withoutSync, withoutWrite }
}
