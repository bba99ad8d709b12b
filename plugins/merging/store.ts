// Queries of merges.
import type { Tx } from '../../core/plugin.ts'
import type { Merge, MergeRow } from './tables.ts'

/** Keeps a merge. */
export async function insertMerge(
  tx: Tx,
  { row, part, taken }: Pick<Merge, 'part' | 'taken'> & { readonly row: Omit<MergeRow, 'part' | 'taken'> },
): Promise<void> {
  await tx.db
    .insertInto('merging_merges')
    .values({ ...row, part: JSON.stringify(part), taken: JSON.stringify(taken) })
    .execute()
}

/** The last merge of a case into another one that was not taken back. */
export async function mergeOf(tx: Tx, sourceId: string): Promise<Merge | undefined> {
  const row = await standing(tx).where('source_id', '=', sourceId).limit(1).executeTakeFirst()
  return row && read(row)
}

/** The merges into a case that were not taken back, the last one first. */
export async function mergesInto(tx: Tx, targetId: string): Promise<readonly Merge[]> {
  return (await standing(tx).where('target_id', '=', targetId).execute()).map(read)
}

/** Marks a merge as taken back. */
export async function markUndone(tx: Tx, id: string): Promise<void> {
  await tx.db.updateTable('merging_merges').set({ undone_at: tx.now }).where('id', '=', id).execute()
}

const standing = (tx: Tx) =>
  tx.db.selectFrom('merging_merges').selectAll().where('undone_at', 'is', null).orderBy('created_at', 'desc').orderBy('id', 'desc')

const read = (row: MergeRow): Merge => ({
  row,
  // Written by insertMerge.
  part: JSON.parse(row.part) as Merge['part'],
  taken: JSON.parse(row.taken) as Merge['taken'],
})

/** The address to which an accepted mail came. */
export async function recipientOf(tx: Tx, inboundId: string): Promise<string | undefined> {
  return (await tx.db.selectFrom('inbound').select('rcpt').where('id', '=', inboundId).executeTakeFirst())?.rcpt
}
