// The JSON schema of the whole file, plugins included, for editors that complete and check while one types.
import type { TSchema } from 'typebox'
import { kinds, patternWords, secretKeyword } from '../formats.ts'
import { isRecord, kindOf } from '../schema-walk.ts'
import type { JsonSchema } from '../schema.ts'
import { compileSchema } from '../schema.ts'
import { ConfigSchema } from './schema.ts'

/** A draft-7 schema. It is a little wider than the real check: it knows no references, and `${...}` may stand for anything. */
export function fullJsonSchema(plugins: ReadonlyMap<string, { readonly schema?: TSchema; readonly description?: string }>): JsonSchema {
  const core = forEditors(compileSchema(ConfigSchema).json)
  const properties = isRecord(core.properties) ? core.properties : {}
  const list = isRecord(properties.plugins) ? properties.plugins : {}
  const own = '^(\\.{0,2}/|@|[a-z0-9-]+$)'
  const settings = [...plugins].map(([name, plugin]) => {
    const schema = plugin.schema ? forEditors(compileSchema(plugin.schema).json) : { type: 'object', additionalProperties: false }
    const nullable = {
      ...schema,
      ...(schema.type === 'object' && { type: ['object', 'null'] }),
      ...(plugin.description !== undefined && { description: plugin.description }),
    }
    return [name, nullable] as const
  })
  const item = {
    anyOf: [
      ...(plugins.size > 0 ? [{ enum: [...plugins.keys()] }] : []),
      { type: 'string', pattern: own },
      {
        type: 'object',
        minProperties: 1,
        maxProperties: 1,
        properties: Object.fromEntries(settings),
        patternProperties: { '^(\\.{0,2}/|@)': {} },
      },
    ],
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Postern configuration',
    ...core,
    properties: { ...properties, plugins: { ...list, items: item } },
  }
}

/** As plain JSON: kinds become patterns, keys with a default are not required, a key may stand without a value, and any value may come from a variable. */
function forEditors(schema: JsonSchema): JsonSchema {
  const out: Record<string, unknown> = {}
  const required = Array.isArray(schema.required) ? schema.required.filter((key) => !hasDefault(schema, key)) : []
  const use = kindOf(schema)
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'required') {
      if (required.length > 0) out.required = required
    } else if (key === patternWords || key === secretKeyword || key.startsWith('x-')) continue
    else if (key === 'properties' || key === 'patternProperties' || key === '$defs')
      out[key] = mapValues(value, (child) => (isRecord(child) ? forEditors(child) : child))
    else if (key === 'items' || key === 'additionalProperties') out[key] = isRecord(value) ? forEditors(value) : value
    else if (key === 'anyOf' || key === 'oneOf' || key === 'allOf')
      out[key] = Array.isArray(value)
        ? (constants(value) ?? value.map((child: unknown) => (isRecord(child) ? forEditors(child) : child)))
        : value
    else out[key] = value
  }
  const enumeration =
    Array.isArray(out.anyOf) && out.anyOf.length === 1 && isRecord(out.anyOf[0]) && 'enum' in out.anyOf[0] ? out.anyOf[0] : undefined
  if (enumeration) {
    delete out.anyOf
    Object.assign(out, enumeration)
  }
  const pattern = use ? kinds[use.kind].pattern : undefined
  if (pattern !== undefined) out.pattern = `${pattern}|\\$\\{`
  else if (typeof schema.pattern === 'string' && schema.type === 'string') out.pattern = `${schema.pattern}|\\$\\{`
  if (schema.type === 'object' && 'default' in schema) out.type = ['object', 'null']
  if (schema.type === 'integer' || schema.type === 'number' || schema.type === 'boolean') {
    const { description, default: standard, ...rest } = out
    return {
      ...(description !== undefined && { description }),
      ...(standard !== undefined && { default: standard }),
      anyOf: [rest, { type: 'string', pattern: '\\$\\{' }],
    }
  }
  return out
}

/** A union of constants as one `enum`, which editors complete better. */
function constants(branches: readonly unknown[]): readonly unknown[] | undefined {
  const all = branches.every((branch) => isRecord(branch) && 'const' in branch)
  return all ? [{ enum: branches.map((branch) => (isRecord(branch) ? branch.const : undefined)) }] : undefined
}

function hasDefault(schema: JsonSchema, key: unknown): boolean {
  const property = isRecord(schema.properties) ? schema.properties[String(key)] : undefined
  return isRecord(property) && 'default' in property
}

function mapValues(value: unknown, change: (value: unknown) => unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, child]) => [key, change(child)])) : value
}
