// Queries of the rules: whose turn it is, what fired, what was answered, which cases a schedule walks.
import type { Tx } from '../../core/plugin.ts'

/** Other cases of a requester. */
export async function otherCasesOf(tx: Tx, requester: string, caseId: string): Promise<number> {
  const row = await tx.db
    .selectFrom('cases')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('requester_address', '=', requester)
    .where('id', '!=', caseId)
    .executeTakeFirst()
  return Number(row?.n ?? 0)
}

/** Who had the last turn of a group. The row is locked by writing it: of two cases at once the second sees whom the first got. */
export async function lastTurn(tx: Tx, group: string): Promise<string> {
  const row = await tx.db
    .insertInto('rules_turns')
    .values({ group_id: group, agent: '' })
    .onConflict((oc) => oc.column('group_id').doUpdateSet((eb) => ({ agent: eb.ref('rules_turns.agent') })))
    .returning('agent')
    .executeTakeFirstOrThrow()
  return row.agent
}

/** Gives an agent the turn of a group. */
export async function takeTurn(tx: Tx, group: string, agent: string): Promise<void> {
  await tx.db.updateTable('rules_turns').set({ agent }).where('group_id', '=', group).execute()
}

/** How many open cases each of these agents has; who has none is missing. */
export async function openCasesOf(tx: Tx, agents: readonly string[]): Promise<ReadonlyMap<string | null, number>> {
  const rows = await tx.db
    .selectFrom('cases')
    .select(['assignee', (eb) => eb.fn.countAll<number>().as('n')])
    .where('assignee', 'in', agents)
    .where('status', '=', 'open')
    .groupBy('assignee')
    .execute()
  return new Map(rows.map((r) => [r.assignee, Number(r.n)]))
}

/** Keeps that a sender got an automatic answer to these words. */
export async function insertAnswer(
  tx: Tx,
  row: { readonly id: string; readonly sender: string; readonly text_hash: string },
): Promise<void> {
  await tx.db
    .insertInto('rules_answers')
    .values({ ...row, at: tx.now })
    .execute()
}

/** Automatic answers to a sender, or to the same words, after an instant (ms UTC). */
export async function countAnswers(tx: Tx, column: 'sender' | 'text_hash', value: string, after: number): Promise<number> {
  const row = await tx.db
    .selectFrom('rules_answers')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where(column, '=', value)
    .where('at', '>', after)
    .executeTakeFirst()
  return Number(row?.n ?? 0)
}

/** When the last but `keep` of them was given (ms UTC). */
export async function answeredAt(
  tx: Tx,
  column: 'sender' | 'text_hash',
  value: string,
  after: number,
  keep: number,
): Promise<number | undefined> {
  const row = await tx.db
    .selectFrom('rules_answers')
    .select('at')
    .where(column, '=', value)
    .where('at', '>', after)
    .orderBy('at', 'desc')
    .offset(keep)
    .limit(1)
    .executeTakeFirst()
  return row?.at
}

/** Rows that nobody asks for any more: answers before an instant (ms UTC). */
export async function forgetAnswers(tx: Tx, before: number): Promise<void> {
  await tx.db.deleteFrom('rules_answers').where('at', '<', before).execute()
}

/** Id of the blob that holds a file of a template (sha256 of its bytes), while it is there. */
export async function blobOfFile(tx: Tx, hash: string): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom('rules_files')
    .innerJoin('blobs', 'blobs.id', 'rules_files.blob_id')
    .select('blobs.id')
    .where('rules_files.hash', '=', hash)
    .executeTakeFirst()
  return row?.id
}

/** Keeps in which blob a file of a template stands. */
export async function keepFile(tx: Tx, hash: string, blobId: string): Promise<void> {
  await tx.db
    .insertInto('rules_files')
    .values({ hash, blob_id: blobId })
    .onConflict((c) => c.column('hash').doUpdateSet({ blob_id: blobId }))
    .execute()
}

/** Counts a firing of a rule under a key; false where the last one was after `before` (ms UTC). Of two transactions at once, one gets it. */
export async function claimFiring(tx: Tx, rule: string, key: string, before: number): Promise<boolean> {
  const row = await tx.db
    .insertInto('rules_fired')
    .values({ rule, key, at: tx.now })
    .onConflict((c) => c.columns(['rule', 'key']).doUpdateSet({ at: tx.now }).where('rules_fired.at', '<=', before))
    .returning('at')
    .executeTakeFirst()
  return row !== undefined
}

/** Takes the only receipt of a case; false where it was taken, or a rule said that there is none. `none` also takes one back that was put off. */
export async function claimReceipt(tx: Tx, caseId: string, state: 'sent' | 'none', reason: string | null): Promise<boolean> {
  const row = await tx.db
    .insertInto('rules_receipts')
    .values({ case_id: caseId, state, reason, at: tx.now })
    .onConflict((c) =>
      state === 'none'
        ? c.column('case_id').doUpdateSet({ state, reason, at: tx.now }).where('rules_receipts.state', '=', 'waiting')
        : c.column('case_id').doNothing(),
    )
    .returning('case_id')
    .executeTakeFirst()
  return row !== undefined
}

/** Keeps what became of the receipt of a case, and why. */
export async function keepReceipt(tx: Tx, caseId: string, state: 'sent' | 'waiting' | 'refused', reason: string | null): Promise<void> {
  await tx.db.updateTable('rules_receipts').set({ state, reason }).where('case_id', '=', caseId).execute()
}

/** What a case has had (a receipt, rules that fire once) counts for the one that it was merged into. */
export async function countFor(tx: Tx, source: string, target: string): Promise<void> {
  const receipt = await tx.db.selectFrom('rules_receipts').selectAll().where('case_id', '=', source).executeTakeFirst()
  if (receipt)
    await tx.db
      .insertInto('rules_receipts')
      // One that was put off confirms a mail of a case that is none any more.
      .values({ ...receipt, case_id: target, ...(receipt.state === 'waiting' && { state: 'none' }) })
      .onConflict((c) => c.column('case_id').doNothing())
      .execute()
  const fired = await tx.db.selectFrom('rules_fired').selectAll().where('key', '=', `case:${source}`).execute()
  if (fired.length > 0)
    await tx.db
      .insertInto('rules_fired')
      .values(fired.map((f) => ({ ...f, key: `case:${target}` })))
      .onConflict((c) => c.columns(['rule', 'key']).doNothing())
      .execute()
}

/** Whether the receipt of a case was put off and has not left since. */
export async function receiptWaits(tx: Tx, caseId: string): Promise<boolean> {
  const row = await tx.db.selectFrom('rules_receipts').select('state').where('case_id', '=', caseId).executeTakeFirst()
  return row?.state === 'waiting'
}

/** As if nothing had fired or been answered since (ms UTC). */
export async function resetSince(tx: Tx, at: number): Promise<void> {
  await tx.db.deleteFrom('rules_fired').where('at', '>=', at).execute()
  await tx.db.deleteFrom('rules_answers').where('at', '>=', at).execute()
  await tx.db.deleteFrom('rules_receipts').where('at', '>=', at).execute()
}

/** Ids of cases behind an id, in order: the next portion of a walk through all of them. */
export async function casesAfter(
  tx: Tx,
  after: string,
  filter: {
    readonly statuses: readonly ('open' | 'waiting' | 'closed' | 'spam' | 'trash')[]
    readonly mailboxes: readonly string[] | null
    readonly limit: number
  },
): Promise<readonly string[]> {
  let query = tx.db
    .selectFrom('cases')
    .select('id')
    .where('id', '>', after)
    .where('status', 'in', [...filter.statuses])
    .where('merged_into', 'is', null)
    .orderBy('id')
    .limit(filter.limit)
  if (filter.mailboxes) query = query.where('mailbox', 'in', [...filter.mailboxes])
  return (await query.execute()).map((r) => r.id)
}

/** Takes out that rules with `once_per: case` or `status` have fired for a case. */
export async function forgetFirings(tx: Tx, caseId: string): Promise<void> {
  await tx.db
    .deleteFrom('rules_fired')
    .where((eb) => eb.or([eb('key', '=', `case:${caseId}`), eb('key', 'like', `case:${caseId}:%`)]))
    .execute()
}
