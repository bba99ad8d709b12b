// The copy of each accepted mail for the real mailbox behind the gateway: an outbox row that refers to the stored bytes.
import type { Kysely } from 'kysely'
import type { MailboxConfig } from '../../base/config/types.ts'
import type { Ids } from '../../base/ids.ts'
import { checkedAddress } from '../../mail/address.ts'
import { insertOutbox, newOutbox } from '../../store/outbox.ts'
import type { Tables } from '../../store/tables.ts'
import type { NewOutbox } from '../../store/sqlite/accept-rows.ts'

/** The accepted mail that is copied; `rawId` is the blob with its bytes. */
export interface Copied {
  readonly inboundId: string
  readonly rawId: string
  readonly mailFrom: string
  readonly sizeBytes: number
  readonly mailbox: MailboxConfig
}

/** Writes the row in the caller's transaction. */
export async function copyRow(db: Kysely<Tables>, ids: Ids, mail: Copied, now: number): Promise<void> {
  const copy = copyOf(ids, mail, now)
  if (!copy) return
  await insertOutbox(db, copy.mail, copy.recipients, now)
}

/** The rows; null where the mailbox has no copy. The envelope sender stays the author's, so that what is wrong with the mailbox is his business as before. */
export function copyOf(ids: Ids, mail: Copied, now: number): NewOutbox | null {
  const { copy } = mail.mailbox
  if (!copy) return null
  return newOutbox(
    {
      id: ids.next(),
      case_id: null,
      message_id: null,
      kind: 'copy',
      transport: `copy:${mail.mailbox.id}`,
      // We accept more than we send (REL-13): a sender that may not leave must not cost the mailbox its mail.
      envelope_from: checkedAddress(mail.mailFrom)?.address ?? '',
      envid: '',
      header_id: mail.inboundId,
      subject: '',
      segments: JSON.stringify([{ blob: mail.rawId, start: 0, end: mail.sizeBytes, from: 'identity', as: 'wire' }]),
      size: mail.sizeBytes,
      smtputf8: 0,
      automatic: 0,
      created_at: now,
    },
    [{ id: ids.next(), address: copy.to }],
    now,
  )
}
