// What a reply's recipients say against the case's: pure, so that every combination can be tried.
//
// R: everybody whom the reply names (From, To, Cc, and Reply-To where it differs) without ourselves and our agents.
// Q: the case's requester. C: its people in copy, without those who joined after the mail that the reply answers (its writer
// could not know of them). B: hidden copies: known, never expected to be named.
//
//   Q in R?  C whole in R?  new in R?  written by   class  at once              notice offers
//   yes      yes            no         anybody      same   -                    -
//   yes      yes            yes        Q, C or B    a      the new ones join    -        (silently)
//   yes      yes            yes        outsider     a      -                    update, split
//   yes      no             no         Q            b      -                    update, split
//   yes      no             yes        Q            b      -                    update (joins and leaves), split
//   yes      no             any        C or B       b      -                    update, split   (the agent decides whether one in copy may leave out another)
//   yes      no             any        outsider     b      -                    update, split
//   no       any            any        C or B       c      -                    split           (the requester is never changed)
//   no       any            any        outsider     c      -                    join (adds the writer alone), split: a forward of our mail, or the requester from a second address
//   automatic replies, bounces and reports   none   -                           -        (nobody chose their recipients)
//
// Class a is not silent, and raises a notice with `update`, where who the new ones are is not certain: the sender's
// authentication failed (or is unknown, with `participants: authenticated`), he is no participant, the mail has several senders, it is
// list mail, we stood in none of its visible headers (somebody who hides us from a conversation does not ask us to answer all of it),
// or there would be more in copy than `most`. Never does a reply by itself take anybody out, or change the requester.
import type { Address } from '../../core/plugin.ts'

/** The classes of the table above. */
export type Class = 'same' | 'a' | 'b' | 'c' | 'none'

/** Who wrote the reply: the requester, somebody in copy (hidden or not), or somebody who does not take part. */
export type By = 'requester' | 'cc' | 'outsider'

/** Who takes part in a case. */
export interface CasePeople {
  /** Canonical addresses, here and below. */
  readonly requester: string
  readonly cc: readonly string[]
  readonly bcc: readonly string[]
}

/** Who writes a reply, and whom it names; addresses are canonical. */
export interface ReplyPeople {
  readonly from: Address
  /** Everybody named, the writer first, each once. */
  readonly all: readonly Address[]
}

/** What the reply changes: who is new in it, who of the case is missing from it, and what class that makes. */
export interface Comparison {
  readonly added: readonly Address[]
  readonly dropped: readonly string[]
  readonly by: By
  readonly class: Class
}

/** `joinedSince`: people in copy who joined after the mail that is answered. */
export function compare(people: CasePeople, reply: ReplyPeople, joinedSince: ReadonlySet<string> = new Set()): Comparison {
  const named = new Set(reply.all.map((p) => p.address))
  const known = new Set([people.requester, ...people.cc, ...people.bcc])
  const added = reply.all.filter((p) => !known.has(p.address))
  const dropped = [people.requester, ...people.cc].filter((address, i) => !named.has(address) && (i === 0 || !joinedSince.has(address)))
  const by = reply.from.address === people.requester ? 'requester' : known.has(reply.from.address) ? 'cc' : 'outsider'
  return { added, dropped, by, class: classOf(named.has(people.requester), dropped.length > 0, added.length > 0) }
}

function classOf(requesterNamed: boolean, someDropped: boolean, someAdded: boolean): Class {
  if (!requesterNamed) return 'c'
  if (someDropped) return 'b'
  return someAdded ? 'a' : 'same'
}

/** The case's copies once they are those of the reply: hidden copies stay hidden. */
export function listOf(people: Pick<CasePeople, 'requester' | 'bcc'>, reply: ReplyPeople): readonly Address[] {
  const elsewhere = new Set([people.requester, ...people.bcc])
  return reply.all.filter((p) => !elsewhere.has(p.address))
}
