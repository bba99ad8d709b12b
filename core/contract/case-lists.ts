// What a plugin may bring to lists of cases: filters and orders.
import type { AliasableExpression, Kysely } from 'kysely'
import type { TSchema } from 'typebox'
import type { Tables } from '../store/tables.ts'

/** A filter of case lists (CLI, API). */
export interface FilterDefinition {
  readonly description: string
  readonly value: TSchema
  /** Ids of matching cases as a subquery on the plugin's tables. */
  where(db: Kysely<Tables>, value: string, viewer: Viewer): FilterQuery | Promise<FilterQuery>
}

/** A subquery that selects one column of case ids; `not` turns it round. */
export interface FilterQuery {
  readonly caseIds: ReturnType<Kysely<Tables>['selectFrom']> | object
  readonly not?: boolean
}

/** An order of case lists (CLI, API). */
export interface SortDefinition {
  readonly description: string
  /** A subquery that selects `case_id` and `sort_key` (an integer), one row a case; cases without a row come last. */
  keys(db: Kysely<Tables>): AliasableExpression<{ case_id: string; sort_key: number }>
}

/** For whom a list is made: relative times are judged in his zone. */
export interface Viewer {
  readonly now: number
  readonly timezone: string
  readonly locale: string
  readonly agent: string | null
}
