// The words of a delivery report, apart from the mail that it returns.
import type { Address } from '../address.ts'
import { partText } from '../content.ts'
import { headerFacts } from '../fields.ts'
import type { HeaderFacts } from '../fields.ts'
import { scanMail } from '../mime.ts'
import type { RawField } from '../header-block.ts'
import type { Part } from '../mime.ts'
import type { KnownAddresses } from './bounce-prose.ts'
import { htmlLines } from './html-lines.ts'
import { leaves } from './parts.ts'
import type { KindInput } from './input.ts'

export interface ReportText {
  /** What the mail system says: prose and delivery-status fields. */
  readonly lines: readonly string[]
  /** The body of each message/delivery-status part. */
  readonly status: readonly string[]
  /** The returned mail, where some of its header came back. */
  readonly original: Returned | null
  /** The returned mail where it is text below the report: it may itself be a report that was passed on. */
  readonly returned: readonly string[]
}

/** What is known of the mail that came back. */
export interface Returned {
  readonly facts: HeaderFacts
  /** The recipient of its last transaction (`for <a@b>` of its topmost Received field, RFC 5321 §4.4), null where it names none. */
  readonly envelopeTo: string | null
}

/** A report is small; what it returns is not its text. */
const longest = 200_000

/** Separates the report from what it returns, be that a part of its own or text behind a dividing line. */
export function readReportText(input: KindInput): ReportText {
  const lines: string[] = []
  const status: string[] = []
  const returned: string[] = []
  let original: Returned | null = null
  for (const part of leaves(input.root)) {
    if (isEnclosed(part)) {
      original ??= enclosed(input, part)
      continue
    }
    if (part !== input.root && part.fields.some((f) => f.name === 'received' || f.name === 'message-id')) {
      // The returned mail put into the report without a header of its own.
      original ??= returnedBy(part.fields, input.hint)
      continue
    }
    if (!holdsWords(part)) continue
    const text = partText(input.raw, part, input.hint, longest)
    if (/delivery-status/.test(part.type)) {
      status.push(text)
      lines.push('')
      for (const line of text.split('\n')) lines.push(line)
      continue
    }
    const all = part.type === 'text/html' ? htmlLines(text) : text.split('\n')
    const cut = returnedAt(all)
    lines.push('')
    for (const line of all.slice(0, cut)) lines.push(line)
    if (cut === all.length) continue
    original ??= returnedIn(all.slice(cut))
    for (const one of all.slice(cut, cut + 2000)) returned.push(one)
  }
  return { lines, status, original, returned }
}

const holdsWords = (part: Part): boolean =>
  /^(text\/|message\/(?:global-)?delivery-status)/.test(part.type) || part.type === 'multipart/report'

/** Whether the words of a mail may be data of a program that name their kind (see ses-notification.ts). HTML is not read for it, only freed of its tags. */
export function mayHoldNotification(input: KindInput): boolean {
  return leaves(input.root).some((part) => {
    if (isEnclosed(part) || !holdsWords(part)) return false
    const text = partText(input.raw, part, input.hint, longest)
    if (!text.includes('{')) return part.type === 'text/html' && /&(?:#|l[bc])/i.test(text)
    // Lines were broken anywhere, and letters may be written as references or escapes.
    return /(?:notification|event)type|&#|\\u00/i.test(text.replace(part.type === 'text/html' ? /<[^<>]*>|\s+/g : /\s+/g, ''))
  })
}

/** Whose addresses may stand in a report without being accused by it, and whose are expected there. */
export function knownAddresses(input: KindInput, { original }: Pick<ReportText, 'original'>): KnownAddresses {
  const lower = (list: readonly (Address | null)[]): readonly string[] => list.flatMap((a) => (a?.address ? [a.address.toLowerCase()] : []))
  const { from, to } = input.facts
  const returned = original ? [...lower([...original.facts.to, ...original.facts.cc]), original.envelopeTo?.toLowerCase() ?? ''] : []
  return { own: new Set(lower([...to, from])), returned: new Set(returned.filter((a) => a !== '')) }
}

const isEnclosed = (part: Part): boolean =>
  /^(message\/(rfc822|global|partial|rfc822-headers|global-headers)|text\/rfc822(-headers?)?)$/.test(part.type)

function enclosed(input: KindInput, part: Part): Returned | null {
  const inner = part.children[0]
  if (inner) return returnedBy(inner.fields, input.hint)
  return returnedIn(partText(input.raw, part, input.hint, longest).split('\n'))
}

function returnedBy(fields: readonly RawField[], hint: string | undefined): Returned {
  const received = fields.find((f) => f.name === 'received')?.value ?? ''
  const envelopeTo = /\sfor\s+<?([^\s<>;@]{1,64}@[^\s<>;@]{1,255})>?/i.exec(received.slice(0, 2000))?.[1] ?? null
  return { facts: headerFacts(fields, hint, new Set()), envelopeTo }
}

function returnedIn(lines: readonly string[]): Returned | null {
  // Dividing line, blank lines and quote marks before the header are skipped.
  const from = lines.findIndex((l) => headerLine.test(unquoted(l)))
  if (from < 0) return null
  const header = lines.slice(from, from + 500).map(unquoted)
  const end = header.findIndex((l) => l.trim() === '')
  // Reports wrap long fields without folding them: what is no field and no folded line is dropped.
  const text = header
    .slice(0, end < 0 ? header.length : end)
    .filter((l) => /^(?:[\w-]{1,60}[ \t]*:|[ \t])/.test(l))
    .join('\n')
  try {
    const returned = returnedBy(scanMail(Buffer.from(text)).root.fields, undefined)
    const { from: sender, messageId, subject, to } = returned.facts
    return sender || messageId !== null || subject !== '' || to.length > 0 ? returned : null
  } catch {
    return null
  }
}

const unquoted = (line: string): string => line.replace(/^(> ?|\| ?)/, '')
const headerLine =
  /^(Received|Return-Path|Message-ID|From|To|Subject|Date|DKIM-Signature|MIME-Version|X-[\w-]+|Delivered-To|Content-Type|Sender|Reply-To)[ \t]*:/i

/** The line where the returned mail begins: a dividing line, or a header that no report would write itself. */
function returnedAt(lines: readonly string[]): number {
  for (const [i, line] of lines.entries()) {
    const text = unquoted(line).trim()
    if (text.length > 200) continue
    if (
      dividing.some((rule) => rule.test(text)) &&
      lines.slice(i + 1, i + 8).some((l) => headerLine.test(unquoted(l).trim()) || l.trim() !== '')
    )
      return i
    // A trace field at the start of a line, followed by more header: the returned mail without a dividing line.
    if (
      /^(Received: ?(from|by|\(qmail)|Return-Path: ?<|DKIM-Signature:|X-Received: ?by)/i.test(text) &&
      lines.slice(i + 1, i + 40).some((l) => /^(From|To|Subject|Message-ID|Date):/i.test(unquoted(l)))
    )
      return i
    if (startsHeader(lines, i)) return i
  }
  return lines.length
}

/** A part header that announces an enclosed mail (its boundary was lost), or a header as only a mail has: at the left edge, below an empty or dividing line. */
function startsHeader(lines: readonly string[], i: number): boolean {
  const line = lines[i] ?? ''
  if (/^Content-Type: ?(?:message\/rfc822|text\/rfc822-headers)/i.test(line)) return true
  if (!/^[A-Z][\w-]{1,40}: ?\S/i.test(line) || /^\s*[\p{L}\p{N}]/u.test(lines[i - 1] ?? '')) return false
  const names = new Set<string>()
  for (const next of lines.slice(i, i + 60)) {
    const name = /^([A-Z][\w-]{1,40}):(?:\s|$)/i.exec(next)?.[1]
    if (name !== undefined) names.add(name.toLowerCase())
    else if (!/^[ \t]+\S/.test(next)) break
  }
  const has = (...some: readonly string[]): boolean => some.some((n) => names.has(n))
  return names.size >= 4 && has('from') && has('to', 'subject') && has('message-id', 'mime-version', 'received', 'content-type')
}

/** How mail systems announce what they return; whole lines, dashes and the like around them. */
const dividing: readonly RegExp[] = [
  /^-{2,}.{0,12}\b(this is a copy of|below this line is a copy|original (?:message|mail|text|header)|returned (?:message|mail)|undelivered message|unsent message|message header|the header of the original|the body of the (?:original )?message|message follows|transcript of message|header of the (?:original )?(?:message|mail)|copy of (?:your|the) (?:message|mail)|included is a copy|body of message|start of (?:returned|original) message)/i,
  /^-{3,} ?(?:returned message|original message|message headers?|message text|undelivered message|оригинал|исходное)/i,
  /^(?:\W{0,12})(?:original (?:message|mail|e-?mail)(?: headers?)?(?: follows| below)?|message headers? follows?|original message header|original headers|returned message|(?:the )?(?:first|original) .{0,30}(?:message|mail) follows|your (?:original )?message(?: headers?)? follows?|bounced e-?mail|undelivered message follows|unsent message(?: below)?|(?:the )?header(?:s)? of (?:the )?(?:original|your) (?:message|mail)|(?:a )?copy of (?:the|your) (?:original )?(?:message|mail)(?: is attached| follows| below)?|message contents|failed message|(?:исходное|оригинал(?:ьное)?) (?:сообщение|письмо|письма)|заголовки? (?:исходного|вашего) (?:письма|сообщения)|текст письма|元のメッセージ|メッセージのヘッダ|ursprüngliche nachricht|message d'origine)\W{0,12}$/i,
  /^-{3,}\s?(?:original|returned|undelivered|unsent|bounced)\b.{0,40}-{3,}$/i,
  /^(?:the following (?:is|was) the (?:header|original|beginning)|below (?:this line )?is (?:a copy of |the )?(?:the |your )?(?:original )?(?:message|mail|header)|the (?:text|content) of the (?:original )?message (?:follows|is)|a copy of the original message below|here is (?:your|a copy of)|the original message (?:was|is|follows)(?: attached)?:?$)/i,
]
