// `postern outbox list|show|retry|drop`: what leaves, per recipient.
import { PosternError } from '../base/errors.ts'
import type { Segment } from '../mail/compose/segments.ts'
import { blobsOf, readBlob } from '../store/blobs.ts'
import { caseNumbers } from '../store/case-list.ts'
import { fromJson } from '../store/json.ts'
import { dropOutbox, listOutbox, outboxById, recipientsOfOutbox, retryOutbox } from '../store/outbox.ts'
import { settleMessageState } from '../store/messages.ts'
import type { SendState } from '../store/tables.ts'
import { adminOrigin } from './session.ts'
import type { DatabaseSession, Session } from './session.ts'
import { UsageError, answer, exit, table, timeOf } from './terminal.ts'

const states: readonly string[] = ['queued', 'sending', 'sent', 'failed', 'unknown', 'held', 'cancelled'] satisfies readonly SendState[]
const isState = (text: string): text is SendState => states.includes(text)

/** One line per recipient, newest first. */
export async function listOutboxMails(
  { database, terminal }: DatabaseSession,
  options: { readonly state?: string; readonly limit: number },
): Promise<number> {
  const rows = await listOutbox(database.read, { limit: options.limit, ...stateOf(options.state) })
  const numbers = await caseNumbers(
    database.read,
    rows.map((r) => r.case_id),
  )
  answer(terminal, rows, () =>
    table([
      ['ID', 'WRITTEN', 'STATE', 'KIND', 'TO', 'CASE', 'TRIES', 'NEXT', 'REPLY'],
      ...rows.map((r) => [
        r.id,
        timeOf(r.created_at),
        r.state,
        r.kind,
        r.address,
        r.case_id ? `#${numbers.get(r.case_id) ?? '?'}` : '',
        String(r.attempts),
        r.state === 'queued' ? timeOf(r.next_at) : '-',
        r.reply ?? '',
      ]),
    ]),
  )
  return exit.ok
}

function stateOf(state: string | undefined): { readonly state?: SendState } {
  if (state === undefined) return {}
  if (!isState(state)) throw new UsageError(`expected one of ${states.join(', ')}, not "${state}"`)
  return { state }
}

/** The row and its recipients; with `raw`, the bytes as they are sent, on standard output. */
export async function showOutbox(
  { database, terminal }: DatabaseSession,
  id: string,
  options: { readonly raw: boolean; readonly write: (bytes: Uint8Array) => void },
): Promise<number> {
  const row = await outboxById(database.read, id)
  if (!row) throw new PosternError('not_found', `there is no outgoing mail ${id}`)
  if (options.raw) {
    const { assembleStream } = await import('../mail/compose/segments.ts')
    const segments = fromJson<readonly Segment[]>(row.segments, `outbox.segments of ${id}`)
    for await (const piece of assembleStream(segments, (blob) => readBlob(blobsOf(database, 'read'), blob))) options.write(piece)
    return exit.ok
  }
  const recipients = await recipientsOfOutbox(database.read, id)
  const { segments: _segments, ...about } = row
  answer(terminal, { ...about, recipients }, () => [
    ...table(Object.entries(about).map(([key, value]) => [key, key.endsWith('_at') ? timeOf(Number(value)) : String(value ?? '-')])),
    '',
    ...table([
      ['TO', 'STATE', 'TRIES', 'NEXT', 'REPLY'],
      ...recipients.map((r) => [r.address, r.state, String(r.attempts), r.state === 'queued' ? timeOf(r.next_at) : '-', r.reply ?? '']),
    ]),
  ])
  return exit.ok
}

/** Sends again now what failed, waits, is held or unknown; `state` chooses all mails with a recipient in it. Exit code 1 where there is nothing to send. */
export async function retryOutboxMails(session: Session, ids: readonly string[], options: { readonly state?: string }): Promise<number> {
  const found =
    options.state === undefined
      ? ids
      : (await listOutbox(session.database.read, { limit: 100_000, ...stateOf(options.state) })).map((r) => r.id)
  return order(session, [...new Set(found)], 'will be sent now', 'nothing of it is left to send', retryOutbox)
}

/** Ends what waits, is held or unknown. */
export async function dropOutboxMails(session: Session, ids: readonly string[]): Promise<number> {
  return order(session, ids, 'will not be sent', 'nothing of it waits', async (db, id, now) => {
    const n = await dropOutbox(db, id, now)
    const messageId = (await outboxById(db, id))?.message_id
    if (n > 0 && messageId) await settleMessageState(db, messageId, id, now)
    return n
  })
}

async function order(
  session: Session,
  ids: readonly string[],
  done: string,
  nothing: string,
  change: (db: Session['database']['write'], id: string, now: number) => Promise<number>,
): Promise<number> {
  const results: { readonly id: string; readonly recipients: number; readonly said: string }[] = []
  for (const id of ids) {
    const recipients = (await outboxById(session.database.read, id))
      ? await session.transact(adminOrigin, (tx) => change(tx.db, id, tx.now))
      : -1
    results.push({
      id,
      recipients: Math.max(0, recipients),
      said: recipients > 0 ? done : recipients < 0 ? 'there is no such mail' : nothing,
    })
  }
  answer(session.terminal, results, () =>
    results.filter((r) => r.recipients > 0).map((r) => `${r.id}: ${r.said} (${r.recipients} recipient${r.recipients > 1 ? 's' : ''})`),
  )
  if (!session.terminal.json) for (const r of results.filter((one) => one.recipients === 0)) session.terminal.complain(`${r.id}: ${r.said}`)
  return results.every((r) => r.recipients > 0) ? exit.ok : exit.failed
}
