// The last configuration in force, as rows of `meta`: its names, the addresses that were ours a while ago, and what `postern reload` ordered.
import type { Kysely } from 'kysely'
import type { ConfigNames } from '../base/config/removals.ts'
import { fromJson, toJson } from './json.ts'
import { dropMeta, readMeta, writeMeta } from './meta.ts'
import type { Tables } from './tables.ts'

/** The last configuration in force. */
export interface ConfigRecord extends ConfigNames {
  /** ms UTC. */
  readonly at: number
  /** Absolute path of its file. */
  readonly file: string
}

/** An address that is ours no longer. */
export interface FormerAddress {
  readonly address: string
  /** Id of the mailbox that it belonged to; empty: the bounce address. */
  readonly mailbox: string
  /** ms UTC. */
  readonly since: number
}

/** What `postern reload` asks of the gateways on this database. */
export interface ReloadOrder {
  readonly id: string
  /** ms UTC. */
  readonly at: number
  /** Names of what may go. */
  readonly remove: readonly string[]
}

/** What became of an order at the gateway that answered last. */
export interface ReloadOutcome {
  /** Id of the order. */
  readonly order: string
  /** Name of the machine. */
  readonly node: string
  readonly ok: boolean
  /** Why it was not taken over, for an admin. */
  readonly problems: readonly string[]
  readonly changed: readonly string[]
  readonly needsRestart: readonly string[]
  readonly removed: readonly string[]
}

const recordKey = 'config.in_force'
const orderKey = 'config.order'
const outcomeKey = 'config.outcome'
const formerKey = 'config.former:'

async function read<T>(db: Kysely<Tables>, key: string): Promise<T | undefined> {
  const text = await readMeta(db, key)
  return text === undefined ? undefined : fromJson<T>(text, `meta.${key}`)
}

/** undefined: no gateway has started on this database yet. */
export const readRecord = (db: Kysely<Tables>): Promise<ConfigRecord | undefined> => read(db, recordKey)

/** The configuration that is in force from now on. */
export const writeRecord = (db: Kysely<Tables>, record: ConfigRecord): Promise<void> => writeMeta(db, recordKey, toJson(record))

/** The newest order, done or not. */
export const readOrder = (db: Kysely<Tables>): Promise<ReloadOrder | undefined> => read(db, orderKey)

/** Takes the place of an earlier one. */
export const writeOrder = (db: Kysely<Tables>, order: ReloadOrder): Promise<void> => writeMeta(db, orderKey, toJson(order))

/** The newest answer. */
export const readOutcome = (db: Kysely<Tables>): Promise<ReloadOutcome | undefined> => read(db, outcomeKey)

/** The answer of one gateway. */
export const writeOutcome = (db: Kysely<Tables>, outcome: ReloadOutcome): Promise<void> => writeMeta(db, outcomeKey, toJson(outcome))

/** Addresses that went after `since`, ms UTC. */
export async function formerAddresses(db: Kysely<Tables>, since: number): Promise<readonly FormerAddress[]> {
  const rows = await db.selectFrom('meta').select(['key', 'value']).where('key', 'like', `${formerKey}%`).execute()
  return rows
    .map(({ key, value }): FormerAddress => ({
      address: key.slice(formerKey.length),
      ...fromJson<Pick<FormerAddress, 'mailbox' | 'since'>>(value, `meta.${key}`),
    }))
    .filter((f) => f.since > since)
}

/** Whether an admin who says `name` means this one, by its address or by its mailbox. */
export function isFormerNamed({ address, mailbox }: Pick<FormerAddress, 'address' | 'mailbox'>, name: string): boolean {
  return name === address || (mailbox !== '' && (name === mailbox || name === `mailboxes.${mailbox}`))
}

/** Remembers an address that is ours no longer. */
export const keepFormer = (db: Kysely<Tables>, { address, mailbox, since }: FormerAddress): Promise<void> =>
  writeMeta(db, formerKey + address, toJson({ mailbox, since }))

/** Forgets one. */
export const dropFormer = (db: Kysely<Tables>, address: string): Promise<void> => dropMeta(db, formerKey + address)

/** Those of these agents who have cases that are open or wait for the customer. */
export async function agentsWithOpenCases(db: Kysely<Tables>, agents: readonly string[]): Promise<readonly string[]> {
  if (agents.length === 0) return []
  const rows = await db
    .selectFrom('cases')
    .select('assignee')
    .distinct()
    .where('assignee', 'in', agents)
    .where('status', 'in', ['open', 'waiting'])
    .execute()
  return rows.flatMap((r) => r.assignee ?? [])
}
