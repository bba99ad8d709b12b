// Takes one accepted mail in: parse, then one transaction with route, intake, record and everything that hears of it.
import type { Clock } from '../../base/clock.ts'
import { describeError, PosternError } from '../../base/errors.ts'
import { blobsOf, readBlob } from '../../store/blobs.ts'
import { inboundWithBytes, settleInbound } from '../../store/inbound.ts'
import type { IntakePayload } from '../../store/inbound.ts'
import { dropJob, finishJob } from '../../store/jobs.ts'
import type { JobRow } from '../../store/tables.ts'
import { fromJson } from '../../store/json.ts'
import { readArrival } from './arrival.ts'
import { decide, originOf } from './decide.ts'
import { Fenced } from './fenced.ts'
import { planReread, reread } from './reread.ts'
import type { ParsePool } from './parse-pool.ts'
import { inTransaction } from '../transaction/transaction.ts'
import type { Tx } from '../../contract/tx.ts'
import type { EngineServices } from '../transaction/transaction-context.ts'
import { stateOf } from './record.ts'
import type { TakenIn } from './record.ts'
import type { Arrival } from '../../contract/intake.ts'

/** Writes what belongs to the same commit as the intake, e.g. a mailbox copy that is made after it. */
export type AfterIntake = (tx: Tx, arrival: Arrival) => Promise<void>

/** What became of a mail, and the number of its case where that is known: people speak of a case by its number, programs by its id. */
export type Numbered = TakenIn & { readonly number?: number | undefined }

/** Does the job of one mail. Throws what should be tried again. */
export async function takeIn(
  parts: EngineServices,
  clock: Clock,
  pool: ParsePool,
  job: JobRow,
  lastTry: boolean,
  after: AfterIntake,
): Promise<Numbered> {
  const { inbound: id, again } = fromJson<IntakePayload>(job.payload, 'jobs.payload')
  const row = await inboundWithBytes(parts.database.write, id)
  if (row && again !== undefined) return reread(parts, clock, pool, job, row, again)
  if (!row || row.state !== 'queued' || row.raw_id === null) {
    await finishJob(parts.database.write, job)
    return { kind: 'settled', outcome: row?.outcome ?? 'gone', caseId: null, messageId: null }
  }
  const mailbox = parts.registry().config.mailboxes.get(row.mailbox)
  // The mailbox was taken out of the config after the mail was accepted: kept until it is back or an admin decides.
  if (!mailbox) throw new PosternError('config_invalid', `the mailbox "${row.mailbox}" is no longer in the config`)
  const { arrival, safe } = await readArrival(
    pool,
    row,
    row.bytes?.byteLength ? row.bytes : await readBlob(blobsOf(parts.database), row.raw_id),
    mailbox,
    lastTry ? null : job.attempts,
  )
  const work = async (tx: Tx): Promise<Numbered> => {
    if (!(await finishJob(tx.db, job))) throw new Fenced()
    const taken = await decide(parts, tx, arrival)
    await settleInbound(
      tx.db,
      id,
      { state: stateOf(taken), outcome: taken.outcome, caseId: taken.caseId, messageId: taken.messageId, error: null },
      tx.now,
    )
    await after(tx, arrival)
    if (taken.messageId !== null && arrival.degraded !== null) await planReread(parts, tx, arrival, 0)
    // The transaction has the case at hand; a statement of its own afterwards would be one more for each mail.
    return taken.caseId === null ? taken : { ...taken, number: (await tx.cases.get(taken.caseId))?.number }
  }
  return inTransaction({ ...parts, safe }, clock, originOf(arrival), work, { cases: 1 })
}

/** All tries are used up: the mail is kept, counted and shown; nothing is bounced for a fault of ours. */
export async function parkInbound(parts: EngineServices, clock: Clock, job: JobRow, error: unknown): Promise<void> {
  const { inbound, again } = fromJson<IntakePayload>(job.payload, 'jobs.payload')
  const text = describeError(error)
  // It was taken in long ago, and was only to be read once more.
  if (again !== undefined) return void (await dropJob(parts.database.write, job.key))
  await inTransaction(parts, clock, { kind: 'system', id: null, via: 'system' }, async (tx) => {
    await settleInbound(tx.db, inbound, { state: 'parked', error: text }, tx.now)
    await tx.emit('inbound.parked', null, { inbound, error: text })
  })
}
