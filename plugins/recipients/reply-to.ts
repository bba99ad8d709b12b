// Forms of websites and other machines write in a customer's name: for those whom the mailbox names, Reply-To says who the customer is.
// Nobody else's Reply-To does (gitlab#349329), and none gives the rights of somebody who takes part: it counts for new cases alone.
import { canBeSentTo, canonicalRecipient, dmarcVerdict, domainOf, isNoReply } from '../../core/plugin.ts'
import type { Address, Arrival, Host, Route } from '../../core/plugin.ts'
import type { Settings } from './judge.ts'

/** Who counts as the writer of a mail in place of its From; null: From does. */
export function writerByReplyTo(host: Host<Settings>, { mail, mailbox }: Arrival, route: Route): Address | null {
  const { from, fromCount, replyTo, kind } = mail
  if (route.by !== 'new' || !from || fromCount !== 1 || kind === 'bounce' || kind === 'report') return null
  const [named, more] = replyTo
  if (!named || more || !canBeWritten(host, named.address) || canonical(named.address) === canonical(from.address)) return null
  const { own, no_reply } = mailbox.reply_to
  const isMachine =
    mailbox.reply_to.from.some((pattern) => fits(pattern, from.address)) ||
    (own && host.registry.isOurs(from.address)) ||
    (no_reply && isNoReply(from.address))
  if (!isMachine || !isVouched(host, mail.headers, from.address)) return null
  return { address: named.address.toLowerCase(), name: named.name }
}

/** An answer would reach somebody: it can be sent, and does not come back to us. */
const canBeWritten = ({ registry }: Host<Settings>, address: string): boolean =>
  canBeSentTo(address) && !registry.isOurs(address) && !isNoReply(address)

/** Where a server is trusted, it has seen that the mail is From's. */
function isVouched({ settings, config }: Host<Settings>, headers: Arrival['mail']['headers'], from: string): boolean {
  return settings.authserv_id === '' || dmarcVerdict(headers, settings.authserv_id, domainOf(from), [config.hostname]) === 'pass'
}

/** `*@forms.example` is everybody of that domain. */
function fits(pattern: string, address: string): boolean {
  return pattern.startsWith('*@')
    ? domainOf(canonical(pattern)) === domainOf(canonical(address))
    : canonical(pattern) === canonical(address)
}

const canonical = (address: string): string => canonicalRecipient(address) ?? address.trim().toLowerCase()
