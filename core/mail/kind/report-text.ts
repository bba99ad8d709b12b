// The words of a delivery report, apart from the mail that it returns.
import { partText } from '../content.ts'
import { headerFacts } from '../fields.ts'
import type { HeaderFacts } from '../fields.ts'
import { scanMail } from '../mime.ts'
import type { Part } from '../mime.ts'
import { htmlLines } from './html-lines.ts'
import { leaves } from './parts.ts'
import type { KindInput } from './input.ts'

export interface ReportText {
  /** What the mail system says: prose and delivery-status fields. */
  readonly lines: readonly string[]
  /** The body of each message/delivery-status part. */
  readonly status: readonly string[]
  /** Header of the returned mail, where some of it came back. */
  readonly original: HeaderFacts | null
  /** The returned mail where it is text below the report: it may itself be a report that was passed on. */
  readonly returned: readonly string[]
}

/** A report is small; what it returns is not its text. */
const longest = 200_000

/** Separates the report from what it returns, be that a part of its own or text behind a dividing line. */
export function readReportText(input: KindInput): ReportText {
  const lines: string[] = []
  const status: string[] = []
  const returned: string[] = []
  let original: HeaderFacts | null = null
  for (const part of leaves(input.root)) {
    if (isEnclosed(part)) {
      original ??= enclosedFacts(input, part)
      continue
    }
    if (part !== input.root && part.fields.some((f) => f.name === 'received' || f.name === 'message-id')) {
      // The returned mail put into the report without a header of its own.
      original ??= headerFacts(part.fields, input.hint, new Set())
      continue
    }
    if (!/^(text\/|message\/(?:global-)?delivery-status)/.test(part.type) && part.type !== 'multipart/report') continue
    const text = partText(input.raw, part, input.hint, longest)
    if (/delivery-status/.test(part.type)) {
      status.push(text)
      lines.push('', ...text.split('\n'))
      continue
    }
    const all = part.type === 'text/html' ? htmlLines(text) : text.split('\n')
    const cut = returnedAt(all)
    lines.push('', ...all.slice(0, cut))
    if (cut === all.length) continue
    original ??= textFacts(all.slice(cut))
    returned.push(...all.slice(cut, cut + 2000))
  }
  return { lines, status, original, returned }
}

const isEnclosed = (part: Part): boolean =>
  /^(message\/(rfc822|global|partial|rfc822-headers|global-headers)|text\/rfc822(-headers?)?)$/.test(part.type)

function enclosedFacts(input: KindInput, part: Part): HeaderFacts | null {
  const inner = part.children[0]
  if (inner) return headerFacts(inner.fields, input.hint, new Set())
  return textFacts(partText(input.raw, part, input.hint, longest).split('\n'))
}

function textFacts(lines: readonly string[]): HeaderFacts | null {
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
    const facts = headerFacts(scanMail(Buffer.from(text)).root.fields, undefined, new Set())
    return facts.from || facts.messageId !== null || facts.subject !== '' || facts.to.length > 0 ? facts : null
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
  }
  return lines.length
}

/** How mail systems announce what they return; whole lines, dashes and the like around them. */
const dividing: readonly RegExp[] = [
  /^-{2,}.{0,12}\b(this is a copy of|below this line is a copy|original (?:message|mail|text|header)|returned (?:message|mail)|undelivered message|unsent message|message header|the header of the original|the body of the (?:original )?message|message follows|transcript of message|header of the (?:original )?(?:message|mail)|copy of (?:your|the) (?:message|mail)|included is a copy|body of message|start of (?:returned|original) message)/i,
  /^-{3,} ?(?:returned message|original message|message headers?|message text|undelivered message|оригинал|исходное)/i,
  /^(?:\W{0,12})(?:original (?:message|mail|e-?mail)(?: headers?)?(?: follows| below)?|message headers? follows?|original message header|original headers|returned message|(?:the )?(?:first|original) .{0,30}(?:message|mail) follows|your (?:original )?message(?: headers?)? follows?|bounced e-?mail|undelivered message follows|unsent message(?: below)?|(?:the )?header(?:s)? of (?:the )?(?:original|your) (?:message|mail)|(?:a )?copy of (?:the|your) (?:original )?(?:message|mail)(?: is attached| follows| below)?|message contents|failed message|(?:исходное|оригинал(?:ьное)?) (?:сообщение|письмо|письма)|заголовки? (?:исходного|вашего) (?:письма|сообщения)|текст письма|元のメッセージ|メッセージのヘッダ|ursprüngliche nachricht|message d'origine)\W{0,12}$/i,
  /^-{3,}\s?(?:original|returned|undelivered|unsent|bounced)\b.{0,40}-{3,}$/i,
  /^(?:the following (?:is|was) the (?:header|original|beginning)|below (?:this line )?is (?:a copy of |the )?(?:the |your )?(?:original )?(?:message|mail|header)|the (?:text|content) of the (?:original )?message (?:follows|is)|a copy of the original message below|here is (?:your|a copy of)|the original message (?:was|is|follows)(?: attached)?:?$)/i,
]
