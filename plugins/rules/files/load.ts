// Everything that the plugin reads from files: templates first, for rules name them.
import type { Config } from '../../../core/plugin.ts'
import type { RuleContext } from '../conditions/facts.ts'
import type { FileProblem } from './files.ts'
import { businessHours } from '../conditions/hours.ts'
import { compileAction, loadRules } from './rule-files.ts'
import type { Rule, RuleAction } from './rule-files.ts'
import type { Settings } from '../settings.ts'
import { loadTemplates } from './template-files.ts'
import type { Templates } from './template-files.ts'

/**
 * The files of the plugin as they are in force. With faults among the problems the rest is still there, so that all of them are shown at
 * once.
 */
export interface Loaded {
  readonly rules: readonly Rule[]
  readonly templates: Templates
  /** What each template does besides its words. */
  readonly templateActions: ReadonlyMap<string, readonly RuleAction[]>
  readonly context: RuleContext
  /** Faults and doubts, each with its place; `path` leads into the settings for those that have none. */
  readonly problems: readonly (Omit<FileProblem, 'place'> & { readonly place?: string })[]
}

/** Reads them once for the settings of one reading of the configuration: what was checked is what comes into force, whatever happens to the files meanwhile. */
export function loadAll(settings: Settings, config: Config): Loaded {
  const known = loadedFor.get(settings)
  if (known?.context.config === config) return known
  const loaded = read(settings, config)
  loadedFor.set(settings, loaded)
  return loaded
}

const loadedFor = new WeakMap<Settings, Loaded>()

function read(settings: Settings, config: Config): Loaded {
  const context: RuleContext = {
    config,
    hours: new Map(Object.entries(settings.hours).map(([name, hours]) => [name, businessHours(hours, config.timezone)])),
  }
  const templates = loadTemplates(settings.templates, config)
  const problems: (Omit<FileProblem, 'place'> & { readonly place?: string })[] = [...templates.problems]
  const templateActions = new Map<string, readonly RuleAction[]>()
  for (const template of templates.byName.values()) {
    const { source, at, items } = template.actions
    const found: FileProblem[] = []
    const actions = items.flatMap((item, i) => {
      const action = compileAction(item, [...at, i], { source, engines: templates.engines, problems: found })
      return action && action !== 'stop' ? [action] : []
    })
    for (const one of found) problems.push(one)
    if (actions.length > 0) templateActions.set(template.name, actions)
  }
  settings.receipts.forEach((receipt, i) => {
    if (!templates.byName.has(receipt.template))
      problems.push({ path: ['receipts', i, 'template'], message: `there is no template \`${receipt.template}\` in ${settings.templates}` })
  })
  const { rules, problems: inRules } = loadRules(settings.rules, context, templates.engines)
  return { rules, templates, templateActions, context, problems: [...problems, ...inRules] }
}
