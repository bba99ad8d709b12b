// What a notification says of a case, read once for all who get it.
import { nameFlags } from '../../core/plugin.ts'
import type { Address, Case, LetterAttachment, Message, Notice, StoredAttachment, Tx } from '../../core/plugin.ts'
import type { CaseNews } from './notification-targets.ts'

export interface Facts {
  readonly case: Case
  readonly isNew: boolean
  readonly mailboxName: string
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
  readonly tags: readonly string[]
  /** Open ones, oldest first. */
  readonly notices: readonly Notice[]
  /** The message that is shown in full: the new one, else the customer's last. null where the case has none. */
  readonly shown: Shown | null
  /** Before the shown one, newest first. */
  readonly earlier: readonly Message[]
}

/** A message with what is sent along. */
export interface Shown {
  readonly message: Message
  readonly isNew: boolean
  readonly carried: readonly LetterAttachment[]
  readonly listed: readonly StoredAttachment[]
  readonly warnings: readonly string[]
}

export async function gather(tx: Tx, news: CaseNews, settings: { readonly attachments: number; readonly history: number }): Promise<Facts> {
  const { case: c, isNew } = news
  const fresh = news.agents.flatMap((a) => a.messages).sort((a, b) => b.seq - a.seq)[0]
  const last = fresh ? [] : await tx.messages.last(c.id, 20)
  const message = fresh ?? last.find((m) => m.author === 'customer') ?? last[0]
  const earlier = message && settings.history > 0 && !isNew ? await tx.messages.last(c.id, settings.history, message.seq) : []
  return {
    ...{ case: c, isNew },
    mailboxName: tx.config.mailboxes.get(c.mailbox)?.name ?? c.mailbox,
    cc: await tx.cases.cc(c.id),
    bcc: await tx.cases.bcc(c.id),
    tags: await tx.cases.tags(c.id),
    notices: await tx.notices.open(c.id),
    shown: message ? await show(tx, message, fresh !== undefined, settings.attachments) : null,
    earlier: earlier.filter((m) => m.state !== 'cancelled' && m.state !== 'held' && m.state !== 'deferred'),
  }
}

async function show(tx: Tx, message: Message, isNew: boolean, limit: number): Promise<Shown> {
  const files = isNew ? await tx.messages.attachments(message.id) : []
  const carried: LetterAttachment[] = []
  const listed: StoredAttachment[] = []
  let left = limit
  for (const file of files) {
    if (!file.blob || file.sizeBytes > left) listed.push(file)
    else {
      left -= file.sizeBytes
      carried.push({
        filename: file.filename,
        contentType: file.contentType,
        sizeBytes: file.sizeBytes,
        contentId: file.contentId,
        inline: file.inline,
        blob: file.blob,
      })
    }
  }
  const known = [...tx.config.agents.values()].map((a) => ({ name: a.name, addresses: [a.email, ...a.aliases] }))
  const flags = message.author === 'customer' ? nameFlags(message.from, known).map((flag) => `from: ${flag}`) : []
  return {
    message,
    isNew,
    carried,
    listed,
    warnings: [...new Set([...message.warnings.filter((w) => !w.startsWith('signed:')), ...flags])],
  }
}
