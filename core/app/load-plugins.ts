// Finds the plugins that the config names: shipped ones by name, others by path or package name.
import { existsSync, readdirSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkConfig, parseConfigFile } from '../base/config/load.ts'
import type { LoadedConfig, ParsedConfig, PluginSchema } from '../base/config/load.ts'
import { moduleExtension } from '../base/module-extension.ts'
import { describeError } from '../base/errors.ts'
import { versionProblem } from '../contract/plugin.ts'
import type { EnginePlugin, PluginDefinition } from '../contract/plugin.ts'

const shippedFolder = path.join(import.meta.dirname, '..', '..', 'plugins')

/** Names of the plugins in this installation. */
export function shippedPlugins(): readonly string[] {
  return readdirSync(shippedFolder, { withFileTypes: true })
    .map((e) => (e.isDirectory() ? e.name : e.name.endsWith(moduleExtension) ? e.name.slice(0, -moduleExtension.length) : ''))
    .filter((name) => name !== '' && fileOfShipped(name) !== undefined)
    .sort()
}

function fileOfShipped(name: string): string | undefined {
  return [path.join(shippedFolder, `${name}${moduleExtension}`), path.join(shippedFolder, name, `plugin${moduleExtension}`)].find((file) =>
    existsSync(file),
  )
}

/**
 * A loaded config with the definition and checked settings of each plugin, in YAML order; or the problems of config and plugins together.
 */
export type ConfigWithPlugins =
  | (Extract<LoadedConfig, { ok: true }> & {
      readonly plugins: readonly { readonly definition: PluginDefinition; readonly settings: unknown }[]
    })
  | (Extract<LoadedConfig, { ok: false }> & { readonly plugins?: readonly EnginePlugin[] })

/** Reads a config file with the settings of all its plugins. Everything that is wrong is reported in one pass; never throws for what a file holds. */
export async function loadConfigWithPlugins(
  file: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<ConfigWithPlugins> {
  return loadWithPlugins(parseConfigFile(file, { env }), file)
}

/** The same for a config that was read already; `file` is where it stands, or would stand. */
export async function loadWithPlugins(parsed: ParsedConfig, file: string): Promise<ConfigWithPlugins> {
  if (!parsed.ok) return parsed
  const found = new Map<string, PluginDefinition>()
  const schemas = new Map<string, PluginSchema>()
  for (const plugin of parsed.doc.plugins) {
    const loaded = await loadPlugin(plugin.name, plugin.path, path.dirname(path.resolve(file)))
    if (typeof loaded === 'string') {
      schemas.set(plugin.name, { problem: loaded })
      continue
    }
    if (!loaded) continue
    found.set(plugin.name, loaded)
    const { check } = loaded
    // The settings handed to `check` are those that the plugin's own schema has just admitted.
    schemas.set(plugin.name, { schema: loaded.config, ...(check && { check: (settings, config) => check(settings as never, config) }) })
  }
  const checked = checkConfig(parsed.doc, schemas, shippedPlugins())
  const config = checked.ok ? checked.config : checked.refused?.config
  const plugins = (config?.plugins ?? []).flatMap((p) => {
    const definition = found.get(p.name)
    return definition ? [{ definition, settings: p.settings }] : []
  })
  return { ...checked, plugins }
}

/** One plugin as the config names it (`at`: by its path; `folder`: of the config). The definition, a sentence why it could not be loaded, or undefined where there is no plugin of that name. */
export async function loadPlugin(name: string, at: string | undefined, folder: string): Promise<PluginDefinition | string | undefined> {
  const file = at ? entryOf(at) : (fileOfShipped(name) ?? resolvePackage(name, folder))
  if (!file) return at ? `there is no plugin at ${at}` : undefined
  serveContract()
  try {
    // Node does not strip types below node_modules; there tsx reads what is written in TypeScript.
    const module: unknown =
      file.includes(`${path.sep}node_modules${path.sep}`) && file.endsWith('.ts')
        ? await viaTsx(file)
        : await import(pathToFileURL(file).href)
    const definition = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined
    if (isDefinition(definition)) return versionProblem(definition) ?? definition
    return `${file} has no plugin as its default export (see core/plugin.ts)`
  } catch (error) {
    return `cannot be loaded: ${describeError(error)}`
  }
}

/** What a plugin of somebody else's may import of this program, wherever its file stands. */
const contract = new Map([
  ['postern/plugin', new URL(`../plugin${moduleExtension}`, import.meta.url).href],
  ['postern/testing', new URL(`../scenario/testing${moduleExtension}`, import.meta.url).href],
])
let serving = false

/** From here on these names mean the Postern that runs, never another copy that lies nearer to the plugin: errors and versions are its own. */
function serveContract(): void {
  if (serving) return
  serving = true
  registerHooks({
    resolve(specifier, context, next) {
      const url = contract.get(specifier)
      return url === undefined ? next(specifier, context) : { url, shortCircuit: true }
    },
  })
}

function entryOf(at: string): string | undefined {
  return [at, path.join(at, 'plugin.ts'), path.join(at, 'plugin.js'), path.join(at, 'index.js')].find(
    (f) => existsSync(f) && path.extname(f) !== '',
  )
}

function resolvePackage(name: string, folder: string): string | undefined {
  try {
    return createRequire(path.join(folder, 'x.js')).resolve(name)
  } catch {
    return undefined
  }
}

async function viaTsx(file: string): Promise<unknown> {
  const { tsImport } = await import('tsx/esm/api')
  return tsImport(pathToFileURL(file).href, import.meta.url)
}

function isDefinition(value: unknown): value is PluginDefinition {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'config' in value &&
    'setup' in value &&
    typeof value.setup === 'function'
  )
}
