// Who was the requester of a case and has been taken out of it: what was written to him leads nobody into it any more who takes no part.
import type { Migration, Tx } from '../../core/plugin.ts'

declare module '../../core/store/tables.ts' {
  interface Tables {
    threading_former: FormerTable
  }
}

/** One row for each former requester of a case; addresses in lower case. */
export interface FormerTable {
  case_id: string
  address: string
  at: number
}

/** Makes the table. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-threading',
    async up(db) {
      await db.schema
        .createTable('threading_former')
        .addColumn('case_id', 'text', (c) => c.notNull().references('cases.id').onDelete('cascade'))
        .addColumn('address', 'text', (c) => c.notNull())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addPrimaryKeyConstraint('threading_former_pk', ['case_id', 'address'])
        .execute()
    },
  },
]

/** The requester of a case has changed. */
export async function keepFormer(tx: Tx, caseId: string, former: readonly string[], now: readonly string[]): Promise<void> {
  for (const address of now)
    await tx.db.deleteFrom('threading_former').where('case_id', '=', caseId).where('address', '=', address).execute()
  for (const address of former)
    await tx.db
      .insertInto('threading_former')
      .values({ case_id: caseId, address, at: tx.now })
      .onConflict((c) => c.columns(['case_id', 'address']).doNothing())
      .execute()
}

/** Whether an address was that of the requester of a case and is so no more. */
export async function isFormer(tx: Tx, caseId: string, address: string): Promise<boolean> {
  const row = await tx.db
    .selectFrom('threading_former')
    .select('address')
    .where('case_id', '=', caseId)
    .where('address', '=', address.toLowerCase())
    .executeTakeFirst()
  return row !== undefined
}

/** Forgets an address. */
export async function forgetFormer(tx: Tx, address: string): Promise<void> {
  await tx.db.deleteFrom('threading_former').where('address', '=', address).execute()
}
