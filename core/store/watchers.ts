// Queries of what agents have chosen about cases.
import type { Kysely, Selectable } from 'kysely'
import type { CaseWatcherTable, Tables, Tx } from './tables.ts'

/** A row as it is read, without its case. */
export type WatcherRow = Omit<Selectable<CaseWatcherTable>, 'case_id'>

/** What agents have chosen about a case, in alphabetical order of their ids. */
export function watchersOf(db: Kysely<Tables>, caseId: string): Promise<readonly WatcherRow[]> {
  return db.selectFrom('case_watchers').select(['agent', 'follows', 'muted_until']).where('case_id', '=', caseId).orderBy('agent').execute()
}

/** Ids of the agents who follow a case, in alphabetical order. */
export async function followersOf(db: Kysely<Tables>, caseId: string): Promise<readonly string[]> {
  return (await watchersOf(db, caseId)).filter((w) => w.follows === 1).map((w) => w.agent)
}

/** Writes what an agent has chosen about a case, in the place of what was there; a choice of nothing takes the row out. */
export async function putWatcher(tx: Tx, caseId: string, { agent, follows, muted_until }: WatcherRow): Promise<void> {
  if (follows === 0 && muted_until === null)
    await tx.deleteFrom('case_watchers').where('case_id', '=', caseId).where('agent', '=', agent).execute()
  else
    await tx
      .insertInto('case_watchers')
      .values({ case_id: caseId, agent, follows, muted_until })
      .onConflict((c) => c.columns(['case_id', 'agent']).doUpdateSet({ follows, muted_until }))
      .execute()
}
