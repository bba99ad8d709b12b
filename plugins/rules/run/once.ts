// `once_per`: a row for each rule and case or sender, claimed before the rule acts.
import type { Facts } from '../conditions/facts.ts'
import type { Rule } from '../files/rule-files.ts'
import { claimFiring } from '../store.ts'
import type { Mode } from '../watch/watch-store.ts'

/** Whether the rule may fire now; then this counts as its firing. Of two transactions that ask at once, one gets it: the row's key decides. */
export function claimOnce(facts: Facts, rule: Rule, mode: Mode): Promise<boolean> {
  const { once } = rule
  if (!once) return Promise.resolve(true)
  // What it would have done on watch does not keep it from doing it once it is live.
  const name = mode === 'watch' ? `${rule.name} (watch)` : rule.name
  return claimFiring(facts.tx, name, keyOf(facts, once.per), once.ms === null ? -1 : facts.tx.now - once.ms)
}

function keyOf(facts: Facts, per: 'case' | 'sender' | 'status'): string {
  if (per === 'sender') return `sender:${facts.person}`
  return per === 'case' ? `case:${facts.case.id}` : `case:${facts.case.id}:${facts.case.statusAt}`
}
