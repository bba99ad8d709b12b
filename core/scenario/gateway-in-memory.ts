// A whole gateway in memory: the real engine and plugins on an empty database, a clock that is told to move, a way to bring mail in, and a list of what was sent.
import { createHash } from 'node:crypto'
import path from 'node:path'
import { TestClock } from '../base/clock.ts'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config/types.ts'
import { noCounters } from '../base/counters.ts'
import { PosternError } from '../base/errors.ts'
import { idsFrom } from '../base/ids.ts'
import { silentLog } from '../base/silent-log.ts'
import { compileSchema } from '../base/schema.ts'
import type { Origin } from '../contract/origin.ts'
import { systemOrigin } from '../contract/origin.ts'
import { Engine } from '../engine/engine.ts'
import { parseHere } from '../engine/intake/parse-here.ts'
import type { Transport } from '../engine/outbox/transport.ts'
import type { ActionResult, Tx } from '../contract/tx.ts'
import { readMail } from '../mail/read.ts'
import type { ReadMail } from '../mail/read.ts'
import { tokenKeys } from '../mail/token.ts'
import type { Database } from '../store/database.ts'
import { migrate } from '../store/migrate.ts'
import { openMemory } from '../store/sqlite/sqlite-memory.ts'
import type { MemoryDatabase } from '../store/sqlite/sqlite-memory.ts'
import { migrationLines } from '../engine/migration-lines.ts'
import type { EnginePlugin } from '../contract/plugin.ts'
import { outboxById } from '../store/outbox.ts'
import { failedJob, nextMail, nextReadyJob, nextTick } from '../store/due.ts'
import { outcomesOf } from '../store/inbound.ts'

/** A mail that left. */
export interface Sent {
  readonly id: string
  /** reply, notification, receipt ... */
  readonly kind: string
  /** '' is the null reverse-path. */
  readonly returnPath: string
  readonly rcpts: readonly string[]
  readonly raw: Buffer
  /** Read when somebody looks. */
  readonly mail: ReadMail
}

/**
 * A gateway in one process with a clock that only moves when told to. Each call resolves when all that follows from it at that time has
 * happened.
 */
export interface MemoryGateway {
  readonly engine: Engine
  readonly database: Database
  readonly clock: TestClock
  readonly config: Config
  /** Everything that left, in order. */
  readonly sent: readonly Sent[]
  /** How often time stood still on its way, for something that was due. */
  readonly turns: number
  /** Takes a mail in for each recipient of ours and lets everything happen that follows. What became of it, one outcome a recipient. */
  receive(mail: { readonly raw: Buffer; readonly mailFrom: string; readonly rcpts: readonly string[] }): Promise<readonly Taken[]>
  act(name: string, caseId: string | null, args: unknown, origin: Origin): Promise<ActionResult>
  /** Calls a route of a plugin as somebody who may do everything, what is sent checked as for a call by HTTP. Refused, it throws a `PosternError`. */
  call(method: 'GET' | 'POST' | 'PUT', url: string, params: Readonly<Record<string, string>>, body?: unknown): Promise<unknown>
  look<T>(read: (tx: Tx) => Promise<T>): Promise<T>
  /** Moves the clock and lets come due what comes due, at its time. */
  passUntil(at: number): Promise<void>
  stop(): Promise<void>
}

/** What became of a mail for one recipient, as its inbound row says. */
export interface Taken {
  readonly outcome: string
  readonly caseId: string | null
  readonly messageId: string | null
}

/** What is due again this often at one instant never ends. */
const maxRounds = 1000

/** Secrets of houses that live for seconds. */
const secret = createHash('sha256').update('a gateway in memory').digest()

/** The database of a config, for one gateway after another. */
export async function memoryDatabase(plugins: readonly EnginePlugin[]): Promise<MemoryDatabase> {
  return openMemory(async (write, types) => void (await migrate(write, migrationLines(plugins), types, new TestClock(0))))
}

/** `database`: see `memoryDatabase`; it is as at first once the gateway has stopped. `start`: ms UTC. */
export async function openMemoryGateway(
  config: Config,
  plugins: readonly EnginePlugin[],
  database: MemoryDatabase,
  start: number,
): Promise<MemoryGateway> {
  const clock = new TestClock(start)
  const ids = idsFrom(clock)
  // Nothing begins by itself: what a timer began as time leaps would be ahead of the signs of life that this time has had (`passOver`).
  const withoutTimers: Clock = { now: () => clock.now(), monotonic: () => clock.monotonic(), setTimer: () => ({ cancel: () => {} }) }
  const sentMails: Sent[] = []
  const transport: Transport = {
    idempotent: true,
    async send(mail) {
      const row = await outboxById(database.write, mail.id)
      const rcpts = mail.rcpts.map((r) => r.address)
      let read: ReadMail | undefined
      sentMails.push({
        ...{
          id: mail.id,
          kind: row?.kind ?? '',
          returnPath: mail.envelopeFrom === '' ? '' : mail.envelopeFrom.address,
          rcpts,
          raw: mail.raw,
        },
        get mail() {
          return (read ??= readMail(mail.raw))
        },
      })
      return mail.rcpts.map((rcpt) => ({ outcome: 'sent', rcpt, reply: '250 2.0.0 kept' }))
    },
    stop: () => Promise.resolve(),
  }
  const engine = new Engine({
    // Mails of scenarios are the admin's own: they are parsed where they are, not in a thread that can be killed.
    ...{ config, plugins, database, clock: withoutTimers, ids, log: silentLog, counters: noCounters, pool: parseHere, random: () => 0.5 },
    configFolder: path.dirname(config.file),
    tokens: tokenKeys(config.name, [secret]),
    transports: new Map([['default', { transport, concurrency: 4 }]]),
  })

  const passedOver = engine.registry.crons.filter((cron) => cron.passOver).map((cron) => cron.name)
  /** The next instant at which something is due that may be of consequence, by what does it. */
  const nextDue = {
    job: () => nextReadyJob(database.write),
    mail: () => nextMail(database.write),
    tick: () => nextTick(database.write, passedOver),
  }
  const endless = (): never => {
    throw new Error('something is due again and again without end')
  }

  /** Until nothing is due: what is sent may cause work, and work may send. */
  const settle = async (): Promise<void> => {
    for (let rounds = 0; ; rounds++) {
      const [job, mail] = [(await nextDue.job()) <= clock.now(), (await nextDue.mail()) <= clock.now()]
      if (!job && !mail) break
      if (rounds > maxRounds) endless()
      if (job) await engine.jobs.idle()
      if (mail) await engine.outbox.idle()
    }
    const parked = await failedJob(database.write)
    if (parked) throw new Error(`${parked.kind} failed: ${parked.error ?? ''}`)
  }

  let turns = 0
  await engine.crons.look() // from here on each recurring work knows its next time
  return {
    ...{ engine, database, clock, config, sent: sentMails },
    get turns() {
      return turns
    },
    async receive({ raw, mailFrom, rcpts }) {
      const rawId = ids.next()
      const hash = createHash('sha256').update(raw).digest('hex')
      const batch = rcpts.map((rcpt) => {
        const resolved = engine.registry.mailboxes.resolve(rcpt)
        if (!resolved) throw new Error(`550 5.1.1 ${rcpt} is none of our mailboxes`)
        return {
          id: ids.next(),
          rawId,
          raw,
          hash,
          mailFrom,
          rcpt: resolved.rcpt,
          mailbox: resolved.mailbox,
          peer: '127.0.0.1',
          helo: 'scenario',
          protocol: 'smtp' as const,
          smtputf8: false,
          receivedAt: clock.now(),
        }
      })
      const inserted = await engine.insertAll(batch)
      await settle()
      const rows = await outcomesOf(
        database.write,
        inserted.map((i) => i.id),
      )
      return rows.map((r) => ({
        outcome: r.state === 'parked' ? `parked: ${r.error ?? ''}` : (r.outcome ?? r.state),
        caseId: r.case_id,
        messageId: r.message_id,
      }))
    },
    async act(name, caseId, args, origin) {
      const result = await engine.transact(origin, (tx) => tx.act(name, caseId, args))
      await settle()
      return result
    },
    async call(method, url, params, body) {
      const route = engine.registry.plugins.flatMap((p) => p.hooks.routes ?? []).find((r) => r.method === method && r.url === url)
      if (!route) throw new Error(`no plugin of the config answers ${method} ${url}`)
      const checked = route.schema?.body ? compileSchema(route.schema.body).check(body) : { ok: true as const, value: body }
      if (!checked.ok) throw new PosternError('invalid', checked.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; '))
      const answer = await route.handle({
        method,
        params,
        query: {},
        body: checked.value,
        headers: {},
        peer: '127.0.0.1',
        origin: systemOrigin,
        sees: () => true,
      })
      await settle()
      return answer.body
    },
    look: (read) => engine.transact(systemOrigin, read),
    async passUntil(until) {
      for (let standing = 0; ;) {
        const due = Math.min(await nextDue.job(), await nextDue.mail(), await nextDue.tick())
        const to = Math.min(until, Math.max(due, clock.now()))
        standing = to > clock.now() ? 0 : standing + 1
        if (standing > maxRounds) endless()
        clock.leap(to - clock.now())
        turns++
        await engine.crons.passOver()
        await engine.crons.look()
        await settle()
        if (due > until) return
      }
    },
    async stop() {
      await engine.stop()
      await database.rewind()
    },
  }
}
