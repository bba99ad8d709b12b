// A mail as the gateway sees it, on a terminal.
import type { ReadOutcome } from '../engine/intake/parse-pool.ts'
import type { Address } from '../mail/address.ts'
import type { MinimalMail, ReadMail } from '../mail/read.ts'

/** Lines for people; colours are ANSI. Nothing of the mail reaches the terminal with control characters in it. */
export function formatMail(outcome: ReadOutcome, color: boolean): string {
  const paint = color ? colours : plain
  const out: string[] = []
  const row = (label: string, value: string): void => void (value !== '' && out.push(`${paint.dim(label.padEnd(12))}${value}`))
  headerRows(outcome.ok ? outcome.mail : outcome.headers, row)
  if (!outcome.ok) return [...out, '', paint.bad(`not parsed: ${outcome.reason}: ${outcome.detail}`), ''].join('\n')
  const { mail } = outcome
  row('Kind', paint.strong(mail.kind) + verdictsOf(mail))
  for (const line of mail.evidence) row('  because', safe(line))
  bounceRows(mail, row)
  for (const line of mail.warnings) row('Warning', paint.bad(safe(line)))
  for (const line of mail.limits) row('Limit', paint.bad(safe(line)))
  for (const a of mail.attachments)
    row('Attachment', `${safe(a.filename) || '(no name)'}  ${safe(a.contentType)}  ${a.sizeBytes} bytes${a.inline ? '  inline' : ''}`)
  const { reply } = mail
  const notes = [...(reply.forwarded ? ['a forward'] : []), ...reply.flags]
  section(out, paint.strong(`Reply${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`), reply.text, paint.reply)
  section(out, paint.strong('Signature'), reply.signature, paint.signature)
  section(out, paint.strong('Quoted'), reply.quoted, paint.quote)
  return out.join('\n') + '\n'
}

function headerRows(mail: MinimalMail | ReadMail, row: (label: string, value: string) => void): void {
  const people = (list: readonly Address[]): string =>
    list.map((a) => safe(a.name === '' ? a.address : `${a.name} <${a.address}>`)).join(', ')
  row('From', mail.from ? people([mail.from]) : '(nobody)')
  row('Sender', mail.sender ? people([mail.sender]) : '')
  row('Reply-To', people(mail.replyTo))
  row('To', people(mail.to))
  row('Cc', people(mail.cc))
  row('Subject', safe(mail.subject))
  row('Date', mail.dateMs === null ? '' : isoTime(mail.dateMs))
  row('Message-ID', safe(mail.messageId ?? ''))
  row('In-Reply-To', safe(mail.inReplyTo.join(' ')))
  row('References', safe(mail.references.join(' ')))
}

function bounceRows({ bounce }: ReadMail, row: (label: string, value: string) => void): void {
  if (!bounce) return
  for (const r of bounce.recipients)
    row(
      'Recipient',
      `${safe(r.address) || '(unknown)'}  ${safe(r.action) || '-'}  ${safe(r.status) || '-'}${r.permanent ? '  permanent' : ''}`,
    )
  const { original } = bounce
  if (original) row('Of mail', safe([original.messageId, original.subject, original.to].filter((s) => s !== null && s !== '').join('  ')))
}

function verdictsOf({ verdicts, kind }: ReadMail): string {
  const also = [
    ...(verdicts.bulk && kind !== 'bulk' ? ['bulk'] : []),
    ...(verdicts.autoReply && kind !== 'auto-reply' ? ['auto-reply'] : []),
  ]
  return also.length > 0 ? ` (also ${also.join(', ')})` : ''
}

function section(out: string[], title: string, text: string, paint: (s: string) => string): void {
  if (text.trim() === '') return
  out.push('', title)
  for (const line of text.replace(/\n+$/, '').split('\n')) out.push(paint(safe(line)))
}

/** Controls (escape sequences too) shown as U+FFFD. */
const safe = (text: string): string => text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '\ufffd').replace(/\n/g, ' ')

const sgr =
  (code: string) =>
  (s: string): string =>
    s === '' ? s : `\x1b[${code}m${s}\x1b[0m`
const colours = { dim: sgr('2'), strong: sgr('1'), bad: sgr('31'), reply: sgr('32'), signature: sgr('36'), quote: sgr('90') }
const same = (s: string): string => s
const plain: typeof colours = { dim: same, strong: same, bad: same, reply: same, signature: same, quote: same }

/** `2026-09-21T10:00:00Z`. */
export const isoTime = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')
