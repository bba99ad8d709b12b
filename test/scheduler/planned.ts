// Things planned to the millisecond: people say times in minutes, the rigs of load and races want them finer.
import type { Tx } from '../../core/plugin.ts'

const kinds = {
  reopen: { action: 'reopen.plan', args: { note: 'look' }, job: 'scheduler.fire' },
  message: { action: 'reply.defer', args: { text: 'later' }, job: 'scheduler.send' },
} as const

/** Plans a reopen, or an answer that leaves later, which comes due at `due` (ms UTC). Its id. */
export async function planAt(tx: Tx, caseId: string, what: keyof typeof kinds, due: number): Promise<string> {
  const { action, args, job } = kinds[what]
  const id = String((await tx.act(action, caseId, { ...args, in: '1 hour' })).data?.[what])
  if (what === 'reopen') await tx.db.updateTable('scheduler_reopens').set({ due_at: due }).where('id', '=', id).execute()
  else await tx.db.updateTable('scheduler_deferred').set({ due_at: due }).where('message_id', '=', id).execute()
  await tx.jobs.put(job, `${job}:${id}:1`, due, { [what]: id, rev: 1 })
  return id
}
