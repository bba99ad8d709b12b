// Is this mail a delivery report, and what does it say of whom? (RFC 3461 to 3464, and prose.)
import type { HeaderFacts } from '../fields.ts'
import { proseRecipients, wholeReport } from './bounce-prose.ts'
import type { WholeReport } from './bounce-prose.ts'
import { bounceSigns } from './bounce-signs.ts'
import { readStatusBlocks } from './delivery-status.ts'
import type { StatusBlock } from './delivery-status.ts'
import { readReportText } from './report-text.ts'
import type { ReportText } from './report-text.ts'
import { sesRecipients } from './ses-notification.ts'
import { enhanced, statusIn } from './smtp-status.ts'
import type { KindInput } from './input.ts'

/** What became of one recipient. */
export interface BouncedRecipient {
  /** `local@domain`, lower-case domain; '' where the report names nobody. */
  readonly address: string
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
  const report = readReportText(input)
  const signs = bounceSigns(input, report)
  if (signs.length === 0) return null
  const recipients = recipientsOf(input, report)
  const bounce: Bounce = { recipients, permanent: recipients.some((r) => r.permanent), original: originalOf(report.original) }
  return { bounce, evidence: signs }
}

function recipientsOf(input: KindInput, report: ReportText): readonly BouncedRecipient[] {
  const notified = sesRecipients(report.lines)
  if (notified.length > 0) return unique(notified.map((r) => recipient(r.address, r.status, r.action)))
  const fields = report.status.flatMap(readStatusBlocks)
  const text = report.lines.join('\n')
  const whole = wholeReport(text)
  const strict = fromBlocks(fields.length > 0 ? fields : readStatusBlocks(text), whole)
  if (strict.length > 0 && strict.every((r) => r.address !== '')) return strict
  const own = new Set([...input.facts.to, ...(input.facts.from ? [input.facts.from] : [])].map((a) => a.address.toLowerCase()))
  const failed = input.headers
    .filter((h) => h.name === 'x-failed-recipients')
    .flatMap((h) => h.value.split(/[\s,]+/))
    .filter((a) => a.includes('@'))
  const said = proseRecipients(report.lines, own)
  const prose = said.length > 0 || report.original?.to.length ? said : proseRecipients(report.returned, own)
  const known = strict[0]
  if (failed.length > 0) {
    return unique(
      failed.map((address) => {
        const told = prose.find((p) => p.address.toLowerCase() === address.toLowerCase())
        return recipient(address, known?.status || (told?.status ?? whole.statusOf('')), whole.delaying ? 'delayed' : 'failed')
      }),
    )
  }
  const named =
    prose.length > 0
      ? prose
      : (report.original?.to ?? []).slice(0, 1).map((a) => ({ address: a.address, status: whole.statusOf(''), delayed: whole.delaying }))
  if (named.length === 0) return known ? [known] : [recipient('', whole.statusOf(''), whole.delaying ? 'delayed' : 'failed')]
  return unique(named.map((p) => recipient(p.address, known?.status || p.status, p.delayed ? 'delayed' : 'failed')))
}

function fromBlocks(blocks: readonly StatusBlock[], whole: WholeReport): readonly BouncedRecipient[] {
  return unique(
    blocks.map((b) => {
      const code = statusFrom(b, whole)
      return recipient(b.final.includes('@') ? b.final : b.original, code, b.action)
    }),
  )
}

/** The Status field; the code in Diagnostic-Code where the field is missing, says no more than its class, or softens what the other host said for good (Postfix: 4.x.x for a refused greeting). */
function statusFrom(block: StatusBlock, whole: WholeReport): string {
  const said = block.status
  const diagnostic = enhanced(block.diagnostic)
  if (said === '')
    return diagnostic || statusIn(block.diagnostic) || (block.action === 'failed' || block.action === 'delayed' ? whole.statusOf('') : '')
  if (/\.0\.0$/.test(said) && diagnostic.charAt(0) === said.charAt(0)) return diagnostic
  return block.action === 'failed' && said.startsWith('4') && diagnostic.startsWith('5') ? diagnostic : said
}

function recipient(address: string, status: string, action: string): BouncedRecipient {
  const known = action || (status.startsWith('2') ? 'delivered' : 'failed')
  const code = status || (known === 'delayed' ? '4.0.0' : known === 'failed' ? '5.0.0' : '')
  return { address, status: code, action: known, permanent: known === 'failed' && code.startsWith('5') }
}

function unique(list: readonly BouncedRecipient[]): readonly BouncedRecipient[] {
  const byAddress = new Map<string, BouncedRecipient>()
  for (const r of list) if (!byAddress.has(r.address.toLowerCase())) byAddress.set(r.address.toLowerCase(), r)
  return [...byAddress.values()]
}

function originalOf(facts: HeaderFacts | null): Bounce['original'] {
  if (!facts) return null
  return {
    messageId: facts.messageId,
    from: facts.from?.address ?? null,
    to: facts.to[0]?.address ?? null,
    subject: facts.subject === '' ? null : facts.subject,
  }
}
