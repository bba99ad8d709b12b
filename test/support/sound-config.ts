// A configuration file as a test needs it: sound, or the test says what is wrong with it.
import { formatProblem } from '../../core/base/config/problems.ts'
import { loadConfigWithPlugins } from '../../core/app/load-plugins.ts'

/** The configuration with its plugins. Throws every problem, a line each. */
export async function soundConfig(file: string, env: Readonly<Record<string, string>> = {}) {
  const loaded = await loadConfigWithPlugins(file, env)
  if (!loaded.ok) throw new Error(`the config is wrong:\n${loaded.problems.map(formatProblem).join('\n')}`)
  return loaded
}
