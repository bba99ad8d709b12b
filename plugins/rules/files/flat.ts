// The conditions of a rule as its doubts are looked for: those that have to hold, and what they ask for.
import { statusNames } from '../conditions/conditions.ts'
import type { Node } from './rule-files.ts'

/** The names that a value of a condition asks for, statuses in English. */
export const namesOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).map((v) => statusNames[String(v).toLowerCase()] ?? String(v))

/** The plugin's own conditions that all have to hold. */
export function flat(node: Node): readonly Extract<Node, { kind: 'test' }>[] {
  if (node.kind === 'test') return [node]
  return node.kind === 'all' ? node.nodes.flatMap(flat) : []
}
