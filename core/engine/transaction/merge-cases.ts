// Two timelines become one, and two again.
//
//   places   what comes keeps its order and gets the places behind all that is there; taken back, each goes to its old place
//   keys     all that led to the one leads to the other, then to the first again, as it was
//   pointer  the merged case is closed and leads on, and so does at once whatever led to it
import { PosternError } from '../../base/errors.ts'
import { moveTimeline, moveTimelineBack, mergedInto } from '../../store/cases.ts'
import { keysOfCase, recountMessages, repointCaseKeys, returnKeys } from '../../store/messages.ts'
import type { MergedPart } from '../../contract/tx.ts'
import type { TransactionContext } from './transaction-context.ts'

/** See `CaseRepository.merge`. Throws `not_found` for an unknown case. */
export async function merge(unit: TransactionContext, from: string, to: string): Promise<MergedPart> {
  const [source, target] = [await unit.lock(from), await unit.lock(to)]
  if (source.id === target.id || source.merged_into !== null || target.merged_into !== null)
    throw new PosternError('conflict', `case #${source.number} cannot be merged into #${target.number}`)
  const keys = await keysOfCase(unit.db, from)
  const pointers = (await mergedInto(unit.db, from)).map((c) => c.id)
  const offset = await unit.rows.skipSeqs(to, source.seq)
  await moveTimeline(unit.db, from, to, offset)
  await repointCaseKeys(unit.db, from, to)
  await recount(unit, from, to)
  const [status, previousStatus] = [source.status, source.previous_status]
  await unit.rows.changeCase(
    from,
    { merged_into: to, ...(status !== 'closed' && { status: 'closed', previous_status: status, status_at: unit.now }) },
    unit.now,
  )
  for (const id of pointers) await point(unit, id, to)
  return { offset, last: offset + source.seq, status, previousStatus, keys, pointers }
}

/** See `CaseRepository.unmerge`. */
export async function unmerge(unit: TransactionContext, from: string, to: string, part: MergedPart): Promise<void> {
  await unit.lock(from)
  await unit.lock(to)
  await moveTimelineBack(unit.db, to, from, part.offset, part.last)
  await returnKeys(unit.db, to, from, part.keys)
  await recount(unit, from, to)
  await unit.rows.changeCase(
    from,
    {
      merged_into: null,
      ...(part.status !== 'closed' && { status: part.status, previous_status: part.previousStatus, status_at: unit.now }),
    },
    unit.now,
  )
  for (const id of part.pointers) await point(unit, id, from)
}

async function recount(unit: TransactionContext, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) await recountMessages(unit.db, id, unit.now)
}

async function point(unit: TransactionContext, id: string, to: string): Promise<void> {
  await unit.lock(id)
  await unit.rows.changeCase(id, { merged_into: to }, unit.now)
}
