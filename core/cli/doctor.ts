// `postern doctor`: what is dangerous, missing or about to go wrong on this machine, each with its remedy.
import { existsSync, statSync, statfsSync } from 'node:fs'
import path from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config/types.ts'
import { formatProblem } from '../base/config/problems.ts'
import type { Problem } from '../base/config/problems.ts'
import { formatSize } from '../base/units.ts'
import { domainOf } from '../mail/address.ts'
import type { Database } from '../store/database.ts'
import { backlog, jobsDueBefore, newestReceivedAt } from '../store/status.ts'
import { blobFindings } from './doctor-blobs.ts'
import { dnsFindings } from './doctor-dns.ts'
import { machineFindings } from './doctor-machine.ts'
import { examinePostfix } from './doctor-postfix.ts'
import { smarthostFindings } from './doctor-way.ts'
import type { PostfixOptions } from './postfix/settings.ts'
import { plainLine } from '../base/escape.ts'
import { answer, exit, sentenceOf } from './terminal.ts'
import type { Terminal } from './terminal.ts'
import type { Finding } from './finding.ts'
import { serverTime } from '../store/time.ts'

/** What `postern doctor` looks at; `dns`: also at the DNS records of the mail domains. */
export interface DoctorOptions extends PostfixOptions {
  readonly dns: boolean
}

/** Exit code 1 where there is anything to do. `open` gives the database, or throws with the reason why not. */
export async function examine(
  config: Config,
  warnings: readonly Problem[],
  open: () => Promise<{ readonly database: Database; close(): Promise<void> }>,
  clock: Clock,
  options: DoctorOptions,
  terminal: Terminal,
): Promise<number> {
  const findings: Finding[] = warnings.map((w): Finding => ({ level: 'warning', topic: 'config', message: formatProblem(w) }))
  for (const one of [...processFindings(), ...(await machineFindings(config)), ...diskFindings(config)]) findings.push(one)
  try {
    const { database, close } = await open()
    try {
      for (const one of await databaseFindings(database, clock)) findings.push(one)
      for (const one of await blobFindings(database)) findings.push(one)
    } finally {
      await close()
    }
  } catch (error) {
    findings.push({ level: 'error', topic: 'database', message: sentenceOf(error) })
  }
  for (const one of await examinePostfix(config, clock, options)) findings.push(one)
  for (const one of await smarthostFindings(config, clock)) findings.push(one)
  if (options.dns) {
    const domains = new Set([...config.mailboxes.values()].map((m) => domainOf(m.address)))
    for (const one of await dnsFindings(domains)) findings.push(one)
  }
  const bad = findings.filter((f) => f.level === 'warning' || f.level === 'error')
  answer(terminal, { ok: bad.length === 0, findings }, () => [
    ...findings.flatMap((f) => [
      plainLine(`${f.level === 'ok' ? 'ok     ' : f.level.padEnd(7)}  ${f.topic}: ${f.message}`),
      ...(f.remedy === undefined ? [] : [plainLine(`         -> ${f.remedy}`)]),
    ]),
    bad.length === 0 ? 'Nothing to do.' : `${bad.length} thing${bad.length > 1 ? 's' : ''} to do.`,
  ])
  return bad.length === 0 ? exit.ok : exit.failed
}

function processFindings(): readonly Finding[] {
  if (process.getuid?.() === 0)
    return [
      {
        level: 'warning',
        topic: 'process',
        message: 'this runs as root, and the gateway should not',
        remedy: 'give it a user of its own; see examples/systemd',
      },
    ]
  return []
}

function diskFindings({ database, limits, data }: Config): readonly Finding[] {
  if (database.kind !== 'sqlite') return []
  const folder = [path.dirname(database.path), data].find((f) => existsSync(f))
  if (folder === undefined) return [{ level: 'ok', topic: 'disk', message: `${data} is made by the first start` }]
  const findings: Finding[] = []
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  if (free < limits.free_space)
    findings.push({
      level: 'error',
      topic: 'disk',
      message: `${formatSize(free)} free at ${folder}, less than limits.free_space (${formatSize(limits.free_space)}): mail is refused for now`,
      remedy: 'make room',
    })
  else if (free < limits.free_space * 3)
    findings.push({
      level: 'warning',
      topic: 'disk',
      message: `${formatSize(free)} free at ${folder}; below ${formatSize(limits.free_space)} mail is refused`,
      remedy: 'make room, or set retention.raw',
    })
  else findings.push({ level: 'ok', topic: 'disk', message: `${formatSize(free)} free at ${folder}` })
  const file = statSync(database.path, { throwIfNoEntry: false })
  if (file && (file.mode & 0o077) !== 0)
    findings.push({
      level: 'warning',
      topic: 'disk',
      message: `${database.path} may be read by others on this machine, and holds everybody's mail`,
      remedy: `chmod 600 ${database.path}`,
    })
  const wal = statSync(`${database.path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  if (wal > 128 * 1024 * 1024)
    findings.push({
      level: 'warning',
      topic: 'disk',
      message: `the log of the database has grown to ${formatSize(wal)}`,
      remedy: 'look for a program that keeps the database open; a restart empties the log',
    })
  return findings
}

/** Over this, leases and schedules of two machines disagree visibly. */
const skewMs = 2000

async function databaseFindings(database: Database, clock: Clock): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const now = clock.now()
  if (database.kind === 'postgres') {
    const before = clock.now()
    const off = (await serverTime(database)) - (before + clock.now()) / 2
    findings.push(
      Math.abs(off) > skewMs
        ? {
            level: 'warning',
            topic: 'clock',
            message: `the clock of the database is ${Math.round(Math.abs(off))} ms ${off > 0 ? 'ahead of' : 'behind'} this machine`,
            remedy: 'keep both right with NTP',
          }
        : { level: 'ok', topic: 'clock', message: 'the database and this machine agree on the time' },
    )
  }
  const ahead = (await newestReceivedAt(database.read)) - now
  if (ahead > 60_000)
    findings.push({
      level: 'warning',
      topic: 'clock',
      message: `the newest mail was received ${Math.round(ahead / 1000)} s in the future: the clock of this machine went back`,
      remedy: 'check NTP',
    })
  const waiting = (await backlog(database.read, now)).filter(
    (w) => ['parked', 'failed', 'unknown', 'held'].includes(w.state) && w.count > 0,
  )
  for (const w of waiting)
    findings.push({
      level: 'warning',
      topic: 'work',
      message: `${w.count} ${w.what} ${w.state}`,
      remedy: `postern ${w.what} list --state ${w.state}`,
    })
  const overdue = await jobsDueBefore(database.read, now - 300_000)
  if (overdue > 0)
    findings.push({
      level: 'warning',
      topic: 'work',
      message: `${overdue} jobs have been due for more than 5 minutes`,
      remedy: 'is the gateway running? postern status',
    })
  findings.push({ level: 'ok', topic: 'database', message: `${database.kind} answers and is up to date` })
  return findings
}
