// Who follows a case, of those who have chosen anything about it.
import type { Tx } from './tx.ts'

/** Ids of the agents who follow a case, in alphabetical order; those who are no longer in the config too. */
export async function followerIds(tx: Pick<Tx, 'cases'>, caseId: string): Promise<readonly string[]> {
  return (await tx.cases.watchers(caseId)).filter((w) => w.follows).map((w) => w.agent)
}
