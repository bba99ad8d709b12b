// What a reload changed, said in the log once it is in force.
import type { Host, TokenKeys } from '../../../core/plugin.ts'
import type { Loaded } from './load.ts'
import type { Settings } from '../settings.ts'

interface InForce {
  readonly rules: ReadonlyMap<string, string>
  readonly templates: ReadonlyMap<string, string>
}

/** By the keys of an installation, which live as long as its engine: setup itself starts anew at every reload. */
const inForce = new WeakMap<TokenKeys, InForce>()

/**
 * Logs the names of rules and templates that were added, removed or changed since the last load of this installation; the first load logs
 * nothing.
 */
export function noteReload(host: Host<Settings>, loaded: Loaded): void {
  const now: InForce = {
    rules: new Map(loaded.rules.map((r) => [r.name, r.hash])),
    templates: new Map([...loaded.templates.byName.values()].map((t) => [t.name, t.hash])),
  }
  const before = inForce.get(host.tokens)
  inForce.set(host.tokens, now)
  if (!before) return
  const changes = { rules: difference(before.rules, now.rules), templates: difference(before.templates, now.templates) }
  if ([changes.rules, changes.templates].some((d) => d.added.length + d.removed.length + d.changed.length > 0))
    host.log.info(changes, 'rules or templates changed')
}

function difference(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): { readonly added: readonly string[]; readonly removed: readonly string[]; readonly changed: readonly string[] } {
  return {
    added: [...now.keys()].filter((name) => !before.has(name)),
    removed: [...before.keys()].filter((name) => !now.has(name)),
    changed: [...now.keys()].filter((name) => before.has(name) && before.get(name) !== now.get(name)),
  }
}
