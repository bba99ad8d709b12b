// Every attempt to act in an agent's name that was forged: one counter and one line of the log, which fail2ban reads (examples/fail2ban).
import { isIP } from 'node:net'
import { addressMatcher } from '../../core/plugin.ts'
import type { Host, ReadMail } from '../../core/plugin.ts'
import type { Cause } from './authentication.ts'

/** What is told of a forged mail. */
interface Forged {
  readonly mail: ReadMail
  readonly mailFrom: string
  readonly peer: string
}

/** Not what happens to agents themselves: an old notification, a wrong address, rights that they have lost. */
/** Causes that say that somebody was after an agent's name. */
export const forgeries: readonly Cause[] = ['forged', 'from', 'from_many', 'dmarc']

/** Servers that hand mail over for others: an MTA of our own before us. */
const isOwn = addressMatcher([
  '127.0.0.0/8',
  '::1',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
  'fe80::/10',
])

/** Counts and logs an attempt whose cause is a forgery; whether it was one. `client` comes first in the line, and nothing that the mail says stands before it. */
export function noteForgery(host: Host<unknown>, { mail, mailFrom, peer }: Forged, cause: Cause, caseId: string | null): boolean {
  if (!forgeries.includes(cause)) return false
  host.count('postern_forged_answers_total', { cause })
  const received = mail.headers.flatMap(({ name, value }) => (name === 'received' ? [value.replace(/\s+/g, ' ').trim().slice(0, 500)] : []))
  host.log.warn(
    {
      client: clientOf(peer, received[0]),
      cause,
      peer,
      ...(caseId !== null && { case: caseId }),
      mailFrom: mailFrom.slice(0, 320),
      from: (mail.from?.address ?? '').slice(0, 320),
      received: received.slice(0, 10),
    },
    'a forged answer had no effect',
  )
  return true
}

/**
 * The address from which a mail reached us or the MTA of our own that handed it over: that one wrote the topmost Received, and the literal
 * in its parentheses (RFC 5321 §4.4). All other Received fields may be forged. Empty where nobody can be named.
 */
export function clientOf(peer: string, topmost: string | undefined): string {
  if (peer !== 'unix' && peer !== '' && !isOwn(peer)) return peer
  const literal = /^from [^\s()]+ \((?:[^()[\]]* )?\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})\]\)/.exec(topmost ?? '')?.[1] ?? ''
  return isIP(literal) > 0 && !isOwn(literal) ? literal : ''
}
