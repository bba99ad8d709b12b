// What was merged, with what is needed to take it back.
import type { Selectable } from 'kysely'
import type { CaseStatus, Migration } from '../../core/plugin.ts'
import type { Address, MergedPart } from '../../core/plugin.ts'

declare module '../../core/store/tables.ts' {
  interface Tables {
    merging_merges: MergeTable
  }
}

/** One row for each merge; times are ms UTC. */
export interface MergeTable {
  id: string
  source_id: string
  target_id: string
  /** JSON of the Origin that ordered it. */
  ordered_by: string
  created_at: number
  undone_at: number | null
  /** JSON of MergedPart. */
  part: string
  /** JSON of Taken. */
  taken: string
}

/** A merge as it is read. */
export type MergeRow = Selectable<MergeTable>

/** What the target got besides the timeline, and what it had in that place. */
export interface Taken {
  readonly tags: readonly string[]
  /** Agents who follow the target since; none in merges of before there were followers. */
  readonly followers?: readonly string[]
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
  /** Fields that the target lacked. */
  readonly custom: Readonly<Record<string, unknown>>
  /** Links of the source; `moved`: they are the target's now, else they were dropped. */
  readonly links: readonly Link[]
  /** Status of the target before it was opened; null: it was left alone. */
  readonly status: CaseStatus | null
  /** Subject of the target before it got the source's; null: it was left alone. */
  readonly subject: string | null
  /** Answers of both that had not left. */
  readonly unsent: readonly string[]
}

/** A link to another case: what that one is to this, what this is to that one. */
export interface Link {
  readonly other: string
  readonly kind: string
  readonly back: string
  readonly moved: boolean
}

/** The merge behind its row. */
export interface Merge {
  readonly row: MergeRow
  readonly part: MergedPart
  readonly taken: Taken
}

/** Makes these tables, in order. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-merging',
    async up(db) {
      await db.schema
        .createTable('merging_merges')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('source_id', 'text', (c) => c.notNull().references('cases.id').onDelete('cascade'))
        .addColumn('target_id', 'text', (c) => c.notNull().references('cases.id').onDelete('cascade'))
        .addColumn('ordered_by', 'text', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('undone_at', 'bigint')
        .addColumn('part', 'text', (c) => c.notNull())
        .addColumn('taken', 'text', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('merging_merges_by_source').on('merging_merges').columns(['source_id', 'created_at']).execute()
      await db.schema.createIndex('merging_merges_by_target').on('merging_merges').columns(['target_id', 'created_at']).execute()
    },
  },
]
