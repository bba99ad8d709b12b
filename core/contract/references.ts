// What the arguments of an action refer to: said in its schema, and read from there by whoever must know (the scope of API tokens).
import { referenceKeyword } from '../base/formats.ts'
import { isRecord, subschema, unionOf } from '../base/schema-walk.ts'
import type { JsonSchema } from '../base/schema-walk.ts'

/** `case`: a case, by its number (12, "12", "#12") or id; `mailbox`: a mailbox of the config; `writer`: the agent in whose name it is done. */
export type Referred = 'case' | 'mailbox' | 'writer'

/**
 * Options for the schema of an argument that refers to something: `Type.String({ ...refersTo('case'), description: '...' })`. A token that is
 * bound to mailboxes may name nothing beyond them. Ids (UUIDs) of messages, notes, notices and files need no mark: they are known as such.
 */
export const refersTo = (what: Referred): Readonly<Record<typeof referenceKeyword, Referred>> => ({ [referenceKeyword]: what })

/** Everything in `args` that the schema marks as a reference, with what it refers to. */
export function referencesIn(schema: JsonSchema, args: unknown): readonly { readonly to: Referred; readonly value: string | number }[] {
  const to = markOf(schema)
  const here = to !== undefined && (typeof args === 'string' || typeof args === 'number') ? [{ to, value: args }] : []
  // Whichever branch of a union was meant: what any of them marks counts.
  const branches = (unionOf(schema) ?? []).filter(isRecord).flatMap((branch) => referencesIn(branch, args))
  const steps: readonly (readonly [string | number, unknown])[] = Array.isArray(args)
    ? args.map((item, i) => [i, item] as const)
    : isRecord(args)
      ? Object.entries(args)
      : []
  const inside = steps.flatMap(([step, value]) => {
    const sub = subschema(schema, step)
    return sub ? referencesIn(sub, value) : []
  })
  return [...here, ...branches, ...inside]
}

function markOf(schema: JsonSchema): Referred | undefined {
  const mark = schema[referenceKeyword]
  return mark === 'case' || mark === 'mailbox' || mark === 'writer' ? mark : undefined
}
