// `once_per`: a row for each rule and case or sender, claimed before the rule acts.
import type { Tx } from '../../../core/plugin.ts'
import type { Facts } from '../conditions/facts.ts'
import type { Rule } from '../files/rule-files.ts'

/** Whether the rule may fire now; then this counts as its firing. Of two transactions that ask at once, one gets it: the row's key decides. */
export async function claimOnce(facts: Facts, rule: Rule): Promise<boolean> {
  const { once } = rule
  if (!once) return true
  const { tx } = facts
  const now = tx.now
  const row = await tx.db
    .insertInto('rules_fired')
    .values({ rule: rule.name, key: keyOf(facts, once.per), at: now })
    .onConflict((c) =>
      c
        .columns(['rule', 'key'])
        .doUpdateSet({ at: now })
        .where('rules_fired.at', '<=', once.ms === null ? -1 : now - once.ms),
    )
    .returning('at')
    .executeTakeFirst()
  return row !== undefined
}

function keyOf(facts: Facts, per: 'case' | 'sender' | 'status'): string {
  if (per === 'sender') return `sender:${facts.sender.low}`
  return per === 'case' ? `case:${facts.case.id}` : `case:${facts.case.id}:${facts.case.statusAt}`
}

/** As if nothing had been counted since. */
export async function rewind(tx: Tx, at: number): Promise<void> {
  await tx.db.deleteFrom('rules_fired').where('at', '>=', at).execute()
  await tx.db.deleteFrom('rules_answers').where('at', '>=', at).execute()
  await tx.db.deleteFrom('rules_receipts').where('at', '>=', at).execute()
}

/** Rows that nobody asks for any more. Those without an end stay as long as their case. */
export async function forgetOld(tx: Tx, before: number): Promise<void> {
  await tx.db.deleteFrom('rules_answers').where('at', '<', before).execute()
}
