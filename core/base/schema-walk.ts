// Finding one's way in a JSON schema beside a value: which subschema speaks about which part.
import type { KindUse } from './formats.ts'
import { kindKeyword, secretKeyword } from './formats.ts'

/** A place in a value: keys and indexes from the root. */
export type Path = readonly (string | number)[]

/** A JSON schema as data (draft 7, as TypeBox writes it). */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Whether a value is an object with keys: neither null nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The kind that a schema asks for, if it asks for one. */
export function kindOf(schema: JsonSchema): KindUse | undefined {
  const use = schema[kindKeyword]
  // Only kinds.ts writes this keyword.
  return isRecord(use) ? (use as unknown as KindUse) : undefined
}

/** Whether a schema marks its value as a secret. */
export function isSecret(schema: JsonSchema): boolean {
  return schema[secretKeyword] === true
}

/** The schema for one property or item, `undefined` when nothing is said about it. */
export function subschema(schema: JsonSchema, step: string | number): JsonSchema | undefined {
  if (typeof step === 'number') {
    const items = Array.isArray(schema.items) ? schema.items[step] : schema.items
    return isRecord(items) ? items : undefined
  }
  const properties = schema.properties
  if (isRecord(properties) && Object.hasOwn(properties, step)) {
    const found = properties[step]
    return isRecord(found) ? found : undefined
  }
  if (isRecord(schema.patternProperties)) {
    for (const [pattern, sub] of Object.entries(schema.patternProperties)) {
      if (isRecord(sub) && new RegExp(pattern, 'u').test(step)) return sub
    }
  }
  return isRecord(schema.additionalProperties) ? schema.additionalProperties : undefined
}

/** The branch of a union (or the target of a reference) that a value is meant for: by its constant properties, else by its type and its required keys. */
export function pickBranch(root: JsonSchema, schema: JsonSchema, value: unknown): JsonSchema | undefined {
  if (typeof schema.$ref === 'string') return target(root, schema.$ref)
  const union = unionOf(schema)
  if (!union) return undefined
  const branches = union
    .filter(isRecord)
    .map((branch) => (typeof branch.$ref === 'string' ? (target(root, branch.$ref) ?? branch) : branch))
  const index = branchIndex(branches, value)
  return index < 0 ? undefined : branches[index]
}

/** The index of the branch that a value is meant for, -1 when none suits. */
export function branchIndex(branches: readonly unknown[], value: unknown): number {
  const records = branches.map((branch) => (isRecord(branch) ? branch : {}))
  if (isRecord(value)) {
    const tagged = records.findIndex((branch) => {
      const tags = Object.entries(isRecord(branch.properties) ? branch.properties : {}).filter(([, sub]) => isRecord(sub) && 'const' in sub)
      return tags.length > 0 && tags.every(([key, sub]) => isRecord(sub) && value[key] === sub.const)
    })
    if (tagged >= 0) return tagged
    const keyed = records.findIndex(
      (branch) =>
        fits(branch, value) &&
        Array.isArray(branch.required) &&
        branch.required.length > 0 &&
        branch.required.every((key) => typeof key === 'string' && Object.hasOwn(value, key)),
    )
    if (keyed >= 0) return keyed
  }
  const exact = records.findIndex((branch) => 'const' in branch && branch.const === value)
  if (exact >= 0) return exact
  const fitting = records.findIndex((branch) => !('const' in branch) && fits(branch, value))
  // A value that suits nothing was meant for one of several words more likely than for anything else.
  return fitting >= 0 ? fitting : records.findIndex((branch) => unionOf(branch) !== undefined)
}

/** The branches of a union; undefined for what is none. */
export function unionOf(schema: JsonSchema): readonly unknown[] | undefined {
  const union = schema.anyOf ?? schema.oneOf
  return Array.isArray(union) ? union : undefined
}

function fits(schema: JsonSchema, value: unknown): boolean {
  // A union within a union suits where one of its own branches does.
  const union = unionOf(schema)
  if (union) return union.some((branch) => isRecord(branch) && ('const' in branch ? branch.const === value : fits(branch, value)))
  const types: readonly unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type]
  return types.some((type) => {
    if (type === undefined) return !('const' in schema)
    if (type === 'integer' || type === 'number') return typeof value === 'number'
    if (type === 'array') return Array.isArray(value)
    if (type === 'object') return isRecord(value)
    return type === 'null' ? value === null : typeof value === type
  })
}

/** Where a local reference points: `#`, `#/$defs/Name` or the bare name of a definition (as TypeBox writes cyclic types). */
function target(root: JsonSchema, ref: string): JsonSchema | undefined {
  if (ref === '#') return root
  const name = ref.replace(/^#\/\$defs\//, '')
  const found = isRecord(root.$defs) && Object.hasOwn(root.$defs, name) ? root.$defs[name] : undefined
  return isRecord(found) ? found : undefined
}
