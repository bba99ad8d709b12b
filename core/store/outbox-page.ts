// Mails that leave, a page at a time, with what became of each recipient.
import type { Kysely } from 'kysely'
import type { OutboxRecipientRow, OutboxRow, SendState, Tables } from './tables.ts'

/** Which outgoing mails are listed, newest first; a mail has to fit all that is given. */
export interface OutboxFilter {
  /** null: of all. */
  readonly mailboxes: readonly string[] | null
  readonly caseId?: string
  /** Of one of its recipients. */
  readonly state?: SendState
  /** Id of the last one of the page before. */
  readonly before?: string
  readonly limit: number
}

/** A mail without its bytes, and its recipients in the order in which they were ordered. */
export interface OutboxWithRecipients {
  readonly mail: Omit<OutboxRow, 'segments'>
  readonly recipients: readonly OutboxRecipientRow[]
}

/** Newest first, in two queries. Ids sort by the time of their making. */
export async function outboxPage(db: Kysely<Tables>, filter: OutboxFilter): Promise<readonly OutboxWithRecipients[]> {
  const { mailboxes, state } = filter
  if (mailboxes?.length === 0) return []
  let q = db
    .selectFrom('outbox')
    .select([
      'id',
      'case_id',
      'message_id',
      'kind',
      'transport',
      'envelope_from',
      'envid',
      'header_id',
      'subject',
      'size',
      'smtputf8',
      'automatic',
      'created_at',
    ])
    .orderBy('id', 'desc')
    .limit(filter.limit)
  if (mailboxes)
    q = q.where('case_id', 'in', (eb) =>
      eb
        .selectFrom('cases')
        .select('id')
        .where('mailbox', 'in', [...mailboxes]),
    )
  if (filter.before !== undefined) q = q.where('id', '<', filter.before)
  if (filter.caseId !== undefined) q = q.where('case_id', '=', filter.caseId)
  if (state) q = q.where('id', 'in', (eb) => eb.selectFrom('outbox_recipients').select('outbox_id').where('state', '=', state))
  const mails = await q.execute()
  if (mails.length === 0) return []
  const recipients = Map.groupBy(
    await db
      .selectFrom('outbox_recipients')
      .selectAll()
      .where(
        'outbox_id',
        'in',
        mails.map((m) => m.id),
      )
      .orderBy('created_at')
      .orderBy('id')
      .execute(),
    (r) => r.outbox_id,
  )
  return mails.map((mail) => ({ mail, recipients: recipients.get(mail.id) ?? [] }))
}
