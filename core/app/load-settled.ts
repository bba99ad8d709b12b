// Reads a configuration when nobody is writing it any more: neither the file, nor what its plugins read beside it.
import type { Clock } from '../base/clock.ts'
import { compileSchema, visitTexts } from '../base/schema.ts'
import { loadChecked } from './check-plugins.ts'
import { loadConfigWithPlugins } from './load-plugins.ts'
import type { ConfigWithPlugins } from './load-plugins.ts'
import { hasSettled, settled } from './settled.ts'

/** How often what was written meanwhile is read again, before it counts as something that keeps changing. */
const triesToRead = 3

/** `loadChecked` once the file, and every file and folder that the settings of its plugins name, have stood still; or the path of what keeps changing. */
export async function loadSettled(
  file: string,
  clock: Clock,
): Promise<Awaited<ReturnType<typeof loadChecked>> | { readonly changing: string }> {
  for (let left = triesToRead; left > 0; left -= 1) {
    if (!(await settled(file, clock))) return { changing: file }
    // Which paths there are says the file alone, whatever stands in them.
    for (const at of pathsOf(await loadConfigWithPlugins(file))) if (!(await settled(at, clock))) return { changing: at }
    const loaded = await loadChecked(file)
    const paths = loaded.ok ? pathsOf(loaded) : []
    if ([file, ...paths].every((at) => hasSettled(at, clock))) return loaded
  }
  return { changing: file }
}

/** The files and folders that settings of plugins name: rules, templates, stores of a plugin of one's own. */
function pathsOf(loaded: ConfigWithPlugins): readonly string[] {
  const found = new Set<string>()
  for (const { definition, settings } of loaded.plugins ?? [])
    visitTexts(compileSchema(definition.config).json, settings, (_path, text, { kind }) => {
      // What lies in the data directory is written by the gateway itself.
      if (kind?.kind === 'path' && kind.from !== 'data') found.add(text)
    })
  return [...found]
}
