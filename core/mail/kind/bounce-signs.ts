// Is it a delivery report? Signs in the header, the subject and the prose; one alone is not enough.
import { evidence } from './automatic.ts'
import type { ReportText, Returned } from './report-text.ts'
import { proseRecipients } from './bounce-prose.ts'
import { prose } from './bounce-wordings.ts'
import { readStatusBlocks } from './delivery-status.ts'
import { headerOf } from './report-header.ts'
import type { HeaderSigns } from './report-header.ts'
import { knownAddresses } from './report-text.ts'
import { wholeReport } from './report-words.ts'
import { sesNotification } from './ses-notification.ts'
import type { KindInput } from './input.ts'

/** The signs that convince, or nothing; see `mayBeReport` for what cannot have any. */
export function bounceSigns(input: KindInput, report: ReportText, header: HeaderSigns): readonly string[] {
  const certain: string[] = []
  const type = input.root.params.get('report-type')?.toLowerCase()
  if (input.root.type === 'multipart/report' && type === 'delivery-status')
    certain.push(evidence('content-type', 'multipart/report; report-type=delivery-status'))
  if (report.status.some((s) => readStatusBlocks(s).length > 0)) certain.push(evidence('part', 'message/delivery-status'))
  const failed = headerOf(input, 'x-failed-recipients')
  if (failed) certain.push(evidence('x-failed-recipients', failed))
  const embedded = headerOf(input, 'x-ms-exchange-message-is-ndr')
  if (embedded !== undefined) certain.push(evidence('x-ms-exchange-message-is-ndr', embedded))
  const ses = sesNotification(report.lines)
  if (ses !== undefined && ses !== 'Complaint') certain.push(evidence('line', `"notificationType":"${ses}"`))
  if (certain.length > 0) return certain

  const signs: { readonly points: number; readonly text: string }[] = []
  const { sender, isDaemon, path, isNull, isSubject } = header
  if (isDaemon) signs.push({ points: 2, text: evidence('from', sender) })
  if (isNull) signs.push({ points: 2, text: evidence('return-path', `<${path ?? ''}>`) })
  const automatic = headerOf(input, 'auto-submitted') ?? ''
  if (/^\s*auto-(?:replied|generated)\b.*\b(?:failure|undeliver|bounce)/i.test(automatic))
    signs.push({ points: 2, text: evidence('auto-submitted', automatic) })
  if (isSubject) signs.push({ points: 2, text: evidence('subject', input.facts.subject.trim()) })
  const lines = report.lines.filter((l) => l.trim() !== '').slice(0, 120)
  const says =
    lines.find((l) => prose.some((rule) => rule.test(l.slice(0, 500)))) ??
    joinedProse(lines) ??
    (isDaemon && wholeReport(lines.join('\n')).delaying ? lines[0] : undefined)
  if (says) signs.push({ points: 2, text: evidence('line', says.trim()) })
  const reply = lines.find((l) => smtpReply.test(l.slice(0, 300)) || /^\s*(?:<{3}|>{3}) /.test(l))
  if (reply) signs.push({ points: 1, text: evidence('line', reply.trim()) })
  if (report.original)
    signs.push({ points: 1, text: evidence('returned', report.original.facts.messageId ?? report.original.facts.subject) })

  const found = signs.map((s) => s.text)
  // People quote bounces to a help desk: without a sign in the header it is their mail. An own signal word must be there too.
  const machine =
    isDaemon || isNull || header.isAutomatic || header.isList || (isSubject && header.isNameless && input.facts.inReplyTo.length === 0)
  const total = signs.reduce((n, s) => n + s.points, 0)
  const ours = report.original !== null && returnsToSender(input, report.original)
  // A mail system by name and envelope needs no words that we know: the other side's reply is enough, or our own mail given back.
  const spoken = isSubject || says !== undefined || (isDaemon && (isNull || report.original !== null) && (reply !== undefined || ours))
  if (machine && spoken && total >= 4) return found
  // A program that gives back a mail of ours and says of one of its recipients why: a report, under whatever name it writes.
  const program = header.isNameless || isSubject || header.isAutomatic || header.isBulk
  const accused = ours && program && !greeting.test(lines.slice(0, 3).join(' ')) ? accusedIn(input, report) : undefined
  return accused !== undefined && (isSubject || says !== undefined || accused.why !== '')
    ? [...found, evidence('recipient', accused.address)]
    : []
}

/** The enclosed mail was written by whom this one is addressed to, or is what this one answers. */
function returnsToSender({ facts }: KindInput, { facts: returned }: Returned): boolean {
  const plain = (address: string): string => address.toLowerCase().replace(/\+[^@]{0,200}@/, '@')
  const sender = plain(returned.from?.address ?? '')
  if (sender !== '' && sender !== plain(facts.from?.address ?? '') && facts.to.some((a) => plain(a.address) === sender)) return true
  return returned.messageId !== null && [...facts.inReplyTo, ...facts.references].includes(returned.messageId)
}

/** A recipient of the returned mail whom the words of the report name, and the status that they give or mean for him. */
function accusedIn(input: KindInput, report: ReportText): { readonly address: string; readonly why: string } | undefined {
  const known = knownAddresses(input, report)
  const named = proseRecipients(report.lines, known).find(
    (r) => known.returned.has(r.address.toLowerCase()) && !known.own.has(r.address.toLowerCase()),
  )
  return named && { address: named.address, why: named.status }
}

/** A reply code with an enhanced code or an address behind it. */
const smtpReply = /(?:^|[\s:;(<>["'])[45]\d\d[\s-](?:#?[45]\.\d\.\d|.{0,80}@)/

/** How people begin; mail systems that greet give their name with it and are found by other signs. */
const greeting =
  /^\W{0,5}(?:hi|hello|hey|dear|good (?:morning|day|afternoon|evening)|hallo|sehr geehrte|guten (?:tag|morgen)|liebe|bonjour|hola|buenos|ol[áa]|bom dia|ciao|buongiorno|salve|dzień dobry|cześć|dobrý den|здравствуйте|добрый|привет|уважаем|вітаю|доброго|merhaba|こんにちは|您好|你好|안녕)/i

/** Prose wraps: two lines together may hold the phrase that neither holds alone. */
function joinedProse(lines: readonly string[]): string | undefined {
  for (const [i, line] of lines.slice(0, 40).entries()) {
    const two = `${line.trim()} ${lines[i + 1]?.trim() ?? ''}`.slice(0, 500)
    if (prose.some((rule) => rule.test(two))) return two
  }
  return undefined
}
