// Decides what becomes of a mail inside a transaction: known or new, whose case, taken by a plugin or recorded.
import { lockDuplicates } from '../../store/inbound.ts'
import type { Address } from '../../mail/address.ts'
import type { ReadMail } from '../../mail/read.ts'
import { extractPlusToken, readOwnMessageId, readToken } from '../../mail/token.ts'
import { callHook } from '../transaction/hook-call.ts'
import type { EngineServices } from '../transaction/transaction-context.ts'
import { recordArrival, recordBlocked, wordsOf } from './record.ts'
import type { TakenIn } from './record.ts'
import type { Arrival, Intake, Recast, Route } from '../../contract/intake.ts'
import type { Message } from '../../contract/model.ts'
import type { Origin } from '../../contract/origin.ts'
import type { Tx } from '../../contract/tx.ts'

/** Route, intake and record of one mail inside a transaction; also what a dry run shows. */
export async function decide(parts: EngineServices, tx: Tx, arrival: Arrival): Promise<TakenIn> {
  // Before the look: of two workers with the same mail the second must see what the first recorded. On SQLite there is one writer.
  if (parts.database.kind !== 'sqlite') await lockDuplicates(tx.db, arrival.hash)
  const sameBytes = await tx.messages.withRaw(arrival.hash)
  const known = sameBytes.find((m) => m.rawId !== null && m.data.mailbox === arrival.mailbox.id)
  if (known) return { kind: 'known', outcome: 'duplicate', caseId: known.caseId, messageId: known.id }
  const copy = await sameByAnotherWay(parts, tx, arrival)
  if (copy) return { kind: 'known', outcome: 'duplicate', caseId: copy.caseId, messageId: copy.id }
  const route = await routeOf(parts, tx, arrival)
  const verdict = await judge(parts, tx, arrival, route)
  if (verdict.kind === 'blocked') return recordBlocked(tx, arrival, route, verdict.data)
  return verdict.kind === 'passed' ? recordArrival(tx, verdict.arrival, route, verdict.data, sameBytes) : verdict
}

/** A mail that is to be recorded, as plugins want it and with what they say of it. */
interface Judged<K extends string> {
  readonly kind: K
  readonly arrival: Arrival
  readonly data: Readonly<Record<string, unknown>>
}

/** What the plugins make of a mail: one takes or drops it, or it is to be recorded, as they want it and with what they say of it. */
export async function judge(
  parts: EngineServices,
  tx: Tx,
  arrival: Arrival,
  route: Route,
): Promise<TakenIn | Judged<'passed'> | Judged<'blocked'>> {
  const data: Record<string, unknown> = { mailbox: arrival.mailbox.id }
  let mail = arrival.mail
  let author: Address | undefined
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
            : verdict.verdict === 'blocked'
              ? `blocked: ${verdict.reason}`
              : verdict.author
                ? `passed on, as written by ${verdict.author.address}`
                : 'passed on',
      data: verdict,
    })
    if (verdict.verdict === 'dropped') return { kind: 'dropped', outcome: `dropped: ${verdict.reason}`, caseId: null, messageId: null }
    if (verdict.verdict === 'taken')
      return { kind: 'taken', outcome: verdict.outcome, caseId: verdict.caseId ?? null, messageId: verdict.messageId ?? null }
    if (verdict.data !== undefined) data[definition.name] = verdict.data
    if (verdict.verdict === 'blocked') return { kind: 'blocked', arrival, data: { ...data, blocked: verdict.reason } }
    if (verdict.spam !== undefined) data.spam = verdict.spam
    if (verdict.recast) mail = recast(mail, verdict.recast)
    author ??= verdict.author
  }
  // What was recast has a writer of its own.
  return { kind: 'passed', arrival: { ...arrival, mail, ...(author && mail === arrival.mail && { author }) }, data }
}

/**
 * The same mail that came to this mailbox by another way: other trace fields, all else the same. The Message-ID alone does not say so,
 * since other mails carry it too: the time, the sender, the subject, the words and the files must be the same too.
 */
async function sameByAnotherWay(parts: EngineServices, tx: Tx, arrival: Arrival): Promise<Message | undefined> {
  const { mail, mailbox, inboundId } = arrival
  if (mail.messageId === null || mail.dateMs === null) return undefined
  // With the keys that the plugins are going to ask for: what was found is known in this transaction.
  const found = await tx.threads.find('foreign', [mail.messageId, ...keysAskedLater(parts, arrival)])
  const keys = found.filter((k) => k.key === mail.messageId && k.mailbox === mailbox.id && k.message_id !== null)
  for (const key of keys) {
    const known = await tx.messages.get(key.message_id ?? '')
    if (!known || known.rawId === null || known.headerId !== mail.messageId || known.degraded) continue
    // In a dry run of an earlier mail: the message that it became itself.
    if (known.inboundId === inboundId) continue
    if (
      known.sentAt !== mail.dateMs ||
      (known.recipients.from[0] ?? known.from).address !== mail.from?.address ||
      known.subject !== mail.subject
    )
      continue
    if (known.text !== wordsOf(mail) || known.quoted !== (mail.reply.forwarded ? '' : mail.reply.quoted)) continue
    const files = await tx.messages.attachments(known.id)
    const same = (i: number): boolean =>
      files[i]?.sizeBytes === mail.attachments[i]?.sizeBytes && files[i]?.filename === mail.attachments[i]?.filename
    if (files.length === mail.attachments.length && files.every((_, i) => same(i))) return known
  }
  return undefined
}

/** What the mail answers, by others' Message-IDs and by those that are ours, and what the recipient's address is signed with. */
function keysAskedLater({ tokens }: EngineServices, { mail, mailbox, rcpt }: Arrival): readonly string[] {
  const ids = [...mail.inReplyTo, ...mail.references].filter((id) => id !== '')
  const local = rcpt.slice(0, rcpt.lastIndexOf('@'))
  const signed = extractPlusToken(local, mailbox.address.slice(0, mailbox.address.lastIndexOf('@')))
  return [...ids, ...ids.flatMap((id) => readOwnMessageId(tokens, id) ?? []), ...(signed === null ? [] : (readToken(signed)?.ref ?? []))]
}

/** The mail as a plugin wants it recorded; bytes, attachments and ids stay those of what came. */
function recast(mail: ReadMail, to: Recast): ReadMail {
  return { ...mail, ...to, replyTo: [], reply: { text: to.text, html: to.html, quoted: '', signature: '', forwarded: false, flags: [] } }
}

/** The case that the first plugin which knows one names. */
export async function routeOf(parts: EngineServices, tx: Tx, arrival: Arrival): Promise<Route> {
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

/** Who caused what a mail changes. */
export function originOf(arrival: Arrival): Origin {
  return { kind: 'customer', id: arrival.mail.from?.address ?? arrival.mailFrom, via: 'mail' }
}
