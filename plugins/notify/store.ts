// Queries: who follows cases, which notification an agent had last of a case, and what kind of mail failed.
import type { Kysely } from 'kysely'
import type { Tables, Tx } from '../../core/plugin.ts'

/** Message-IDs of the last notification of a case to each of its agents, by agent. */
export async function lastNotifications(tx: Tx, caseId: string): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.db.selectFrom('notify_threads').select(['agent', 'header_id']).where('case_id', '=', caseId).execute()
  return new Map(rows.map((row) => [row.agent, row.header_id]))
}

/** Keeps the Message-IDs of the notifications of a case that agents have last. */
export async function keepNotifications(tx: Tx, caseId: string, sent: ReadonlyMap<string, string>): Promise<void> {
  if (sent.size === 0) return
  await tx.db
    .insertInto('notify_threads')
    .values([...sent].map(([agent, header_id]) => ({ case_id: caseId, agent, header_id })))
    .onConflict((oc) => oc.columns(['case_id', 'agent']).doUpdateSet((eb) => ({ header_id: eb.ref('excluded.header_id') })))
    .execute()
}

/** Kind of a mail that leaves. */
export async function kindOfMail(tx: Tx, outbox: string): Promise<string | undefined> {
  return (await tx.db.selectFrom('outbox').select('kind').where('id', '=', outbox).executeTakeFirst())?.kind
}

/** Cases that somebody follows, a row for each follower. */
export const followed = (db: Kysely<Tables>) => db.selectFrom('case_watchers').select('case_id').where('follows', '=', 1)
