// The ids by which other systems know our cases; unique for each owner, which is the name of a token.
import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** Gives a case its id in the owner's system, or takes it away (null); false: another case has it. */
export async function setExternalId(tx: Kysely<Tables>, owner: string, caseId: string, externalId: string | null): Promise<boolean> {
  await tx.deleteFrom('api_external_ids').where('owner', '=', owner).where('case_id', '=', caseId).execute()
  if (externalId === null) return true
  const row = await tx
    .insertInto('api_external_ids')
    .values({ owner, external_id: externalId, case_id: caseId })
    .onConflict((c) => c.doNothing())
    .returning('case_id')
    .executeTakeFirst()
  return row !== undefined
}

/** The case of an owner's id; undefined: none. */
export async function caseOfExternalId(db: Kysely<Tables>, owner: string, externalId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('api_external_ids')
    .select('case_id')
    .where('owner', '=', owner)
    .where('external_id', '=', externalId)
    .executeTakeFirst()
  return row?.case_id
}

/** All ids of a case, by owner. */
export async function externalIdsOf(db: Kysely<Tables>, caseId: string): Promise<Readonly<Record<string, string>>> {
  const rows = await db
    .selectFrom('api_external_ids')
    .select(['owner', 'external_id'])
    .where('case_id', '=', caseId)
    .orderBy('owner')
    .execute()
  return Object.fromEntries(rows.map((r) => [r.owner, r.external_id]))
}

/** The case of an owner's id as a subquery, for lists. */
export function caseIdsOfExternal(db: Kysely<Tables>, owner: string, externalId: string) {
  return db.selectFrom('api_external_ids').select('case_id').where('owner', '=', owner).where('external_id', '=', externalId)
}
