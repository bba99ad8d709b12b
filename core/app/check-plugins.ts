// Loads a config and sets its plugins up as for a start, without starting anything: what they refuse is a problem of the config.
import type { ConfigWithPlugins } from './load-plugins.ts'
import type { Registry } from '../engine/registry.ts'
import { loadConfigWithPlugins } from './load-plugins.ts'
import { dryRegistry } from './dry-registry.ts'
import { verifyRegistry } from '../engine/registry.ts'
import { pathText, readPlace, sortProblems } from '../base/config/problems.ts'
import { describeError, PosternError } from '../base/errors.ts'
import type { Problem } from '../base/config/problems.ts'

/** `loadConfigWithPlugins`, and whether the plugins go together. */
export async function loadChecked(file: string): Promise<ConfigWithPlugins & { readonly registry?: Registry }> {
  const loaded = await loadConfigWithPlugins(file)
  if (!loaded.ok) return loaded
  try {
    const registry = dryRegistry(loaded.config, loaded.plugins)
    const found = verifyRegistry(registry).map((p) => ({ ...problemAt(p, file), warning: p.warning === true }))
    const [problems, warnings] = [found.filter((p) => !p.warning), found.filter((p) => p.warning)].map((list) =>
      list.map(({ warning: _warning, ...problem }) => ({ ...problem, message: loaded.secrets.redact(problem.message) })),
    )
    if (problems && problems.length > 0) return { ok: false, problems: sortProblems(problems) }
    return { ...loaded, warnings: [...loaded.warnings, ...sortProblems(warnings ?? [])], registry }
  } catch (error) {
    const message = error instanceof PosternError && error.detail ? error.detail : describeError(error)
    return { ok: false, problems: [{ file, line: 0, column: 0, path: 'plugins', message: loaded.secrets.redact(message) }] }
  }
}

/** What a plugin found once all were set up, at its place or at the plugin's settings. */
export function problemAt(found: ReturnType<typeof verifyRegistry>[number], file: string): Problem {
  const at = readPlace(found.place)
  if (at) return { ...at, path: '', message: found.message }
  return { file, line: 0, column: 0, path: pathText(['plugins', found.index, found.plugin, ...found.path]), message: found.message }
}
