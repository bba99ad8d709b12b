// Lists of cases: what a filter selects, newest change first.
import { batchesOf } from '../base/batches.ts'
import type { Expression, Kysely, SqlBool } from 'kysely'
import type { CaseRow, CaseStatus, Tables } from './tables.ts'

/** Which cases are listed; a case has to fit all that is given. */
export interface CaseFilter {
  readonly statuses?: readonly CaseStatus[]
  readonly mailboxes?: readonly string[]
  /** Agent id; null: nobody. */
  readonly assignee?: string | null
  readonly group?: string
  /** All of them. */
  readonly tags?: readonly string[]
  /** The requester's address. */
  readonly requester?: string
  /** Subqueries that select case ids, as plugins' filters make them. */
  readonly matching?: readonly { readonly caseIds: object; readonly not?: boolean }[]
  readonly limit: number
  /** Only cases behind this one in the order of the list. */
  readonly after?: { readonly updatedAt: number; readonly id: string }
}

/** Newest change first; ties by id. */
export async function listCases(db: Kysely<Tables>, filter: CaseFilter): Promise<readonly CaseRow[]> {
  const { statuses, mailboxes, assignee, group, requester, after } = filter
  let q = db.selectFrom('cases').selectAll().orderBy('updated_at', 'desc').orderBy('id', 'desc').limit(filter.limit)
  // What was merged away is no case of its own.
  q = q.where('merged_into', 'is', null)
  if (statuses) q = q.where('status', 'in', [...statuses])
  if (mailboxes) q = q.where('mailbox', 'in', [...mailboxes])
  if (assignee !== undefined) q = assignee === null ? q.where('assignee', 'is', null) : q.where('assignee', '=', assignee)
  if (group !== undefined) q = q.where('group_id', '=', group)
  if (requester !== undefined) q = q.where('requester_address', '=', requester.toLowerCase())
  for (const tag of filter.tags ?? []) q = q.where('id', 'in', (eb) => eb.selectFrom('case_tags').select('case_id').where('tag', '=', tag))
  for (const { caseIds, not } of filter.matching ?? []) {
    // The plugin contract promises a subquery that selects one column of case ids.
    q = q.where((eb): Expression<SqlBool> => eb('id', not ? 'not in' : 'in', caseIds as Expression<string>))
  }
  if (after)
    q = q.where((eb) =>
      eb.or([eb('updated_at', '<', after.updatedAt), eb.and([eb('updated_at', '=', after.updatedAt), eb('id', '<', after.id)])]),
    )
  return q.execute()
}

/** Numbers of cases by id, for lists that name them. */
export async function caseNumbers(db: Kysely<Tables>, ids: readonly (string | null)[]): Promise<ReadonlyMap<string, number>> {
  const known = [...new Set(ids.filter((id) => id !== null))]
  const out = new Map<string, number>()
  for (const some of batchesOf(known)) {
    const rows = await db.selectFrom('cases').select(['id', 'number']).where('id', 'in', some).execute()
    for (const row of rows) out.set(row.id, row.number)
  }
  return out
}
