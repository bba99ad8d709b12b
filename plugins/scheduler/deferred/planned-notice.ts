// Colleagues of a case hear of an answer that is planned in it, in one line, with what they can do about it.
import type { NoticeAction, Tx } from '../../../core/plugin.ts'
import { nameOf } from '../reopen/store.ts'

/** The kind of the notice. */
export const plannedKind = 'deferred_planned'

/** Raises the notice for an answer of an agent; what was said of it before is overtaken. */
export async function tellPlanned(tx: Tx, message: string, plan: { readonly due_at: number; readonly zone: string }): Promise<void> {
  const found = await tx.messages.get(message)
  await endTold(tx, message)
  // What rules send by themselves is nobody's to wait for; a case that begins with it is not there for anybody yet.
  if (!found || found.agent === null || (await tx.cases.get(found.caseId))?.messageCount === 0) return
  const args = { message }
  const actions: readonly NoticeAction[] = [
    { name: 'send_now', action: 'deferred.send', args },
    { name: 'cancel_message', action: 'deferred.cancel', args },
  ]
  await tx.notices.raise({
    caseId: found.caseId,
    kind: plannedKind,
    messageId: message,
    data: { message, due: plan.due_at, zone: plan.zone, who: nameOf(tx, found.agent), writer: found.agent },
    actions,
  })
}

/** It is planned no more: sent, held, cancelled, a note. */
export async function endTold(tx: Tx, message: string): Promise<void> {
  const found = await tx.messages.get(message)
  if (!found) return
  for (const notice of await tx.notices.open(found.caseId, plannedKind))
    if (notice.data.message === message) await tx.notices.resolve(notice.id, { state: 'overtaken' })
}
