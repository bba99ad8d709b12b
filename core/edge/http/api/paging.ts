// Lists page after page: `limit`, an opaque `cursor`, and `next` in the answer.
import Type from 'typebox'
import { PosternError } from '../../../base/errors.ts'
import type { TimelinePage } from '../../../store/timeline.ts'
import type { ApiCall } from '../route.ts'

/** Where a page ended: the key by which the list is ordered, and the id. */
interface Place {
  readonly key: number | null
  readonly id: string
}

export const cursorSchema = Type.Optional(Type.String({ maxLength: 500, description: '`next` of the page before, with everything else as it was' }))
export const nextSchema = Type.Union([Type.String(), Type.Null()], { description: 'Cursor of the next page; null on the last' })

/** Of lists along the timeline of a case. */
export const placePaging = {
  sort: Type.Union([Type.Literal('seq'), Type.Literal('-seq')], { default: 'seq', description: 'In the order in which it happened; -seq: the newest first' }),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 100 }),
  cursor: cursorSchema,
}

/** A page as `placePaging` asks for it, and one entry more, by which `cut` knows whether there is another. */
export function placeAsked({ query }: Pick<ApiCall, 'query'>): TimelinePage {
  const sort = String(query.sort)
  const after = typeof query.cursor === 'string' ? readCursor(query.cursor, sort) : undefined
  return { direction: sort === '-seq' ? 'desc' : 'asc', limit: Number(query.limit) + 1, ...(after && { after: { seq: after.key ?? 0, id: after.id } }) }
}

/** The entries that were asked for, and the cursor of those behind them. */
export function cut<R extends { readonly seq: number; readonly id: string }>({ query }: Pick<ApiCall, 'query'>, found: readonly R[]): { readonly rows: readonly R[]; readonly next: string | null } {
  const rows = found.slice(0, Number(query.limit))
  const last = rows.at(-1)
  return { rows, next: found.length > rows.length && last ? writeCursor(String(query.sort), { key: last.seq, id: last.id }) : null }
}

export const writeCursor = (sort: string, { key, id }: Place): string => Buffer.from(JSON.stringify([sort, key, id])).toString('base64url')

/** Throws `invalid` for what `writeCursor` did not write for this order. */
export function readCursor(text: string, sort: string): Place {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (Array.isArray(value) && value.length === 3 && value[0] === sort && (value[1] === null || Number.isSafeInteger(value[1])) && typeof value[2] === 'string' && value[2].length <= 64) return { key: value[1] === null ? null : Number(value[1]), id: value[2] }
  } catch {
    // Said below.
  }
  throw new PosternError('invalid', 'cursor: not one of this list and order')
}
