// What automatic mail has left, in memory: on SQLite one process writes nearly all of it, and counting rows would cost more with each mail.
//
// Rows are only added, with rowids that grow. So each look reads those behind the last one that it knows, other processes' among them, and that
// one itself: where it is gone or another (a commit that failed, a transaction that was taken back, a table that was pruned), all are read anew.
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { countedForMs, forgottenStamp, suppressedStamp, suppressionUntil } from '../automatic.ts'
import type { AutomaticFilter } from '../automatic.ts'
import type { Tables } from '../tables.ts'

interface Sent {
  readonly rowid: number
  readonly id: string
  readonly recipient: string
  readonly domain: string
  readonly kind: string
  readonly sent_at: number
  readonly suppressed: string | null
  readonly forgotten: string | null
}

const trimEveryMs = 3_600_000

/** Counts of automatic mails and suppressed addresses as they are for a transaction that has called `look` with its handle. */
export class AutomaticMemory {
  /** By what is counted, ms UTC of each mail in ascending order. */
  readonly #times = new Map<string, number[]>()
  readonly #suppressed = new Map<string, { readonly reason: string; readonly until: number } | null>()
  #last: Sent | undefined
  #trimmedAt = 0

  /** Reads what was added since the last look; one statement, whatever the number of rows behind it. `now`: ms UTC. */
  async look(db: Kysely<Tables>, now: number): Promise<void> {
    const known = this.#last
    const rows = known
      ? await this.#rows(db)
          .where(sql<number>`rowid`, '>=', known.rowid)
          .execute()
      : []
    const [first] = rows
    if (!known || first?.id !== known.id || first.forgotten !== known.forgotten) return this.#readAll(db, now)
    if (first.suppressed !== known.suppressed) this.#suppressed.clear()
    for (const row of rows) if (row !== first) this.#add(row)
    this.#last = rows.at(-1) ?? first
    if (now - this.#trimmedAt > trimEveryMs) this.#trim(now)
  }

  /** How many left after that instant (ms UTC). */
  count({ recipient, domain, kinds }: AutomaticFilter, after: number): number {
    const who = recipient !== undefined ? toRecipient(recipient) : domain !== undefined ? toDomain(domain) : toAll
    const keys = kinds ? kinds.map((kind) => of(who, kind)) : [who]
    return keys.reduce((sum, key) => sum + newerThan(this.#times.get(key) ?? [], after), 0)
  }

  /** Why this address (lower case) gets no automatic mail now, or null. */
  async suppressedBecause(db: Kysely<Tables>, address: string, now: number): Promise<string | null> {
    let known = this.#suppressed.get(address)
    if (known === undefined) {
      known = (await suppressionUntil(db, address)) ?? null
      // A table without a row tells nothing of changes.
      if (this.#last) this.#suppressed.set(address, known)
    }
    return known && known.until > now ? known.reason : null
  }

  /** The database holds other rows than before. */
  forget(): void {
    this.#times.clear()
    this.#suppressed.clear()
    this.#last = undefined
  }

  async #readAll(db: Kysely<Tables>, now: number): Promise<void> {
    this.forget()
    this.#trimmedAt = now
    const rows = await this.#rows(db)
      .where('sent_at', '>', now - countedForMs)
      .execute()
    for (const row of rows) this.#add(row)
    this.#last = rows.at(-1)
  }

  #rows(db: Kysely<Tables>) {
    const stamp = (key: string) => sql<string | null>`(select value from meta where key = ${key})`
    return db
      .selectFrom('sent_automatic')
      .select(['id', 'recipient', 'domain', 'kind', 'sent_at'])
      .select([
        sql<number>`sent_automatic.rowid`.as('rowid'),
        stamp(suppressedStamp).as('suppressed'),
        stamp(forgottenStamp).as('forgotten'),
      ])
      .orderBy(sql`sent_automatic.rowid`)
  }

  #add({ recipient, domain, kind, sent_at }: Sent): void {
    const [person, house] = [toRecipient(recipient), toDomain(domain)]
    for (const key of [person, of(person, kind), house, of(house, kind), toAll, of(toAll, kind)]) {
      const times = this.#times.get(key)
      // Nearly always the newest; not after the clock was put back.
      if (times) times.splice(times.length - newerThan(times, sent_at), 0, sent_at)
      else this.#times.set(key, [sent_at])
    }
  }

  #trim(now: number): void {
    this.#trimmedAt = now
    for (const [key, times] of this.#times) {
      const kept = newerThan(times, now - countedForMs)
      if (kept === 0) this.#times.delete(key)
      else if (kept < times.length) this.#times.set(key, times.slice(-kept))
    }
  }
}

// No address holds a blank before its end, and no domain an @.
const toAll = ''
const toRecipient = (address: string): string => `to ${address}`
const toDomain = (domain: string): string => `at ${domain}`
const of = (who: string, kind: string): string => `${who}\n${kind}`

/** How many of ascending numbers are greater. */
function newerThan(times: readonly number[], than: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? 0) > than) high = middle
    else low = middle + 1
  }
  return times.length - low
}
