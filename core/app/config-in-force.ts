// Which configuration is in force on this database: what a changed one takes away is refused unless it is confirmed, and an address that
// was ours is put off for a while instead of refused. A file that was cut off must not bounce mail.
import { addressesOf, namesFor, namesOf, removalsBetween, unconfirmed, wordsOf } from '../base/config/removals.ts'
import type { Removal } from '../base/config/removals.ts'
import type { Clock, Timer } from '../base/clock.ts'
import type { Config } from '../base/config/types.ts'
import { PosternError, describeError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { mailboxTable } from '../mail/recipient.ts'
import type { MailboxTable } from '../mail/recipient.ts'
import {
  agentsWithOpenCases,
  dropFormer,
  formerAddresses,
  isFormerNamed,
  keepFormer,
  readRecord,
  writeRecord,
} from '../store/config-record.ts'
import type { ConfigRecord } from '../store/config-record.ts'
import { transact } from '../store/database.ts'
import type { Database } from '../store/database.ts'
import type { EnginePlugin } from '../contract/plugin.ts'

/** So long mail for an address that went without confirmation is put off; as long as senders usually try (RFC 5321 §4.5.4.1). */
export const putOffMs = 5 * 86_400_000
/** ms between looks at what other nodes have in force. */
const lookEvery = 30_000

/** What a configuration takes away from the last one in force, and how much of that still asks for a confirmation. */
export interface Judgement {
  readonly removals: readonly Removal[]
  readonly unconfirmed: readonly Removal[]
}

/** Judges a config against the record; `remove` are the names of what may go. Changes nothing. */
export async function judge(
  database: Database,
  config: Config,
  plugins: readonly EnginePlugin[],
  remove: readonly string[],
): Promise<Judgement> {
  const record = await readRecord(database.write)
  const all = record ? removalsBetween(record, namesIn(config, plugins)) : []
  const agents = all.filter((r) => r.kind === 'agent').map((r) => r.name)
  const busy = await agentsWithOpenCases(database.write, agents)
  const removals = all.filter((r) => r.kind !== 'agent' || busy.includes(r.name))
  return { removals, unconfirmed: config.reload.allow_removal ? [] : unconfirmed(removals, remove) }
}

/** What an admin is told of a configuration that takes too much away. */
export function refusalOf(file: string, missing: readonly Removal[]): string {
  const names = namesFor(missing)
    .map((name) => (/^[\w@.+/-]+$/.test(name) ? name : JSON.stringify(name)))
    .join(' ')
  return `${file} lacks what was in force before: ${missing.map(wordsOf).join(', ')}. If the file is whole and that is meant, run "postern reload --remove ${names}", or say reload: { allow_removal: true }`
}

/** The record of one database, as one node keeps and follows it. */
export class ConfigInForce {
  readonly #database: Database
  readonly #clock: Clock
  readonly #log: Log
  #timer: Timer | undefined
  #stopped = false
  #hear: (former: MailboxTable) => void = () => {}

  constructor(database: Database, clock: Clock, log: Log) {
    this.#database = database
    this.#clock = clock
    this.#log = log
  }

  /**
   * Makes a config the one in force. Throws `config_invalid` where it takes away what is not confirmed, having changed nothing. What was
   * confirmed by name is refused (550) from now on; what `allow_removal` let go is put off first. `undo` puts the one before back.
   */
  async take(
    config: Config,
    plugins: readonly EnginePlugin[],
    remove: readonly string[],
  ): Promise<{ readonly removals: readonly Removal[]; undo(): Promise<void> }> {
    const { removals, unconfirmed: missing } = await judge(this.#database, config, plugins, remove)
    if (missing.length > 0) throw new PosternError('config_invalid', refusalOf(config.file, missing))
    const before = await readRecord(this.#database.write)
    const since = this.#clock.now()
    const record: ConfigRecord = { at: since, file: config.file, ...namesIn(config, plugins) }
    const putOff = unconfirmed(removals, remove)
    await transact(this.#database, this.#clock, async (tx) => {
      await writeRecord(tx, record)
      for (const { address, mailbox } of addressesIn(putOff)) await keepFormer(tx, { address, mailbox, since })
      for (const { address } of addressesIn(removals.filter((r) => !putOff.includes(r)))) await dropFormer(tx, address)
      // An earlier removal is confirmed by the name of the mailbox or of the address.
      for (const former of await formerAddresses(tx, 0))
        if (remove.some((name) => isFormerNamed(former, name))) await dropFormer(tx, former.address)
    })
    await this.look()
    return {
      removals,
      undo: async () => {
        if (before) await writeRecord(this.#database.write, before)
      },
    }
  }

  /** From now on hears which addresses are put off, until `stop`. */
  async follow(hear: (former: MailboxTable) => void): Promise<void> {
    this.#hear = hear
    await this.look()
    this.#arm()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  /** Reads what is put off: what went a while ago, and what other nodes have in force. */
  async look(): Promise<void> {
    const db = this.#database.read
    const record = await readRecord(db)
    const former = await formerAddresses(db, this.#clock.now() - putOffMs)
    this.#hear(mailboxTable([{ id: '', addresses: [...former.map((f) => f.address), ...(record ? addressesOf(record).keys() : [])] }]))
  }

  /** One look at a time, the next one a while after its end. */
  #arm(): void {
    this.#timer = this.#clock.setTimer(
      lookEvery,
      () =>
        void this.look()
          .catch((error: unknown) => this.#log.warn({ error: describeError(error) }, 'the configuration in force could not be read'))
          .then(() => this.#stopped || this.#arm()),
      { background: true },
    )
  }
}

const namesIn = (config: Config, plugins: readonly EnginePlugin[]) =>
  namesOf(
    config,
    plugins.map((p) => p.definition.name),
  )

const addressesIn = (removals: readonly Removal[]) =>
  removals.flatMap((r) => r.addresses.map((address) => ({ address, mailbox: r.mailbox })))
