// A rule on watch: everything that it would do is done in a part of the transaction that is taken back, and what came of it is kept.
import { randomUUID } from 'node:crypto'
import { describeError } from '../../../core/plugin.ts'
import type { Facts } from '../conditions/facts.ts'
import type { Rule } from '../files/rule-files.ts'
import { insertWatched } from './watch-store.ts'

/** One action that would have been done: `said`: what would have come of it, `refused`: why it would not have been done. */
export interface WouldDo {
  readonly action: string
  readonly args: unknown
  readonly said?: string
  readonly refused?: string
}

/** One condition with its answer, as it was asked. */
export interface WasAsked {
  readonly condition: string
  readonly wants: unknown
  readonly holds: boolean
  readonly seen: string
}

/** Longest JSON that is kept of conditions or actions; the rest of a text is left out. */
const longest = 20_000

/**
 * Lets `act` do what the rule orders, takes all of it back, and keeps what it was. A rule on watch breaks nothing: where `act` throws, that is
 * kept as what would have happened.
 */
export async function watch(
  facts: Facts,
  rule: Rule,
  occasion: string,
  asked: readonly WasAsked[],
  act: () => Promise<readonly WouldDo[]>,
): Promise<readonly WouldDo[]> {
  const { tx } = facts
  let would: readonly WouldDo[]
  try {
    would = await tx.attempt(act, () => false)
  } catch (error) {
    would = [{ action: rule.actions.map((a) => a.action).join(', '), args: null, refused: `it would have failed: ${describeError(error)}` }]
  }
  await insertWatched(tx, {
    id: randomUUID(),
    rule: rule.name,
    hash: rule.hash,
    case_id: facts.case.id,
    message_id: facts.message?.id ?? null,
    event: occasion,
    at: tx.now,
    asked: jsonOf(asked),
    did: jsonOf(would.map(({ action, args, said, refused }) => ({ action, args, said, refused }))),
  })
  return would
}

/** The JSON of a value, its long texts cut where it would become too long. */
function jsonOf(value: unknown): string {
  for (const most of [4000, 400, 40]) {
    const text = JSON.stringify(value, (_key, item: unknown) =>
      typeof item === 'string' && item.length > most ? `${item.slice(0, most).toWellFormed()}…` : item,
    )
    if (text.length <= longest) return text
  }
  return '[]'
}
