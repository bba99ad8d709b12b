// Which parts of a changed configuration can be taken over at once (SIGHUP), and which need a restart.
import { isDeepStrictEqual } from 'node:util'
import type { Config } from './types.ts'

/** Dotted keys that differ, each in one of the lists. */
export interface ConfigChanges {
  readonly reloadable: readonly string[]
  readonly needsRestart: readonly string[]
}

/** What is bound, opened or built once at the start; everything else is read anew for each use. */
const fixed: readonly (keyof Config)[] = [
  'file',
  'name',
  'hostname',
  'data',
  'listeners',
  'http',
  'database',
  'blobs',
  'limits',
  'intake',
  'outgoing',
]

/** Compares two configs key by key. Values are not named, so that the lists may be logged. */
export function compareConfigs(before: Config, after: Config): ConfigChanges {
  const reloadable: string[] = []
  const needsRestart: string[] = []
  // Object.keys widens the keys of a closed object.
  for (const key of Object.keys(after) as (keyof Config)[]) {
    if (key === 'plugins' || isDeepStrictEqual(before[key], after[key])) continue
    const target = fixed.includes(key) ? needsRestart : reloadable
    const [old, now] = [before[key], after[key]]
    if (old instanceof Map && now instanceof Map) for (const one of changedKeys(old, now).map((id) => `${key}.${id}`)) target.push(one)
    else if (isObject(old) && isObject(now))
      for (const one of changedKeys(new Map(Object.entries(old)), new Map(Object.entries(now))).map((part) => `${key}.${part}`))
        target.push(one)
    // The language with its region is written as `locale` too.
    else if (key !== 'language') target.push(key)
    else if (isDeepStrictEqual(before.locale, after.locale)) target.push('locale')
  }
  const names = (config: Config): readonly string[] => config.plugins.map((plugin) => plugin.path ?? plugin.name)
  if (!isDeepStrictEqual(names(before), names(after))) needsRestart.push('plugins')
  const settings = new Map(before.plugins.map((plugin) => [plugin.name, plugin.settings]))
  for (const plugin of after.plugins) {
    if (settings.has(plugin.name) && !isDeepStrictEqual(settings.get(plugin.name), plugin.settings))
      reloadable.push(`plugins.${plugin.name}`)
  }
  return { reloadable, needsRestart }
}

/** The config in force after a reload: `next`, with what needs a restart as it was at the start. Plugins keep their list; those that `next` still names get its settings. */
export function takeOver(started: Config, next: Config): Config {
  const settings = new Map(next.plugins.map((plugin) => [plugin.name, plugin.settings]))
  const kept = Object.fromEntries(fixed.map((key) => [key, started[key]])) as Pick<Config, (typeof fixed)[number]> // exactly these keys
  return {
    ...next,
    ...kept,
    plugins: started.plugins.map((plugin) => ({
      ...plugin,
      settings: settings.has(plugin.name) ? settings.get(plugin.name) : plugin.settings,
    })),
  }
}

function changedKeys(before: ReadonlyMap<unknown, unknown>, after: ReadonlyMap<unknown, unknown>): readonly string[] {
  const keys = new Set([...before.keys(), ...after.keys()])
  return [...keys].filter((key) => before.has(key) !== after.has(key) || !isDeepStrictEqual(before.get(key), after.get(key))).map(String)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map)
}
