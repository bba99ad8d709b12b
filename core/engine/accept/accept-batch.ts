// A batch of accepted mail into the store. One that fails is tried again message by message, so that one bad row does not fail the
// others, and an LMTP message recipient by recipient; what still fails is answered as temporary.
import type { Counters } from '../../base/counters.ts'
import { PosternError, asPosternError, describeError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { Inserted, NewInbound } from '../../store/sqlite/accept-rows.ts'

/** What accepting needs of the store. */
export interface InboundStore {
  /**
   * One transaction, durable when it resolves; answers in the order of `batch`. What is known already by (hash, mail_from, rcpt)
   * is not inserted again and answers with its earlier id. Throws, having written nothing or (outcome unknown) all of it.
   */
  insertAll(batch: readonly NewInbound[]): Promise<readonly Inserted[]>
}

/** What became of a message for one recipient. */
export type Acceptance =
  { readonly ok: true; readonly id: string; readonly duplicate: boolean } | { readonly ok: false; readonly error: PosternError }

/** By row id; an error stands for all rows. */
export type Outcome = ReadonlyMap<string, Acceptance> | PosternError

/** One message of a batch. */
export interface Entry {
  readonly rows: readonly NewInbound[]
  /** LMTP answers per recipient, so its rows may fare differently; SMTP has one answer for all. */
  readonly splits: boolean
  /** It has been answered meanwhile. */
  readonly settled: boolean
}

interface Means {
  readonly store: InboundStore
  readonly ids: Ids
  readonly log: Log
  readonly counters: Counters
}

/** After this many messages in a row failed alone, it is the store that fails: the rest of the batch is not tried. */
const failuresThatMeanStore = 3

/** Inserts all; `report` hears what each message came to. Never rejects. */
export async function insertBatch<E extends Entry>(
  means: Means,
  batch: readonly E[],
  report: (entry: E, outcome: Outcome) => void,
): Promise<void> {
  const first = await insert(
    means,
    batch.flatMap((entry) => entry.rows),
  )
  if (first instanceof PosternError) return insertOneByOne(means, batch, first, report)
  for (const entry of batch) report(entry, first)
}

async function insertOneByOne<E extends Entry>(
  means: Means,
  batch: readonly E[],
  cause: PosternError,
  report: (entry: E, outcome: Outcome) => void,
): Promise<void> {
  if (batch.length > 1)
    means.log.warn({ messages: batch.length, reason: describeError(cause) }, 'a grouped commit failed; trying its messages one by one')
  let failures = 0
  for (const entry of batch) {
    // Alone already, or the store itself is down: its failure is the answer.
    let outcome: Outcome = cause
    if (batch.length > 1 && failures < failuresThatMeanStore && !entry.settled) outcome = await insert(means, entry.rows)
    if (outcome instanceof PosternError) {
      failures += 1
      if (entry.splits && entry.rows.length > 1 && failures < failuresThatMeanStore) outcome = await insertRows(means, entry.rows)
    } else failures = 0
    report(entry, outcome)
  }
}

/** Each recipient in a transaction, and with a blob, of its own. */
async function insertRows(means: Means, rows: readonly NewInbound[]): Promise<Outcome> {
  const outcomes = new Map<string, Acceptance>()
  let failures = 0
  let one: Outcome = new PosternError('internal')
  for (const row of rows) {
    if (failures < failuresThatMeanStore) one = await insert(means, [{ ...row, rawId: means.ids.next() }])
    failures = one instanceof PosternError ? failures + 1 : 0
    outcomes.set(row.id, outcomeOf(row, one))
  }
  return outcomes
}

async function insert({ store, log, counters }: Means, rows: readonly NewInbound[]): Promise<Outcome> {
  try {
    const inserted = await store.insertAll(rows)
    const outcomes = new Map<string, Acceptance>()
    rows.forEach((row, i) => {
      const one = inserted[i]
      if (one) outcomes.set(row.id, { ok: true, id: one.id, duplicate: one.duplicate })
    })
    return outcomes
  } catch (error) {
    log.error({ rows: rows.length, reason: describeError(error) }, 'accepted mail could not be stored')
    counters.inc('postern_accept_store_errors_total')
    const known = asPosternError(error)
    // Whatever the store says of itself, a mail is never bounced for a fault of ours (REL-4).
    return known.kind.smtp.startsWith('4') ? known : new PosternError('internal', undefined, { cause: error })
  }
}

/** What a row came to. */
export function outcomeOf(row: NewInbound, outcome: Outcome): Acceptance {
  return outcome instanceof PosternError
    ? { ok: false, error: outcome }
    : (outcome.get(row.id) ?? { ok: false, error: new PosternError('internal') })
}
