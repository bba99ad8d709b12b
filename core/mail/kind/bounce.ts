// Is this mail a delivery report, and what does it say of whom? (RFC 3461 to 3464, and prose.)
import { aliasesIn, proseRecipients } from './bounce-prose.ts'
import type { KnownAddresses } from './bounce-prose.ts'
import { wholeReport } from './report-words.ts'
import type { WholeReport } from './report-words.ts'
import { bounceSigns } from './bounce-signs.ts'
import { readStatusBlocks } from './delivery-status.ts'
import type { StatusBlock } from './delivery-status.ts'
import { headerSigns, mayBeReport } from './report-header.ts'
import { knownAddresses, readReportText } from './report-text.ts'
import type { ReportText, Returned } from './report-text.ts'
import { sesRecipients } from './ses-notification.ts'
import { enhanced, statusIn } from './smtp-status.ts'
import type { KindInput } from './input.ts'

/** What became of one recipient. */
export interface BouncedRecipient {
  /** Whom the mail was written to: `local@domain`, lower-case domain; '' where the report names nobody. */
  readonly address: string
  /** The address of the other system that an alias or forward made of it, where that is what failed; else null. */
  readonly final: string | null
  /** RFC 3463 `d.d.d`, '' where nothing is known. */
  readonly status: string
  /** failed, delayed, delivered, relayed, expanded. */
  readonly action: string
  /** Failed with 5.x.x: trying again is no use. */
  readonly permanent: boolean
}

export interface Bounce {
  readonly recipients: readonly BouncedRecipient[]
  /** Some recipient failed for good. */
  readonly permanent: boolean
  /** Of the mail that the report is about, as far as it came back. */
  readonly original: {
    readonly messageId: string | null
    readonly from: string | null
    readonly to: string | null
    readonly subject: string | null
  } | null
}

/** The bounce and what showed it, or null. */
export function readBounce(input: KindInput): { readonly bounce: Bounce; readonly evidence: readonly string[] } | null {
  const header = headerSigns(input)
  if (!mayBeReport(input, header)) return null
  const report = readReportText(input)
  const signs = bounceSigns(input, report, header)
  if (signs.length === 0) return null
  const recipients = recipientsOf(input, report)
  const bounce: Bounce = { recipients, permanent: recipients.some((r) => r.permanent), original: originalOf(report.original) }
  return { bounce, evidence: signs }
}

function recipientsOf(input: KindInput, report: ReportText): readonly BouncedRecipient[] {
  const notified = sesRecipients(report.lines)
  if (notified.length > 0) return unique(notified.map((r) => recipient(r.address, r.status, r.action)))
  const text = report.lines.join('\n')
  const whole = wholeReport(text)
  const fields = report.status.flatMap(readStatusBlocks)
  const strict = fromBlocks(fields.length > 0 ? fields : readStatusBlocks(text), report.lines, whole)
  if (strict.length > 0 && strict.every((r) => r.address !== '')) return strict
  const known = knownAddresses(input, report)
  const said = proseRecipients(report.lines, known)
  const failed = failedHeader(input)
  const stated = strict[0]
  if (failed.length > 0) {
    return unique(
      failed.map((address) => {
        const told = said.find((p) => address.toLowerCase() === (p.final ?? p.address).toLowerCase())
        const status = stated?.status || (told?.status ?? whole.statusOf(''))
        return recipient(told?.address ?? address, status, whole.delaying ? 'delayed' : 'failed', told?.final)
      }),
    )
  }
  if (said.length > 0)
    return unique(said.map((p) => recipient(p.address, stated?.status || p.status, p.delayed ? 'delayed' : 'failed', p.final)))
  const passedOn = strict.length > 0 ? [] : inReturned(report, whole, known)
  if (passedOn.length > 0) return passedOn
  const only = onlyRecipient(report.original)
  if (stated && only === null) return [stated]
  return [recipient(only ?? '', stated?.status || whole.statusOf(''), stated?.action || (whole.delaying ? 'delayed' : 'failed'))]
}

const failedHeader = (input: KindInput): readonly string[] =>
  input.headers
    .filter((h) => h.name === 'x-failed-recipients')
    .flatMap((h) => h.value.split(/[\s,<>]+/))
    .filter((a) => a.includes('@'))

/** The report may hold another report that it only passes on. */
function inReturned(report: ReportText, whole: WholeReport, known: KnownAddresses): readonly BouncedRecipient[] {
  const text = report.returned.join('\n')
  const strict = fromBlocks(readStatusBlocks(text), report.returned, wholeReport(text)).filter((r) => r.address !== '')
  if (strict.length > 0 || report.original?.facts.to.length) return strict
  return unique(
    proseRecipients(report.returned, known).map((p) =>
      recipient(p.address, p.status || whole.statusOf(''), p.delayed ? 'delayed' : 'failed', p.final),
    ),
  )
}

/** Whom the returned mail went to, where there can be no doubt: words that nobody understands accuse none of several. */
function onlyRecipient(original: Returned | null): string | null {
  if (!original) return null
  const { facts, envelopeTo } = original
  const all = new Map([...facts.to, ...facts.cc].filter((a) => a.address !== '').map((a) => [a.address.toLowerCase(), a.address]))
  const [only] = all.values()
  return all.size === 1 && only !== undefined ? only : envelopeTo
}

/** `lines`: the prose beside the fields, which may know more. */
function fromBlocks(blocks: readonly StatusBlock[], lines: readonly string[], whole: WholeReport): readonly BouncedRecipient[] {
  if (blocks.length === 0) return []
  const aliases = aliasesIn(lines)
  const expired = expiredIn(lines)
  return unique(
    blocks.map((b) => {
      const final = b.final.includes('@') ? b.final : ''
      const address = (isOutside(b.original) && b.original) || (aliases.get(final.toLowerCase()) ?? (final || b.original))
      const other = final !== '' && final.toLowerCase() !== address.toLowerCase() ? final : null
      if ((b.expired && b.status === '') || (b.action === 'delayed' && expired.has(final.toLowerCase())))
        return recipient(address, '5.4.7', 'failed', other)
      const status = statusFrom(b, whole)
      return recipient(address, status, b.action || (whole.delaying && status.startsWith('4') ? 'delayed' : ''), other)
    }),
  )
}

/** Recipients of whom the prose says that the time for trying is over, whatever their fields call it (OpenSMTPD: delayed, "Envelope expired"). */
function expiredIn(lines: readonly string[]): ReadonlySet<string> {
  const rule =
    /^\s{0,20}<?([^\s<>:]{1,64}@[^\s<>:]{1,255})>?\s{0,3}:\s{0,3}(?:envelope|message|mail|queue time|lifetime|delivery time)\s(?:has )?expired\b/i
  return new Set(lines.slice(0, 2000).flatMap((l) => rule.exec(l.slice(0, 500))?.[1]?.toLowerCase() ?? []))
}

/** An address that can be written to from outside; Exchange wraps what is none (`IMCEAEX-_O=...@`). */
const isOutside = (address: string): boolean => address.includes('@') && !/^IMCEA/i.test(address)

/** The Status field; the code in Diagnostic-Code where the field is missing, says no more than its class, or softens what the other host said for good (Postfix: 4.x.x for a refused greeting). */
function statusFrom(block: StatusBlock, whole: WholeReport): string {
  const said = block.status
  const diagnostic = enhanced(block.diagnostic)
  if (said === '')
    return diagnostic || statusIn(block.diagnostic) || (block.action === 'failed' || block.action === 'delayed' ? whole.statusOf('') : '')
  if (/\.0\.0$/.test(said) && diagnostic.charAt(0) === said.charAt(0)) return diagnostic
  return block.action === 'failed' && said.startsWith('4') && diagnostic.startsWith('5') ? diagnostic : said
}

function recipient(address: string, status: string, action: string, final: string | null = null): BouncedRecipient {
  const known = action || (status.startsWith('2') ? 'delivered' : 'failed')
  const code = status || (known === 'delayed' ? '4.0.0' : known === 'failed' ? '5.0.0' : '')
  return { address, final, status: code, action: known, permanent: known === 'failed' && code.startsWith('5') }
}

function unique(list: readonly BouncedRecipient[]): readonly BouncedRecipient[] {
  const byAddress = new Map<string, BouncedRecipient>()
  for (const r of list) if (!byAddress.has(r.address.toLowerCase())) byAddress.set(r.address.toLowerCase(), r)
  return [...byAddress.values()]
}

function originalOf(returned: Returned | null): Bounce['original'] {
  if (!returned) return null
  const { facts } = returned
  return {
    messageId: facts.messageId,
    from: facts.from?.address ?? null,
    to: facts.to[0]?.address ?? null,
    subject: facts.subject === '' ? null : facts.subject,
  }
}
