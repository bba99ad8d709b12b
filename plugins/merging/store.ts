// Queries of merges.
import { batchesOf } from '../../core/plugin.ts'
import type { Tx } from '../../core/plugin.ts'
import type { Merge, MergeRow, Taken } from './tables.ts'

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

/** Every merge of these cases into others, whatever became of it since. */
export async function mergesOf(tx: Tx, sources: readonly string[]): Promise<readonly Merge[]> {
  const found: Merge[] = []
  for (const some of batchesOf(sources)) {
    const rows = await tx.db.selectFrom('merging_merges').selectAll().where('source_id', 'in', some).execute()
    for (const row of rows) found.push(read(row))
  }
  return found
}

/** Those of these cases that an address has begun. */
export async function begunBy(
  tx: Tx,
  cases: readonly string[],
  address: string,
): Promise<readonly { readonly id: string; readonly number: number; readonly subject: string }[]> {
  const found: { readonly id: string; readonly number: number; readonly subject: string }[] = []
  for (const some of batchesOf(cases)) {
    const rows = await tx.db.selectFrom('cases').select(['id', 'number', 'subject', 'requester_address']).where('id', 'in', some).execute()
    for (const row of rows) if (row.requester_address.toLowerCase() === address) found.push(row)
  }
  return found
}

/** Gives a case another subject and other fields without an event: what they were is not to be read anywhere. */
export async function setSilently(
  tx: Tx,
  caseId: string,
  patch: { readonly subject?: string; readonly custom?: Readonly<Record<string, unknown>> },
): Promise<void> {
  await tx.db
    .updateTable('cases')
    .set({
      updated_at: tx.now,
      ...(patch.subject !== undefined && { subject: patch.subject }),
      ...(patch.custom && { custom: JSON.stringify(patch.custom) }),
    })
    .where('id', '=', caseId)
    .execute()
}

/** Replaces a subject wherever an event of a case names it. */
export async function rewordEvents(tx: Tx, caseId: string, subject: string, words: string): Promise<void> {
  const types = ['case.subject_changed', 'notice.raised'] as const
  const rows = await tx.db.selectFrom('events').select(['id', 'data']).where('case_id', '=', caseId).where('type', 'in', types).execute()
  for (const { id, data } of rows) {
    const now = JSON.stringify(JSON.parse(data), (_key, value: unknown) => (value === subject ? words : value))
    if (now !== data) await tx.db.updateTable('events').set({ data: now }).where('id', '=', id).execute()
  }
}

/** Keeps nothing of what a merge took over but what takes it back. */
export async function emptyTaken(tx: Tx, merge: Merge): Promise<void> {
  const taken: Taken = { ...merge.taken, custom: {} }
  await tx.db
    .updateTable('merging_merges')
    .set({ taken: JSON.stringify(taken) })
    .where('id', '=', merge.row.id)
    .execute()
}

/** Gives the notes about merges with a case other words, in the case into which it went. */
export async function rewordNotes(tx: Tx, targetId: string, source: { readonly id: string }, text: string): Promise<void> {
  const rows = await tx.db.selectFrom('notes').select(['id', 'data']).where('case_id', '=', targetId).where('kind', '=', 'merge').execute()
  const about = rows.filter((row) => row.data?.includes(source.id))
  for (const { id } of about) await tx.db.updateTable('notes').set({ text }).where('id', '=', id).execute()
}

/** Takes the subject of a case out of the notices that ask whether it is the same matter as another one. */
export async function rewordNotices(tx: Tx, source: { readonly id: string; readonly subject: string }, words: string): Promise<void> {
  const rows = await tx.db.selectFrom('notices').select(['id', 'data']).where('kind', '=', 'duplicate').execute()
  for (const { id, data } of rows) {
    if (!data.includes(source.id)) continue
    // Written by duplicates.ts.
    const now = { ...(JSON.parse(data) as Readonly<Record<string, unknown>>), subject: words }
    await tx.db
      .updateTable('notices')
      .set({ data: JSON.stringify(now) })
      .where('id', '=', id)
      .execute()
  }
}

/** The address to which an accepted mail came. */
export async function recipientOf(tx: Tx, inboundId: string): Promise<string | undefined> {
  return (await tx.db.selectFrom('inbound').select('rcpt').where('id', '=', inboundId).executeTakeFirst())?.rcpt
}
