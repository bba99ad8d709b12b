// Numbers of cases where several transactions run side by side (PostgreSQL): taken before a transaction begins, in a statement of their own,
// so that the row that counts them is never locked for as long as a case takes. What is taken and not used leaves a gap.
import type { Kysely } from 'kysely'
import { nextNumber } from './cases.ts'
import type { Tables } from './tables.ts'

interface Waiting {
  readonly count: number
  readonly resolve: (numbers: readonly number[]) => void
  readonly reject: (error: unknown) => void
}

/** The numbers that one process has taken. As many are taken at a time as are asked for meanwhile: 1 when it is quiet, so that two nodes count in turn. */
export class CaseNumbers {
  readonly #db: Kysely<Tables>
  #spare: number[] = []
  #waiting: Waiting[] = []
  #taking = false

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  /** Numbers that nobody else has, ascending. Never call it inside of a transaction: it needs a connection beside it. Rejects where the database does. */
  reserve(count: number): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ count, resolve, reject })
      if (!this.#taking) void this.#take()
    })
  }

  /** A number that is there already, or none. */
  atHand(): readonly number[] {
    return this.#spare.splice(0, 1)
  }

  /** Those that no committed or half-known transaction has used. */
  giveBack(numbers: readonly number[]): void {
    this.#spare = [...this.#spare, ...numbers].sort((a, b) => a - b)
  }

  async #take(): Promise<void> {
    this.#taking = true
    while (this.#waiting.length > 0) {
      const served = this.#waiting.splice(0)
      const missing = served.reduce((sum, w) => sum + w.count, 0) - this.#spare.length
      try {
        if (missing > 0) {
          const last = await nextNumber(this.#db, 'case', missing)
          this.giveBack(Array.from({ length: missing }, (_, i) => last - missing + 1 + i))
        }
        for (const { count, resolve } of served) resolve(this.#spare.splice(0, count))
      } catch (error) {
        for (const { reject } of served) reject(error)
      }
    }
    this.#taking = false
  }
}

/** The numbers of one transaction, which may be tried several times. */
export class ReservedNumbers {
  readonly #numbers: readonly number[]
  #used = 0
  /** It needed more than there were: nothing of it may be kept, and it is to be done again with more. */
  exhausted = false

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  /** The work begins, perhaps anew: what an earlier try used was rolled back. */
  begin(): void {
    this.#used = 0
    this.exhausted = false
  }

  /** The next one. Throws where none is left. */
  take(): number {
    const number = this.#numbers[this.#used]
    if (number === undefined) {
      this.exhausted = true
      throw new Error('a transaction needs more case numbers than were taken for it')
    }
    this.#used += 1
    return number
  }

  /** Those that are left. */
  get unused(): readonly number[] {
    return this.#numbers.slice(this.#used)
  }

  get count(): number {
    return this.#numbers.length
  }
}

/**
 * Runs a transaction with numbers taken for it: `expected` cases, or what is at hand. Where it makes more, it is rolled back and done again
 * with more. Without `numbers` (SQLite) the work counts by itself. `undone`: whether an error says for certain that all was rolled back.
 */
export async function withCaseNumbers<T>(
  numbers: CaseNumbers | undefined,
  expected: number,
  run: (reserved: ReservedNumbers | undefined) => Promise<T>,
  undone: (error: unknown) => boolean = () => false,
): Promise<T> {
  if (!numbers) return run(undefined)
  for (let wanted = expected; ;) {
    const reserved = new ReservedNumbers(wanted > 0 ? await numbers.reserve(wanted) : numbers.atHand())
    try {
      const value = await run(reserved)
      numbers.giveBack(reserved.unused)
      return value
    } catch (error) {
      // Those used are given back only where all was certainly rolled back: a commit may have come through without an answer.
      const { exhausted } = reserved
      if (exhausted || undone(error)) reserved.begin()
      numbers.giveBack(reserved.unused)
      if (!exhausted) throw error
    }
    wanted = Math.max(1, reserved.count * 4)
  }
}
