// Lists along the timeline of a case, page after page: `limit`, an opaque `cursor`, and `next` in the answer.
import Type from 'typebox'
import { cursorSchema, cutPage, readCursor } from '../../../base/page.ts'
import type { TimelinePage } from '../../../store/timeline.ts'
import type { ApiCall } from '../route.ts'

/** Query parameters of a list along the timeline of a case. */
export const placePaging = {
  sort: Type.Union([Type.Literal('seq'), Type.Literal('-seq')], {
    default: 'seq',
    description: 'In the order in which it happened; -seq: the newest first',
  }),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 100 }),
  cursor: cursorSchema,
}

/** A page as `placePaging` asks for it, and one entry more, by which `cut` knows whether there is another. */
export function placeAsked({ query }: Pick<ApiCall, 'query'>): TimelinePage {
  const sort = String(query.sort)
  const after = typeof query.cursor === 'string' ? readCursor(query.cursor, sort) : undefined
  return {
    direction: sort === '-seq' ? 'desc' : 'asc',
    limit: Number(query.limit) + 1,
    ...(after && { after: { seq: after.key ?? 0, id: after.id } }),
  }
}

/** The entries that were asked for, and the cursor of those behind them. */
export function cut<R extends { readonly seq: number; readonly id: string }>(
  { query }: Pick<ApiCall, 'query'>,
  found: readonly R[],
): { readonly rows: readonly R[]; readonly next: string | null } {
  return cutPage(found, Number(query.limit), String(query.sort), (r) => ({ key: r.seq, id: r.id }))
}

/** The same for lists that go on behind an id of their last entry. */
export function cutBehind<R>(
  found: readonly R[],
  limit: number,
  idOf: (row: R) => string,
): { readonly rows: readonly R[]; readonly next: string | null } {
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return { rows, next: found.length > limit && last !== undefined ? idOf(last) : null }
}
