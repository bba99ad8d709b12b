// The keys of a schema, for tables that must speak of each of them.
import { isRecord, unionOf } from '../../core/base/schema-walk.ts'

/** Dotted paths of all keys that hold a value: `*` stands for an id or an index. */
export function leaves(schema: unknown, at = ''): readonly string[] {
  if (!isRecord(schema)) return []
  const below = (key: string): string => (at === '' ? key : `${at}.${key}`)
  if (isRecord(schema.properties)) return Object.entries(schema.properties).flatMap(([name, sub]) => leaves(sub, below(name)))
  if (isRecord(schema.patternProperties)) return Object.values(schema.patternProperties).flatMap((sub) => leaves(sub, below('*')))
  if (isRecord(schema.items) && isRecord(schema.items.properties) && unionOf(schema.items) === undefined)
    return leaves(schema.items, below('*'))
  return [at]
}
