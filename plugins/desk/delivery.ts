// Mail that did not arrive, is late, or may have got lost: said in the case, never passed over in silence.
import { isForAgents } from '../../core/plugin.ts'
import type { Hooks } from '../../core/plugin.ts'

/** One open notice per mail and address: a later, graver one takes the place of the earlier. */
export const deliveryNotices: NonNullable<Hooks['on']> = {
  'message.delayed': (tx, event) => raise(tx, event.caseId, 'delivery_delayed', event.data),
  'message.unknown': (tx, event) => raise(tx, event.caseId, 'delivery_unknown', event.data),
  'message.failed': (tx, event) => raise(tx, event.caseId, 'delivery_failed', event.data),
}

type Data = { readonly outbox: string; readonly address: string; readonly reply: string; readonly message: string | null }

async function raise(
  tx: Parameters<NonNullable<NonNullable<Hooks['on']>['message.failed']>>[0],
  caseId: string | null,
  kind: string,
  data: Data,
): Promise<void> {
  if (caseId === null) return
  // What was for an agent (a notification, a transcript) is the gateway's own affair: the customer's conversation lacks nothing.
  if (isForAgents((await tx.outbox.kindOf(data.outbox)) ?? '')) return
  for (const earlier of await tx.notices.open(caseId)) {
    if (earlier.kind.startsWith('delivery_') && earlier.data.outbox === data.outbox && earlier.data.address === data.address)
      await tx.notices.resolve(earlier.id, { state: 'overtaken' })
  }
  await tx.notices.raise({
    caseId,
    kind,
    messageId: data.message,
    data: { ...data },
    actions: kind === 'delivery_delayed' ? [] : [{ name: 'retry', action: 'outbox.retry', args: { outbox: data.outbox } }],
  })
}
