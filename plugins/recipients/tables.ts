// Who took part in a case at each of its versions, and what can be taken back.
import type { Selectable } from 'kysely'
import type { Migration, Tx } from '../../core/plugin.ts'
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

export type UpdateRow = Selectable<UpdateTable>
export type SplitRow = Selectable<SplitTable>

export const migrations: readonly Migration[] = [
  {
    name: '0001-recipients',
    async up(db) {
      await db.schema
        .createTable('recipients_history')
        .addColumn('case_id', 'text', (c) => c.notNull().references('cases.id').onDelete('cascade'))
        .addColumn('version', 'bigint', (c) => c.notNull())
        .addColumn('at', 'bigint', (c) => c.notNull())
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

/** Keeps who takes part now; of one version the last word counts. */
export async function keepPeople(tx: Tx, caseId: string, version: number, people: CasePeople): Promise<void> {
  const row = { case_id: caseId, version, at: tx.now, people: JSON.stringify(people) }
  await tx.db
    .insertInto('recipients_history')
    .values(row)
    .onConflict((c) => c.columns(['case_id', 'version']).doUpdateSet({ at: row.at, people: row.people }))
    .execute()
}

/** Who took part at a version or an instant (ms UTC); what came first where nothing is known of that time. */
export async function peopleThen(tx: Tx, caseId: string, when: { readonly version: number } | { readonly at: number }): Promise<CasePeople | undefined> {
  const rows = tx.db.selectFrom('recipients_history').select('people').where('case_id', '=', caseId)
  const upTo = 'version' in when ? rows.where('version', '<=', when.version) : rows.where('at', '<=', when.at)
  const row = (await upTo.orderBy('version', 'desc').limit(1).executeTakeFirst()) ?? (await rows.orderBy('version').limit(1).executeTakeFirst())
  return row && (JSON.parse(row.people) as CasePeople) // written by keepPeople
}
