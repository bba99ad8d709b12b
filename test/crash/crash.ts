// The ledger kill loop: a real gateway under load is killed at random moments, again and again; in the end everything that was acknowledged must be
// there once, and have had its effects once.
//
//   npm run crash -- --rounds 20 [--database postgres] [--seed 7]
//
// The driver keeps the ledger: what was tried, what was acknowledged (250 read), what the smarthost got, when the gateway was killed. What was not
// acknowledged is sent again, as a sender would. Last line: `rounds N acknowledged A lost 0 duplicated 0 unexplained 0`; exit code 1 otherwise.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { smtpSink } from '../support/smtp-sink.ts'
import { audit } from './audit.ts'
import { seeded } from '../support/random.ts'
import { Daemon, freePorts } from './daemon.ts'
import { Load } from './load.ts'
import { writeConfig } from './config.ts'
import { startPostgres } from '../support/postgres-server.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    database: { type: 'string', default: 'sqlite' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    keep: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1 || (values.database !== 'sqlite' && values.database !== 'postgres')) {
  process.stderr.write('usage: crash [--rounds N] [--database sqlite|postgres] [--seed N] [--keep]\n')
  process.exit(2)
}

const folder = mkdtempSync(path.join(tmpdir(), 'postern-crash-'))
const postgres = values.database === 'postgres' ? await startPostgres(mkdtempSync(path.join(tmpdir(), 'postern-pg-'))) : undefined
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
const [smtp = 0, lmtp = 0] = await freePorts(2)
const config = writeConfig(folder, { smtp, lmtp, smarthost: sink.port, ...(postgres && { postgres: postgres.url }) })
const daemon = new Daemon(config, smtp)
const load = new Load({ smtp, lmtp, connections: 12 })
const random = seeded(Number(values.seed))
const kills: number[] = []
let failed = true
try {
  process.stdout.write(`seed ${values.seed}, ${values.database}, ${folder}\n`)
  load.start()
  for (let round = 1; round <= rounds; round += 1) {
    await daemon.start()
    await wait(50 + random() * 950)
    kills.push(Date.now())
    await daemon.kill()
    process.stdout.write(`round ${round}: acknowledged ${load.acknowledged.size}, at the smarthost ${sink.messages.length}\n`)
  }
  await daemon.start()
  await load.finish()
  await daemon.drained(() => Date.now(), 120_000)
  await daemon.stop()
  collect()
  const result = await audit({ config, acknowledged: load.acknowledged, tried: load.tried, arrivals, kills })
  for (const line of result.details) process.stdout.write(`${line}\n`)
  failed = result.lost + result.duplicated + result.unexplained > 0
  process.stdout.write(
    `rounds ${rounds} acknowledged ${load.acknowledged.size} lost ${result.lost} duplicated ${result.duplicated} unexplained ${result.unexplained}\n`,
  )
} finally {
  clearInterval(watch)
  load.stop()
  await daemon.kill()
  await sink.close()
  await postgres?.stop()
  if (!values.keep && !failed) rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
