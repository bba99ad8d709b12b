// `postern/testing`: a whole gateway in memory for the tests of plugins. Real engine, real plugins, a database, and a clock in your hand.
//
//   const g = await openTestGateway({ plugins: ['desk', 'threading', { './greeter.ts': { text: 'Hi' } }], folder: import.meta.dirname })
//   await g.mail({ from: 'carl@customer.test', subject: 'Help' })     // comes in, and everything follows that follows from it
//   await g.advance('2h')                                             // what comes due on the way runs, at its time
//   await g.act('case.status', '#1', { status: 'closed' }, agentOrigin('anna', 'api'))
//   g.sent                                                            // every mail that left, in order
//   await g.stop()
import path from 'node:path'
import { TestClock } from '../base/clock.ts'
import type { Clock } from '../base/clock.ts'
import { parseConfig } from '../base/config/load.ts'
import { formatProblem } from '../base/config/problems.ts'
import { parseDuration } from '../base/units.ts'
import { loadWithPlugins } from '../app/load-plugins.ts'
import { systemOrigin } from '../contract/origin.ts'
import type { Origin } from '../contract/origin.ts'
import type { EnginePlugin } from '../contract/plugin.ts'
import type { Reading } from '../contract/reading.ts'
import type { ActionResult, Tx } from '../contract/tx.ts'
import { migrationLines } from '../engine/migration-lines.ts'
import { readingOf } from '../engine/reading.ts'
import { migrate } from '../store/migrate.ts'
import { openPostgres } from '../store/postgres.ts'
import type { MemoryDatabase } from '../store/sqlite/sqlite-memory.ts'
import { memoryDatabase, openMemoryGateway } from './gateway-in-memory.ts'
import type { Sent, Taken } from './gateway-in-memory.ts'
import type { MailSpec, ReplySpec } from './format.ts'
import { answerTo, bounceOf, newMail } from './mails.ts'
import type { Post } from './mails.ts'

export type { MailSpec, ReplySpec, Sent, Taken }
export { agentOrigin, systemOrigin } from '../contract/origin.ts'
/** What keeps the texts of two languages from saying the same (`defineMessages`). */
export { localeProblems } from '../base/locale.ts'

/** What a gateway of a test is made of. */
export interface TestGatewayOptions {
  /** Names and paths in their order, each alone or with its settings. */
  readonly plugins: readonly (string | Readonly<Record<string, unknown>>)[]
  /** Where relative paths begin; default: the working directory. */
  readonly folder?: string
  /** YAML whose top-level keys replace those of `defaultConfig`. */
  readonly config?: string
  /** ISO 8601 or ms UTC; default 2026-09-21T09:00:00Z, a Monday. */
  readonly start?: string | number
  /** URL of an empty PostgreSQL database, instead of SQLite in memory. */
  readonly postgres?: string
}

/** A gateway that does nothing by itself: whatever is due happens inside of its calls. */
export interface TestGateway {
  readonly clock: Pick<Clock, 'now'>
  /** Every mail that left, in order. */
  readonly sent: readonly Sent[]
  /** Questions about cases, messages and people. */
  readonly look: Reading
  /** A mail comes in; `to` is a mailbox id or an address, `support` by default. One outcome a recipient. */
  mail(mail: MailSpec): Promise<readonly Taken[]>
  /** Somebody answers a mail that left, as his mail program does it. */
  answer(sent: Sent, reply: ReplySpec): Promise<readonly Taken[]>
  /** A delivery report about a mail that left; status by RFC 3463, e.g. 5.1.1. */
  bounce(sent: Sent, address: string, status: string): Promise<readonly Taken[]>
  /** Orders an action; `ref` is `#1` or an id. Throws PosternError where it is refused. */
  act(name: string, ref: string | null, args?: unknown, origin?: Origin): Promise<ActionResult>
  /** A transaction, for a plugin's own tables (`tx.db`) and whatever else a `Tx` can do. */
  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Moves the clock: ms, or "2h", "3d". */
  advance(by: string | number): Promise<void>
  stop(): Promise<void>
}

/** Two mailboxes, two agents in two languages, one group. */
export const defaultConfig = `name: test
hostname: gw.example.test
locale: en
timezone: UTC
mailboxes:
  support: { address: support@example.test, name: Example Support, notify: [team] }
  sales: { address: sales@example.test, name: Example Sales, notify: [boris] }
agents:
  anna: { name: Anna Smith, email: anna@agents.test, locale: en }
  boris: { name: Борис Иванов, email: boris@agents.test, locale: ru, timezone: Europe/Moscow }
groups:
  team: { name: Support team, members: [anna, boris] }
data: ./data
listeners: [{ protocol: smtp, host: 127.0.0.1, port: 0 }]
`

/** Throws with every problem of the configuration, in lines, where it is not sound. */
export async function openTestGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const file = path.join(path.resolve(options.folder ?? '.'), 'test-gateway.yaml')
  const loaded = await loadWithPlugins(parseConfig(yamlOf(options), file), file)
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'))
  const { config, plugins } = loaded
  const database = options.postgres === undefined ? await memoryDatabase(plugins) : await postgresFor(options.postgres, plugins)
  const gateway = await openMemoryGateway(config, plugins, database, new TestClock(options.start).now())
  let serial = 0
  const post = (): Post => ({
    now: gateway.clock.now(),
    serial: () => ++serial,
    address: (text) => config.mailboxes.get(text)?.address ?? text,
    isOurs: (address) => gateway.engine.registry.isOurs(address),
  })
  return {
    clock: gateway.clock,
    sent: gateway.sent,
    look: readingOf(() => database.read),
    mail: (mail) => gateway.receive(newMail({ to: 'support', ...mail }, post())),
    answer: (sent, reply) => gateway.receive(answerTo(sent, reply, post())),
    bounce: (sent, address, status) => gateway.receive(bounceOf(sent, address, status, post())),
    async act(name, ref, args = {}, origin = systemOrigin) {
      const found = ref === null ? null : await gateway.look((tx) => tx.cases.byRef(ref))
      if (found === undefined) throw new Error(`there is no case ${ref}`)
      return gateway.act(name, found?.id ?? null, args, origin)
    },
    transact: (work) => gateway.look(work),
    async advance(by) {
      const ms = typeof by === 'number' ? by : parseDuration(by)
      if (ms === undefined || ms === null || Number.isNaN(ms)) throw new Error(`not a duration: ${by}`)
      await gateway.passUntil(gateway.clock.now() + ms)
    },
    async stop() {
      await gateway.stop()
      await database.stop()
    },
  }
}

function yamlOf({ config = '', plugins }: TestGatewayOptions): string {
  const given = new Set([...config.matchAll(/^([a-z_]+):/gm)].map((m) => m[1]))
  const kept = `${defaultConfig}plugins: ${JSON.stringify(plugins)}\n`
    .split(/^(?=[a-z_]+:)/m)
    .filter((block) => !given.has(/^([a-z_]+):/.exec(block)?.[1]))
  return `${config}\n${kept.join('')}`
}

async function postgresFor(url: string, plugins: readonly EnginePlugin[]): Promise<MemoryDatabase> {
  const database = await openPostgres({ url, pool: 2 })
  await migrate(database.write, migrationLines(plugins), database.types, new TestClock(0))
  // The caller drops it.
  return { ...database, rewind: () => Promise.resolve() }
}
