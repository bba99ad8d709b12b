// `postern inbound list|show|retry|drop`: accepted mails and what became of them.
import { PosternError } from '../base/errors.ts'
import { blobsOf, readBlob } from '../store/blobs.ts'
import { caseNumbers } from '../store/case-list.ts'
import { dropInbound, inboundById, listInbound, retryInbound } from '../store/inbound.ts'
import type { InboundOrder } from '../store/inbound.ts'
import type { InboundRow, InboundState } from '../store/tables.ts'
import { adminOrigin } from './session.ts'
import type { DatabaseSession, Session } from './session.ts'
import { UsageError, answer, exit, table, timeOf } from './terminal.ts'
import { jobByKey } from '../store/jobs.ts'

const states: readonly string[] = ['queued', 'done', 'parked', 'dropped'] satisfies readonly InboundState[]

/** Newest first. */
export async function listInboundMails(
  { database, terminal }: DatabaseSession,
  options: { readonly state?: string; readonly limit: number },
): Promise<number> {
  const { state, limit } = options
  if (state !== undefined && !isState(state)) throw new UsageError(`expected one of ${states.join(', ')}, not "${state}"`)
  const rows = await listInbound(database.read, { limit, ...(state && { state }) })
  const numbers = await caseNumbers(
    database.read,
    rows.map((r) => r.case_id),
  )
  answer(terminal, rows, () =>
    table([
      ['ID', 'RECEIVED', 'STATE', 'MAILBOX', 'FROM', 'SIZE', 'CASE', 'WHAT BECAME OF IT'],
      ...rows.map((r) => [
        r.id,
        timeOf(r.received_at),
        r.state,
        r.mailbox,
        r.mail_from || '<>',
        String(r.size),
        numberOf(r.case_id, numbers),
        r.error ?? r.outcome ?? '',
      ]),
    ]),
  )
  return exit.ok
}

const isState = (text: string): text is InboundState => states.includes(text)
const numberOf = (id: string | null, numbers: ReadonlyMap<string, number>): string => (id === null ? '' : `#${numbers.get(id) ?? '?'}`)

/** The row; with `raw`, the bytes as they came, unchanged, on standard output. */
export async function showInbound(
  { database, terminal }: DatabaseSession,
  id: string,
  options: { readonly raw: boolean; readonly write: (bytes: Uint8Array) => void },
): Promise<number> {
  const row = await known(await inboundById(database.read, id), id)
  if (options.raw) {
    if (row.raw_id === null) throw new PosternError('gone', 'the bytes of this mail are no longer kept')
    options.write(await readBlob(blobsOf(database, 'read'), row.raw_id))
    return exit.ok
  }
  const job = await jobByKey(database.read, `intake:${id}`)
  answer(terminal, { ...row, job: job ?? null }, () =>
    table([
      ...Object.entries(row).map(([key, value]) => [key, key.endsWith('_at') ? timeOf(Number(value)) : String(value ?? '-')]),
      ...(job
        ? [['next try', `${timeOf(job.run_at)} (${job.state}, ${job.attempts} tries so far)${job.error ? `: ${job.error}` : ''}`]]
        : []),
    ]),
  )
  return exit.ok
}

/** Takes mails in again now; exit code 1 where one of them cannot be. */
export async function retryInboundMails(session: Session, ids: readonly string[], options: { readonly parked: boolean }): Promise<number> {
  const chosen = options.parked ? (await listInbound(session.database.read, { state: 'parked', limit: 100_000 })).map((r) => r.id) : ids
  return order(session, chosen, 'will be taken in again', (db, id, now) => retryInbound(db, session.engine.parts.ids, id, now))
}

/** Gives up on mails that have not been taken in. */
export async function dropInboundMails(session: Session, ids: readonly string[], options: { readonly reason: string }): Promise<number> {
  return order(session, ids, 'dropped', (db, id, now) => dropInbound(db, id, options.reason, now))
}

async function order(
  session: Session,
  ids: readonly string[],
  done: string,
  change: (db: Session['database']['write'], id: string, now: number) => Promise<InboundOrder>,
): Promise<number> {
  const words: Readonly<Record<InboundOrder, string>> = {
    done,
    absent: 'there is no such mail',
    'too-late': 'it was taken in already',
    gone: 'its bytes are no longer kept',
  }
  const results: { readonly id: string; readonly ok: boolean; readonly said: string }[] = []
  for (const id of ids) {
    const result = await session.transact(adminOrigin, (tx) => change(tx.db, id, tx.now))
    results.push({ id, ok: result === 'done', said: words[result] })
  }
  answer(session.terminal, results, () => results.filter((r) => r.ok).map((r) => `${r.id}: ${r.said}`))
  if (!session.terminal.json) for (const r of results.filter((one) => !one.ok)) session.terminal.complain(`${r.id}: ${r.said}`)
  return results.every((r) => r.ok) ? exit.ok : exit.failed
}

async function known(row: InboundRow | undefined, id: string): Promise<InboundRow> {
  if (!row) throw new PosternError('not_found', `there is no accepted mail ${id}`)
  return row
}
