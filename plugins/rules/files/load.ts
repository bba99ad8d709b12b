// Everything that the plugin reads from files: templates first, for rules name them.
import { businessHours } from '../../../core/plugin.ts'
import type { Config } from '../../../core/plugin.ts'
import type { RuleContext } from '../conditions/facts.ts'
import type { FileProblem } from './files.ts'
import { compileAction, loadRules } from './rule-files.ts'
import type { Draft, Rule, RuleAction } from './rule-files.ts'
import type { Settings } from '../settings.ts'
import { loadTemplates } from './template-files.ts'
import type { LoadedTemplate, Templates } from './template-files.ts'

/**
 * The files of the plugin as they are in force. With faults among the problems the rest is still there, so that all of them are shown at
 * once.
 */
export interface Loaded {
  readonly rules: readonly Rule[]
  /** All that is written in the files of rules, for checking the names in it. */
  readonly drafts: readonly Draft[]
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
    const at = ['receipts', i, 'template']
    const template = templates.byName.get(receipt.template)
    if (!template) problems.push({ path: at, message: `there is no template \`${receipt.template}\` in ${settings.templates}` })
    for (const mailbox of template ? receiptMailboxes(settings, receipt.mailboxes, config) : []) {
      const without = locales.filter((locale) => !speaksIn(template, mailbox, locale))
      if (without.length > 0)
        problems.push({
          path: at,
          // Without any words nobody gets it; with some of them, those of one language alone do not.
          ...(template?.speaks && { warning: true as const }),
          message: `the template \`${receipt.template}\` has no words for the mailbox \`${mailbox}\` in ${without.join(' and ')}`,
        })
    }
  })
  const { rules, drafts, problems: inRules } = loadRules(settings.rules, context, templates.engines)
  return { rules, drafts, templates, templateActions, context, problems: [...problems, ...inRules] }
}

const locales = ['en', 'ru'] as const

const speaksIn = (template: LoadedTemplate | undefined, mailbox: string, locale: (typeof locales)[number]): boolean => {
  const words = template?.words(mailbox, locale)
  return Boolean(words?.text ?? words?.html)
}

/** Whose customers get a receipt by an entry: of the mailboxes that it names, else of all that no other entry names. */
function receiptMailboxes(settings: Settings, named: readonly string[], config: Config): readonly string[] {
  const elsewhere = new Set(settings.receipts.flatMap((receipt) => receipt.mailboxes))
  return named.length > 0 ? named : [...config.mailboxes.keys()].filter((mailbox) => !elsewhere.has(mailbox))
}
