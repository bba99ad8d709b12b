// Writes config/postern.schema.json anew, from the schema of the core and the settings of the shipped plugins: node test/config/write-schema.ts
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { TSchema } from 'typebox'
import { fullJsonSchema } from '../../core/base/config/json-schema.ts'
import { isRecord } from '../../core/base/schema-walk.ts'
import { shippedPlugins } from '../../core/app/load-plugins.ts'

/** Where the schema stands. */
export const schemaFile = new URL('../../config/postern.schema.json', import.meta.url)

/** The text of the file. */
export async function schemaText(): Promise<string> {
  const plugins = new Map<string, { readonly schema: TSchema; readonly description: string }>()
  for (const name of shippedPlugins()) {
    const file = [`${name}.ts`, `${name}/plugin.ts`]
      .map((path) => new URL(`../../plugins/${path}`, import.meta.url))
      .find((url) => existsSync(url))
    const module: unknown = file && (await import(file.href))
    const definition = isRecord(module) && isRecord(module.default) ? module.default : {}
    // definePlugin admits only TypeBox schemas as `config`.
    plugins.set(name, { schema: definition.config as TSchema, description: String(definition.description) })
  }
  return `${JSON.stringify(fullJsonSchema(plugins), null, 2)}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(schemaFile, await schemaText())
