// One budget for all automatic mail: staged caps per recipient (plus-tags not counted apart), per domain and in all; addresses that bounce get none.
import type { Rate } from '../../base/units.ts'
import { domainOf, withoutTag } from '../../mail/address.ts'
import { automaticSentAt } from '../../store/automatic.ts'
import type { AutomaticFilter } from '../../store/automatic.ts'
import { isForAgents, kindsForOutside } from '../../contract/letter-kinds.ts'
import type { Letter } from '../../contract/tx.ts'
import type { TransactionContext } from './transaction-context.ts'

/** Why an automatic mail may not leave; `freeAt` (ms UTC): it may be tried again then. */
interface OverBudget {
  readonly reason: string
  readonly freeAt?: number
}

/**
 * Takes one automatic mail from the budget. What is over it is told once per mail (`automatic.quarantined`), but for one that is vouched
 * for, which is not refused but may be put off.
 */
export async function spendBudget(unit: TransactionContext, letter: Letter, recipients: readonly string[]): Promise<OverBudget | null> {
  const over = await refusal(unit, letter, recipients)
  if (over?.freeAt !== undefined) return over
  if (over !== null) {
    unit.parts.counters.inc('postern_automatic_quarantined_total', { kind: letter.kind })
    await unit.emit(
      { kind: 'system', id: null, via: 'system' },
      'automatic.quarantined',
      letter.case?.id ?? null,
      { recipient: recipients.join(', '), kind: letter.kind, reason: over.reason },
      letter.case?.mailbox ?? null,
    )
    return over
  }
  const kind = letter.vouched ? vouched(letter.kind) : letter.kind
  unit.rows.later(
    'sent_automatic',
    recipients.map((recipient) => {
      const address = recipient.toLowerCase()
      return { id: unit.parts.ids.next(), recipient: withoutTag(address), domain: domainOf(address), kind, sent_at: unit.now }
    }),
  )
  return null
}

/** Under this kind mails to people whom our server vouches for are counted, apart from what anybody can make us send. */
const vouched = (kind: string): string => `${kind}, vouched`
const vouchedKinds = kindsForOutside.map(vouched)

async function refusal(unit: TransactionContext, letter: Letter, recipients: readonly string[]): Promise<OverBudget | null> {
  const { budget } = unit.registry.config
  // These draw on `budget.per_agent`, which is far wider than what strangers can make us send.
  const toAgent = isForAgents(letter.kind)
  for (const recipient of recipients) {
    const address = recipient.toLowerCase()
    // Who puts another tag behind his name each time is no other person.
    const person = withoutTag(address)
    if (unit.registry.isOurs(address)) return { reason: `${address} is an address of ours: automatic mail to it would be a loop` }
    const suppressed = await unit.rows.suppressedBecause(address, unit.now)
    if (suppressed) return { reason: `no automatic mail to ${address} for now: ${suppressed}` }
    if (letter.vouched) {
      // Many customers of one company may write at once: nobody has forged them.
      const own = await firstSpent(unit, budget.per_recipient, { recipient: person, kinds: vouchedKinds })
      if (own) return { reason: `${address} got ${own.words}`, freeAt: await freeAt(unit, own) }
      const all = await firstSpent(unit, budget.total, { kinds: vouchedKinds })
      if (all) return { reason: `all together got ${all.words}`, freeAt: await freeAt(unit, all) }
      continue
    }
    const spent = await firstSpent(unit, toAgent ? budget.per_agent : budget.per_recipient, { recipient: person })
    if (spent) return { reason: `${address} got ${spent.words}` }
    if (toAgent) continue
    const domain = domainOf(address)
    const domainSpent = await firstSpent(unit, budget.per_domain, { domain, kinds: kindsForOutside })
    if (domainSpent) return { reason: `${domain} got ${domainSpent.words}` }
    const totalSpent = await firstSpent(unit, budget.total, { kinds: kindsForOutside })
    if (totalSpent) return { reason: `all together got ${totalSpent.words}` }
  }
  return null
}

/** A rate that is used up. */
interface Spent {
  readonly words: string
  readonly rate: Rate
  readonly where: AutomaticFilter
}

async function firstSpent(unit: TransactionContext, rates: readonly Rate[], where: AutomaticFilter): Promise<Spent | null> {
  const counts = await unit.rows.countAutomatic(
    where,
    rates.map((rate) => ({ at: unit.now - rate.ms, most: rate.count })),
    unit.now,
  )
  for (const [i, rate] of rates.entries()) {
    const n = counts[i] ?? 0
    if (n < rate.count) continue
    return { words: `${n} automatic mails in ${Math.round(rate.ms / 60_000)} min, the budget is ${rate.count}`, rate, where }
  }
  return null
}

/** When one more may leave; a rate of none is looked at again after its time. */
async function freeAt(unit: TransactionContext, { rate, where }: Spent): Promise<number> {
  const oldest = rate.count === 0 ? undefined : await automaticSentAt(unit.db, where, unit.now - rate.ms, rate.count - 1)
  return (oldest ?? unit.now) + rate.ms
}
