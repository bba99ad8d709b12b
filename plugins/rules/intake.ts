// What rules and receipts must know of a mail and only its bytes say: noted with the message when it is taken in.
import { dmarcVerdict, domainOf, isNoReply, readOwnMessageId } from '../../core/plugin.ts'
import type { Arrival, Host, Route, Tx } from '../../core/plugin.ts'
import type { IntakeFacts } from './conditions/facts.ts'
import type { Settings } from './settings.ts'

/** A mail that came through more hops than this is taken to be in a mail loop. */
const maxHops = 30

/** Reads them from a mail that is being taken in; `asked` are the names of headers, lower case, that some rule asks about. */
export async function factsAtIntake(
  tx: Tx,
  arrival: Arrival,
  route: Route,
  host: Host<Settings>,
  asked: ReadonlySet<string>,
): Promise<IntakeFacts> {
  const { headers, from } = arrival.mail
  const { spam_header, authserv_id } = host.settings
  const kept: Record<string, string> = {}
  for (const { name, value } of headers)
    if (asked.has(name)) kept[name] = (kept[name] === undefined ? value : `${kept[name]}, ${value}`).slice(0, 1000)
  const verdict = dmarcVerdict(headers, authserv_id ?? '', domainOf(from?.address ?? ''), [host.config.hostname])
  const spam = spam_header.name.toLowerCase()
  return {
    auth: verdict === 'unknown' ? 'none' : verdict,
    spam: headers.some((h) => h.name === spam && h.value.trim().toLowerCase().startsWith(spam_header.value.toLowerCase())),
    headers: kept,
    unanswerable: await unanswerable(tx, arrival, route, host),
  }
}

/** Local parts of machines, which read no answers either. */
const machine = /^(?:mailer-daemon|postmaster|bounces?)(?:[._+=-][^@]*|\d*)@/iu

async function unanswerable(tx: Tx, arrival: Arrival, route: Route, host: Host<Settings>): Promise<string | null> {
  const { mail } = arrival
  if (arrival.mailFrom === '') return 'it has no return address'
  if (mail.headers.filter((h) => h.name === 'received').length > maxHops) return `it came through more than ${maxHops} hops`
  if (mail.headers.some((h) => h.name === 'x-postern-loop')) return 'another gateway wrote it by itself'
  const from = mail.from?.address ?? arrival.mailFrom
  if (host.registry.isOurs(from)) return 'it comes from one of our own addresses'
  if (isNoReply(from) || machine.test(from)) return 'its sender says that he reads no answers'
  if (route.caseId !== null) return null
  // A new case that answers a mail of ours: a machine that changes its address, or somebody whom the evidence was too weak for.
  const refs = [...mail.inReplyTo, ...mail.references].flatMap((id) => readOwnMessageId(host.tokens, id) ?? [])
  if (refs.length > 0 && (await tx.threads.find('own', refs)).length > 0) return 'it answers a mail of ours from another address'
  return mail.reply.quoted !== '' && mail.html?.includes('data-postern-id=') ? 'it quotes a mail of ours from another address' : null
}
