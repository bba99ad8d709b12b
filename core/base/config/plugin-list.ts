// The list under `plugins`: which plugins, in which order, with which settings.
import path from 'node:path'
import type { Issue, Path } from '../schema.ts'
import { isRecord } from '../schema-walk.ts'
import { defaultPlugins } from './schema.ts'

/** A plugin as the file names it. */
export interface NamedPlugin {
  /** As written: a shipped plugin, a path or a package. */
  readonly name: string
  /** Absolute, when the name is a path (it begins with ./ ../ or /). */
  readonly path?: string
  readonly settings: unknown
  /** Where its settings stand (or its name, without settings). */
  readonly at: Path
}

/** The plugins of a raw config value, and what is wrong with the list itself. */
export function pluginList(
  value: unknown,
  folder: string,
): { readonly plugins: readonly NamedPlugin[]; readonly issues: readonly Issue[] } {
  const given = isRecord(value) ? value.plugins : undefined
  const items: unknown = given ?? defaultPlugins
  const plugins: NamedPlugin[] = []
  const issues: Issue[] = []
  // A value that is no list, or a list that is too long, is reported by the schema.
  for (const [index, item] of (Array.isArray(items) ? items.slice(0, 200) : []).entries()) {
    const at: Path = ['plugins', index]
    const keys = isRecord(item) ? Object.keys(item) : []
    const name = typeof item === 'string' ? item : keys.length === 1 ? keys[0] : undefined
    if (name === undefined || name === '') {
      const indent = keys.length > 1 && isRecord(item) && item[keys[0] ?? ''] === null
      const message = indent
        ? `the settings of \`${String(keys[0])}\` have to be indented further than its name`
        : 'expected the name of a plugin, or a name with its settings below it'
      issues.push({ path: at, atKey: true, message })
    } else if (plugins.some((other) => other.name === name))
      issues.push({ path: at, atKey: true, message: `the plugin \`${name}\` stands twice in the list` })
    else {
      plugins.push({
        name,
        ...(/^\.{0,2}\//.test(name) && { path: path.resolve(folder, name) }),
        settings: isRecord(item) ? (item[name] ?? {}) : {},
        at: isRecord(item) ? [...at, name] : at,
      })
    }
  }
  return { plugins, issues }
}
