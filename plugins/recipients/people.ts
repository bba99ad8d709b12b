// Whom a mail names and who takes part in a case, as canonical addresses that can be compared.
import { canonicalRecipient, checkedAddress } from '../../core/plugin.ts'
import type { Address, Case, Recipients, RegistryView, Tx } from '../../core/plugin.ts'
import type { CasePeople, ReplyPeople } from './compare.ts'

/**
 * Names say nothing and are kept for show. Left out: addresses that no mail can go to, our own in every form (aliases, plus-tags,
 * tokens), and agents, who are told as agents; but somebody who stands in the case counts, agent or not.
 */
export function namedIn(
  registry: RegistryView,
  people: CasePeople,
  from: Address,
  recipients: Pick<Recipients, 'to' | 'cc' | 'replyTo'>,
): ReplyPeople {
  const inCase = new Set([people.requester, ...people.cc, ...people.bcc])
  const writer = { address: canonical(from.address), name: from.name }
  const all = new Map<string, Address>([[writer.address, writer]])
  for (const p of [...recipients.to, ...recipients.cc, ...recipients.replyTo]) {
    const address = canonical(p.address)
    if (all.has(address) || checkedAddress(address) === null || registry.isOurs(address)) continue
    if (registry.agentByAddress(address) && !inCase.has(address)) continue
    all.set(address, { address, name: p.name })
  }
  return { from: writer, all: [...all.values()] }
}

/** Whether none of the mail's visible recipients is ours: we got it as a hidden copy, or it hides them all. */
export function hidesUs(registry: RegistryView, recipients: Pick<Recipients, 'to' | 'cc'>): boolean {
  return ![...recipients.to, ...recipients.cc].some((p) => registry.isOurs(p.address))
}

/** Who takes part in the case now, in canonical addresses. */
export async function peopleOf(tx: Tx, c: Case): Promise<CasePeople> {
  const list = (people: readonly Address[]): readonly string[] => people.map((p) => canonical(p.address))
  return { requester: canonical(c.requester.address), cc: list(await tx.cases.cc(c.id)), bcc: list(await tx.cases.bcc(c.id)) }
}

/** One form for all spellings of an address; what is no address is trimmed and in lower case. */
export const canonical = (address: string): string => canonicalRecipient(address) ?? address.trim().toLowerCase()
