// A plugin: its definition, what it is handed, and the hooks that it answers with.
import type { Static, TSchema } from 'typebox'
import type { AgentConfig, Config } from '../base/config/types.ts'
import type { Migration } from '../store/migrate.ts'
import type { EventDefinition, EventType, PosternEvent } from './events.ts'
import type { Log } from '../base/log.ts'
import type { Ids } from '../base/ids.ts'
import type { TokenKeys } from '../mail/token.ts'
import type { Origin } from './origin.ts'
import type { Reading } from './reading.ts'
import type { Tx } from './tx.ts'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/tables.ts'
import type { ReadMail } from '../mail/read.ts'
import type { Arrival, Intake, Route } from './intake.ts'
import type { Draft, Hold } from './guard.ts'
import type { ChannelDefinition, WorkerDefinition } from './channels.ts'
import type { ActionDefinition, ConditionDefinition } from './actions.ts'
import type { FilterDefinition, SortDefinition } from './case-lists.ts'
import type { CronDefinition, JobDefinition } from './jobs.ts'
import type { CallbackDefinition, CommandDefinition, RouteDefinition } from './endpoints.ts'
import type { CounterDefinition, GaugeDefinition } from './metrics.ts'
import type { Footprint } from '../store/person.ts'
import type { ActionLink, NoticeTexts } from './notices.ts'
import type { Notice } from './model.ts'

/**
 * The contract that this Postern offers. It grows by one with each release that adds to its stable part; a plugin that uses something
 * states the version with which it came.
 *
 *   1   the first
 */
export const apiVersion = 1

/** The oldest that is still served. It moves where something stable is taken away or changes its meaning, which the CHANGELOG announces a release before. */
export const oldestApiVersion = 1

/** Why a plugin cannot run here by the contract that it was written for; undefined: it can. */
export function versionProblem({ name, apiVersion: wanted }: Pick<PluginDefinition, 'name' | 'apiVersion'>): string | undefined {
  if (wanted === undefined || (Number.isInteger(wanted) && wanted >= oldestApiVersion && wanted <= apiVersion)) return undefined
  const offered = oldestApiVersion === apiVersion ? `version ${apiVersion}` : `versions ${oldestApiVersion} to ${apiVersion}`
  const advice = wanted > apiVersion ? 'update Postern' : 'update the plugin'
  return `the plugin ${name} is written for apiVersion ${wanted} of the plugin contract, this Postern offers ${offered}: ${advice}`
}

/** What a plugin's file exports by default: its name, settings, tables and events, and the function that makes its hooks. */
export interface PluginDefinition<S extends TSchema = TSchema> {
  /** kebab-case; the key in YAML, the owner of the migrations, the prefix of its jobs. */
  readonly name: string
  /** One sentence for `postern plugins`. */
  readonly description: string
  /** The version of the contract that it is written for (`apiVersion`); one that this Postern does not offer is refused. Default: whatever there is. */
  readonly apiVersion?: number
  /** Plugins that must stand before this one in YAML, because it orders their actions. */
  readonly requires?: readonly string[]
  /** TypeBox schema of its settings; every key with description and default. */
  readonly config: S
  /** Checks that a schema cannot express: paths into the settings and what is wrong there. Runs for `postern check` as well. */
  readonly check?: (settings: Static<S>, config: Config) => readonly SettingsProblem[]
  /** Its tables. Names start with the plugin's name. Never change a released step: add another. */
  readonly migrations?: readonly Migration[]
  /** Event types that it adds, with schema and example. */
  readonly events?: Readonly<Record<string, EventDefinition>>
  /** What it counts by `host.count`, by the name of the metric (`postern_WHAT_total`). Experimental. */
  readonly counters?: Readonly<Record<string, CounterDefinition>>
  /** Called at start and after every reload of the config; the hooks of the last call are in force. */
  readonly setup: (host: Host<Static<S>>) => Hooks
}

/** What is wrong with a plugin's settings and where, for a message with file, line and column. */
export interface SettingsProblem {
  /** Path inside the settings, e.g. ['rules', 0, 'then']. */
  readonly path: readonly (string | number)[]
  readonly message: string
  /** `config`: the path begins at the top of the config file, not at the plugin's settings. Only from `verify`. */
  readonly from?: 'config'
  /** A file other than the config file, with its place: `rules/a.yaml:3:7`. */
  readonly place?: string
  /** Doubtful, not wrong: shown, and nothing is refused for it. Only from `verify`. */
  readonly warning?: true
}

/** What a plugin is handed at setup. */
export interface Host<S> {
  readonly plugin: string
  readonly settings: S
  /** The config in force. */
  readonly config: Config
  /** Folder of the config file, for paths in settings. */
  readonly configFolder: string
  readonly log: Log
  readonly ids: Ids
  /** ms UTC; inside a transaction use `tx.now`. */
  now(): number
  readonly tokens: TokenKeys
  /** Everything that may be ordered or asked, by name: actions, conditions, filters of all plugins, events. Complete once setup of all plugins is done. */
  readonly registry: RegistryView
  /** Opens a transaction of its own, e.g. in a route. Never inside a hook that was handed one. */
  transact<T>(origin: Origin, work: (tx: Tx) => Promise<T>): Promise<T>
  /** Questions about cases, messages and people as committed; on SQLite they never wait for a writer. */
  readonly look: Reading
  /** The plugin's own tables, read-only; on SQLite a connection that never waits for a writer. */
  readonly read: Kysely<Tables>
  /** Bytes of a blob (raw mail, upload). */
  readBlob(id: string): Promise<Uint8Array>
  count(metric: string, labels?: Readonly<Record<string, string>>): void
  /** A mail read again from its stored bytes, in the killable worker. */
  parse(raw: Uint8Array): Promise<ReadMail | null>
}

/**
 * What a plugin answers with. Hooks are called in YAML order and bounded by `intake.hook_timeout`; one that throws rolls its transaction
 * back.
 */
export interface Hooks {
  /** Which case does this mail belong to? The first answer that is not null wins. */
  readonly route?: (tx: Tx, arrival: Arrival) => Promise<Route | null>
  /**
   * Asked at RCPT, before anything is accepted: whether this sender's mail is refused with 550 for good. Only what an admin has said himself may
   * be refused. It answers from memory; where it throws, or takes longer than a second, the mail is let in.
   */
  readonly refuses?: (envelope: {
    readonly mailFrom: string
    readonly rcpt: string
    readonly mailbox: string
  }) => boolean | Promise<boolean>
  /** May take the mail (it becomes something else than a customer's message), drop it, or pass it on. */
  readonly intake?: (tx: Tx, arrival: Arrival, route: Route) => Promise<Intake>
  readonly on?: { readonly [T in EventType]?: (tx: Tx, event: PosternEvent<T>) => Promise<void> }
  /** Asked before an answer leaves (now, or when its time has come); the first that says hold keeps it back. */
  readonly guard?: (tx: Tx, draft: Draft) => Promise<Hold | null>
  /** Once a transaction, after its events have been heard: for what should see the result, such as notifications. */
  readonly finish?: (tx: Tx, events: readonly PosternEvent[]) => Promise<void>
  /** Last of all, with every event that this transaction writes, those of `finish` included: for those who pass all of them on. Must not emit. */
  readonly written?: (tx: Tx, events: readonly PosternEvent[]) => Promise<void>
  /** How answers leave in cases of a channel other than mail, by the name of the channel. */
  readonly channels?: Readonly<Record<string, ChannelDefinition>>
  /** Senders and pollers of the plugin's own, beside the engine's workers. */
  readonly workers?: readonly WorkerDefinition[]
  readonly actions?: Readonly<Record<string, ActionDefinition>>
  readonly conditions?: Readonly<Record<string, ConditionDefinition>>
  readonly filters?: Readonly<Record<string, FilterDefinition>>
  readonly sorts?: Readonly<Record<string, SortDefinition>>
  /** The wall clock of this node jumped by so many ms (over a minute) against the time that passed. Heard before anything that came due by it is done. */
  readonly clockJumped?: (tx: Tx, byMs: number) => Promise<void>
  /** Job kinds; ordered as `<plugin>.<job>`. */
  readonly jobs?: Readonly<Record<string, JobDefinition>>
  readonly crons?: Readonly<Record<string, CronDefinition>>
  readonly routes?: readonly RouteDefinition[]
  readonly commands?: Readonly<Record<string, CommandDefinition>>
  /** The calls that it makes to programs of others, for the API's document. Asked once all plugins are set up. Experimental. */
  readonly callbacks?: () => readonly CallbackDefinition[]
  /** What `/metrics` shows besides, by the name of the metric. Experimental. */
  readonly gauges?: Readonly<Record<string, GaugeDefinition>>
  /** `postern forget`: takes a person's words out of the plugin's own tables. His address and names are replaced afterwards in every text column of every table by themselves. */
  readonly forget?: (tx: Tx, person: Pick<Footprint, 'address' | 'messages' | 'cases'>) => Promise<void>
  /** A case is about to be deleted: takes its rows out of the plugin's own tables, as far as no foreign key does. Emits nothing. */
  readonly deleted?: (tx: Tx, gone: { readonly caseId: string }) => Promise<void>
  /** Asked once all plugins are set up: what does not go together with what the others offer. Anything but a warning keeps the config out of force. */
  readonly verify?: () => readonly SettingsProblem[]
  /** In a dry run of an earlier mail, which is rolled back: takes out of the plugin's tables what was counted at or after that instant. */
  readonly rewind?: (tx: Tx, at: number) => Promise<void>
  /** How the kinds of notices that this plugin raises are told to people. */
  readonly notices?: Readonly<Record<string, NoticeTexts>>
  /** Links for the buttons of a notice in a mail to one agent; of several plugins all are shown. */
  readonly links?: (tx: Tx, notice: Notice, agent: string) => Promise<readonly ActionLink[]>
}

/** What all plugins together offer, by name, and whose addresses are whose; always by the config in force. */
export interface RegistryView {
  action(name: string): ActionDefinition | undefined
  readonly actions: ReadonlyMap<string, ActionDefinition>
  readonly conditions: ReadonlyMap<string, ConditionDefinition>
  readonly filters: ReadonlyMap<string, FilterDefinition>
  readonly sorts: ReadonlyMap<string, SortDefinition>
  readonly events: ReadonlyMap<string, EventDefinition>
  readonly notices: ReadonlyMap<string, NoticeTexts>
  readonly channels: ReadonlyMap<string, ChannelDefinition>
  /** Signed links for the buttons of an open notice, for this agent alone; none where no plugin makes them. */
  links(tx: Tx, notice: Notice, agent: string): Promise<readonly ActionLink[]>
  /** An active agent by address (any of his), lower or upper case. */
  agentByAddress(address: string): AgentConfig | undefined
  /** Whether an address is one of ours: mailbox, alias, plus-address or token of them. */
  isOurs(address: string): boolean
}

/** Checks the shape at compile time; returns what it is given. */
export function definePlugin<S extends TSchema>(definition: PluginDefinition<S>): PluginDefinition<S> {
  return definition
}

/** A plugin as a gateway runs it: its definition, and its settings as checked against its schema. */
export interface EnginePlugin {
  readonly definition: PluginDefinition
  readonly settings: unknown
}
