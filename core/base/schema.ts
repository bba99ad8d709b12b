// Schemas: TypeBox describes, ajv checks; then defaults are filled in and texts such as "4h" become what the program works with.
import { Ajv } from 'ajv'
import type { ValidateFunction } from 'ajv'
import type { Static, TSchema } from 'typebox'
import type { Folders, KindUse } from './formats.ts'
import { kindKeyword, kinds, otherWords, patternWords, referenceKeyword, secretKeyword } from './formats.ts'
import { isRecord, isSecret, kindOf, pickBranch, subschema, unionOf } from './schema-walk.ts'
import type { JsonSchema, Path } from './schema-walk.ts'
import { explain } from './schema-errors.ts'
import type { Issue } from './schema-errors.ts'

export type { JsonSchema, Path } from './schema-walk.ts'
export type { Issue } from './schema-errors.ts'

/** How texts are read while defaults are filled in. */
export interface FillOptions {
  /** Whether the text at a path may stand for a number or a boolean (it came from a variable). */
  readonly mayConvert?: (path: Path) => boolean
}

/** Outcome of a check: the converted value, or everything that is wrong with it. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: readonly Issue[] }

/** A schema made ready. The three steps are separate, so that other checks can run on a value that has issues. */
export interface Schema<T> {
  /** The value with defaults filled in; what does not fit is left as it is. A key without a value counts as absent. */
  fill(value: unknown, options?: FillOptions): unknown
  /** What is wrong with a filled value. Unknown keys are wrong everywhere, unless the schema says otherwise. */
  issues(filled: unknown): readonly Issue[]
  /** A filled value without issues, its texts converted (durations to ms, sizes to bytes, paths absolute). */
  convert(filled: unknown, folders?: Folders): T
  /** All three at once. */
  check(value: unknown, folders?: Folders): Checked<T>
  /** The schema as checked: objects closed. */
  readonly json: JsonSchema
}

const here: Folders = { config: '.', data: '.' }

/** Makes a TypeBox schema ready. Throws when the schema itself is broken. What checks values is made when the first value is checked. */
export function compileSchema<S extends TSchema>(schema: S): Schema<Static<S>> {
  // Both caches are keyed by what the schema says, so what they hold has the type of that schema.
  const known = compiledBefore.get(schema) as Schema<Static<S>> | undefined
  if (known) return known
  const ajv = (shared ??= newAjv())
  const json = closed(schema, (keyword) => keyword in ajv.RULES.keywords)
  const text = JSON.stringify(json)
  const compiled = (compiledByText.get(text) as Schema<Static<S>> | undefined) ?? compileAnew<S>(ajv, json)
  compiledBefore.set(schema, compiled)
  compiledByText.set(text, compiled)
  for (const oldest of compiledByText.keys()) {
    if (compiledByText.size <= maxTexts) break
    compiledByText.delete(oldest)
  }
  return compiled
}

/** Compiling takes up to 30 ms; a config is read again at every reload. */
const compiledBefore = new WeakMap<TSchema, Schema<unknown>>()
/** By what they say: plugins make their schemas anew each time that they are set up, mostly the same ones. */
const compiledByText = new Map<string, Schema<unknown>>()
/** An installation with all plugins has 300; what a configuration says stands in some, so that they change as it does. */
const maxTexts = 1000

function compileAnew<S extends TSchema>(ajv: Ajv, json: JsonSchema): Schema<Static<S>> {
  void ajv.validateSchema(json, true) // throws; what it gives back is for schemas that are fetched
  let made: ValidateFunction | undefined
  // A command asks a fifth of all schemas, and compiling takes most of the time.
  const validate = (): ValidateFunction => {
    if (made) return made
    made = ajv.compile(json)
    // It would keep every schema that it ever saw, those of one reload too.
    ajv.removeSchema(json)
    return made
  }
  const compiled: Schema<Static<S>> = {
    json,
    fill: (value, options) => fill(json, json, value, [], options ?? {}),
    issues(filled) {
      const check = validate()
      return check(filled) ? [] : explain(check.errors ?? [], filled)
    },
    // ajv has just said that the value fits the schema; converting keeps it so by the kinds' own types.
    convert: (filled, folders) => convert(json, json, filled, folders ?? here) as Static<S>,
    check(value, folders) {
      const filled = compiled.fill(value)
      const issues = compiled.issues(filled)
      return issues.length > 0 ? { ok: false, issues } : { ok: true, value: compiled.convert(filled, folders) }
    },
  }
  return compiled
}

/** One for all: each would compile the schema of schemas anew, which takes longer than most schemas do. */
let shared: Ajv | undefined

function newAjv(): Ajv {
  const strict = { strict: true, strictRequired: false, strictTypes: false, allowUnionTypes: true } as const
  // ajv's optimizer takes as long as all of its other work; what it makes is about as fast.
  const ajv = new Ajv({ ...strict, allErrors: true, verbose: true, code: { optimize: false } })
  // ajv wants validate functions to hang their errors on themselves; the keyword only says no, explain() says why.
  ajv.addKeyword({
    keyword: kindKeyword,
    validate: (use: KindUse, data: unknown) =>
      (typeof data !== 'string' && typeof data !== 'number') || kinds[use.kind].check(data, use) === undefined,
  })
  ajv.addVocabulary([secretKeyword, patternWords, otherWords, referenceKeyword])
  return ajv
}

/** A copy in which objects that list their properties admit no others, unless they say so themselves. Throws for a keyword that nobody knows, and for a pattern that is none. */
function closed(schema: unknown, isKeyword: (name: string) => boolean): JsonSchema {
  const copy = (value: unknown, isSchema: boolean): unknown => {
    if (Array.isArray(value)) return value.map((item) => copy(item, isSchema))
    if (!isRecord(value)) return value
    const out: Record<string, unknown> = {}
    for (const [key, child] of Object.entries(value)) {
      if (isSchema && !isKeyword(key)) throw new Error(`unknown keyword: "${key}"`)
      if (isSchema && key === 'pattern') new RegExp(String(child), 'u')
      const data = isSchema && (key === 'default' || key === 'const' || key === 'enum' || key === 'examples' || key.startsWith('x-'))
      const table = isSchema && (key === 'properties' || key === 'patternProperties' || key === '$defs')
      out[key] = data ? child : copy(child, !table)
    }
    const patterns = isRecord(out.patternProperties) ? Object.keys(out.patternProperties) : []
    const open = 'additionalProperties' in out || patterns.includes('^.*$') || (!('properties' in out) && patterns.length === 0)
    return isSchema && out.type === 'object' && !open ? { ...out, additionalProperties: false } : out
  }
  const made = copy(schema, true)
  return isRecord(made) ? made : {}
}

function fill(root: JsonSchema, schema: JsonSchema, value: unknown, path: Path, options: FillOptions): unknown {
  if (value === undefined) {
    if (!('default' in schema)) return undefined
    value = structuredClone(schema.default)
  }
  if (typeof value === 'string' && options.mayConvert?.(path)) value = fromText(schema, value)
  const branch = pickBranch(root, schema, value)
  if (branch) return fill(root, branch, value, path, options)
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => {
      const sub = subschema(schema, index)
      return sub ? fill(root, sub, item, [...path, index], options) : item
    })
  }
  if (!isRecord(value)) return value
  const out: Record<string, unknown> = {}
  const properties = isRecord(schema.properties) ? schema.properties : {}
  for (const key of new Set([...Object.keys(value), ...Object.keys(properties)])) {
    const sub = subschema(schema, key)
    const given = Object.hasOwn(value, key) ? value[key] : undefined
    const named = Object.hasOwn(properties, key)
    const empty = given === null && sub !== undefined && !takesNull(sub) ? (named ? undefined : sub.type === 'object' ? {} : null) : given
    const filled = sub ? fill(root, sub, empty, [...path, key], options) : given
    if (filled !== undefined) out[key] = filled
  }
  return out
}

function takesNull(schema: JsonSchema): boolean {
  const branches = unionOf(schema)
  if (branches) return branches.some((branch) => isRecord(branch) && takesNull(branch))
  return (
    schema.type === 'null' || (Array.isArray(schema.type) && schema.type.includes('null')) || (!('type' in schema) && !('const' in schema))
  )
}

function fromText(schema: JsonSchema, text: string): unknown {
  const types: readonly unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type]
  if (types.includes('string')) return text
  if ((types.includes('integer') || types.includes('number')) && /^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text)
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

function convert(root: JsonSchema, schema: JsonSchema, value: unknown, folders: Folders): unknown {
  const branch = pickBranch(root, schema, value)
  if (branch) return convert(root, branch, value, folders)
  const use = kindOf(schema)
  if (use && (typeof value === 'string' || typeof value === 'number'))
    return kinds[use.kind].convert?.(value, use, folders) ?? (use.kind === 'span' ? null : value)
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => {
      const sub = subschema(schema, index)
      return sub ? convert(root, sub, item, folders) : item
    })
  }
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const sub = subschema(schema, key)
      return [key, sub ? convert(root, sub, item, folders) : item]
    }),
  )
}

/** Calls `visit` for every text in a filled value that stands under a kind or a secret mark. */
export function visitTexts(
  json: JsonSchema,
  filled: unknown,
  visit: (path: Path, text: string, about: { readonly kind?: KindUse; readonly secret: boolean }) => void,
): void {
  const walk = (schema: JsonSchema, value: unknown, path: Path): void => {
    const branch = pickBranch(json, schema, value)
    if (branch) return walk(branch, value, path)
    if (typeof value === 'string') {
      const use = kindOf(schema)
      if (use || isSecret(schema)) visit(path, value, { secret: isSecret(schema), ...(use && { kind: use }) })
    } else if (Array.isArray(value) || isRecord(value)) {
      for (const [key, item] of Object.entries(value)) {
        const step = Array.isArray(value) ? Number(key) : key
        const sub = subschema(schema, step)
        if (sub) walk(sub, item, [...path, step])
      }
    }
  }
  walk(json, filled, [])
}
