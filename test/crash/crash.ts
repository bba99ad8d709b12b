// The ledger kill loop: real gateways under load are killed at random moments, again and again; in the end everything that was acknowledged must be
// there once, and have had its effects once.
//
//   npm run crash -- --rounds 20 [--seed 7] [--messages 20000]            one node on SQLite
//   npm run crash -- --rounds 20 --database postgres --nodes 4            SCL-2: a random node is killed, or (each fifth round) stands still for 8 s
//   npm run crash -- --rounds 20 --database postgres --nodes 2 --pgbouncer    SCL-3: through PgBouncer in transaction mode (skipped where it is not installed)
//   npm run crash -- --rounds 4 --database postgres --nodes 2 --failover      SCL-5: the primary is stopped at once and its replica promoted, once in the middle
//   npm run crash -- --rounds 4 --database postgres --nodes 2 --from ../old   nodes of an older version in that folder give way to this one, one by one,
//                                                                             and work beside it on one database, where the new one is killed
//
// The driver keeps the ledger: what was tried, what was acknowledged (250 read), what the smarthost got, when a gateway was killed. What was not
// acknowledged is sent again, as a sender would. Last line: `rounds N acknowledged A lost 0 duplicated 0 unexplained 0`; exit code 1 otherwise.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { smtpSink } from '../support/smtp-sink.ts'
import { audit } from './audit.ts'
import { seeded } from '../support/random.ts'
import { Daemon, freePorts, thisVersion } from './daemon.ts'
import { Load } from './load.ts'
import { writeConfig } from './config.ts'
import { startPostgres } from '../support/postgres-server.ts'
import { startPgbouncer } from './pgbouncer.ts'
import { startPair } from './postgres-pair.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    database: { type: 'string', default: 'sqlite' },
    nodes: { type: 'string', default: '1' },
    connections: { type: 'string' },
    messages: { type: 'string', default: '0' },
    pgbouncer: { type: 'boolean', default: false },
    failover: { type: 'boolean', default: false },
    from: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    keep: { type: 'boolean', default: false },
  },
})
const count = (text: string, least: number): number => (/^\d+$/.test(text) && Number(text) >= least ? Number(text) : Number.NaN)
const rounds = count(values.rounds, 0)
const nodeCount = count(values.nodes, 1)
const connections = count(values.connections ?? String(12 + 4 * (nodeCount - 1)), 1)
const messages = count(values.messages, 0)
const onPostgres = values.database === 'postgres'
const needsPostgres = nodeCount > 1 || values.pgbouncer || values.failover || values.from !== undefined
if ([rounds, nodeCount, connections, messages].some(Number.isNaN) || (!onPostgres && (values.database !== 'sqlite' || needsPostgres))) {
  process.stderr.write(
    'usage: crash [--rounds N] [--messages N] [--connections N] [--seed N] [--keep] [--database sqlite | --database postgres [--nodes N] [--pgbouncer] [--failover] [--from FOLDER]]\n',
  )
  process.exit(2)
}
/** A node that stands still for longer than others wait for a lock (5 s) and less than the server waits for it (10 s). */
const stillMs = 8000
/** After the promotion, mail must be accepted within (SCL-5). */
const backWithinMs = 10_000

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const folder = mkdtempSync(path.join(tmpdir(), 'postern-crash-'))
const base = (): string => mkdtempSync(path.join(tmpdir(), 'postern-pg-'))
const pair = values.failover ? await startPair(base()) : undefined
const postgres = pair ?? (onPostgres ? await startPostgres(base()) : undefined)
const pgbouncer = values.pgbouncer && postgres ? await startPgbouncer(base(), postgres.url) : undefined
if (values.pgbouncer && !pgbouncer) {
  await postgres?.stop()
  say('skipped: pgbouncer is not installed')
  process.exit(0)
}
const sink = await smtpSink()
const arrivals: { readonly at: number; readonly id: string }[] = []
let stored = 0
const collect = (): void => {
  for (; stored < sink.messages.length; stored += 1) {
    const id = /^message-id:\s*<([^>]+)>/im.exec(sink.messages[stored]?.raw.subarray(0, 4000).toString('latin1') ?? '')?.[1]
    arrivals.push({ at: Date.now(), id: id ?? 'none' })
  }
}
const watch = setInterval(collect, 5)
const url = pgbouncer?.url ?? postgres?.url
const ports = await freePorts(2 * nodeCount)
const nodes = Array.from({ length: nodeCount }, (_, i) => {
  const [smtp = 0, lmtp = 0] = ports.slice(2 * i)
  const config = writeConfig(folder, { smtp, lmtp, smarthost: sink.port, node: i + 1, ...(url && { postgres: url }) })
  return { smtp, lmtp, config, daemon: new Daemon(config, smtp, values.from ?? thisVersion) }
})
const load = new Load({ nodes, connections })
const random = seeded(Number(values.seed))
const kills: number[] = []
let failed = true
try {
  say(`seed ${values.seed}, ${values.database}, ${nodeCount} node(s), ${connections} connections, ${folder}`)
  load.start()
  // One after the other: the first brings the tables up to date.
  if (nodeCount > 1) for (const { daemon } of nodes) await daemon.start()
  const begun = Date.now()
  const failoverAt = pair ? Math.ceil(rounds / 2) : -1
  for (let round = 1; round <= rounds; round += 1) {
    const node = nodes[Math.floor(random() * nodes.length)]
    if (nodeCount === 1) await node?.daemon.start()
    await wait(50 + random() * 950)
    if (round === failoverAt) await failover()
    else if (nodeCount > 1 && round % 5 === 0) {
      node?.daemon.standStill()
      await wait(stillMs)
      node?.daemon.goOn()
    } else {
      kills.push(Date.now())
      await node?.daemon.kill()
      if (nodeCount > 1) await node?.daemon.start()
    }
    say(`round ${round}: acknowledged ${load.acknowledged.size}, at the smarthost ${sink.messages.length}`)
  }
  if (nodeCount === 1) await nodes[0]?.daemon.start()
  if (values.from !== undefined) {
    for (const [index, { daemon }] of nodes.entries()) {
      await wait(1000)
      daemon.becomes(thisVersion)
      await daemon.stop()
      await daemon.start()
      say(`a node of this version took over: acknowledged ${load.acknowledged.size}`)
      const older = nodes.length - 1 - index
      if (older === 0) continue
      // Beside each other, with tables that the new one has brought up to date; the old ones go on, and take over what it held.
      const before = load.acknowledged.size
      await wait(3000)
      kills.push(Date.now())
      await daemon.kill()
      await wait(1000)
      await daemon.start()
      say(`beside ${older} of the older version: ${load.acknowledged.size - before} acknowledged, killed once`)
    }
    await wait(1000)
  }
  await load.finish(messages)
  const accepted = Date.now()
  // A lease of 10 s and a sweep each 30 s bring back what the dead held; the rest is work.
  await nodes[0]?.daemon.drained(() => Date.now(), 120_000 + load.acknowledged.size * 60)
  const seconds = (Date.now() - begun) / 1000
  say(
    `all accepted after ${Math.round((accepted - begun) / 1000)} s, all done after ${Math.round(seconds)} s: ${(load.acknowledged.size / seconds).toFixed(1)} mails/s`,
  )
  for (const { daemon } of nodes) await daemon.stop()
  collect()
  const result = await audit({ config: nodes[0]?.config ?? '', acknowledged: load.acknowledged, tried: load.tried, arrivals, kills })
  for (const line of result.details) say(line)
  failed = result.lost + result.duplicated + result.unexplained > 0
  say(
    `rounds ${rounds} acknowledged ${load.acknowledged.size} lost ${result.lost} duplicated ${result.duplicated} unexplained ${result.unexplained}`,
  )
} finally {
  clearInterval(watch)
  load.stop()
  for (const { daemon } of nodes) await daemon.kill()
  await sink.close()
  await pgbouncer?.stop()
  await postgres?.stop()
  if (!values.keep && !failed) rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0

/** The primary is gone at once; nothing may be acknowledged until its replica is promoted, and within 10 s of that something must be. */
async function failover(): Promise<void> {
  await pair?.stopPrimary()
  kills.push(Date.now())
  await wait(1000)
  const before = load.acknowledged.size
  await wait(2000)
  if (load.acknowledged.size > before) throw new Error('mail was acknowledged while there was no database')
  await pair?.promote()
  const promoted = Date.now()
  while (load.acknowledged.size === before) {
    if (Date.now() - promoted > backWithinMs) throw new Error(`no mail was acknowledged within ${backWithinMs} ms of the promotion`)
    await wait(10)
  }
  say(`failover: the replica was promoted, mail was acknowledged again ${Date.now() - promoted} ms later`)
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
