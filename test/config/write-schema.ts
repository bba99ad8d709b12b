// Writes config/postern.schema.json anew, from the schema of the core and the settings of the shipped plugins: node test/config/write-schema.ts
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { TSchema } from 'typebox'
import { fullJsonSchema } from '../../core/base/config/json-schema.ts'
import { isRecord } from '../../core/base/schema-walk.ts'

const root = new URL('../../', import.meta.url)

/** Where the schema stands. */
export const schemaFile = new URL('config/postern.schema.json', root)

/** Name, settings schema and description of every plugin in plugins/, in the order of their names. */
export async function shippedPlugins(): Promise<ReadonlyMap<string, { readonly schema?: TSchema; readonly description?: string }>> {
  const folder = new URL('plugins/', root)
  const found = new Map<string, { readonly schema?: TSchema; readonly description?: string }>()
  for (const entry of existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)) : []) {
    const name = entry.name.replace(/\.ts$/, '')
    const file = entry.isDirectory() ? [`${entry.name}/index.ts`, `${entry.name}/${entry.name}.ts`, `${entry.name}/plugin.ts`].find((path) => existsSync(new URL(path, folder))) : entry.name.endsWith('.ts') ? entry.name : undefined
    if (file === undefined) continue
    const module: unknown = await import(new URL(file, folder).href)
    const definition = isRecord(module) && isRecord(module.default) ? module.default : {}
    if (!isRecord(definition.config)) continue
    // definePlugin admits only TypeBox schemas as `config`.
    found.set(name, { schema: definition.config as TSchema, ...(typeof definition.description === 'string' && { description: definition.description }) })
  }
  return found
}

/** The text of the file. */
export async function schemaText(): Promise<string> {
  return `${JSON.stringify(fullJsonSchema(await shippedPlugins()), null, 2)}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(schemaFile, await schemaText())
