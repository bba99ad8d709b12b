// A closed case can be taken up again for as long as its mailbox says; what comes later is a case of its own, or stays beside the closed one.
import { formatDuration } from '../../core/plugin.ts'
import type { Arrival, Case, Tx } from '../../core/plugin.ts'
import { say } from './texts.ts'

/** Closed for longer than it can be taken up again, where a mail that comes then makes a new case. Bounces and absence notices belong where they answer. */
export function comesLate(tx: Tx, c: Case, { mail }: Arrival): boolean {
  return tx.config.mailboxes.get(c.mailbox)?.follow_up?.after === 'new_case' && mail.kind === 'normal' && isOver(tx, c)
}

/** The case that goes on where this one ended, of several the last that can still be taken up. */
export async function goesOnIn(tx: Tx, c: Case, arrival: Arrival): Promise<Case | undefined> {
  const followers: Case[] = []
  for (const { caseId, kind } of await tx.cases.links(c.id)) {
    const other = kind === 'followed-by' ? await tx.cases.current(caseId) : undefined
    if (other && ['open', 'waiting', 'closed'].includes(other.status) && !comesLate(tx, other, arrival)) followers.push(other)
  }
  return followers.sort((a, b) => a.number - b.number).at(-1)
}

/** Keeps a case closed into which somebody has written too late, and says so to agents; false where it is not. */
export async function keepClosed(tx: Tx, c: Case, messageId: string): Promise<boolean> {
  const mailbox = tx.config.mailboxes.get(c.mailbox)
  if (mailbox?.follow_up?.after !== 'note' || !isOver(tx, c)) return false
  const message = await tx.messages.get(messageId)
  await tx.notes.add({
    caseId: c.id,
    kind: 'follow-up',
    messageId,
    text: say(mailbox.locale, 'note.late', {
      who: message?.from.address ?? c.requester.address,
      time: formatDuration(mailbox.follow_up.within, mailbox.locale),
    }),
  })
  return true
}

function isOver(tx: Tx, c: Case): boolean {
  const within = tx.config.mailboxes.get(c.mailbox)?.follow_up?.within
  return within !== undefined && c.status === 'closed' && tx.now - c.statusAt > within
}
