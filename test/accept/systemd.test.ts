// SEC-12: the shipped unit is tight, and what the gateway does fits into it.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Client } from './rig.ts'

const root = join(import.meta.dirname, '../..')
const service = join(root, 'examples/systemd/postern.service')
const socket = join(root, 'examples/systemd/postern.socket')
const folder = mkdtempSync(join(tmpdir(), 'postern-'))
afterAll(() => rmSync(folder, { recursive: true }))

const has = (command: string): boolean => spawnSync(command, ['--version']).status === 0
const noSystemd = has('systemd-analyze') ? '' : 'systemd-analyze is not installed'
const noStrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0 ? '' : 'strace is not installed or not permitted'

/** Values of a key in a unit file, in order. */
const values = (file: string, key: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map((m) => m[1] ?? '')

test('exposure is at most 2.5 of 10', (context) => {
  if (noSystemd) return context.skip(noSystemd)
  const { status, stdout } = spawnSync('systemd-analyze', ['security', '--offline=yes', '--no-pager', '--threshold=25', service], {
    encoding: 'utf8',
  })
  expect(stdout).toContain('Overall exposure level')
  expect(status).toBe(0)
})

test('the unit is a valid one but for the place of the program, and leaves Node its writable code', (context) => {
  expect(values(service, 'MemoryDenyWriteExecute')).toEqual([])
  expect(values(service, 'User')).toEqual(['postern'])
  // A socket that is part of the service would be closed at each restart.
  expect(values(socket, 'PartOf')).toEqual([])
  if (noSystemd) return context.skip(noSystemd)
  const { stderr } = spawnSync('systemd-analyze', ['verify', service, socket], { encoding: 'utf8' })
  expect(stderr.split('\n').filter((line) => line !== '' && !line.includes('is not executable'))).toEqual([])
})

test('start, a mail and the end make only system calls that the unit allows', async (context) => {
  if (noSystemd || noStrace) return context.skip(noSystemd || noStrace)
  const config = join(folder, 'postern.yaml')
  const path = join(folder, 'lmtp.sock')
  writeFileSync(
    config,
    JSON.stringify({
      ...{ name: 'sandboxed', data: join(folder, 'data'), http: { port: 0 } },
      listeners: [{ protocol: 'lmtp', path }],
      mailboxes: { support: { address: 'support@example.org' } },
      plugins: ['threading'],
    }),
  )
  const trace = join(folder, 'trace')
  const run = spawn(
    'strace',
    ['-f', '-qq', '-e', 'signal=none', '-o', trace, process.execPath, join(root, 'core/postern.mjs'), 'start', '--config', config],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let heard = ''
  await new Promise<void>((resolve, reject) => {
    run.stdout.on('data', (d: Buffer) => {
      heard += d.toString()
      if (heard.includes('"level":"info"') && existsSync(path)) resolve()
    })
    run.once('exit', () => reject(new Error(`it ended: ${heard}`)))
  })
  const peer = await Client.connect({ path })
  await peer.reply()
  expect((await peer.deliver('a@b.example', ['support@example.org'], 'Subject: Hi\r\n\r\nHello', 'LHLO x'))[0]).toMatch(/^250/)
  peer.socket.end('QUIT\r\n')
  const ended = once(run, 'exit')
  const child = execFileSync('sh', ['-c', `cat /proc/${String(run.pid)}/task/*/children`], { encoding: 'utf8' })
    .trim()
    .split(' ')[0]
  process.kill(Number(child), 'SIGTERM')
  await ended
  const made = new Set(
    [...readFileSync(trace, 'utf8').matchAll(/^\d+ +(?:<\.\.\. )?([a-z_0-9]+)(?:\(| resumed>)/gm)].map((m) => m[1] ?? ''),
  )
  const allowed = expand('@system-service')
  for (const filter of values(service, 'SystemCallFilter').filter((f) => f.startsWith('~'))) {
    for (const set of filter.slice(1).split(' ')) for (const call of expand(set)) allowed.delete(call)
  }
  // SQLite hands its files to the owner of the database where it runs as root, and only there; the unit does not.
  if (process.getuid?.() === 0) made.delete('fchown')
  expect(made.size).toBeGreaterThan(30)
  expect([...made].filter((call) => !allowed.has(call))).toEqual([])
})

/** The calls of a set, sets within it included. */
function expand(set: string): Set<string> {
  const calls = new Set<string>()
  for (const line of execFileSync('systemd-analyze', ['syscall-filter', '--no-pager', set], { encoding: 'utf8' }).split('\n')) {
    const name = line.trim()
    if (name === set || name === '' || name.startsWith('#')) continue
    for (const call of name.startsWith('@') ? expand(name) : [name]) calls.add(call)
  }
  return calls
}
