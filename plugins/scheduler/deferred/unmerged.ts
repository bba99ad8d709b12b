// A merge that is taken back: the planned answers that it made notes are planned again, as if it had not been.
import type { Message, Tx } from '../../../core/plugin.ts'
import { timeFor } from '../person.ts'
import { say } from '../texts.ts'
import { tellPlanned } from './planned-notice.ts'
import { changeDeferred, deferredById, saidIn } from './store.ts'

/** What a merge keeps with an answer that it made a note; `before`: what was kept with it. */
interface Merged {
  readonly note?: string
  readonly merged?: string
  readonly before?: Readonly<Record<string, unknown>>
}

/**
 * Looks at both cases once they are two again. What something newer in its own case has overtaken stays a note, and so does that whose time has
 * passed: nobody expects it to leave any more.
 */
export async function planAgain(
  tx: Tx,
  { target, source }: { readonly target: string; readonly source: string },
  automatic: boolean,
): Promise<void> {
  for (const caseId of [target, source]) {
    const messages = (await tx.messages.list(caseId)).filter((m) => m.state === 'cancelled' && keptWith(m).merged === target)
    const said = messages.length === 0 ? [] : await saidIn(tx, caseId, automatic)
    for (const message of messages) await again(tx, message, said)
  }
}

const keptWith = (m: Message): Merged => (m.data.deferred ?? {}) as Merged // written by becomeNote

async function again(tx: Tx, message: Message, said: readonly { readonly at: number }[]): Promise<void> {
  const row = await deferredById(tx, message.id)
  if (row?.state !== 'note' || row.due_at <= tx.now || said.some((s) => s.at > row.planned_at)) return
  const { before = {}, note } = keptWith(message)
  await tx.messages.update(message.id, { state: 'deferred', data: { ...message.data, deferred: before } })
  // A new number, and with it a job: that of before may be gone.
  const { due_at, zone } = await changeDeferred(tx, row, { state: 'planned', rev: row.rev + 1 })
  await tx.emit('deferred.planned', message.caseId, { message: message.id, due: due_at, agent: message.agent, kind: row.kind })
  await tellPlanned(tx, message.id, { due_at, zone })
  const writer = message.agent === null ? undefined : tx.config.agents.get(message.agent)
  const kept = note === undefined ? undefined : await tx.notes.get(note)
  if (!writer || !kept) return
  const time = timeFor({ locale: writer.locale, zone: writer.timezone }, due_at)
  // He was told that it would not leave.
  await tx.notes.add({
    caseId: message.caseId,
    kind: 'deferred',
    text: say(writer.locale, 'note.plannedAgain', { time }),
    mentions: [{ kind: 'agent', id: writer.id }],
    messageId: message.id,
    data: { message: message.id, due: due_at, tell: [writer.id], title: say(writer.locale, 'title.plannedAgain', { time }) },
  })
}
