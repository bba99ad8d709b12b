// Events: append-only facts. Their position, the cursor for readers, is given after the commit, so that it has no gaps and never goes back.
import type { Insertable, Kysely } from 'kysely'
import type { Clock } from '../base/clock.ts'
import { nextNumber } from './cases.ts'
import type { Database } from './database.ts'
import { transact } from './database.ts'
import type { EventRow, EventTable, Tables, Tx } from './tables.ts'

/** `alone`: no other transaction runs beside this one (SQLite), so the positions can be given here, in the order of the commits. */
export async function insertEvents(tx: Tx, events: readonly Insertable<EventTable>[], alone = false): Promise<void> {
  if (events.length === 0) return
  const before = alone ? (await nextNumber(tx, 'event', events.length)) - events.length : null
  await tx
    .insertInto('events')
    .values(events.map((event, i) => (before === null ? event : { ...event, position: before + i + 1 })))
    .execute()
}

/**
 * Numbers committed events that have no position yet, oldest first. The counter's row is locked meanwhile, so positions
 * grow in the order of these transactions: a reader that has seen position n has seen everything up to n.
 */
export async function numberEvents(database: Database, clock: Clock, limit = 1000): Promise<number> {
  return (await number(database, clock, limit, true)) ?? 0
}

/** As `numberEvents` without waiting for another node that numbers at this moment: then undefined, and what it does not see is to be numbered soon. */
export async function numberEventsIfFree(database: Database, clock: Clock, limit: number): Promise<number | undefined> {
  return number(database, clock, limit, false)
}

async function number(database: Database, clock: Clock, limit: number, wait: boolean): Promise<number | undefined> {
  const waiting = await database.write.selectFrom('events').select('id').where('position', 'is', null).limit(1).executeTakeFirst()
  if (!waiting) return 0
  return transact(database, clock, async (tx) => {
    // A statement of its own: what the next one reads must have been read with the lock held. SQLite has one writer.
    const counter = tx.selectFrom('counters').select('value').where('name', '=', 'event')
    const locked = database.kind === 'sqlite' ? counter : wait ? counter.forUpdate() : counter.forUpdate().skipLocked()
    const row = await locked.executeTakeFirst()
    // Held by another node, or not there yet: the first to number makes it.
    if (!row && !wait && (await counter.executeTakeFirst())) return undefined
    const before = row ? row.value : await nextNumber(tx, 'event', 0)
    const result = await tx
      .updateTable('events')
      .from((eb) =>
        eb
          .selectFrom('events')
          .select((e) => [
            'id',
            e.fn
              .agg<number>('row_number')
              .over((o) => o.orderBy('id'))
              .as('nth'),
          ])
          .where('position', 'is', null)
          .orderBy('id')
          .limit(limit)
          .as('unnumbered'),
      )
      .set((eb) => ({ position: eb('unnumbered.nth', '+', before) }))
      .whereRef('events.id', '=', 'unnumbered.id')
      .executeTakeFirst()
    const numbered = Number(result.numUpdatedRows)
    await nextNumber(tx, 'event', numbered)
    return numbered
  })
}

/** Numbered events after a position, in order. */
export async function eventsAfter(db: Kysely<Tables>, after: number, limit: number): Promise<readonly EventRow[]> {
  return db.selectFrom('events').selectAll().where('position', '>', after).orderBy('position').limit(limit).execute()
}

/** All events of a case in the order of its timeline. */
export async function eventsOf(db: Kysely<Tables>, caseId: string): Promise<readonly EventRow[]> {
  return db.selectFrom('events').selectAll().where('case_id', '=', caseId).orderBy('case_seq').execute()
}

/** Events of a case that were written at this instant (ms UTC): those of one transaction. */
export async function eventsAt(db: Kysely<Tables>, caseId: string, at: number): Promise<readonly Pick<EventRow, 'type' | 'data'>[]> {
  return db.selectFrom('events').select(['type', 'data']).where('case_id', '=', caseId).where('created_at', '=', at).orderBy('id').execute()
}

/** The highest position that has been given; 0: none yet. */
export async function lastPosition(db: Kysely<Tables>): Promise<number> {
  const row = await db
    .selectFrom('events')
    .select((eb) => eb.fn.max('position').as('position'))
    .executeTakeFirst()
  return Number(row?.position ?? 0)
}

/** Which events of the feed are read. */
export interface EventFilter {
  /** Positions in (after, upTo]. */
  readonly after: number
  readonly upTo: number
  /** null: of all. */
  readonly mailboxes: readonly string[] | null
  readonly caseId?: string
  readonly types?: readonly string[]
  readonly limit: number
}

/** Numbered events that suit, in the order of their positions. */
export async function eventsIn(db: Kysely<Tables>, filter: EventFilter): Promise<readonly EventRow[]> {
  if (filter.mailboxes?.length === 0 || filter.types?.length === 0) return []
  let q = db
    .selectFrom('events')
    .selectAll()
    .where('position', '>', filter.after)
    .where('position', '<=', filter.upTo)
    .orderBy('position')
    .limit(filter.limit)
  if (filter.mailboxes) q = q.where('mailbox', 'in', [...filter.mailboxes])
  if (filter.caseId !== undefined) q = q.where('case_id', '=', filter.caseId)
  if (filter.types) q = q.where('type', 'in', [...filter.types])
  return q.execute()
}

/** Id of the last event; '' where there is none. */
export async function lastEventId(db: Kysely<Tables>): Promise<string> {
  const row = await db
    .selectFrom('events')
    .select((eb) => eb.fn.max('id').as('id'))
    .executeTakeFirst()
  return row?.id ?? ''
}

/** Events behind an id, in the order of their making. */
export async function eventsSince(db: Kysely<Tables>, id: string): Promise<readonly Pick<EventRow, 'type' | 'data'>[]> {
  return db.selectFrom('events').select(['type', 'data']).where('id', '>', id).orderBy('id').execute()
}
