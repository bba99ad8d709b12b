// Pages of case lists in any order, each page in the time of its length: long lists are read along an index, never sorted whole.
import type { AliasableExpression, Expression, Kysely, SelectQueryBuilder, SqlBool } from 'kysely'
import type { CaseRow, CaseStatus, Tables } from './tables.ts'

/** Columns with an index of their own. */
export type CaseOrder = 'updated_at' | 'created_at' | 'number'

/** Which cases are listed; a case has to fit all that is given. */
export interface CasePageFilter {
  readonly statuses?: readonly CaseStatus[]
  readonly mailboxes?: readonly string[]
  readonly channel?: string
  /** Agent id; null: nobody. */
  readonly assignee?: string | null
  readonly group?: string | null
  /** All of them. */
  readonly tags?: readonly string[]
  /** The requester's address. */
  readonly requester?: string
  /** Somebody in copy, or the requester. */
  readonly person?: string
  /** ms UTC: from (inclusive) and before. */
  readonly created?: { readonly from?: number; readonly before?: number }
  readonly updated?: { readonly from?: number; readonly before?: number }
  /** false: none that was merged into another; true: only those. */
  readonly merged?: boolean
  /** Subqueries that select case ids, as plugins' filters make them. */
  readonly matching?: readonly { readonly caseIds: object; readonly not?: boolean }[]
}

/** Which part of a list is read. */
export interface PageOf {
  readonly direction: 'asc' | 'desc'
  readonly limit: number
  /** The last row of the page before: its key and id. */
  readonly after?: { readonly key: number | null; readonly id: string }
}

/** A case with the value that it is sorted by, for the cursor of the next page. */
export interface Keyed {
  readonly row: CaseRow
  readonly key: number | null
}

const allStatuses: readonly CaseStatus[] = ['open', 'waiting', 'closed', 'spam', 'trash']
/** More short lists than this are not worth merging. */
const maxLists = 60

/** Ties by id, in the same direction. */
export async function casePage(db: Kysely<Tables>, filter: CasePageFilter, by: CaseOrder, page: PageOf): Promise<readonly Keyed[]> {
  const lists = listsOf(filter)
  const found: Keyed[] = []
  for (const part of lists) {
    const q = narrowed(db.selectFrom('cases').selectAll('cases'), { ...filter, ...part })
      .$if(page.after !== undefined, (q) => {
        const key = page.after?.key ?? 0
        const id = page.after?.id ?? ''
        const [reaches, beyond] = page.direction === 'desc' ? (['<=', '<'] as const) : (['>=', '>'] as const)
        // Written so that an index on (key, id) bounds the search; an `or` alone would be read as two lists to sort.
        return q.where(`cases.${by}`, reaches, key).where((eb) => eb.or([eb(`cases.${by}`, beyond, key), eb('cases.id', beyond, id)]))
      })
      .orderBy(`cases.${by}`, page.direction)
      .orderBy('cases.id', page.direction)
      .limit(page.limit)
    for (const row of await q.execute()) found.push({ row, key: row[by] })
  }
  if (lists.length === 1) return found
  const sign = page.direction === 'desc' ? -1 : 1
  return found.sort((a, b) => sign * ((a.key ?? 0) - (b.key ?? 0) || (a.row.id < b.row.id ? -1 : 1))).slice(0, page.limit)
}

/** How many cases match. */
export async function countCases(db: Kysely<Tables>, filter: CasePageFilter): Promise<number> {
  const { n } = await narrowed(db.selectFrom('cases'), filter)
    .select((eb) => eb.fn.countAll().as('n'))
    .executeTakeFirstOrThrow()
  return Number(n)
}

/** In the order of a plugin; cases without a key come last. */
export async function casePageBy(
  db: Kysely<Tables>,
  filter: CasePageFilter,
  keys: AliasableExpression<{ case_id: string; sort_key: number }>,
  page: PageOf,
): Promise<readonly Keyed[]> {
  const beyond = page.direction === 'desc' ? '<' : '>'
  const rows = await narrowed(
    db
      .selectFrom('cases')
      .leftJoin(keys.as('ordered'), (join) => join.onRef('ordered.case_id', '=', 'cases.id'))
      .selectAll('cases')
      .select('ordered.sort_key'),
    filter,
  )
    .$if(page.after !== undefined, (q) =>
      q.where((eb) => {
        const { key, id } = page.after ?? { key: null, id: '' }
        if (key === null) return eb.and([eb('ordered.sort_key', 'is', null), eb('cases.id', beyond, id)])
        return eb.or([
          eb('ordered.sort_key', beyond, key),
          eb.and([eb('ordered.sort_key', '=', key), eb('cases.id', beyond, id)]),
          eb('ordered.sort_key', 'is', null),
        ])
      }),
    )
    .orderBy((eb) => eb.case().when('ordered.sort_key', 'is', null).then(1).else(0).end())
    .orderBy('ordered.sort_key', page.direction)
    .orderBy('cases.id', page.direction)
    .limit(page.limit)
    .execute()
  return rows.map(({ sort_key, ...row }) => ({ row, key: sort_key === null ? null : Number(sort_key) }))
}

/** A list over several statuses or mailboxes is merged from one list for each, since only those lie in order in an index. */
function listsOf(filter: CasePageFilter): readonly Pick<CasePageFilter, 'statuses' | 'mailboxes'>[] {
  const { statuses, mailboxes } = filter
  const picky =
    filter.assignee !== undefined ||
    filter.requester !== undefined ||
    filter.person !== undefined ||
    (filter.tags?.length ?? 0) > 0 ||
    (filter.matching?.length ?? 0) > 0
  if (picky || (statuses === undefined && mailboxes === undefined)) return [{}]
  const lists = (mailboxes ?? [undefined]).flatMap((m) =>
    (statuses ?? allStatuses).map((s) => ({ ...(m !== undefined && { mailboxes: [m] }), statuses: [s] })),
  )
  return lists.length > maxLists ? [{}] : lists
}

// The row type of the query differs between the two callers and none of the conditions touches it.
function narrowed<TB extends keyof Tables | 'ordered', O>(
  query: SelectQueryBuilder<Tables & { ordered: { case_id: string; sort_key: number } }, TB, O>,
  f: CasePageFilter,
): typeof query
function narrowed(query: SelectQueryBuilder<Tables, 'cases', unknown>, f: CasePageFilter): SelectQueryBuilder<Tables, 'cases', unknown> {
  let q = query
  if (f.statuses)
    q =
      f.statuses.length === 1 && f.statuses[0]
        ? q.where('cases.status', '=', f.statuses[0])
        : q.where('cases.status', 'in', [...f.statuses])
  if (f.mailboxes)
    q =
      f.mailboxes.length === 1 && f.mailboxes[0] !== undefined
        ? q.where('cases.mailbox', '=', f.mailboxes[0])
        : q.where('cases.mailbox', 'in', [...f.mailboxes])
  if (f.channel !== undefined) q = q.where('cases.channel', '=', f.channel)
  if (f.assignee !== undefined) q = f.assignee === null ? q.where('cases.assignee', 'is', null) : q.where('cases.assignee', '=', f.assignee)
  if (f.group !== undefined) q = f.group === null ? q.where('cases.group_id', 'is', null) : q.where('cases.group_id', '=', f.group)
  const { requester, person } = f
  if (requester !== undefined) q = q.where('cases.requester_address', '=', requester.toLowerCase())
  if (person !== undefined) {
    q = q.where((eb) =>
      eb.or([
        eb('cases.requester_address', '=', person.toLowerCase()),
        eb('cases.id', 'in', eb.selectFrom('case_people').select('case_id').where('address', '=', person.toLowerCase())),
      ]),
    )
  }
  if (f.merged !== undefined) q = q.where('cases.merged_into', f.merged ? 'is not' : 'is', null)
  if (f.created?.from !== undefined) q = q.where('cases.created_at', '>=', f.created.from)
  if (f.created?.before !== undefined) q = q.where('cases.created_at', '<', f.created.before)
  if (f.updated?.from !== undefined) q = q.where('cases.updated_at', '>=', f.updated.from)
  if (f.updated?.before !== undefined) q = q.where('cases.updated_at', '<', f.updated.before)
  for (const tag of f.tags ?? []) q = q.where('cases.id', 'in', (eb) => eb.selectFrom('case_tags').select('case_id').where('tag', '=', tag))
  for (const { caseIds, not } of f.matching ?? []) {
    // The plugin contract promises a subquery that selects one column of case ids.
    q = q.where((eb): Expression<SqlBool> => eb('cases.id', not ? 'not in' : 'in', caseIds as Expression<string>))
  }
  return q
}
