// Whose things are: the mailbox that a case, message, note, notice, file or mail belongs to.
import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** Mailbox of a case by its id; undefined where there is no such case. */
export async function mailboxOfCase(db: Kysely<Tables>, caseId: string): Promise<string | undefined> {
  return (await db.selectFrom('cases').select('mailbox').where('id', '=', caseId).executeTakeFirst())?.mailbox
}

/** Which of these cases belong to which mailbox; those that do not exist are missing. */
export async function mailboxesOfCases(db: Kysely<Tables>, caseIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (caseIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('cases')
    .select(['id', 'mailbox'])
    .where('id', 'in', [...caseIds])
    .execute()
  return new Map(rows.map((r) => [r.id, r.mailbox]))
}

/** Mailboxes of whatever has this id, a case or something of one or an accepted mail; null: it belongs to none. */
export async function mailboxesOfId(db: Kysely<Tables>, id: string): Promise<readonly (string | null)[]> {
  const out: (string | null)[] = []
  const ofCase = async (row: { readonly case_id: string | null } | undefined): Promise<void> => {
    if (row) out.push((row.case_id === null ? undefined : await mailboxOfCase(db, row.case_id)) ?? null)
  }
  const own = await mailboxOfCase(db, id)
  if (own !== undefined) out.push(own)
  await ofCase(await db.selectFrom('messages').select('case_id').where('id', '=', id).executeTakeFirst())
  await ofCase(await db.selectFrom('notes').select('case_id').where('id', '=', id).executeTakeFirst())
  await ofCase(await db.selectFrom('notices').select('case_id').where('id', '=', id).executeTakeFirst())
  await ofCase(await db.selectFrom('outbox').select('case_id').where('id', '=', id).executeTakeFirst())
  await ofCase(
    await db
      .selectFrom('attachments')
      .innerJoin('messages', 'messages.id', 'attachments.message_id')
      .select('messages.case_id')
      .where('attachments.id', '=', id)
      .executeTakeFirst(),
  )
  const inbound = await db.selectFrom('inbound').select('mailbox').where('id', '=', id).executeTakeFirst()
  if (inbound) out.push(inbound.mailbox)
  return out
}
