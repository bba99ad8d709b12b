// Complaints (ARF, RFC 5965), read receipts (RFC 8098) and other machine reports that are no bounces.
import { sesNotification } from './ses-notification.ts'
import { leaves } from './parts.ts'
import { evidence } from './automatic.ts'
import type { KindInput } from './input.ts'

/** `header: value` lines that show a complaint or a receipt. */
export function reportEvidence(input: KindInput): readonly string[] {
  const found: string[] = []
  const type = input.root.params.get('report-type')?.toLowerCase()
  if (type !== undefined && /^(feedback-report|disposition-notification|tlsrpt|dmarc)$/.test(type))
    found.push(evidence('content-type', `${input.root.type}; report-type=${type}`))
  for (const part of leaves(input.root)) {
    if (/^message\/(feedback-report|disposition-notification)$/.test(part.type)) found.push(evidence('part', part.type))
  }
  const enclosed = input.root.children.filter((p) => p.type === 'message/rfc822').flatMap((p) => p.children[0]?.fields ?? [])
  for (const { name, value } of [...input.headers, ...enclosed]) if (complaintHeaders[name]?.test(value)) found.push(evidence(name, value))
  const ses = sesNotification(textLines(input))
  if (ses === 'Complaint') found.push(evidence('line', '"notificationType":"Complaint"'))
  return found
}

const textLines = (input: KindInput): readonly string[] => input.text.slice(0, 20_000).split('\n')

/** Complaints that are no ARF: Microsoft's junk mail reports and others name themselves in a header. */
const complaintHeaders: Readonly<Record<string, RegExp>> = {
  'x-hmxmroriginalrecipient': /\S/,
  // Apple's one-click unsubscription, sent in the reader's name.
  'x-apple-unsubscribe': /true/i,
  'x-loop': /^\s*(scomp|abuse-report)\b/i,
}
