// Rows of deferred messages, and what turns one into something else: a note, or nothing.
import type { Selectable } from 'kysely'
import { PosternError, withFirst, withLater } from '../../../core/plugin.ts'
import type { Case, Message, Tx } from '../../../core/plugin.ts'
import { firstHeartbeat } from '../heartbeat.ts'
import { personOf, timeFor } from '../person.ts'
import type { Person } from '../person.ts'
import { authorOf, listed } from '../reopen/store.ts'
import { endTold } from './planned-notice.ts'
import type { DeferredTable } from '../tables.ts'
import { say } from '../texts.ts'

/** A deferred message as it is read; times are ms UTC. */
export type Deferred = Selectable<DeferredTable>

/** The row of a message id, or undefined. */
export async function deferredById(tx: Tx, message: string): Promise<Deferred | undefined> {
  return tx.db.selectFrom('scheduler_deferred').selectAll().where('message_id', '=', message).executeTakeFirst()
}

/** Whether the bytes of a file are still kept. */
export async function blobIsThere(tx: Tx, id: string): Promise<boolean> {
  return (await tx.db.selectFrom('blobs').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
}

/** Those of a case that have not left, the next one first. */
export async function plannedMessages(tx: Tx, caseId: string): Promise<readonly (Deferred & { readonly agent: string | null })[]> {
  return tx.db
    .selectFrom('scheduler_deferred')
    .innerJoin('messages', 'messages.id', 'scheduler_deferred.message_id')
    .selectAll('scheduler_deferred')
    .select('messages.agent')
    .where('messages.case_id', '=', caseId)
    .where('scheduler_deferred.state', '=', 'planned')
    .orderBy('scheduler_deferred.due_at')
    .orderBy('message_id')
    .execute()
}

/** The action that changes who gets copies when a message leaves; a message that has copies to change names it among what must precede it. */
export const copiesAction = 'deferred.copies'

/** The action that plans an answer for its time once it is released; one that was held when it was to be planned names it. */
export const resumeAction = 'deferred.resume'

/** When an answer that was held in its planning is to leave; undefined: it was not. */
export function timeOf({ data }: Message): { readonly due: number; readonly zone: string } | undefined {
  const kept = (data.deferred ?? {}) as { readonly due?: number; readonly zone?: string } // written by withTime, or for something else
  return kept.due === undefined || kept.zone === undefined ? undefined : { due: kept.due, zone: kept.zone }
}

/** The data of an answer that is held, with the time for which it is meant. */
export function withTime(data: Message['data'], due: number, zone: string): Message['data'] {
  return withLater({ ...data, deferred: { ...(data.deferred ?? {}), due, zone } }, resumeAction)
}

/** What is to become of CC, as it is kept with a message until it leaves; undefined: nothing. */
export function copiesOf({ data }: Message): unknown {
  return typeof data.deferred === 'object' && data.deferred && 'cc' in data.deferred ? data.deferred.cc : undefined
}

/** The data of a message that takes its copies along: whoever lets it leave orders them first (plugin desk). */
export function withCopies(data: Message['data'], cc: unknown): Message['data'] {
  return withFirst({ ...data, deferred: { ...(data.deferred ?? {}), cc } }, copiesAction, true)
}

/** Plans a message that was recorded: stores its row and orders its job. `due` is ms UTC, `zone` the IANA zone in which it was said. */
export async function planMessage(
  tx: Tx,
  message: string,
  plan: { readonly kind: Deferred['kind']; readonly due: number; readonly zone: string },
): Promise<Deferred> {
  const row: Deferred = {
    message_id: message,
    kind: plan.kind,
    state: 'planned',
    due_at: plan.due,
    zone: plan.zone,
    planned_at: tx.now,
    rev: 1,
    updated_at: tx.now,
  }
  await tx.db.insertInto('scheduler_deferred').values(row).execute()
  await orderMessage(tx, row)
  // From the first plan on there is a last heartbeat, even if the process ends before it writes one.
  await firstHeartbeat(tx)
  return row
}

/** Changes the row and returns it as it is then. A new time raises `rev` and moves the job; a new `rev` orders one. */
export async function changeDeferred(tx: Tx, row: Deferred, patch: Partial<Omit<Deferred, 'message_id'>>): Promise<Deferred> {
  const moved = patch.due_at !== undefined && patch.due_at !== row.due_at
  const set = { rev: row.rev + Number(moved), ...patch, updated_at: tx.now }
  const next = { ...row, ...set }
  await tx.db.updateTable('scheduler_deferred').set(set).where('message_id', '=', row.message_id).execute()
  if (moved || patch.rev !== undefined) await orderMessage(tx, next)
  if (next.state !== 'planned') await endTold(tx, row.message_id)
  return next
}

/** Never moved or dropped, as with reopens: a job of an earlier time finds that it is not meant. */
async function orderMessage(tx: Tx, row: Deferred): Promise<void> {
  await tx.jobs.put('scheduler.send', `scheduler.send:${row.message_id}:${row.rev}`, row.due_at, { message: row.message_id, rev: row.rev })
}

/** The one that is meant: by its id, else the only one of the agent who asks, else the only one that is planned. Throws where it has left already, and says so. */
export async function theMessage(tx: Tx, c: Case, id: string | undefined): Promise<{ readonly row: Deferred; readonly message: Message }> {
  const wanted = id ?? (await onlyOne(tx, c))
  const [row, message] = [await deferredById(tx, wanted), await tx.messages.get(wanted)]
  const person = personOf(tx, c.mailbox)
  if (row?.state === 'cancelled') throw new PosternError('gone', say(person.locale, 'which.messageCancelled'))
  if (!row || !message || message.caseId !== c.id)
    throw new PosternError('not_found', say(person.locale, 'which.notMessage', { number: c.number }))
  if (row.state !== 'planned') throw new PosternError('gone', tooLate(person, row, message))
  return { row, message }
}

async function onlyOne(tx: Tx, c: Case): Promise<string> {
  const planned = await plannedMessages(tx, c.id)
  const own = planned.filter((m) => tx.origin.kind === 'agent' && m.agent === tx.origin.id)
  const [one, ...others] = own.length > 0 ? own : planned
  const { locale } = personOf(tx, c.mailbox)
  if (!one) throw new PosternError('not_found', say(locale, 'which.noMessage', { number: c.number }))
  if (others.length > 0) throw new PosternError('invalid', say(locale, 'which.several', { list: listed(tx, c, planned) }))
  return one.message_id
}

function tooLate(person: Person, row: Deferred, message: Message): string {
  if (row.state === 'held') return say(person.locale, 'which.messageHeld')
  return row.state === 'sent'
    ? say(person.locale, 'which.messageSent', { time: timeFor(person, message.sentAt ?? row.updated_at) })
    : say(person.locale, 'which.messageNote', { time: timeFor(person, row.updated_at) })
}

/**
 * A newer message came first: its words stay as a note, dated when they were planned. `seq`: number of that fact in the case; what was
 * written behind it in the same transaction was written with it in mind.
 */
export async function becomeNotes(tx: Tx, caseId: string, cause: string, seq: number): Promise<void> {
  for (const row of await plannedMessages(tx, caseId)) {
    // An ordinary answer that may still be taken back was ordered to leave; it was only early.
    if (row.message_id === cause || row.kind === 'undo') continue
    const message = await tx.messages.get(row.message_id)
    if (!message || message.state !== 'deferred' || message.seq > seq) continue
    await becomeNote(tx, row, message, cause)
  }
}

/** Takes out what is planned for messages of a case; reopens go with the case itself, and a job that finds nothing does nothing. */
export async function dropDeferredOf(tx: Tx, caseId: string): Promise<void> {
  await tx.db
    .deleteFrom('scheduler_deferred')
    .where('message_id', 'in', (eb) => eb.selectFrom('messages').select('id').where('case_id', '=', caseId))
    .execute()
}

/**
 * Two cases have become one: of what was planned in either, what is older than a message of the other becomes a note, as if that message had come
 * into its case. What came by itself had done so already. `automatic`: absence notices count too.
 */
export async function becomeNotesOfMerge(tx: Tx, caseId: string, automatic: boolean): Promise<void> {
  const planned = (await plannedMessages(tx, caseId)).filter((row) => row.kind !== 'undo')
  if (planned.length === 0) return
  const said = await saidIn(tx, caseId, automatic)
  for (const row of planned) {
    const message = await tx.messages.get(row.message_id)
    const newer = said.find((s) => s.at > row.planned_at)
    if (message?.state === 'deferred' && newer) await becomeNote(tx, row, message, newer.id, caseId)
  }
}

/** What has been said in a case, and when: what was planned, when it left. */
export async function saidIn(tx: Tx, caseId: string, automatic: boolean): Promise<readonly { readonly id: string; readonly at: number }[]> {
  const counts = (m: Message): boolean =>
    m.author === 'customer'
      ? m.state === 'received' && (m.kind === 'normal' || (automatic && m.kind !== 'bounce' && m.kind !== 'report'))
      : m.author === 'agent' && ['sending', 'sent', 'failed'].includes(m.state)
  const said: { readonly id: string; readonly at: number }[] = []
  for (const { id, createdAt } of (await tx.messages.list(caseId)).filter(counts))
    said.push({ id, at: (await deferredById(tx, id))?.updated_at ?? createdAt })
  return said
}

/** `merged`: the case in which this happened by a merge, so that it can be taken back with it. */
async function becomeNote(tx: Tx, row: Deferred, message: Message, cause: string, merged?: string): Promise<void> {
  const { caseId } = message
  const writer = message.agent === null ? undefined : tx.config.agents.get(message.agent)
  const files = (await tx.messages.attachments(message.id)).map((f) => f.filename)
  const note = await tx.notes.add({
    caseId,
    kind: 'deferred',
    text: message.text,
    author: authorOf(message.agent),
    // He believes that it will be sent.
    mentions: writer ? [{ kind: 'agent', id: writer.id }] : [],
    messageId: message.id,
    createdAt: row.planned_at,
    data: {
      message: message.id,
      due: row.due_at,
      cause,
      // They stay with the message that the note stands for.
      ...(files.length > 0 && { files }),
      ...(writer && {
        tell: [writer.id],
        title: say(writer.locale, 'title.becameNote', { time: timeFor({ locale: writer.locale, zone: writer.timezone }, row.due_at) }),
      }),
    },
  })
  const stands = { note: note.id, ...(merged !== undefined && { merged, before: message.data.deferred ?? {} }) }
  await tx.messages.update(message.id, { state: 'cancelled', data: { ...message.data, deferred: stands } })
  await changeDeferred(tx, row, { state: 'note' })
  await tx.emit('deferred.became_note', caseId, { message: message.id, due: row.due_at, agent: message.agent, note: note.id, cause })
}
