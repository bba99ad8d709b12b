// A whole gateway for tests: real config file, real database, mail in over a real socket, a real smarthost behind it, and the clock in your hand.
//
//   const g = await testGateway({ config: 'mailboxes: ...' , plugins: ['desk', 'threading'] })
//   await g.mail({ from: 'c@customer.test', to: 'support@example.test', subject: 'Help', text: 'It is broken' })   // SMTP in, taken in, sent out
//   g.sent()                          everything the smarthost got, parsed, in order
//   await g.advance('2h')             time passes: jobs, crons and retries that come due run
//   await g.act('case.status', '#1', { status: 'closed' }, agent('anna'))
//   await g.stop()
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import type { ParsedMail } from 'mailparser'
import { parseDuration } from '../../core/base/units.ts'
import { TestClock } from '../../core/base/clock.ts'
import { createLog } from '../../core/base/log.ts'
import { silentLog } from '../../core/base/silent-log.ts'
import type { Log } from '../../core/base/log.ts'
import { agentOrigin, systemOrigin } from '../../core/contract/origin.ts'
import type { Origin } from '../../core/contract/origin.ts'
import type { ActionResult, Tx } from '../../core/contract/tx.ts'
import { scenarioRunner } from '../../core/scenario/posted.ts'
import { startGateway } from '../../core/app/gateway.ts'
import type { Gateway } from '../../core/app/gateway.ts'
import { parseHere } from '../../core/engine/intake/parse-here.ts'
import { migrationLines } from '../../core/engine/migration-lines.ts'
import { Sessions } from './client.ts'
import type { TestMail } from './client.ts'
import { copySqliteImage } from './database-images.ts'
import { freshPlace } from './databases.ts'
import type { DatabaseKind, Place } from './databases.ts'
import { freshFolder } from './fresh-folder.ts'
import { smtpSink } from './smtp-sink.ts'
import type { SinkMessage, SmtpSink } from './smtp-sink.ts'
import { soundConfig } from './sound-config.ts'

export { rawOf } from './client.ts'
export type { TestMail } from './client.ts'

export interface TestGatewayOptions {
  /** YAML below the defaults; its top-level keys replace theirs. */
  readonly config?: string
  /** Names, or names with settings. */
  readonly plugins?: readonly (string | Readonly<Record<string, unknown>>)[]
  /** An empty database of this kind, which ends with the gateway; default: a SQLite file. */
  readonly kind?: DatabaseKind
  /** Instead the PostgreSQL at this URL, which others may use as well. */
  readonly postgres?: string
  readonly start?: string
  /** Files written beside the config before it is read: path to content. */
  readonly files?: Readonly<Record<string, string>>
  /** A data folder of an earlier gateway: its database goes on. */
  readonly folder?: string
  readonly clock?: TestClock
  readonly sink?: SmtpSink
  readonly log?: Log
  /** Mail is read in threads, as the daemon does; default: in the event loop, where nothing has to start first. */
  readonly parseThreads?: boolean
}

export interface SentMail extends SinkMessage {
  readonly mail: ParsedMail
}

export interface TestGateway {
  readonly gateway: Gateway
  readonly clock: TestClock
  readonly sink: SmtpSink
  readonly folder: string
  /** Delivers by SMTP and waits until everything that follows has been done. The reply to the final dot. */
  mail(mail: TestMail): Promise<string>
  /** The same without waiting for what follows. */
  deliver(mail: TestMail): Promise<string>
  /** Mails the smarthost got since the last call of `clear`. */
  sent(): Promise<readonly SentMail[]>
  /** Those that went to one address. */
  sentTo(address: string): Promise<readonly SentMail[]>
  clear(): void
  /** Everything that is due now has been done. */
  settle(): Promise<void>
  /** Moves the clock in steps of at most `step` (default 1 min) and lets come due what comes due. "2h", "3d", or ms. */
  advance(by: string | number, step?: number): Promise<void>
  /** Orders an action; `ref` is `#1` or an id. */
  act(name: string, ref: string | null, args?: unknown, origin?: Origin): Promise<ActionResult>
  transact<T>(work: (tx: Tx) => Promise<T>, origin?: Origin): Promise<T>
  /** Everything of a case, for expectations. */
  look(ref: string): Promise<CaseView>
  stop(): Promise<void>
}

export type CaseView = Awaited<ReturnType<typeof viewOf>>

export const agent = (id: string): Origin => agentOrigin(id, 'api')

export const defaultConfig = `
name: test
hostname: gw.example.test
locale: en
timezone: UTC
mailboxes:
  support: { address: support@example.test, name: Example Support, notify: [team] }
  sales: { address: sales@example.test, aliases: [shop@example.test], name: Example Sales, notify: [boris] }
agents:
  anna: { name: Anna Smith, email: anna@agents.test, locale: en }
  boris: { name: Борис Иванов, email: boris@agents.test, locale: ru, timezone: Europe/Moscow }
groups:
  team: { name: Support team, members: [anna, boris] }
`

const defaultPlugins = ['desk', 'threading', 'notify']

export async function testGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const clock = options.clock ?? new TestClock(options.start)
  const folder = options.folder ?? freshFolder('postern-test-')
  const sink = options.sink ?? (await smtpSink())
  const file = path.join(folder, 'postern.yaml')
  for (const [name, content] of Object.entries(options.files ?? {})) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), content)
  }
  const write = (postgres: string | undefined): void => writeFileSync(file, yamlOf(options, postgres, sink.port))
  write(options.postgres)
  const loaded = await soundConfig(file)
  const lines = migrationLines(loaded.plugins)
  let { database } = loaded.config
  let place: Place | undefined
  if (options.kind === 'postgres' && options.postgres === undefined) {
    place = await freshPlace('postgres', lines)
    if (place.config.kind === 'postgres') {
      database = { ...place.config, pool: 4 }
      write(place.config.url)
    }
  } else if (database.kind === 'sqlite' && !existsSync(database.path)) await copySqliteImage(lines, database.path)
  const gateway = await startGateway({
    config: { ...loaded.config, database },
    plugins: loaded.plugins,
    clock,
    random: () => 0.5,
    ...(!options.parseThreads && { pool: parseHere }),
    scenarios: scenarioRunner(loaded.config.file),
    log: options.log ?? (process.env.TEST_LOG ? createLog({ level: 'debug' }) : silentLog),
  })
  let seen = 0
  const sessions = new Sessions(gateway.ports[0] ?? 0)

  const settle = async (): Promise<void> => {
    // What is sent may cause work, and work may send: until a whole round changes nothing.
    for (let before = -1, now = 0; before !== now;) {
      before = now
      await gateway.engine.jobs.idle()
      await gateway.engine.outbox.idle()
      await gateway.engine.workersIdle()
      await gateway.engine.jobs.idle()
      now = sink.texts.length
    }
  }
  const self: TestGateway = {
    gateway,
    clock,
    sink,
    folder,
    deliver: (mail) => sessions.deliver(mail, clock),
    async mail(mail) {
      const reply = await sessions.deliver(mail, clock)
      await settle()
      return reply
    },
    sent: () => Promise.all(sink.messages.slice(seen).map(async (m) => ({ ...m, mail: await simpleParser(m.raw) }))),
    sentTo: async (address) => (await self.sent()).filter((m) => m.rcpts.includes(address)),
    clear: () => void (seen = sink.messages.length),
    settle,
    async advance(by, step = 60_000) {
      let left = typeof by === 'number' ? by : (parseDuration(by) ?? Number.NaN)
      if (Number.isNaN(left)) throw new Error(`not a duration: ${by}`)
      while (left > 0) {
        const now = Math.min(step, left)
        clock.advance(now)
        left -= now
        await gateway.engine.crons.look()
        await settle()
      }
    },
    act: async (name, ref, args = {}, origin = systemOrigin) => {
      const result = await gateway.engine.transact(origin, async (tx) => {
        const c = ref === null ? undefined : await tx.cases.byRef(ref)
        if (ref !== null && !c) throw new Error(`no case ${ref}`)
        return tx.act(name, c?.id ?? null, args)
      })
      await settle()
      return result
    },
    transact: (work, origin = systemOrigin) => gateway.engine.transact(origin, work),
    look: (ref) => gateway.engine.transact(systemOrigin, (tx) => viewOf(tx, ref)),
    async stop() {
      sessions.end()
      await gateway.stop()
      if (!options.sink) await sink.close()
      if (!options.folder) rmSync(folder, { recursive: true, force: true })
      await place?.drop()
    },
  }
  return self
}

async function viewOf(tx: Tx, ref: string) {
  const c = await tx.cases.byRef(ref)
  if (!c) throw new Error(`no case ${ref}`)
  return {
    ...c,
    cc: (await tx.cases.cc(c.id)).map((p) => p.address),
    bcc: (await tx.cases.bcc(c.id)).map((p) => p.address),
    tags: await tx.cases.tags(c.id),
    links: await tx.cases.links(c.id),
    messages: await tx.messages.list(c.id),
    notes: await tx.notes.list(c.id),
    notices: await tx.notices.list(c.id),
  }
}

function yamlOf(options: TestGatewayOptions, postgres: string | undefined, smarthost: number): string {
  const own = options.config ?? ''
  const given = new Set([...own.matchAll(/^([a-z_]+):/gm)].map((m) => m[1]))
  const defaults = `${defaultConfig}
data: ./data
database: ${postgres === undefined ? '{ sqlite: postern.db }' : JSON.stringify({ postgres, pool: 4 })}
listeners: [{ protocol: smtp, host: 127.0.0.1, port: 0 }]
http: { host: 127.0.0.1, port: 0 }
outgoing: { transport: smtp, host: 127.0.0.1, port: ${smarthost}, tls: "off" }
plugins: ${JSON.stringify(options.plugins ?? defaultPlugins)}
`
  // A top-level key with everything below it is left to the test where it names the key itself.
  const kept = defaults
    .split(/^(?=[a-z_]+:)/m)
    .filter((block) => !given.has(/^([a-z_]+):/.exec(block)?.[1] ?? ''))
    .join('')
  return `${own}\n${kept}`
}
