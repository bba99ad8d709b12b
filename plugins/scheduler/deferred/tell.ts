// The writer of a deferred message hears what others, or a downtime, have made of it: by a note in the case and one mail.
import { formatDuration } from '../../../core/plugin.ts'
import type { Case, Message, Tx } from '../../../core/plugin.ts'
import { timeFor } from '../person.ts'
import { installationView, nameOf } from '../reopen/store.ts'
import { say } from '../texts.ts'
import type { Deferred } from './store.ts'

/** Less than this after its time a message has left in time, as people see it. */
export const lateEnoughMs = 5 * 60_000

/** A colleague, a rule or a program has cancelled, changed or sent it; nothing where its writer did so himself, or no agent wrote it. */
export async function tellWriter(tx: Tx, c: Case, row: Deferred, m: Message, what: 'Cancelled' | 'Edited' | 'Sent'): Promise<void> {
  const by = tx.origin.kind === 'agent' ? tx.origin.id : null
  if (m.agent === null || m.agent === by) return
  const { locale } = tx.config
  const files = (await tx.messages.attachments(m.id)).map((f) => f.filename)
  const sentence = say(locale, `note.deferred${what}`, { who: nameOf(tx, by), time: timeFor(installationView(tx, row), row.due_at) })
  // What is cancelled is in the case no more.
  const kept =
    what === 'Cancelled' ? [m.text, ...(files.length > 0 ? [say(locale, 'note.deferredFiles', { files: files.join(', ') })] : [])] : []
  await addNote(tx, c, row, m, [sentence, ...kept].join('\n\n'), by)
}

/** It left long after its time. */
export async function tellLate(tx: Tx, c: Case, row: Deferred, m: Message): Promise<void> {
  const { locale } = tx.config
  const late = formatDuration(tx.now - row.due_at, locale)
  await addNote(tx, c, row, m, say(locale, 'note.deferredLate', { time: timeFor(installationView(tx, row), row.due_at), late }), null)
}

async function addNote(tx: Tx, c: Case, row: Deferred, m: Message, text: string, by: string | null): Promise<void> {
  await tx.notes.add({
    caseId: c.id,
    kind: 'deferred_told',
    text,
    author: by === null ? { kind: 'system' } : { kind: 'agent', agent: by },
    data: { message: m.id, due: row.due_at, tell: m.agent === null ? [] : [m.agent] },
  })
}
