// What a notification says of a case, read once for all who get it.
import { nameFlags, unexplainedLines } from '../../core/plugin.ts'
import type { Address, Case, LetterAttachment, Message, Note, Notice, StoredAttachment, Tx } from '../../core/plugin.ts'
import { followers } from './follow.ts'
import type { NotificationTarget } from './items.ts'

/** The case as a notification shows it, the same for every agent. */
export interface Facts {
  readonly case: Case
  readonly isNew: boolean
  readonly mailboxName: string
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
  readonly tags: readonly string[]
  /** Names of those who follow the case. */
  readonly followers: readonly string[]
  /** Open ones, oldest first. */
  readonly notices: readonly Notice[]
  /** The message that is shown in full: the new one, else the customer's last. null where the case has none. */
  readonly shown: Shown | null
  /** Before the shown one, newest first. */
  readonly earlier: readonly Message[]
}

/** Files that are sent along, and those that are only named. */
export interface Files {
  readonly carried: readonly LetterAttachment[]
  readonly listed: readonly StoredAttachment[]
}

/** A message with what is sent along. */
export interface Shown extends Files {
  readonly message: Message
  readonly isNew: boolean
  readonly warnings: readonly string[]
  /** Lines that were cut off as a quote and are in no message of the case. */
  readonly hidden: number
}

/**
 * Reads the facts. `attachments`: bytes of files that are sent along at most; `history`: how many earlier messages are shown, none in a
 * new case.
 */
export async function gather(
  tx: Tx,
  { case: c, isNew, targets }: { readonly case: Case; readonly isNew: boolean; readonly targets: readonly NotificationTarget[] },
  settings: { readonly attachments: number; readonly history: number },
): Promise<Facts> {
  const fresh = targets.flatMap((a) => a.messages).sort((a, b) => b.seq - a.seq)[0]
  const last = fresh ? [] : await tx.messages.last(c.id, 20)
  const message = fresh ?? last.find((m) => m.author === 'customer') ?? last[0]
  const earlier = message && settings.history > 0 && !isNew ? await tx.messages.last(c.id, settings.history, message.seq) : []
  return {
    ...{ case: c, isNew },
    mailboxName: tx.config.mailboxes.get(c.mailbox)?.name ?? c.mailbox,
    cc: await tx.cases.cc(c.id),
    bcc: await tx.cases.bcc(c.id),
    tags: await tx.cases.tags(c.id),
    followers: (await followers(tx, c.id)).map((a) => a.name),
    notices: await tx.notices.open(c.id),
    shown: message ? await show(tx, message, fresh !== undefined, settings.attachments) : null,
    earlier: earlier.filter((m) => m.state !== 'cancelled' && m.state !== 'held' && m.state !== 'deferred'),
  }
}

async function show(tx: Tx, message: Message, isNew: boolean, limit: number): Promise<Shown> {
  const known = [...tx.config.agents.values()].map((a) => ({ name: a.name, addresses: [a.email, ...a.aliases] }))
  const flags = message.author === 'customer' ? nameFlags(message.from, known).map((flag) => `from: ${flag}`) : []
  return {
    message,
    isNew,
    ...carry(isNew ? await tx.messages.attachments(message.id) : [], limit),
    hidden: await hiddenLines(tx, message),
    warnings: [...new Set([...message.warnings.filter((w) => !w.startsWith('signed:')), ...flags])],
  }
}

/** `limit`: bytes that are sent along at most. */
function carry(files: readonly StoredAttachment[], limit: number): Files {
  const carried: LetterAttachment[] = []
  const listed: StoredAttachment[] = []
  let left = limit
  for (const file of files) {
    if (!file.blob || file.sizeBytes > left) listed.push(file)
    else {
      left -= file.sizeBytes
      const { filename, contentType, sizeBytes, contentId, inline, blob } = file
      carried.push({ filename, contentType, sizeBytes, contentId, inline, blob })
    }
  }
  return { carried, listed }
}

/** Files of answers of agents that did not leave and became these notes. `limit`: bytes that are sent along at most. */
export async function filesOfNotes(tx: Tx, notes: readonly Note[], limit: number): Promise<Files> {
  const files: StoredAttachment[] = []
  for (const { messageId } of notes) {
    const message = messageId === null ? undefined : await tx.messages.get(messageId)
    if (message?.state === 'cancelled') for (const file of await tx.messages.attachments(message.id)) files.push(file)
  }
  return carry(files, limit)
}

/** Messages of the case in which a quote is looked for. */
const quotable = 30

/** How many lines of the cut-off part nobody has seen in this case; 0 where it is the quote of a message, or too little to speak of. */
async function hiddenLines(tx: Tx, message: Message): Promise<number> {
  if (message.author !== 'customer' || message.quoted.trim() === '') return 0
  const known = (await tx.messages.last(message.caseId, quotable, message.seq)).flatMap((m) => [m.text, m.subject])
  const lines = unexplainedLines(message.quoted, known, { marks: false })
  return lines.length < 3 ? 0 : lines.length
}
