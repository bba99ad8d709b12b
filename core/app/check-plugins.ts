// Loads a config and sets its plugins up as for a start, without starting anything: what they refuse is a problem of the config.
import type { ConfigWithPlugins } from './load-plugins.ts'
import type { Registry } from '../engine/registry.ts'
import { loadConfigWithPlugins } from './load-plugins.ts'
import { dryRegistry } from './dry-registry.ts'
import { verifyRegistry } from '../engine/registry.ts'
import { readPlace, sortProblems } from '../base/config/problems.ts'
import { describeError, PosternError } from '../base/errors.ts'
import type { Problem } from '../base/config/problems.ts'
import type { Path } from '../base/schema.ts'

/** `loadConfigWithPlugins`, whether the plugins go together, and whether a gateway could start with it. */
export async function loadChecked(file: string): Promise<ConfigWithPlugins & { readonly registry?: Registry }> {
  const loaded = await loadConfigWithPlugins(file)
  if (!loaded.ok) return { ok: false, problems: sortProblems([...loaded.problems, ...besides(loaded)]) }
  if (loaded.unfit.length > 0) return { ok: false, problems: loaded.unfit }
  try {
    const registry = dryRegistry(loaded.config, loaded.plugins)
    const found = verifyRegistry(registry).map((p) => ({ ...problemOf(p, loaded.problemAt), warning: p.warning === true }))
    const [problems, warnings] = [found.filter((p) => !p.warning), found.filter((p) => p.warning)].map((list) =>
      list.map(({ warning: _warning, ...problem }) => ({ ...problem, message: loaded.secrets.redact(problem.message) })),
    )
    if (problems && problems.length > 0) return { ok: false, problems: sortProblems(problems) }
    return { ...loaded, warnings: [...loaded.warnings, ...sortProblems(warnings ?? [])], registry }
  } catch (error) {
    const message = error instanceof PosternError && error.detail ? error.detail : describeError(error)
    return { ok: false, problems: [loaded.problemAt(['plugins'], message)] }
  }
}

/** What the plugins find besides in a config that some of them refuse: everything that is wrong is shown at once. */
function besides({ problems, refused, plugins }: Extract<ConfigWithPlugins, { ok: false }>): readonly Problem[] {
  if (!refused || !plugins) return []
  // A plugin may say the same at both steps; what stands in the settings has its place from the first one.
  const said = (p: Problem): boolean =>
    problems.some((k) => k.message === p.message && (p.path !== '' || (k.line === p.line && k.column === p.column)))
  try {
    const found = verifyRegistry(dryRegistry(refused.config, plugins)).filter((p) => !p.warning)
    return found.map((p) => ({ ...problemOf(p, refused.problemAt), message: refused.secrets.redact(p.message) })).filter((p) => !said(p))
  } catch {
    // They do not even go together; what is known already is what has to be mended first.
    return []
  }
}

/** What a plugin found once all were set up, at its place or at the plugin's settings. */
function problemOf(found: ReturnType<typeof verifyRegistry>[number], problemAt: (path: Path, message: string) => Problem): Problem {
  const at = readPlace(found.place)
  if (at) return { ...at, path: '', message: found.message }
  return problemAt(found.from === 'config' ? found.path : ['plugins', found.index, found.plugin, ...found.path], found.message)
}
