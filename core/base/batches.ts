// Long lists of ids in portions that a query takes.

/** Ids of one `in (...)`; SQLite binds at most 32,766 values. */
const most = 500

/** The list in portions of at most 500, in its order. */
export function batchesOf<T>(list: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / most) }, (_, i) => list.slice(i * most, (i + 1) * most))
}
