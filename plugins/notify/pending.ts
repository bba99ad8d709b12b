// What agents are told later is kept, a row for each thing, and a job for each agent and time tells it (due.ts).
import type { Case, Host, Tx } from '../../core/plugin.ts'
import type { Time } from './choice.ts'
import type { Told } from './items.ts'
import { keepPending, makeDue } from './pending-store.ts'

/** Keeps one thing for later. */
export async function wait(
  tx: Tx,
  { ids }: Pick<Host<unknown>, 'ids'>,
  c: Case,
  { agent, concern, item }: Told,
  { at }: Time,
): Promise<void> {
  await keepPending(tx, [
    { id: ids.next(), agent: agent.id, case_id: c.id, concern, item: JSON.stringify(item), due_at: at, created_at: tx.now },
  ])
  await order(tx, agent.id, at)
}

/** What an agent was to be told of a case later is told as soon as this transaction is over. */
export async function tellNow(tx: Tx, caseId: string, agent: string): Promise<void> {
  if (await makeDue(tx, caseId, agent)) await order(tx, agent, tx.now)
}

const order = (tx: Tx, agent: string, at: number): Promise<void> => tx.jobs.put('notify.due', `notify.due:${agent}:${at}`, at, { agent })
