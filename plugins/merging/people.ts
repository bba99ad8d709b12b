// Who takes part in two cases that become one, in addresses that can be compared.
import { canonicalRecipient } from '../../core/plugin.ts'
import type { Address, Case, RegistryView, Tx } from '../../core/plugin.ts'

/** Those of a case who would have to be added to another one to take part in it. */
export interface Strangers {
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
}

/** One form for all spellings of an address. */
export const canonical = (address: string): string => canonicalRecipient(address) ?? address.trim().toLowerCase()

/** Everybody outside who takes part in a case. */
export async function peopleOf(tx: Tx, c: Case): Promise<readonly Address[]> {
  return [c.requester, ...(await tx.cases.cc(c.id)), ...(await tx.cases.bcc(c.id))]
}

/** Requester and copies of the source who do not take part in the target; neither we nor our agents count. */
export async function strangersOf(tx: Tx, registry: RegistryView, source: Case, target: Case): Promise<Strangers> {
  const known = new Set((await peopleOf(tx, target)).map((p) => canonical(p.address)))
  const unknown = (people: readonly Address[]): readonly Address[] =>
    people.filter((p) => {
      const address = canonical(p.address)
      if (known.has(address) || registry.isOurs(address) || registry.agentByAddress(address) || !address.includes('@')) return false
      known.add(address)
      return true
    })
  return { cc: unknown([source.requester, ...(await tx.cases.cc(source.id))]), bcc: unknown(await tx.cases.bcc(source.id)) }
}
