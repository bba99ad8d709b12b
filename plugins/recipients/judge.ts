// Judges a mail on its way into its case, and the facts of that judgement as they are kept with the message.
import { dmarcVerdict, domainOf, readOwnMessageId } from '../../core/plugin.ts'
import type { Address, Arrival, AuthVerdict, Case, Host, Message, Route, Tx } from '../../core/plugin.ts'
import { compare } from './compare.ts'
import type { By, Class } from './compare.ts'
import { hidesUs, namedIn, peopleOf } from './people.ts'
import { peopleThen } from './tables.ts'

/** The settings of the plugin; `most`: people in copy of a case, `authserv_id`: '' where no server is trusted (RFC 8601). */
export interface Settings {
  readonly participants: 'anybody' | 'authenticated'
  readonly authserv_id: string
  readonly most: number
  readonly hold_undecided: boolean
}

/** Why new people do not join by themselves. */
export type Doubt = 'unauthenticated' | 'outsider' | 'senders' | 'list' | 'hidden' | 'many'

/** `data.recipients` of a message. */
export interface Judgement {
  readonly added: readonly Address[]
  readonly dropped: readonly string[]
  readonly by: By
  readonly class: Class
  readonly doubt: Doubt | null
  readonly authentication: AuthVerdict
  /** The case that it was compared with, and its version: what somebody who reads this message knows of it. */
  readonly case: string
  readonly version: number
}

/** null for the first mail of a case: there is nothing to compare it with. */
export async function judge(tx: Tx, host: Host<Settings>, arrival: Arrival, route: Route): Promise<Judgement | null> {
  if (route.caseId === null) return null
  const { mail } = arrival
  // Locked before it is read: of two replies at the same time the second is compared with what the first left.
  const c = await tx.cases.lockCurrent(route.caseId)
  const people = await peopleOf(tx, c)
  const from = mail.from?.address ? mail.from : { address: arrival.mailFrom || 'unknown@invalid', name: mail.from?.name ?? '' }
  const reply = namedIn(host.registry, people, from, mail)
  const found = compare(people, reply, await joinedSince(tx, host, arrival, route, c, people.cc))
  const chosen = mail.kind === 'normal' || mail.kind === 'bulk'
  const authentication = dmarcVerdict(mail.headers, host.settings.authserv_id, domainOf(from.address), [host.config.hostname])
  const doubts: readonly (readonly [Doubt, boolean])[] = [
    ['outsider', found.by === 'outsider'],
    ['unauthenticated', authentication === 'fail' || (authentication === 'unknown' && host.settings.participants === 'authenticated')],
    ['senders', mail.fromCount > 1],
    ['list', mail.kind === 'bulk'],
    ['hidden', hidesUs(host.registry, mail)],
    ['many', people.cc.length + found.added.length > host.settings.most],
  ]
  return {
    ...found,
    ...(!chosen && { added: [], dropped: [], class: 'none' as const }),
    doubt: found.class === 'a' && chosen ? (doubts.find(([, holds]) => holds)?.[0] ?? null) : null,
    authentication,
    case: c.id,
    version: c.version,
  }
}

/** People in copy now who were not yet when the mail was written that this one answers: its writer could not leave them out. */
async function joinedSince(
  tx: Tx,
  host: Host<Settings>,
  arrival: Arrival,
  route: Route,
  c: Case,
  cc: readonly string[],
): Promise<ReadonlySet<string>> {
  const ids = [...arrival.mail.inReplyTo, ...arrival.mail.references].slice(-50)
  const own = ids.flatMap((id) => readOwnMessageId(host.tokens, id) ?? [])
  const keys = [
    ...(await tx.threads.find('own', own)),
    ...(await tx.threads.find('foreign', ids)),
    ...(route.key ? [route.key] : []),
  ].filter((k) => k.case_id === c.id)
  if (keys.length === 0) return new Set()
  const then = await peopleThen(tx, c.id, { at: keys.reduce((last, k) => Math.max(last, k.created_at), 0) })
  return new Set(then ? cc.filter((address) => !then.cc.includes(address)) : [])
}

/** What was kept with a message, if anything. */
export function judgementOf(message: Pick<Message, 'data'>): Judgement | undefined {
  return message.data.recipients as Judgement | undefined // written by `judge` above
}
