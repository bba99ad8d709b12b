// Takes one accepted mail in: parse, then one transaction with route, intake, record and everything that hears of it.
import type { Clock } from '../../base/clock.ts'
import { describeError, PosternError } from '../../base/errors.ts'
import { readBlob } from '../../store/blobs.ts'
import { inboundWithBytes, lockDuplicates, settleInbound } from '../../store/inbound.ts'
import { finishJob } from '../../store/jobs.ts'
import type { JobRow } from '../../store/tables.ts'
import { fromJson } from '../../store/json.ts'
import type { ReadMail } from '../../mail/read.ts'
import { readArrival } from './arrival.ts'
import { callHook } from '../transaction/hook-call.ts'
import type { Origin } from '../../contract/origin.ts'
import type { ParsePool } from './parse-pool.ts'
import { recordArrival, wordsOf } from './record.ts'
import { inTransaction } from '../transaction/transaction.ts'
import type { Message } from '../../contract/model.ts'
import type { Tx } from '../../contract/tx.ts'
import type { EngineServices } from '../transaction/transaction-context.ts'
import type { TakenIn } from './record.ts'
import type { Arrival, Intake, Recast, Route } from '../../contract/intake.ts'

/** Somebody else holds the job by now: nothing was done and nothing needs to be. */
export class Fenced extends Error {}

/** Writes what belongs to the same commit as the intake, e.g. a mailbox copy that is made after it. */
export type AfterIntake = (tx: Tx, arrival: Arrival) => Promise<void>

/** Does the job of one mail. Throws what should be tried again. */
export async function takeIn(
  parts: EngineServices,
  clock: Clock,
  pool: ParsePool,
  job: JobRow,
  lastTry: boolean,
  after: AfterIntake,
): Promise<TakenIn> {
  const { inbound: id } = fromJson<{ inbound: string }>(job.payload, 'jobs.payload')
  const row = await inboundWithBytes(parts.database.write, id)
  if (!row || row.state !== 'queued' || row.raw_id === null) {
    await finishJob(parts.database.write, job)
    return { outcome: row?.outcome ?? 'gone', caseId: null, messageId: null }
  }
  const mailbox = parts.registry().config.mailboxes.get(row.mailbox)
  // The mailbox was taken out of the config after the mail was accepted: kept until it is back or an admin decides.
  if (!mailbox) throw new PosternError('config_invalid', `the mailbox "${row.mailbox}" is no longer in the config`)
  const { arrival, safe } = await readArrival(pool, row, row.bytes ?? (await readBlob(parts.database.write, row.raw_id)), mailbox, lastTry)
  const work = async (tx: Tx): Promise<TakenIn> => {
    if (!(await finishJob(tx.db, job))) throw new Fenced()
    const taken = await decide(parts, tx, arrival)
    const dropped = taken.outcome.startsWith('dropped')
    await settleInbound(
      tx.db,
      id,
      { state: dropped ? 'dropped' : 'done', outcome: taken.outcome, caseId: taken.caseId, messageId: taken.messageId, error: null },
      tx.now,
    )
    await after(tx, arrival)
    return taken
  }
  return inTransaction({ ...parts, safe }, clock, originOf(arrival), work, { cases: 1 })
}

/** Route, intake and record of one mail inside a transaction; also what a dry run shows. */
export async function decide(parts: EngineServices, tx: Tx, arrival: Arrival): Promise<TakenIn> {
  // Before the look: of two workers with the same mail the second must see what the first recorded. On SQLite there is one writer.
  if (parts.database.kind !== 'sqlite') await lockDuplicates(tx.db, arrival.hash)
  const sameBytes = await tx.messages.withRaw(arrival.hash)
  const known = sameBytes.find((m) => m.rawId !== null && m.data.mailbox === arrival.mailbox.id)
  if (known) return { outcome: 'duplicate', caseId: known.caseId, messageId: known.id }
  const copy = await sameByAnotherWay(tx, arrival)
  if (copy) return { outcome: 'duplicate', caseId: copy.caseId, messageId: copy.id }
  const route = await routeOf(parts, tx, arrival)
  const data: Record<string, unknown> = { mailbox: arrival.mailbox.id }
  let mail = arrival.mail
  for (const { definition, hooks } of parts.registry().plugins) {
    const intake = hooks.intake
    if (!intake) continue
    const verdict: Intake = await callHook(parts.hooks, definition.name, 'intake', () => intake(tx, arrival, route))
    parts.explain?.({
      plugin: definition.name,
      hook: 'intake',
      text:
        verdict.verdict === 'dropped'
          ? `dropped: ${verdict.reason}`
          : verdict.verdict === 'taken'
            ? `taken: ${verdict.outcome}`
            : 'passed on',
      data: verdict,
    })
    if (verdict.verdict === 'dropped') return { outcome: `dropped: ${verdict.reason}`, caseId: null, messageId: null }
    if (verdict.verdict === 'taken')
      return { outcome: verdict.outcome, caseId: verdict.caseId ?? null, messageId: verdict.messageId ?? null }
    if (verdict.data !== undefined) data[definition.name] = verdict.data
    if (verdict.recast) mail = recast(mail, verdict.recast)
  }
  return recordArrival(tx, { ...arrival, mail }, route, data, sameBytes)
}

/**
 * The same mail that came to this mailbox by another way: other trace fields, all else the same. The Message-ID alone does not say so,
 * since other mails carry it too: the time, the sender, the subject, the words and the files must be the same too.
 */
async function sameByAnotherWay(tx: Tx, { mail, mailbox, inboundId }: Arrival): Promise<Message | undefined> {
  if (mail.messageId === null || mail.dateMs === null) return undefined
  const keys = (await tx.threads.find('foreign', [mail.messageId])).filter((k) => k.mailbox === mailbox.id && k.message_id !== null)
  for (const key of keys) {
    const known = await tx.messages.get(key.message_id ?? '')
    if (known?.author !== 'customer' || known.headerId !== mail.messageId || known.degraded) continue
    // In a dry run of an earlier mail: the message that it became itself.
    if (known.inboundId === inboundId) continue
    if (known.sentAt !== mail.dateMs || known.from.address !== mail.from?.address || known.subject !== mail.subject) continue
    if (known.text !== wordsOf(mail) || known.quoted !== (mail.reply.forwarded ? '' : mail.reply.quoted)) continue
    const files = await tx.messages.attachments(known.id)
    const same = (i: number): boolean =>
      files[i]?.sizeBytes === mail.attachments[i]?.sizeBytes && files[i]?.filename === mail.attachments[i]?.filename
    if (files.length === mail.attachments.length && files.every((_, i) => same(i))) return known
  }
  return undefined
}

/** The mail as a plugin wants it recorded; bytes, attachments and ids stay those of what came. */
function recast(mail: ReadMail, to: Recast): ReadMail {
  return { ...mail, ...to, replyTo: [], reply: { text: to.text, html: to.html, quoted: '', signature: '', forwarded: false, flags: [] } }
}

async function routeOf(parts: EngineServices, tx: Tx, arrival: Arrival): Promise<Route> {
  for (const { definition, hooks } of parts.registry().plugins) {
    const route = hooks.route
    const answer = route && (await callHook(parts.hooks, definition.name, 'route', () => route(tx, arrival)))
    if (answer) {
      parts.explain?.({ plugin: definition.name, hook: 'route', text: answer.evidence, data: answer })
      return answer
    }
  }
  return { caseId: null, by: 'new', evidence: 'no plugin knew a case for it' }
}

function originOf(arrival: Arrival): Origin {
  return { kind: 'customer', id: arrival.mail.from?.address ?? arrival.mailFrom, via: 'mail' }
}

/** All tries are used up: the mail is kept, counted and shown; nothing is bounced for a fault of ours. */
export async function parkInbound(parts: EngineServices, clock: Clock, job: JobRow, error: unknown): Promise<void> {
  const { inbound } = fromJson<{ inbound: string }>(job.payload, 'jobs.payload')
  const text = describeError(error)
  await inTransaction(parts, clock, { kind: 'system', id: null, via: 'system' }, async (tx) => {
    await settleInbound(tx.db, inbound, { state: 'parked', error: text }, tx.now)
    await tx.emit('inbound.parked', null, { inbound, error: text })
  })
}
