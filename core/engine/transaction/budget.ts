// One budget for all automatic mail: staged caps per recipient, per domain and in all; addresses that bounce get none.
import type { Rate } from '../../base/units.ts'
import { domainOf } from '../../mail/address.ts'
import { suppressedBecause } from '../../store/automatic.ts'
import type { AutomaticFilter } from '../../store/automatic.ts'
import { isForAgents, kindsForOutside } from '../../contract/letter-kinds.ts'
import type { Letter } from '../../contract/tx.ts'
import type { TransactionContext } from './transaction-context.ts'

/** Takes one automatic mail from the budget. The reason where it may not leave; then `automatic.quarantined` is emitted once per mail. */
export async function spendBudget(unit: TransactionContext, letter: Letter, recipients: readonly string[]): Promise<string | null> {
  const reason = await refusal(unit, letter, recipients)
  if (reason !== null) {
    unit.parts.counters.inc('postern_automatic_quarantined_total', { kind: letter.kind })
    await unit.emit(
      { kind: 'system', id: null, via: 'system' },
      'automatic.quarantined',
      letter.case?.id ?? null,
      { recipient: recipients.join(', '), kind: letter.kind, reason },
      letter.case?.mailbox ?? null,
    )
    return reason
  }
  unit.rows.later(
    'sent_automatic',
    recipients.map((recipient) => {
      const address = recipient.toLowerCase()
      return { id: unit.parts.ids.next(), recipient: address, domain: domainOf(address), kind: letter.kind, sent_at: unit.now }
    }),
  )
  return null
}

async function refusal(unit: TransactionContext, letter: Letter, recipients: readonly string[]): Promise<string | null> {
  const { budget } = unit.registry.config
  // These draw on `budget.per_agent`, which is far wider than what strangers can make us send.
  const toAgent = isForAgents(letter.kind)
  for (const recipient of recipients) {
    const address = recipient.toLowerCase()
    if (unit.registry.isOurs(address)) return `${address} is an address of ours: automatic mail to it would be a loop`
    const suppressed = await suppressedBecause(unit.db, address, unit.now)
    if (suppressed) return `no automatic mail to ${address} for now: ${suppressed}`
    const spent = await firstSpent(unit, toAgent ? budget.per_agent : budget.per_recipient, { recipient: address })
    if (spent) return `${address} got ${spent}`
    if (toAgent) continue
    const domain = domainOf(address)
    const domainSpent = await firstSpent(unit, budget.per_domain, { domain, kinds: kindsForOutside })
    if (domainSpent) return `${domain} got ${domainSpent}`
    const totalSpent = await firstSpent(unit, budget.total, { kinds: kindsForOutside })
    if (totalSpent) return `all together got ${totalSpent}`
  }
  return null
}

async function firstSpent(unit: TransactionContext, rates: readonly Rate[], where: AutomaticFilter): Promise<string | null> {
  const counts = await unit.rows.countAutomatic(
    where,
    rates.map((rate) => unit.now - rate.ms),
  )
  for (const [i, rate] of rates.entries()) {
    const n = counts[i] ?? 0
    if (n >= rate.count) return `${n} automatic mails in ${Math.round(rate.ms / 60_000)} min, the budget is ${rate.count}`
  }
  return null
}
