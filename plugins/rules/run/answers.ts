// Automatic answers: who may get one at all, the caps, and the mail itself (RFC 3834).
import { createHash } from 'node:crypto'
import { canBeSentTo, defineMessages } from '../../../core/plugin.ts'
import type { ActionResult, Host, Locale, Rate, Tx } from '../../../core/plugin.ts'
import type { Facts } from '../conditions/facts.ts'
import { fold } from '../conditions/text-test.ts'
import type { Settings } from '../settings.ts'
import type { LoadedTemplate } from '../files/template-files.ts'
import { mayEcho, valuesOf } from '../conditions/variables.ts'
import { answeredAt, blobOfFile, countAnswers, insertAnswer, keepFile } from '../store.ts'

/** Subjects for those to whom their own is not repeated. */
export const say = defineMessages({
  en: { about: 'About your message', received: 'We have received your message' },
  ru: { about: 'О вашем сообщении', received: 'Мы получили ваше сообщение' },
})

/** What an automatic answer is made of. */
export interface Answer {
  readonly kind: 'receipt' | 'rule'
  readonly template?: LoadedTemplate
  /** Instead of a template, or of parts of it; rendered already. */
  readonly text?: string
  readonly html?: string
  readonly subject?: string
  readonly to: 'requester' | 'everybody' | readonly string[]
  readonly status?: 'keep' | 'open' | 'waiting' | 'closed'
  readonly rule: string | null
  /** Leaves later: what reply.defer takes besides (`at`, and what changes when it leaves). */
  readonly later?: Readonly<Record<string, unknown>>
}

/** Why the occasion is one to which no machine answers; null: it may. */
export function noAnswerBecause(facts: Facts): string | null {
  const { message, case: c, occasion } = facts
  if (c.status === 'spam' || c.status === 'trash') return `the case is ${c.status}`
  if (message && message.author === 'customer' && (occasion === null || occasion === 'message.received' || occasion === 'case.created')) {
    if (message.kind !== 'normal') return `the message is ${message.kind}`
    if (facts.intake.unanswerable) return facts.intake.unanswerable
    if (facts.intake.auth === 'fail') return 'the sender failed authentication'
    if (facts.intake.spam) return 'the mail is marked as spam'
    if (message.degraded) return 'the mail could not be read'
  }
  if (occasion === 'message.bounced' || occasion === 'message.complaint') return 'a report is never answered'
  return null
}

/** A cap that is spent; `freeAt` (ms UTC): until when, where our server vouches for who gets the answer. */
export interface OverCap {
  readonly reason: string
  readonly freeAt?: number
}

/** Counts the answer against the caps of its sender and of its words, or says which is spent. */
export async function spendCaps(facts: Facts, host: Host<Settings>, to: Answer['to']): Promise<OverCap | null> {
  const caps = await capsOf(facts, host, to)
  if (caps.spent === null) await caps.count()
  return caps.spent
}

/**
 * The caps for an answer: which is spent, and how it is counted once it is sent. Who is vouched for has a count of his own, and his words
 * are nobody's: what forgers send does not use it up. Answers to time, not to a message, are left to the budget.
 */
export async function capsOf(
  facts: Facts,
  host: Host<Settings>,
  to: Answer['to'],
): Promise<{ readonly spent: OverCap | null; readonly count: () => Promise<void> }> {
  const { tx, message, occasion } = facts
  const none = { spent: null, count: () => Promise.resolve() }
  // A chat has a cap of its own, and its answers go nowhere else.
  if (facts.case.channel !== 'mail') return none
  if (!message || message.author !== 'customer' || (occasion !== 'message.received' && occasion !== 'case.created')) return none
  const { per_sender, same_text } = host.settings.receipt_caps
  const vouched = await isVouched(facts, to)
  const sender = vouched ? `vouched ${facts.person}` : facts.person
  const textHash = vouched ? '' : hashOf(facts)
  const spent =
    (await overCap(tx, 'sender', sender, per_sender, `${facts.person} got`)) ??
    (vouched ? null : await overCap(tx, 'text_hash', textHash, same_text, 'the same words from this domain got'))
  return {
    spent: spent && !vouched ? { reason: spent.reason } : spent,
    count: () => insertAnswer(tx, { id: host.ids.next(), sender, text_hash: textHash }),
  }
}

/** Whether the answer goes to nobody but who wrote the message, and our own server says that it was he. */
async function isVouched(facts: Facts, to: Answer['to']): Promise<boolean> {
  const { message, case: c, intake } = facts
  if (intake.auth !== 'pass' || message?.author !== 'customer' || c.channel !== 'mail') return false
  const people =
    typeof to === 'string' ? [c.requester.address, ...(to === 'everybody' ? (await facts.cc()).map((p) => p.address) : [])] : to
  return people.every((a) => a.toLowerCase() === message.from.address.toLowerCase())
}

async function overCap(
  tx: Tx,
  column: 'sender' | 'text_hash',
  value: string,
  caps: readonly Rate[],
  words: string,
): Promise<Required<OverCap> | null> {
  for (const cap of caps) {
    const after = tx.now - cap.ms
    if ((await countAnswers(tx, column, value, after)) < cap.count) continue
    const last = cap.count === 0 ? undefined : await answeredAt(tx, column, value, after, cap.count - 1)
    const reason = `${words} ${cap.count} automatic answers in ${Math.round(cap.ms / 60_000)} min already`
    return { reason, freeAt: (last ?? tx.now) + cap.ms }
  }
  return null
}

/** Digits vary from one mail of a robot to the next; its words do not. */
function hashOf(facts: Facts): string {
  const words = fold(`${facts.subject.raw.replace(/^(?:\s*(?:re|fwd?|aw|отв?)\s*:)+/i, '')}\n${facts.message?.text ?? ''}`)
    .low.replace(/[\d\s]+/g, ' ')
    .trim()
  return createHash('sha256').update(`${facts.domain.low}\n${words}`).digest('hex')
}

/** Locale of what the customer of a case gets. */
export function localeFor(facts: Facts): Locale {
  const { locale, mailbox } = facts.case
  if (locale === 'en' || locale === 'ru') return locale
  return facts.tx.config.mailboxes.get(mailbox)?.locale ?? facts.tx.config.locale
}

/** Writes the answer as a message of the case and sends it; where nobody can be written to it is refused like one over the budget. */
export async function sendAnswer(facts: Facts, answer: Answer): Promise<ActionResult> {
  const { tx, case: c } = facts
  const locale = localeFor(facts)
  const echo = mayEcho(facts)
  const to = await recipients(facts, answer.to, echo)
  if (to === null) return { data: { refused: `nothing can be sent to "${c.requester.address}"` } }
  const values = await valuesOf(facts, { locale, echo, agent: undefined, rule: answer.rule })
  const words = answer.template?.words(c.mailbox, locale)
  const text = answer.text ?? words?.text?.render(values)
  const html = answer.html ?? words?.html?.render(values)
  const subject =
    (answer.subject ?? words?.subject?.render(values))?.replace(/\s+/g, ' ').trim() ||
    (echo ? undefined : say(locale, answer.kind === 'receipt' ? 'received' : 'about'))
  const attachments = answer.template ? await filesAsBlobs(tx, answer.template) : []
  return tx.act(answer.later ? 'reply.defer' : 'reply.send', c.id, {
    kind: answer.kind,
    text: text ?? htmlAsText(html ?? ''),
    ...(html !== undefined && { html }),
    ...(subject !== undefined && { subject }),
    ...(attachments.length > 0 && { attachments }),
    ...(answer.status !== undefined && { status: answer.status }),
    to,
    ...(!answer.later && (await isVouched(facts, answer.to)) && { vouched: true }),
    ...answer.later,
  })
}

/** Names come from the mail: without an echo only addresses are left of them. null: none of them is one that mail can be sent to. */
async function recipients(facts: Facts, to: Answer['to'], echo: boolean): Promise<Answer['to'] | null> {
  if (typeof to !== 'string' || facts.case.channel !== 'mail') return to
  if (echo && canBeSentTo(facts.case.requester.address)) return to
  const people = to === 'requester' ? [facts.case.requester] : [facts.case.requester, ...(await facts.cc())]
  const addresses = people.map((p) => p.address).filter(canBeSentTo)
  return addresses.length > 0 ? addresses : null
}

/** The bytes of a template's files stand in the database once, however many mails carry them. */
export async function filesAsBlobs(tx: Tx, template: LoadedTemplate): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const out: Readonly<Record<string, unknown>>[] = []
  for (const file of template.attachments) {
    const known = await blobOfFile(tx, file.hash)
    const blob =
      known !== undefined
        ? { id: known, start: 0, end: file.bytes.byteLength, encoding: 'identity' as const }
        : await tx.messages.putBlob(file.bytes)
    if (known === undefined) await keepFile(tx, file.hash, blob.id)
    out.push({
      filename: file.filename,
      contentType: file.contentType,
      sizeBytes: file.bytes.byteLength,
      contentId: file.contentId,
      inline: file.contentId !== null,
      blob,
    })
  }
  return out
}

const htmlAsText = (html: string): string =>
  html
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim() || '-'
