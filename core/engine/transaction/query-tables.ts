// What a query of a transaction changes and which tables it names, as far as its tree tells.
import type { RootOperationNode } from 'kysely'

/** The table that a query changes; '' for a query in plain SQL, which may change any. */
export function changedTable(node: RootOperationNode): string | undefined {
  if (node.kind === 'SelectQueryNode') return undefined
  if (node.kind === 'InsertQueryNode') return node.into?.table.identifier.name
  if (node.kind === 'UpdateQueryNode') return [...tablesIn(node.table ?? node)][0]
  if (node.kind === 'DeleteQueryNode') return [...tablesIn(node.from)][0]
  return ''
}

/** The beginning or the kept end of a part that can be taken back: no row is another one for it. */
export const isSavepoint = (node: RootOperationNode): boolean =>
  node.kind === 'RawNode' && /^(?:release )?savepoint\b/.test(node.sqlFragments[0] ?? '')

/** Every table that a query names, in subqueries too; '' for plain SQL. Values are not looked into. */
export function tablesIn(node: object, found = new Set<string>()): ReadonlySet<string> {
  const kind = 'kind' in node ? node.kind : undefined
  if (kind === 'ValuesNode' || kind === 'PrimitiveValueListNode' || kind === 'ValueNode') return found
  if (kind === 'RawNode' && 'sqlFragments' in node && Array.isArray(node.sqlFragments) && node.sqlFragments.some(namesTables)) found.add('')
  if (kind === 'SchemableIdentifierNode' && 'identifier' in node && isNamed(node.identifier)) found.add(node.identifier.name)
  else for (const part of Object.values(node) as readonly unknown[]) if (typeof part === 'object' && part !== null) tablesIn(part, found)
  return found
}

/** Plain SQL in which a table may stand; `desc` is plain SQL too. */
const namesTables = (text: unknown): boolean => /\b(?:from|join|into|update|table)\b/i.test(String(text))

const isNamed = (node: unknown): node is { readonly name: string } =>
  typeof node === 'object' && node !== null && 'name' in node && typeof node.name === 'string'
