// All plugins of the running config, set up and in order: their hooks, and what may be ordered or asked by name.
import type { Config } from '../base/config/types.ts'
import { PosternError } from '../base/errors.ts'
import { compileSchema } from '../base/schema.ts'
import type { Schema } from '../base/schema.ts'
import type { FilterDefinition, SortDefinition } from '../contract/case-lists.ts'
import { mailboxTable } from '../mail/recipient.ts'
import type { MailboxTable } from '../mail/recipient.ts'
import type { ChannelDefinition } from '../contract/channels.ts'
import { coreEvents } from '../contract/events.ts'
import type { EventDefinition, EventType } from '../contract/events.ts'
import type { NoticeTexts } from '../contract/notices.ts'
import type { ActionDefinition, ConditionDefinition } from '../contract/actions.ts'
import type { CronDefinition, JobDefinition } from '../contract/jobs.ts'
import { versionProblem } from '../contract/plugin.ts'
import { agentTable } from './agent-addresses.ts'
import { asPlugin, callHook } from './transaction/hook-call.ts'
import type { HookObserver } from './transaction/hook-call.ts'
import type { Hooks, Host, PluginDefinition, RegistryView, SettingsProblem } from '../contract/plugin.ts'

/** A plugin that is set up, with the hooks that it answered. */
export interface LoadedPlugin {
  readonly definition: PluginDefinition
  readonly settings: unknown
  readonly hooks: Hooks
}

/** An action with its full name, the plugin it comes from, and the compiled schema of its arguments. */
export interface RegisteredAction extends ActionDefinition {
  readonly name: string
  readonly plugin: string
  readonly schema: Schema<unknown>
}

/** A kind of jobs with the plugin it comes from. */
export interface RegisteredJob extends JobDefinition {
  readonly plugin: string
}

/** Recurring work under its full name, the key of its row. */
export interface RegisteredCron extends CronDefinition {
  readonly plugin: string
  readonly name: string
}

/** The registry as the engine uses it; plugins see its `RegistryView` half. */
export interface Registry extends RegistryView {
  readonly config: Config
  readonly plugins: readonly LoadedPlugin[]
  readonly actions: ReadonlyMap<string, RegisteredAction>
  readonly jobs: ReadonlyMap<string, RegisteredJob>
  readonly crons: readonly RegisteredCron[]
  readonly mailboxes: MailboxTable
  action(name: string): RegisteredAction | undefined
  /** Plugins that hear this event, in order. */
  listeners(type: EventType): readonly LoadedPlugin[]
}

/** What the plugins say once all are set up, in their order; each with its plugin's place in the list of plugins. */
export function verifyRegistry(registry: Registry): readonly (SettingsProblem & { readonly index: number; readonly plugin: string })[] {
  return registry.plugins.flatMap(({ definition, hooks }, index) =>
    (hooks.verify?.() ?? []).map((problem) => ({ ...problem, index, plugin: definition.name })),
  )
}

/** What a host offers besides the settings; the registry itself is filled in here. */
export type HostFor = (plugin: string, settings: unknown, registry: RegistryView) => Host<never>

/** Sets up every plugin in order. Throws `config_invalid` where two claim one name or a required plugin does not stand before. `observer`: bounds what is asked of plugins through the registry; without it nothing does. */
export function buildRegistry(
  config: Config,
  plugins: readonly { readonly definition: PluginDefinition; readonly settings: unknown }[],
  hostFor: HostFor,
  observer?: HookObserver,
): Registry {
  const actions = new Map<string, RegisteredAction>()
  const conditions = new Map<string, ConditionDefinition>()
  const filters = new Map<string, FilterDefinition>()
  const sorts = new Map<string, SortDefinition>()
  const events = new Map<string, EventDefinition>(Object.entries(coreEvents))
  const jobs = new Map<string, RegisteredJob>()
  const crons: RegisteredCron[] = []
  const notices = new Map<string, NoticeTexts>()
  const channels = new Map<string, ChannelDefinition>()
  const loaded: LoadedPlugin[] = []
  const heard = new Map<EventType, LoadedPlugin[]>()
  const bounceAddress = config.outgoing.bounce_address
  const mailboxes = mailboxTable(
    [...config.mailboxes.values()].map((m, i) => ({
      id: m.id,
      addresses: [m.address, ...m.aliases, ...(i === 0 && bounceAddress ? [bounceAddress] : [])],
    })),
  )

  const registry: Registry = {
    config,
    plugins: loaded,
    actions,
    conditions,
    filters,
    sorts,
    events,
    jobs,
    crons,
    notices,
    channels,
    mailboxes,
    async links(tx, notice, agent) {
      const all = []
      for (const { definition, hooks } of loaded) {
        const made = async () => (await hooks.links?.(tx, notice, agent)) ?? []
        for (const link of hooks.links ? await (observer ? callHook(observer, definition.name, 'links', made) : made()) : []) all.push(link)
      }
      return all
    },
    action: (name) => actions.get(name),
    agentByAddress: agentTable(config),
    isOurs: (address) => mailboxes.resolve(address) !== null,
    listeners: (type) => heard.get(type) ?? [],
  }

  const claim = <T>(map: Map<string, T>, what: string, name: string, plugin: string, value: T): void => {
    if (map.has(name))
      throw new PosternError('config_invalid', `plugin ${plugin}: the ${what} "${name}" is there already, from a plugin before it`)
    map.set(name, value)
  }
  for (const { definition, settings } of plugins) {
    const plugin = definition.name
    if (loaded.some((l) => l.definition.name === plugin))
      throw new PosternError('config_invalid', `plugin ${plugin} stands twice in the list of plugins`)
    const refused = versionProblem(definition)
    if (refused !== undefined) throw new PosternError('config_invalid', refused)
    const missing = (definition.requires ?? []).find((r) => !loaded.some((l) => l.definition.name === r))
    if (missing) throw new PosternError('config_invalid', `plugin ${plugin} needs the plugin ${missing} before it in the list of plugins`)
    // The settings were checked against the plugin's own schema when the config was read.
    const hooks = asPlugin(plugin, () => definition.setup(hostFor(plugin, settings, registry)))
    const entry = { definition, settings, hooks }
    loaded.push(entry)
    for (const [name, action] of Object.entries(hooks.actions ?? {}))
      claim(actions, 'action', name, plugin, {
        ...action,
        run: action.run.bind(action),
        ...(action.check && { check: action.check.bind(action) }),
        name,
        plugin,
        schema: compileSchema(action.args),
      })
    for (const [name, condition] of Object.entries(hooks.conditions ?? {})) claim(conditions, 'condition', name, plugin, condition)
    for (const [name, filter] of Object.entries(hooks.filters ?? {})) claim(filters, 'filter', name, plugin, filter)
    for (const [name, sort] of Object.entries(hooks.sorts ?? {})) claim(sorts, 'sort', name, plugin, sort)
    for (const [name, definition_] of Object.entries(definition.events ?? {})) claim(events, 'event', name, plugin, definition_)
    for (const [name, texts] of Object.entries(hooks.notices ?? {})) claim(notices, 'notice', name, plugin, texts)
    for (const [name, channel] of Object.entries(hooks.channels ?? {})) claim(channels, 'channel', name, plugin, channel)
    for (const [name, job] of Object.entries(hooks.jobs ?? {})) claim(jobs, 'job', `${plugin}.${name}`, plugin, { ...job, plugin })
    for (const [name, cron] of Object.entries(hooks.crons ?? {})) crons.push({ ...cron, plugin, name: `${plugin}.${name}` })
    for (const type of Object.keys(hooks.on ?? {}) as EventType[]) heard.set(type, [...(heard.get(type) ?? []), entry]) // keys of a closed object
  }
  return registry
}
