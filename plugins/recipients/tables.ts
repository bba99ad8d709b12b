// Who took part in a case at each of its versions, and what can be taken back.
import type { Selectable } from 'kysely'
import type { Migration, Origin, Tx } from '../../core/plugin.ts'
import type { CasePeople } from './compare.ts'

declare module '../../core/store/tables.ts' {
  interface Tables {
    recipients_history: HistoryTable
    recipients_updates: UpdateTable
    recipients_splits: SplitTable
  }
}

/** One row per version of a case in which its people changed. */
export interface HistoryTable {
  case_id: string
  version: number
  at: number
  /** In whose name: see originKey. */
  changed_by: string
  /** JSON of CasePeople. */
  people: string
}

/** The last update that a reply led to. */
export interface UpdateTable {
  message_id: string
  case_id: string
  /** JSON lists of {address, name}: the copies before and after. */
  before: string
  after: string
  /** Newest message of the case at that time: with another one the case has moved on. */
  last_message: string
  created_at: number
  undone_at: number | null
}

/** One row for each case that was split off; times are ms UTC. */
export interface SplitTable {
  new_case_id: string
  case_id: string
  message_id: string
  /** Its number in the timeline it came from. */
  place: number
  /** Status that the case got back, and must still have for an undo to change it again; null: left alone. */
  status_back: string | null
  created_at: number
  undone_at: number | null
}

/** An update as it is read. */
export type UpdateRow = Selectable<UpdateTable>

/** A split as it is read. */
export type SplitRow = Selectable<SplitTable>

/** Makes these tables, in order. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-recipients',
    async up(db) {
      await db.schema
        .createTable('recipients_history')
        .addColumn('case_id', 'text', (c) => c.notNull().references('cases.id').onDelete('cascade'))
        .addColumn('version', 'bigint', (c) => c.notNull())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addColumn('changed_by', 'text', (c) => c.notNull())
        .addColumn('people', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('recipients_history_pk', ['case_id', 'version'])
        .execute()
      await db.schema
        .createTable('recipients_updates')
        .addColumn('message_id', 'text', (c) => c.primaryKey().references('messages.id').onDelete('cascade'))
        .addColumn('case_id', 'text', (c) => c.notNull())
        .addColumn('before', 'text', (c) => c.notNull())
        .addColumn('after', 'text', (c) => c.notNull())
        .addColumn('last_message', 'text', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('undone_at', 'bigint')
        .execute()
      await db.schema
        .createTable('recipients_splits')
        .addColumn('new_case_id', 'text', (c) => c.primaryKey().references('cases.id').onDelete('cascade'))
        .addColumn('case_id', 'text', (c) => c.notNull())
        .addColumn('message_id', 'text', (c) => c.notNull())
        .addColumn('place', 'bigint', (c) => c.notNull())
        .addColumn('status_back', 'text')
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('undone_at', 'bigint')
        .execute()
      await db.schema.createIndex('recipients_splits_by_message').on('recipients_splits').column('message_id').execute()
    },
  },
]

/** Who made a change, in a form that can be compared. */
export const originKey = (origin: Origin): string => `${origin.kind}:${origin.id ?? ''}`

/** Keeps who takes part now; of one version the last word counts. */
export async function keepPeople(tx: Tx, caseId: string, version: number, people: CasePeople): Promise<void> {
  const facts = { at: tx.now, changed_by: originKey(tx.origin), people: JSON.stringify(people) }
  await tx.db
    .insertInto('recipients_history')
    .values({ case_id: caseId, version, ...facts })
    .onConflict((c) => c.columns(['case_id', 'version']).doUpdateSet(facts))
    .execute()
}

type When = { readonly version: number } | { readonly at: number }

/** Who took part at a version or an instant (ms UTC); what came first where nothing is known of that time. */
export async function peopleThen(tx: Tx, caseId: string, when: When): Promise<CasePeople | undefined> {
  return known(tx, caseId, when, [])
}

/**
 * The same to the knowledge of somebody who orders something in this transaction: what he changed himself since he knows of, and what
 * has changed in the transaction before now (it is `now` and not yet kept, since events are heard at its end) was ordered with it.
 * `start`: whom he knew of then, where that is not who took part in this case.
 */
export async function peopleKnown(
  tx: Tx,
  caseId: string,
  when: When,
  makers: readonly string[],
  now: CasePeople,
  start?: CasePeople,
): Promise<CasePeople | undefined> {
  const then = await known(tx, caseId, when, makers, start)
  const kept = await known(tx, caseId, { version: Number.MAX_SAFE_INTEGER }, [])
  return then && kept && withChange(then, kept, now)
}

async function known(tx: Tx, caseId: string, when: When, makers: readonly string[], start?: CasePeople): Promise<CasePeople | undefined> {
  const rows = (await tx.db.selectFrom('recipients_history').selectAll().where('case_id', '=', caseId).orderBy('version').execute()).map(
    (r) => ({
      ...r,
      people: JSON.parse(r.people) as CasePeople, // written by keepPeople
    }),
  )
  const last = Math.max(
    0,
    rows.findLastIndex((r) => ('version' in when ? r.version <= when.version : r.at <= when.at)),
  )
  // A case that this transaction has made has no rows yet, and nobody in it whom it was not made with.
  let people = rows.length === 0 ? undefined : (start ?? rows[last]?.people)
  for (const [i, row] of rows.entries()) {
    const before = rows[i - 1]?.people
    if (people && before && i > last && makers.includes(row.changed_by)) people = withChange(people, before, row.people)
  }
  return people
}

/** What led from `before` to `after`, done to `people`. */
function withChange(people: CasePeople, before: CasePeople, after: CasePeople): CasePeople {
  const list = (role: 'cc' | 'bcc'): readonly string[] => [
    ...new Set([
      ...people[role].filter((a) => after[role].includes(a) || !before[role].includes(a)),
      ...after[role].filter((a) => !before[role].includes(a)),
    ]),
  ]
  return { requester: after.requester === before.requester ? people.requester : after.requester, cc: list('cc'), bcc: list('bcc') }
}

/** Takes out what was split off from a case that is deleted; its own history goes with it. */
export async function dropCase(tx: Tx, caseId: string): Promise<void> {
  await tx.db.deleteFrom('recipients_splits').where('case_id', '=', caseId).execute()
  await tx.db.deleteFrom('recipients_updates').where('case_id', '=', caseId).execute()
}
