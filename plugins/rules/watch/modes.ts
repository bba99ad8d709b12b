// Which rules act and which are only watched: what is written of them, unless somebody has said otherwise of exactly this text.
import type { Tx } from '../../../core/plugin.ts'
import type { Rule } from '../files/rule-files.ts'
import { saidModes } from './watch-store.ts'
import type { Mode, SaidMode } from './watch-store.ts'

/** What was said on another node is known here after so long at the latest (ms). */
const freshFor = 2000

/** The modes of rules as this node knows them. */
export class Modes {
  #said: ReadonlyMap<string, SaidMode> = new Map()
  #readAt = Number.NEGATIVE_INFINITY

  /** Learns what was said lately; before rules are asked, once for all of them. */
  async refresh(tx: Tx): Promise<void> {
    if (tx.now - this.#readAt < freshFor && tx.now >= this.#readAt) return
    this.#said = byText(await saidModes(tx.db))
    this.#readAt = tx.now
  }

  /** The mode of a rule as it was at the last refresh. */
  of(rule: Pick<Rule, 'name' | 'hash' | 'mode'>): Mode {
    return modeOf(rule, this.#said)
  }

  /** Something was said: it is read again. */
  outdated(): void {
    this.#readAt = Number.NEGATIVE_INFINITY
  }
}

/** What was said, by rule and text. */
export const byText = (said: readonly SaidMode[]): ReadonlyMap<string, SaidMode> => new Map(said.map((s) => [`${s.rule}\n${s.hash}`, s]))

/** What was said of a rule as it is written now. */
export const saidOf = (rule: Pick<Rule, 'name' | 'hash'>, said: ReadonlyMap<string, SaidMode>): SaidMode | undefined =>
  said.get(`${rule.name}\n${rule.hash}`)

/** The mode of a rule by what was said. */
export const modeOf = (rule: Pick<Rule, 'name' | 'hash' | 'mode'>, said: ReadonlyMap<string, SaidMode>): Mode =>
  saidOf(rule, said)?.mode ?? rule.mode
