// Long lists of ids in portions that a query takes.

/** Ids of one `in (...)`; SQLite binds at most 32,766 values. */
const most = 500

/** The list in portions of at most 500, or `size`, in its order. */
export function batchesOf<T>(list: readonly T[], size = most): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))
}
