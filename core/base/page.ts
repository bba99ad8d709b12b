// Lists page after page: a query asks for one entry more than a page holds; the cursor names the place where the page ended.
import Type from 'typebox'
import { PosternError } from './errors.ts'

/** Schema of the query parameter `cursor` of a list. */
export const cursorSchema = Type.Optional(
  Type.String({ maxLength: 500, description: '`next` of the page before, with everything else as it was' }),
)

/** Schema of `next` in the answer of a list. */
export const nextSchema = Type.Union([Type.String(), Type.Null()], { description: 'Cursor of the next page; null on the last' })

/** Where a page ended: the key by which the list is ordered (null: it has none), and the id, by which equal keys are. */
export interface Place {
  readonly key: number | null
  readonly id: string
}

/** The page, of what was found for one entry more; and the cursor of those behind it, null on the last. `order`: name of the list's order. */
export function cutPage<R>(
  found: readonly R[],
  limit: number,
  order: string,
  placeOf: (row: R) => Place,
): { readonly rows: readonly R[]; readonly next: string | null } {
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return { rows, next: found.length > limit && last !== undefined ? writeCursor(order, placeOf(last)) : null }
}

const writeCursor = (order: string, { key, id }: Place): string => Buffer.from(JSON.stringify([order, key, id])).toString('base64url')

/** The place behind which to go on. Throws `invalid` for what `cutPage` did not write for this order. */
export function readCursor(text: string, order: string): Place {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (
      Array.isArray(value) &&
      value.length === 3 &&
      value[0] === order &&
      (value[1] === null || Number.isSafeInteger(value[1])) &&
      typeof value[2] === 'string' &&
      value[2].length <= 64
    )
      return { key: value[1] === null ? null : Number(value[1]), id: value[2] }
  } catch {
    // Said below.
  }
  throw new PosternError('invalid', 'cursor: not one of this list and order')
}
