// Takes a mail up again that could not be read when it came: its message gets its words and files, and everybody hears of it as of a new one.
import type { Clock } from '../../base/clock.ts'
import { PosternError } from '../../base/errors.ts'
import { blobsOf, readBlob } from '../../store/blobs.ts'
import { planIntake, settleInbound } from '../../store/inbound.ts'
import { finishJob } from '../../store/jobs.ts'
import type { InboundRow, JobRow } from '../../store/tables.ts'
import { inTransaction } from '../transaction/transaction.ts'
import type { EngineServices } from '../transaction/transaction-context.ts'
import { readArrival } from './arrival.ts'
import { Fenced } from './fenced.ts'
import { judge, originOf, routeOf } from './decide.ts'
import type { ParsePool } from './parse-pool.ts'
import { messageOf, stateOf } from './record.ts'
import type { TakenIn } from './record.ts'
import type { Arrival } from '../../contract/intake.ts'
import type { Message } from '../../contract/model.ts'
import type { Tx } from '../../contract/tx.ts'

const hour = 3_600_000
/** How long (ms) after each time that it could not be read it is read again by itself. */
const afterMs = [hour, 6 * hour, 24 * hour]

/** Plans the next reading of a mail that was not read for the `done + 1`st time, if there is to be one: a bound in the mail itself stays one. */
export async function planReread(parts: EngineServices, tx: Tx, arrival: Arrival, done: number): Promise<void> {
  const wait = afterMs[done]
  if (wait === undefined || arrival.degraded?.startsWith('limit')) return
  await planIntake(tx.db, parts.ids, { inbound: arrival.inboundId, again: done + 1 }, tx.now + wait, tx.now)
}

/** Does the job of reading a mail again. `again` counts from 1; by hand it is 0. Nothing changes where it still cannot be read, or has been. */
export async function reread(
  parts: EngineServices,
  clock: Clock,
  pool: ParsePool,
  job: JobRow,
  row: InboundRow,
  again: number,
): Promise<TakenIn> {
  const mailbox = parts.registry().config.mailboxes.get(row.mailbox)
  if (!mailbox) throw new PosternError('config_invalid', `the mailbox "${row.mailbox}" is no longer in the config`)
  const unchanged: TakenIn = { kind: 'settled', outcome: row.outcome ?? '', caseId: row.case_id, messageId: row.message_id }
  if (row.raw_id === null || row.message_id === null) {
    await finishJob(parts.database.write, job)
    return unchanged
  }
  const messageId = row.message_id
  const { arrival, safe } = await readArrival(pool, row, await readBlob(blobsOf(parts.database), row.raw_id), mailbox, null)
  return inTransaction({ ...parts, safe }, clock, originOf(arrival), async (tx) => {
    if (!(await finishJob(tx.db, job))) throw new Fenced()
    const message = await tx.messages.get(messageId)
    if (!message?.degraded) return unchanged
    if (arrival.degraded !== null) {
      await planReread(parts, tx, arrival, again)
      return unchanged
    }
    await tx.cases.lock(message.caseId)
    const route = { ...(await routeOf(parts, tx, arrival)), caseId: message.caseId }
    const verdict = await judge(parts, tx, arrival, route)
    if (verdict.kind !== 'passed' && verdict.kind !== 'blocked') return tookOther(tx, row, message, verdict)
    const read = await messageOf(tx, verdict.arrival, message.caseId, route, verdict.data)
    await tx.messages.reread(message.id, verdict.kind === 'blocked' ? { ...read, kind: 'blocked' } : read)
    return unchanged
  })
}

/** A plugin knows what it is, now that it can be read (a bounce, an answer of an agent): the case that was made for it alone is put away. */
async function tookOther(tx: Tx, row: InboundRow, message: Message, taken: TakenIn): Promise<TakenIn> {
  await settleInbound(
    tx.db,
    row.id,
    {
      state: stateOf(taken),
      outcome: taken.outcome,
      caseId: taken.caseId ?? message.caseId,
      messageId: taken.messageId ?? message.id,
      error: null,
    },
    tx.now,
  )
  const alone = (await tx.messages.list(message.caseId)).length === 1 && (await tx.notes.list(message.caseId)).length === 0
  if (alone && taken.caseId !== message.caseId) await tx.cases.set(message.caseId, { status: 'trash' })
  return taken
}
