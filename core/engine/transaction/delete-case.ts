// Deleting or anonymising a case inside a transaction: plugins first, then its rows, then the one event that is left of it.
import { PosternError } from '../../base/errors.ts'
import type { Tx } from '../../contract/tx.ts'
import type { CaseContents } from '../../store/delete-case.ts'
import { anonymiseCase } from '../../store/anonymise-case.ts'
import { contentsOfCase, deleteCase, keepTag, nobody } from '../../store/delete-case.ts'
import { callHook } from './hook-call.ts'
import type { TransactionContext } from './transaction-context.ts'

/** See `CaseRepository.delete`. `tx` emits the event. */
export function removeCase(unit: TransactionContext, tx: Tx, id: string): Promise<CaseContents> {
  return remove(unit, tx, id, 'case.deleted', deleteCase)
}

/** See `CaseRepository.anonymise`. `tx` emits the event. */
export async function outlineCase(unit: TransactionContext, tx: Tx, id: string): Promise<CaseContents> {
  const { number, status, requester_address: requester } = await unit.lock(id)
  if (status === 'open' || status === 'waiting') throw new PosternError('conflict', `#${number} is ${status}: close it first`)
  if (requester === nobody) throw new PosternError('conflict', `#${number} has been anonymised already`)
  return remove(unit, tx, id, 'case.anonymised', anonymiseCase)
}

async function remove(
  unit: TransactionContext,
  tx: Tx,
  id: string,
  event: 'case.deleted' | 'case.anonymised',
  work: typeof anonymiseCase,
): Promise<CaseContents> {
  const { number, mailbox } = await unit.lock(id)
  if ((await unit.rows.tags(id)).includes(keepTag))
    throw new PosternError('conflict', `#${number} has the tag "${keepTag}" and stays as it is`)
  const contents = await contentsOfCase(unit.db, id)
  if (contents.leaving > 0)
    throw new PosternError(
      'conflict',
      `mail of #${number} may still leave (${contents.leaving}): wait for it, or cancel it with postern outbox`,
    )
  for (const { definition, hooks } of unit.registry.plugins) {
    const { deleted } = hooks
    if (deleted) await callHook(unit.parts.hooks, definition.name, 'deleted', () => deleted(tx, { caseId: id }))
  }
  await work(unit.db, id, unit.now)
  unit.gone(id)
  await unit.emit(tx.origin, event, null, { number }, mailbox)
  return contents
}
