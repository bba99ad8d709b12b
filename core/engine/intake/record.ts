// Records a mail as a message: in its case, or in a new one made for it.
import { mayAct } from '../../contract/access.ts'
import { canBeSentTo, withoutTag } from '../../mail/address.ts'
import type { Address } from '../../mail/address.ts'
import { canonicalRecipient } from '../../mail/recipient.ts'
import type { ReadMail } from '../../mail/read.ts'
import type { NewMessage, Tx } from '../../contract/tx.ts'
import type { Case, Message } from '../../contract/model.ts'
import type { Arrival, Route } from '../../contract/intake.ts'

/** Adds the message (and the case). `data` is what plugins said of it at intake, `sameBytes` what was recorded of this mail in other mailboxes. */
export async function recordArrival(
  tx: Tx,
  arrival: Arrival,
  route: Route,
  data: Readonly<Record<string, unknown>>,
  sameBytes: readonly Message[],
): Promise<TakenIn> {
  const { mail } = arrival
  const into = route.caseId === null ? await newCase(tx, arrival, route.weak) : await tx.cases.lockCurrent(route.caseId)
  const message = await tx.messages.add(await messageOf(tx, arrival, into.id, route, data))
  if (mail.messageId) await tx.threads.put('foreign', mail.messageId, message, arrival.mailbox.id)
  // What it answers was never here: another answer to the same mail belongs beside this one.
  const answers = mail.inReplyTo[0] ?? mail.references.at(-1)
  if (route.caseId === null && !route.weak && answers !== undefined && answers !== mail.messageId)
    await tx.threads.put('foreign', answers, message, arrival.mailbox.id)
  if (route.caseId === null) await linkNewCase(tx, sameBytes, route, into)
  return { kind: 'recorded', outcome: route.caseId === null ? 'case' : 'message', caseId: into.id, messageId: message.id }
}

/** Keeps a mail of somebody who is blocked: in a case of its own in spam, whatever it answers, and nothing leads there. */
export async function recordBlocked(tx: Tx, arrival: Arrival, route: Route, data: Readonly<Record<string, unknown>>): Promise<TakenIn> {
  const into = await newCase(tx, arrival, undefined, 'spam')
  const message = await tx.messages.add({ ...(await messageOf(tx, arrival, into.id, route, data)), kind: 'blocked' })
  return { kind: 'recorded', outcome: 'blocked', caseId: into.id, messageId: message.id }
}

/** The message that a mail becomes in a case. */
export async function messageOf(
  tx: Tx,
  arrival: Arrival,
  caseId: string,
  route: Route,
  data: Readonly<Record<string, unknown>>,
): Promise<NewMessage> {
  const { mail } = arrival
  return {
    caseId,
    author: 'customer',
    from: sender(arrival),
    state: 'received',
    kind: mail.kind,
    subject: mail.subject,
    text: wordsOf(mail),
    html: mail.reply.forwarded ? mail.html : mail.reply.html,
    quoted: mail.reply.forwarded ? '' : mail.reply.quoted,
    signature: mail.reply.signature,
    headerId: mail.messageId,
    inReplyTo: mail.inReplyTo,
    references: mail.references,
    recipients: { from: mail.from ? [mail.from] : [], to: mail.to, cc: mail.cc, bcc: [], replyTo: mail.replyTo },
    evidence: [
      route.evidence,
      ...(arrival.author ? [`counts as written by ${arrival.author.address}, sent by ${mail.from?.address ?? arrival.mailFrom}`] : []),
      ...mail.evidence,
    ],
    warnings: [
      ...mail.warnings,
      ...mail.limits.map((l) => `limit: ${l}`),
      ...(arrival.degraded ? [`not parsed: ${arrival.degraded}`] : []),
    ],
    data: {
      ...data,
      route: { by: route.by, evidence: route.evidence },
      ...(arrival.author && { sender: mail.from }),
      ...(mail.forward && {
        forward: { from: mail.forward.from, subject: mail.forward.subject, date: mail.forward.date, by: mail.forward.by },
      }),
    },
    degraded: arrival.degraded !== null,
    raw: { id: arrival.rawId, hash: arrival.hash, inboundId: arrival.inboundId },
    sentAt: mail.dateMs,
    createdAt: tx.now,
    attachments: await storedFiles(tx, arrival),
  }
}

/** What the author had to say. Above a forwarded mail there may be nothing: what was forwarded is it. */
export const wordsOf = (mail: ReadMail): string => (mail.reply.forwarded || mail.reply.text.trim() === '' ? mail.text : mail.reply.text)

type AddedFile = NonNullable<NewMessage['attachments']>[number]

/** Files are ranges of the raw mail; those out of a container are stored beside it. */
async function storedFiles(tx: Tx, { mail, rawId }: Arrival): Promise<readonly AddedFile[]> {
  const files: AddedFile[] = []
  for (const a of mail.attachments)
    files.push({
      filename: a.shownName,
      contentType: a.contentType,
      sizeBytes: a.sizeBytes,
      contentId: a.contentId,
      inline: a.inline,
      blob: a.content
        ? await tx.messages.putBlob(a.content)
        : { id: rawId, start: a.range.start, end: a.range.end, encoding: a.range.encoding },
    })
  return files
}

async function newCase(tx: Tx, arrival: Arrival, weak: Route['weak'], status: Case['status'] = 'open'): Promise<Case> {
  const requester = sender(arrival)
  const before = weak?.goesOn === true ? await tx.cases.get(weak.caseId) : undefined
  const assignee = before?.assignee ?? null
  const group = before?.group ?? null
  return tx.cases.create({
    mailbox: arrival.mailbox.id,
    subject: arrival.mail.subject,
    status,
    requester,
    cc: others(tx, arrival, requester),
    ...(assignee !== null && mayAct(tx.config, assignee, arrival.mailbox.id) && { assignee }),
    ...(group !== null && tx.config.groups.has(group) && { group }),
  })
}

/** From, Reply-To only where a plugin has judged so (impersonation: gitlab#349329); the envelope where the header names nobody. */
function sender(arrival: Arrival): Address {
  if (arrival.author) return arrival.author
  const { from } = arrival.mail
  if (from && from.address) return from
  return { address: arrival.mailFrom || 'unknown@invalid', name: from?.name ?? '' }
}

/** Everybody else in To and Cc who is neither we nor one of our agents (those are notified as agents). */
function others(tx: Tx, arrival: Arrival, requester: Address): readonly Address[] {
  const own = new Set<string>()
  for (const m of tx.config.mailboxes.values()) for (const a of [m.address, ...m.aliases]) own.add(a)
  const agents = new Set([...tx.config.agents.values()].flatMap((a) => [a.email, ...a.aliases]))
  const seen = new Map<string, Address>()
  for (const p of [...arrival.mail.to, ...arrival.mail.cc]) {
    const address = canonicalRecipient(p.address)
    // Whom no mail reaches is named in the warnings of the message; among those in copy he would only seem to get the answer.
    if (!address || !canBeSentTo(address) || address === canonicalRecipient(requester.address) || agents.has(address)) continue
    if (own.has(address) || own.has(withoutTag(address))) continue
    if (!seen.has(address)) seen.set(address, { address, name: p.name })
  }
  return [...seen.values()]
}

/** The same mail in another mailbox, or a case that the evidence was too weak for: linked, not merged. */
async function linkNewCase(tx: Tx, sameBytes: readonly Message[], route: Route, made: Case): Promise<void> {
  for (const known of sameBytes) await tx.cases.link(made.id, 'same-message', known.caseId, 'same-message')
  if (route.weak) await tx.cases.link(made.id, 'follows', route.weak.caseId, 'followed-by')
}

/**
 * What became of a mail. `recorded`: it is a message of a case; `known`: we had it; `taken`: a plugin made something else of it; `dropped`:
 * a plugin refused it; `settled`: nothing, this was decided before. `outcome` says the same in a word or a sentence, for lists and logs.
 */
export type TakenIn =
  | {
      readonly kind: 'recorded' | 'known'
      readonly outcome: string
      readonly caseId: string
      readonly messageId: string
    }
  | {
      readonly kind: 'taken' | 'settled'
      readonly outcome: string
      readonly caseId: string | null
      readonly messageId: string | null
    }
  | { readonly kind: 'dropped'; readonly outcome: string; readonly caseId: null; readonly messageId: null }

/** State of the row of a mail once this has become of it. */
export const stateOf = (taken: TakenIn): 'done' | 'dropped' => (taken.kind === 'dropped' ? 'dropped' : 'done')
