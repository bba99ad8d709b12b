// Deleting a case inside a transaction: plugins first, then its rows, then the one event that is left of it.
import { PosternError } from '../../base/errors.ts'
import type { Tx } from '../../contract/tx.ts'
import type { CaseContents } from '../../store/delete-case.ts'
import { contentsOfCase, deleteCase, keepTag } from '../../store/delete-case.ts'
import { callHook } from './hook-call.ts'
import type { TransactionContext } from './transaction-context.ts'

/** See `CaseRepository.delete`. `tx` emits the event. */
export async function removeCase(unit: TransactionContext, tx: Tx, id: string): Promise<CaseContents> {
  const { number, mailbox } = await unit.lock(id)
  if ((await unit.rows.tags(id)).includes(keepTag))
    throw new PosternError('conflict', `#${number} has the tag "${keepTag}" and is not deleted`)
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
  await deleteCase(unit.db, id, unit.now)
  unit.gone(id)
  await unit.emit(tx.origin, 'case.deleted', null, { number }, mailbox)
  return contents
}
