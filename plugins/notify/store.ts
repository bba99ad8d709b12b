// Queries: which notification an agent had last of a case, and what kind of mail failed.
import type { Tx } from '../../core/plugin.ts'

/** Message-ID of the last notification of a case to an agent. */
export async function lastNotification(tx: Tx, caseId: string, agent: string): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom('notify_threads')
    .select('header_id')
    .where('case_id', '=', caseId)
    .where('agent', '=', agent)
    .executeTakeFirst()
  return row?.header_id
}

/** Keeps the Message-ID of the notification that an agent has last. */
export async function keepNotification(tx: Tx, caseId: string, agent: string, headerId: string): Promise<void> {
  await tx.db
    .insertInto('notify_threads')
    .values({ case_id: caseId, agent, header_id: headerId })
    .onConflict((oc) => oc.columns(['case_id', 'agent']).doUpdateSet({ header_id: headerId }))
    .execute()
}

/** Kind of a mail that leaves. */
export async function kindOfMail(tx: Tx, outbox: string): Promise<string | undefined> {
  return (await tx.db.selectFrom('outbox').select('kind').where('id', '=', outbox).executeTakeFirst())?.kind
}
