// Queries on the plugin's tables: answers that were taken, wrong tokens, notices of the day.
import type { Insertable, Selectable } from 'kysely'
import type { Tables, Tx } from '../../core/plugin.ts'

type AnswerMail = Tables['agent_reply_mails']

/** Answers of an agent in a case that took effect or were refused. */
export async function answersOf(tx: Tx, caseId: string, agent: string): Promise<readonly Selectable<AnswerMail>[]> {
  return tx.db.selectFrom('agent_reply_mails').selectAll().where('case_id', '=', caseId).where('agent', '=', agent).execute()
}

/** The case in which a mail of an agent was taken before, by whichever of its recipients. */
export async function takenBefore(tx: Tx, hash: string, agent: string): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom('agent_reply_mails')
    .select('case_id')
    .where('hash', '=', hash)
    .where('agent', '=', agent)
    .limit(1)
    .executeTakeFirst()
  return row?.case_id
}

/** The case that a mail of ours spoke of when it was sent: its keys may lead to another one by now. */
export async function caseOfMail(tx: Tx, outboxId: string): Promise<string | undefined> {
  return (await tx.db.selectFrom('outbox').select('case_id').where('id', '=', outboxId).executeTakeFirst())?.case_id ?? undefined
}

/** Keeps that an answer was taken. */
export async function rememberAnswer(tx: Tx, row: Insertable<AnswerMail>): Promise<void> {
  await tx.db.insertInto('agent_reply_mails').values(row).execute()
}

/** Learns a signature of an agent; true where it was new. */
export async function learnSignature(
  tx: Tx,
  row: { readonly agent: string; readonly signature: string; readonly at: number },
): Promise<boolean> {
  const added = await tx.db
    .insertInto('agent_reply_signatures')
    .values(row)
    .onConflict((oc) => oc.columns(['agent', 'signature']).doNothing())
    .returning('at')
    .executeTakeFirst()
  return added !== undefined
}

/** The lookup key of an agent's personal address at a mailbox. */
export async function addressKey(tx: Tx, agent: string, mailbox: string): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom('agent_reply_addresses')
    .select('ref')
    .where('agent', '=', agent)
    .where('mailbox', '=', mailbox)
    .executeTakeFirst()
  return row?.ref
}

/** Keeps one in place of what there was; answers the key that is good from now on. */
export async function putAddressKey(tx: Tx, row: Insertable<Tables['agent_reply_addresses']>): Promise<string> {
  const { ref, at } = row
  await tx.db
    .insertInto('agent_reply_addresses')
    .values(row)
    .onConflict((oc) => oc.columns(['agent', 'mailbox']).doUpdateSet({ ref, at }))
    .execute()
  return ref
}

/** Ends one. */
export async function dropAddressKey(tx: Tx, agent: string, mailbox: string): Promise<void> {
  await tx.db.deleteFrom('agent_reply_addresses').where('agent', '=', agent).where('mailbox', '=', mailbox).execute()
}

/** Whose personal address at a mailbox has this lookup key. */
export async function holderOf(tx: Tx, ref: string, mailbox: string): Promise<string | undefined> {
  const row = await tx.db
    .selectFrom('agent_reply_addresses')
    .select('agent')
    .where('ref', '=', ref)
    .where('mailbox', '=', mailbox)
    .executeTakeFirst()
  return row?.agent
}

/** Whether this is the first notice of its cause to this address on that day (days since 1970); by the table's key, so that two nodes agree. */
export async function claimNotice(tx: Tx, cause: string, address: string, day: number): Promise<boolean> {
  const row = await tx.db
    .insertInto('agent_reply_notices')
    .values({ cause, address, day })
    .onConflict((oc) => oc.columns(['address', 'cause', 'day']).doNothing())
    .returning('day')
    .executeTakeFirst()
  return row !== undefined
}

/** Wrong tokens that came from a source after an instant (ms UTC). */
export async function countWrongTokens(tx: Tx, source: string, after: number): Promise<number> {
  const row = await tx.db
    .selectFrom('agent_reply_rejects')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('source', '=', source)
    .where('at', '>', after)
    .executeTakeFirst()
  return Number(row?.n ?? 0)
}

/** Counts one. */
export async function addWrongToken(tx: Tx, row: { readonly id: string; readonly source: string; readonly at: number }): Promise<void> {
  await tx.db.insertInto('agent_reply_rejects').values(row).execute()
}

/** Forgets wrong tokens before an instant (ms UTC) and notices before a day (days since 1970). */
export async function pruneCounts(tx: Tx, before: number, beforeDay: number): Promise<void> {
  await tx.db.deleteFrom('agent_reply_rejects').where('at', '<', before).execute()
  await tx.db.deleteFrom('agent_reply_notices').where('day', '<', beforeDay).execute()
}

/** Forgets where wrong tokens came from. */
export async function forgetSource(tx: Tx, source: string): Promise<void> {
  await tx.db.deleteFrom('agent_reply_rejects').where('source', '=', source).execute()
}

/** As if nothing had been taken or counted since (ms UTC). */
export async function resetSince(tx: Tx, at: number): Promise<void> {
  await tx.db.deleteFrom('agent_reply_mails').where('at', '>=', at).execute()
  await tx.db.deleteFrom('agent_reply_rejects').where('at', '>=', at).execute()
  await tx.db.deleteFrom('agent_reply_signatures').where('at', '>=', at).execute()
}
