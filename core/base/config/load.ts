// Loading the configuration: read the file, learn which plugins it names, then check everything at once and put it together.
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import Type from 'typebox'
import type { TSchema } from 'typebox'
import { nearest } from '../suggest.ts'
import { compileSchema, visitTexts } from '../schema.ts'
import type { Issue, Path, Schema } from '../schema.ts'
import { buildConfig } from './build.ts'
import { unreadableFiles } from './files.ts'
import { unusableKeys } from './key-pairs.ts'
import { pluginList } from './plugin-list.ts'
import type { NamedPlugin } from './plugin-list.ts'
import { readYaml } from './positions.ts'
import type { YamlFile } from './positions.ts'
import { readPlace, sortProblems } from './problems.ts'
import type { Problem } from './problems.ts'
import { crossChecks, danglingIds, knownIds } from './references.ts'
import { ConfigSchema } from './schema.ts'
import type { Secrets } from './secrets.ts'
import type { Config, PluginConfig } from './types.ts'
import { doubts, readableSecrets, unfit } from './warnings.ts'

/** What a plugin says about its settings; or why it could not be loaded. */
export type PluginSchema =
  | {
      /** Its settings; absent: it has none. Objects are closed by themselves. */
      readonly schema?: TSchema
      /** Checks that a schema cannot express, on settings that fit it; paths start at the settings. `place` is another file with line and column: `rules/a.yaml:3:7`. */
      check?(settings: unknown, config: Config): Iterable<{ readonly path: Path; readonly message: string; readonly place?: string }>
    }
  | { readonly problem: string }

/** A file that could be read, with the plugins it names. */
export interface ConfigDocument {
  readonly yaml: YamlFile
  readonly plugins: readonly NamedPlugin[]
  /** Found so far; `checkConfig` reports them with the others. */
  readonly problems: readonly Problem[]
}

/** Outcome of reading a config file: the document, or the problems for which nothing more can be checked. */
export type ParsedConfig =
  { readonly ok: true; readonly doc: ConfigDocument } | { readonly ok: false; readonly problems: readonly Problem[] }

/** Outcome of checking a config: ready for use with its warnings, why no gateway starts with it, and the secrets seen on the way; or every problem at once. */
export type LoadedConfig =
  | {
      readonly ok: true
      readonly config: Config
      readonly warnings: readonly Problem[]
      readonly unfit: readonly Problem[]
      readonly secrets: Secrets
      /** Something found later, at its place in the file. */
      readonly problemAt: (path: Path, message: string) => Problem
    }
  | {
      readonly ok: false
      readonly problems: readonly Problem[]
      /** Where everything fits its schema and plugins alone found something wrong: for asking the others too. */
      readonly refused?: {
        readonly config: Config
        readonly secrets: Secrets
        readonly problemAt: (path: Path, message: string) => Problem
      }
    }

/** Where values of variables come from. */
export interface ParseOptions {
  /** For ${NAME}; default: the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

const largestFile = 1_000_000

/** Reads a config file. Fails only where nothing more can be said: unreadable, too large or not YAML. Never throws. */
export function parseConfigFile(file: string, options: ParseOptions = {}): ParsedConfig {
  const failed = (message: string): ParsedConfig => ({ ok: false, problems: [{ file, line: 0, column: 0, path: '', message }] })
  try {
    const stat = statSync(file)
    if (stat.isDirectory()) return failed('is a directory, expected a YAML file')
    if (stat.size > largestFile) return failed('is larger than 1 MB')
    return parseConfig(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)), file, options)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'does not exist',
      EACCES: 'cannot be read: permission denied',
      ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8 text',
    }
    return failed(reasons[code] ?? `cannot be read: ${code || String(error)}`)
  }
}

/** As `parseConfigFile`, for a text that stands (or would stand) in `file`. Problems name the file as it is named here. */
export function parseConfig(text: string, file: string, options: ParseOptions = {}): ParsedConfig {
  if (text.length > largestFile) return { ok: false, problems: [{ file, line: 0, column: 0, path: '', message: 'is larger than 1 MB' }] }
  const read = readYaml(text, file, { env: options.env ?? process.env, folder: path.dirname(path.resolve(file)) })
  if (!read.ok) return { ok: false, problems: sortProblems(read.problems) }
  const { plugins, issues } = pluginList(read.yaml.value, path.dirname(path.resolve(file)))
  return { ok: true, doc: { yaml: read.yaml, plugins, problems: [...read.yaml.problems, ...issues.map(read.yaml.problem)] } }
}

/** Checks all of a document, plugins' settings included, and reports everything that is wrong in one pass. `shipped` are names for "did you mean". Never throws, unless a plugin's own `check` does. */
export function checkConfig(
  doc: ConfigDocument,
  schemas: ReadonlyMap<string, PluginSchema>,
  shipped: readonly string[] = [],
): LoadedConfig {
  const core = compileSchema(ConfigSchema)
  const { yaml } = doc
  const issues: Issue[] = []
  const folder = path.dirname(path.resolve(yaml.file))
  const filled = core.fill(yaml.value ?? {}, { mayConvert: yaml.fromOutside })
  const known = knownIds(filled)
  for (const one of [...core.issues(filled), ...danglingIds(core.json, filled, known), ...crossChecks(filled)]) issues.push(one)
  const settings = doc.plugins.map((plugin) => checkSettings(plugin, schemas.get(plugin.name), yaml, shipped))
  for (const item of settings) {
    for (const one of item.issues) issues.push(one)
    for (const one of danglingIds(item.schema.json, item.filled, known)) issues.push(below(item.plugin.at, one))
  }

  const parts = [
    { json: core.json, filled, at: [] as Path },
    ...settings.map((item) => ({ json: item.schema.json, filled: item.filled, at: item.plugin.at })),
  ]
  for (const part of parts) visitTexts(part.json, part.filled, (_path, text, about) => about.secret && yaml.secrets.add(text))

  // What could not be resolved or read has been reported already; that its value does not fit is a consequence.
  const reported = new Set(doc.problems.map((problem) => problem.path).filter((at) => at !== ''))
  const problems = [...doc.problems, ...issues.map(yaml.problem).filter((problem) => !reported.has(problem.path))]
  if (problems.length > 0) return { ok: false, problems: finished(problems, yaml) }
  const folders = { config: folder, data: path.resolve(folder, dataOf(filled)) }
  const plugins = settings.map(({ plugin, schema, filled }): PluginConfig => ({
    name: plugin.name,
    ...(plugin.path !== undefined && { path: plugin.path }),
    settings: schema.convert(filled, folders),
  }))
  const config = buildConfig(core.convert(filled, folders), path.resolve(yaml.file), plugins)
  const late = doc.plugins.flatMap((plugin, index) => {
    const schema = schemas.get(plugin.name)
    const found = schema && 'check' in schema ? schema.check?.(plugins[index]?.settings, config) : undefined
    return [...(found ?? [])].map(({ path, message, place }) => {
      const elsewhere = readPlace(place)
      const problem = yaml.problem(below(plugin.at, { path, message, atKey: false }))
      return elsewhere ? { ...elsewhere, path: '', message: problem.message } : problem
    })
  })
  for (const one of [...unreadableFiles(config), ...unusableKeys(config)].map(yaml.problem)) late.push(one)
  const problemAt = (path: Path, message: string): Problem => yaml.problem({ path, message, atKey: false })
  if (late.length > 0) return { ok: false, problems: finished(late, yaml), refused: { config, secrets: yaml.secrets, problemAt } }
  const warnings = [...doubts(config), ...readableSecrets(yaml, parts)].map(yaml.problem)
  return {
    ok: true,
    config,
    warnings: finished(warnings, yaml),
    unfit: finished(unfit(config).map(yaml.problem), yaml),
    secrets: yaml.secrets,
    problemAt,
  }
}

/** Both steps, for a caller that already has the schemas of all plugins. */
export function loadConfig(file: string, schemas: ReadonlyMap<string, PluginSchema>, options: ParseOptions = {}): LoadedConfig {
  const parsed = parseConfigFile(file, options)
  return parsed.ok ? checkConfig(parsed.doc, schemas, [...schemas.keys()]) : parsed
}

const noSettings = Type.Object({})

function checkSettings(plugin: NamedPlugin, found: PluginSchema | undefined, yaml: YamlFile, shipped: readonly string[]) {
  const here = (message: string): Issue => ({ path: plugin.at, atKey: true, message })
  const issues: Issue[] = []
  let schema: Schema<unknown> = compileSchema(noSettings)
  let fits = false
  if (!found) {
    const near = nearest(plugin.name, shipped)
    issues.push(
      here(
        `there is no plugin \`${plugin.name}\`${near ? `, did you mean \`${near}\`?` : shipped.length > 0 ? `; shipped are ${shipped.join(', ')}` : ''}`,
      ),
    )
  } else if ('problem' in found) issues.push(here(found.problem))
  else {
    try {
      schema = compileSchema(found.schema ?? noSettings)
      fits = true
    } catch (error) {
      issues.push(
        here(`the plugin \`${plugin.name}\` has a broken settings schema: ${error instanceof Error ? error.message : String(error)}`),
      )
    }
  }
  const filled = fits ? schema.fill(plugin.settings, { mayConvert: (inner) => yaml.fromOutside([...plugin.at, ...inner]) }) : {}
  for (const one of fits ? schema.issues(filled).map((issue) => below(plugin.at, issue)) : []) issues.push(one)
  return { plugin, schema, filled, issues }
}

function below(at: Path, issue: Issue): Issue {
  return { ...issue, path: [...at, ...issue.path] }
}

function dataOf(filled: unknown): string {
  return typeof filled === 'object' && filled !== null && 'data' in filled ? String(filled.data) : '.'
}

function finished(problems: readonly Problem[], yaml: YamlFile): readonly Problem[] {
  return sortProblems(problems.map((problem) => ({ ...problem, message: yaml.secrets.redact(problem.message) })))
}
