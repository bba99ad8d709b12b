// Which of the messages that a mail refers to belong to the mailbox that it came to.
import type { ThreadKeyRow } from '../store/tables.ts'
import type { Tx } from './tx.ts'

/**
 * The keys that speak of this mailbox, those that were made in it first. The same mail may have come to two mailboxes, and is a case in each;
 * a key that was made elsewhere counts where its case has come here since.
 */
export async function keysHere(tx: Tx, mailbox: string, keys: readonly ThreadKeyRow[]): Promise<readonly ThreadKeyRow[]> {
  const elsewhere = keys.filter((k) => k.mailbox !== mailbox)
  const cases = await Promise.all([...new Set(elsewhere.map((k) => k.case_id))].map((id) => tx.cases.get(id)))
  const moved = new Set(cases.flatMap((c) => (c?.mailbox === mailbox ? [c.id] : [])))
  return [...keys.filter((k) => k.mailbox === mailbox), ...elsewhere.filter((k) => moved.has(k.case_id))]
}
