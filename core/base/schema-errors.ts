// What ajv found, in words for an admin: what is wrong, and what to write instead.
import type { ErrorObject } from 'ajv'
import { kindKeyword, kinds, otherWords, patternWords } from './formats.ts'
import { nearest } from './suggest.ts'
import { branchIndex, isRecord, isSecret, kindOf } from './schema-walk.ts'
import type { JsonSchema, Path } from './schema-walk.ts'

/** Something wrong with a value. */
export interface Issue {
  readonly path: Path
  /** Whether it is the key at `path` that is wrong, not its value. */
  readonly atKey: boolean
  /** What is wrong and what to do about it; never contains the value of a secret. */
  readonly message: string
  /** The value as found, for the end of the sentence, to be shortened there; never set for secrets. */
  readonly found?: string
}

/** More than these nobody reads; and unions are sorted out in quadratic time. */
const maxErrors = 1000

/** One issue for each thing that is wrong: of a union, only the branch that was meant speaks. */
export function explain(errors: readonly ErrorObject[], data: unknown): readonly Issue[] {
  const issues = new Map<string, Issue>()
  const first = errors.slice(0, maxErrors)
  const unions = first.filter((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf')
  const meant = (union: ErrorObject): number =>
    Array.isArray(union.schema) && !literals(union.schema) && !wrongTag(union, []) ? branchIndex(union.schema, union.data) : -1
  for (const error of first) {
    const over = unions.filter(
      (union) =>
        union !== error && error.schemaPath.startsWith(`${union.schemaPath}/`) && error.instancePath.startsWith(union.instancePath),
    )
    if (over.some((union) => !error.schemaPath.startsWith(`${union.schemaPath}/${meant(union)}/`))) continue
    if (unions.includes(error) && meant(error) >= 0) continue
    const issue = (unions.includes(error) && wrongTag(error, pathOf(error, data))) || say(error, pathOf(error, data))
    issues.set(JSON.stringify([issue.path, issue.message]), issue)
  }
  return [...issues.values()]
}

function say(error: ErrorObject, path: Path): Issue {
  const schema: JsonSchema = isRecord(error.parentSchema) ? error.parentSchema : {}
  const value = (message: string): Issue => ({ path, atKey: false, message, ...(!isSecret(schema) && { found: shown(error.data) }) })
  const params: Readonly<Record<string, unknown>> = error.params
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(schema, path, String(params.additionalProperty))
    case 'required': {
      const key = String(params.missingProperty)
      const about = isRecord(schema.properties) ? schema.properties[key] : undefined
      return {
        path,
        atKey: true,
        message: `\`${key}\` is missing${isRecord(about) && typeof about.description === 'string' ? ` (${firstSentence(about.description)})` : ''}`,
      }
    }
    case kindKeyword: {
      const use = kindOf(schema)
      const text = typeof error.data === 'number' ? error.data : String(error.data)
      return value((use && kinds[use.kind].check(text, use)) ?? 'is not valid')
    }
    case 'type':
      return value(
        `expected ${wanted(schema)}${error.data !== null && typeof error.data !== 'object' && schema.type === 'array' ? ' (write it in [ ])' : ''}${typeof error.data === 'number' && schema.type === 'string' && !kindOf(schema) ? ' (put it in quotes)' : ''}`,
      )
    case 'const':
    case 'enum':
    case 'anyOf':
    case 'oneOf': {
      const words = literals(
        error.keyword === 'const'
          ? [schema]
          : error.keyword === 'enum'
            ? Array.isArray(schema.enum)
              ? schema.enum.map((word: unknown) => ({ const: word }))
              : []
            : error.schema,
      )
      if (!words) return value('is of none of the forms that are possible here')
      const near = typeof error.data === 'string' ? nearest(error.data, words, inOtherWords(error.schema)) : undefined
      return value(`expected ${words.length > 1 ? `one of ${words.join(', ')}` : words.join('')}${near ? ` (did you mean ${near}?)` : ''}`)
    }
    case 'minimum':
    case 'maximum':
      return value(`must be at ${error.keyword === 'minimum' ? 'least' : 'most'} ${String(params.limit)}`)
    case 'minLength':
      return {
        path,
        atKey: false,
        message: Number(params.limit) === 1 ? 'must not be empty' : `must have at least ${String(params.limit)} characters`,
      }
    case 'maxLength':
      return { path, atKey: false, message: `must have at most ${String(params.limit)} characters` }
    case 'pattern':
      return value(typeof schema[patternWords] === 'string' ? `expected ${schema[patternWords]}` : `must match ${String(params.pattern)}`)
    case 'minItems':
      return { path, atKey: false, message: `needs at least ${String(params.limit)} item${params.limit === 1 ? '' : 's'}` }
    case 'maxItems':
      return { path, atKey: false, message: `may have at most ${String(params.limit)} items` }
    case 'uniqueItems':
      return { path: [...path, Number(params.i)], atKey: false, message: 'stands twice in the list' }
    default:
      return value(error.message ?? 'is not valid')
  }
}

function unknownKey(schema: JsonSchema, parent: Path, key: string): Issue {
  const path = [...parent, key]
  const known = isRecord(schema.properties) ? Object.keys(schema.properties) : []
  if (known.length === 0 && isRecord(schema.patternProperties))
    return { path, atKey: true, message: `\`${key}\` is not a possible id: use lower-case letters, digits, - and _, at most 64` }
  const near = nearest(key, known)
  return {
    path,
    atKey: true,
    message: `unknown key \`${key}\`, ${near ? `did you mean \`${near}\`?` : known.length > 0 ? `known here: ${known.join(', ')}` : 'no keys are known here'}`,
  }
}

/** Of a union whose branches are told apart by one constant key: that this key is missing or has none of its values. */
function wrongTag(union: ErrorObject, path: Path): Issue | undefined {
  const branches: readonly unknown[] = Array.isArray(union.schema) ? union.schema : []
  const properties = branches.map((branch) => (isRecord(branch) && isRecord(branch.properties) ? branch.properties : {}))
  const tag = Object.keys(properties[0] ?? {}).find((key) => properties.every((all) => isRecord(all[key]) && 'const' in all[key]))
  if (tag === undefined || !isRecord(union.data)) return undefined
  const words = literals(properties.map((all) => all[tag])) ?? []
  const found = union.data[tag]
  if (found === undefined) return { path, atKey: true, message: `\`${tag}\` is missing (one of ${words.join(', ')})` }
  if (words.includes(String(found))) return undefined
  const near = typeof found === 'string' ? nearest(found, words) : undefined
  return {
    path: [...path, tag],
    atKey: false,
    message: `expected one of ${words.join(', ')}${near ? ` (did you mean ${near}?)` : ''}`,
    found: shown(found),
  }
}

/** The words of a union of constants, `undefined` when it is not one. */
function literals(branches: unknown): readonly string[] | undefined {
  const all = Array.isArray(branches) && branches.every((branch) => isRecord(branch) && 'const' in branch)
  return all ? branches.map((branch: unknown) => String(isRecord(branch) ? branch.const : '')) : undefined
}

/** The words of other languages that a union of constants knows, each with its constant. */
function inOtherWords(branches: unknown): ReadonlyMap<string, string> {
  const all: readonly unknown[] = Array.isArray(branches) ? branches : []
  return new Map(
    all.flatMap((branch) => {
      const words: readonly unknown[] = isRecord(branch) && Array.isArray(branch[otherWords]) ? branch[otherWords] : []
      return words.map((word) => [String(word), String(isRecord(branch) ? branch.const : '')] as const)
    }),
  )
}

function wanted(schema: JsonSchema): string {
  const use = kindOf(schema)
  if (use) return kinds[use.kind].check('\0', use)?.replace(/^expected /, '') ?? 'text'
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    array: 'a list',
    object: 'keys and values',
    null: 'nothing',
  }
  const types: readonly unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type]
  return types.map((type) => names[String(type)] ?? String(type)).join(' or ')
}

/** A value for the end of an error: its kind if it is a structure. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (isRecord(value)) return 'keys and values'
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function firstSentence(text: string): string {
  return text.split(/[.;](?:\s|$)/, 1)[0] ?? text
}

/** ajv's pointer as a path; a step into a list becomes a number. */
function pathOf(error: ErrorObject, data: unknown): Path {
  const path: (string | number)[] = []
  let at: unknown = data
  for (const step of error.instancePath.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(at) ? Number(key) : key)
    at = Array.isArray(at) ? at[Number(key)] : isRecord(at) ? at[key] : undefined
  }
  return path
}
