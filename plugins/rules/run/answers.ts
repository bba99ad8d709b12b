// Automatic answers: who may get one at all, the caps, and the mail itself (RFC 3834).
import { createHash } from 'node:crypto'
import { checkedAddress, defineMessages } from '../../../core/plugin.ts'
import type { ActionResult, Host, Locale, Rate, Tx } from '../../../core/plugin.ts'
import type { Facts } from '../conditions/facts.ts'
import { fold } from '../conditions/text-test.ts'
import type { Settings } from '../settings.ts'
import type { LoadedTemplate } from '../files/template-files.ts'
import { mayEcho, valuesOf } from '../conditions/variables.ts'
import { blobOfFile, countAnswers, insertAnswer, keepFile } from '../store.ts'

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

/** Counts the answer against the caps of its sender and of its words; the reason where one is spent. Answers to time, not to a message, are left to the budget. */
export async function spendCaps(facts: Facts, host: Host<Settings>): Promise<string | null> {
  const { tx, message, occasion } = facts
  // A chat has a cap of its own, and its answers go nowhere else.
  if (facts.case.channel !== 'mail') return null
  if (!message || message.author !== 'customer' || (occasion !== 'message.received' && occasion !== 'case.created')) return null
  const sender = facts.sender.low
  const textHash = hashOf(facts)
  const { per_sender, same_text } = host.settings.receipt_caps
  const spent =
    (await overCap(tx, 'sender', sender, per_sender, `${sender} got`)) ??
    (await overCap(tx, 'text_hash', textHash, same_text, 'the same words from this domain got'))
  if (spent) return spent
  await insertAnswer(tx, { id: host.ids.next(), sender, text_hash: textHash })
  return null
}

async function overCap(
  tx: Tx,
  column: 'sender' | 'text_hash',
  value: string,
  caps: readonly Rate[],
  words: string,
): Promise<string | null> {
  for (const cap of caps) {
    if ((await countAnswers(tx, column, value, tx.now - cap.ms)) >= cap.count)
      return `${words} ${cap.count} automatic answers in ${Math.round(cap.ms / 60_000)} min already`
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

/** Writes the answer as a message of the case and sends it. */
export async function sendAnswer(facts: Facts, answer: Answer): Promise<ActionResult> {
  const { tx, case: c } = facts
  const locale = localeFor(facts)
  const echo = mayEcho(facts)
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
    to: await recipients(facts, answer.to, echo),
    ...answer.later,
  })
}

/** Names come from the mail: without an echo only addresses are left of them. */
async function recipients(facts: Facts, to: Answer['to'], echo: boolean): Promise<Answer['to']> {
  if (typeof to !== 'string' || echo || facts.case.channel !== 'mail') return to
  const people = to === 'requester' ? [facts.case.requester] : [facts.case.requester, ...(await facts.cc())]
  return people.flatMap((p) => (checkedAddress(p.address) ? [p.address] : []))
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
