// The plugin contract. A plugin is the default export of one file or folder:
//
//   export default definePlugin({
//     name: 'greeter',
//     config: Type.Object({ text: Type.String({ default: 'Hello', description: 'What to say.' }) }),
//     migrations: [],                                  // its own line of tables
//     setup: (host) => ({                              // plain hooks; no I/O, nothing kept running
//       on: { 'case.created': async (tx, event) => { await tx.notes.add({ caseId: event.caseId, text: host.settings.text }) } },
//     }),
//   })
//
// The life of a mail, and where a plugin may take part:
//
//   accept ── 250 ──> parse ──> begin ──> route (first answer wins)
//                                         intake (series: taken | dropped | pass)
//                                         record: message, case -> events
//                                         on[...] (series in YAML order, breadth first, depth <= 8)
//                                         finish (once, with all events of the transaction)
//                               commit ──> workers send what was written to the outbox
//
// Plugins never call one another: they hear events (past facts) and order actions. An error or a timeout in a hook rolls the
// whole transaction back and the mail is tried again; nothing goes on "without" a plugin. Order is the order in YAML.
// Plugins are trusted code: they run in this process with its rights.
import type { Kysely } from 'kysely'
import type { Static, TSchema } from 'typebox'
import type { AgentConfig, Config, MailboxConfig } from './base/config/types.ts'
import type { Locale } from './base/locale.ts'
import type { Clock, Timer } from './base/clock.ts'
import type { Log } from './base/log.ts'
import type { Ids } from './base/ids.ts'
import type { ReadMail } from './mail/read.ts'
import type { TokenKeys } from './mail/token.ts'
import type { Footprint } from './store/person.ts'
import type { Tables, ThreadKeyRow } from './store/tables.ts'
import type { Migration } from './store/migrate.ts'
import type { EventDefinition, EventType, PosternEvent } from './contract/events.ts'
import type { Case, Message, Notice, NoticeAction } from './engine/transaction/from-rows.ts'
import type { Address } from './mail/address.ts'
import type { Origin } from './contract/origin.ts'
import type { ActionResult, Tx } from './contract/tx.ts'
import type { ChannelDefinition, WorkerDefinition } from './contract/channels.ts'
import type { CommandDefinition, RouteDefinition } from './contract/endpoints.ts'
import type { FilterDefinition, SortDefinition } from './contract/case-lists.ts'

export interface PluginDefinition<S extends TSchema = TSchema> {
  /** kebab-case; the key in YAML, the owner of the migrations, the prefix of its jobs. */
  readonly name: string
  /** One sentence for `postern plugins`. */
  readonly description: string
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
  /** Called at start and after every reload of the config; the hooks of the last call are in force. */
  readonly setup: (host: Host<Static<S>>) => Hooks
}

export interface SettingsProblem {
  /** Path inside the settings, e.g. ['rules', 0, 'then']. */
  readonly path: readonly (string | number)[]
  readonly message: string
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
  /** Read-only; on SQLite a connection that never waits for a writer. */
  readonly read: Kysely<Tables>
  /** Bytes of a blob (raw mail, upload). */
  readBlob(id: string): Promise<Uint8Array>
  count(metric: string, labels?: Readonly<Record<string, string>>): void
  /** A mail read again from its stored bytes, in the killable worker. */
  parse(raw: Uint8Array): Promise<ReadMail | null>
}

export interface Hooks {
  /** Which case does this mail belong to? The first answer that is not null wins. */
  readonly route?: (tx: Tx, arrival: Arrival) => Promise<Route | null>
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
  /** `postern forget`: takes a person's words out of the plugin's own tables. His address and names are replaced afterwards in every text column of every table by themselves. */
  readonly forget?: (tx: Tx, person: Pick<Footprint, 'address' | 'messages' | 'cases'>) => Promise<void>
  /** Asked once all plugins are set up: what does not go together with what the others offer. Anything but a warning keeps the config out of force. */
  readonly verify?: () => readonly SettingsProblem[]
  /** In a dry run of an earlier mail, which is rolled back: takes out of the plugin's tables what was counted at or after that instant. */
  readonly rewind?: (tx: Tx, at: number) => Promise<void>
  /** How the kinds of notices that this plugin raises are told to people. */
  readonly notices?: Readonly<Record<string, NoticeTexts>>
  /** Links for the buttons of a notice in a mail to one agent; of several plugins all are shown. */
  readonly links?: (tx: Tx, notice: Notice, agent: string) => Promise<readonly ActionLink[]>
}

/** Words for one kind of notice, made from the facts in `notice.data`. */
export interface NoticeTexts {
  text(notice: Notice, locale: Locale): string
  /** Label of the button for one of its actions (its `name`). */
  label(action: string, locale: Locale): string
  /** What pressing it would do, as things stand now: a sentence for the page behind the link. Default: what the page knows of every action. */
  effect?(tx: Tx, notice: Notice, action: NoticeAction, locale: Locale): Promise<string>
  /** What may still be done about it once it has ended, such as taking back what was done. */
  after?(tx: Tx, notice: Notice): Promise<readonly NoticeAction[]>
}

export interface ActionLink {
  readonly label: string
  /** https or http; proves by itself who may follow it. */
  readonly url: string
}

/** An accepted mail on its way in. */
export interface Arrival {
  readonly inboundId: string
  readonly rawId: string
  /** sha256 of the raw bytes, hex. */
  readonly hash: string
  /** Envelope sender, '' for the null reverse-path. */
  readonly mailFrom: string
  /** Envelope recipient as it was accepted. */
  readonly rcpt: string
  readonly peer: string
  /** ms UTC. */
  readonly receivedAt: number
  readonly sizeBytes: number
  readonly mailbox: MailboxConfig
  readonly mail: ReadMail
  /** Why it could not be parsed; then `mail` holds what the headers gave. */
  readonly degraded: string | null
}

/** Where a mail belongs and how we know. */
export interface Route {
  /** null: a new case. */
  readonly caseId: string | null
  readonly by: 'token' | 'own-id' | 'foreign-id' | 'marker' | 'subject' | 'new'
  /** One line for people: what decided. */
  readonly evidence: string
  /** The key that led here. */
  readonly key?: ThreadKeyRow
  /** A signed token in the recipient address: what it says, and whether it holds for its recipient. */
  readonly token?: {
    readonly purpose: 'customer' | 'agent' | 'bounce'
    readonly verdict: 'ok' | 'expired' | 'forged' | 'unknown-key'
    readonly recipient: string | null
  }
  /** A case that this may belong to, where the evidence was too weak to put it there: the new case is linked to it. */
  readonly weak?: { readonly caseId: string; readonly why: string }
}

export type Intake =
  | {
      readonly verdict: 'pass'
      /** Kept with the message, under the plugin's name. */ readonly data?: unknown
      /** Recorded as if this had been the mail. */ readonly recast?: Recast
    }
  | {
      readonly verdict: 'taken'
      /** What became of it: reply | bounce | auto-reply | duplicate | ... */ readonly outcome: string
      readonly caseId?: string
      readonly messageId?: string
    }
  | { readonly verdict: 'dropped'; readonly reason: string }

/** What is recorded in place of what the mail says, e.g. the mail that an agent passed on. */
export interface Recast {
  readonly from: Address
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly subject: string
  readonly text: string
  readonly html: string | null
  /** ms UTC */
  readonly dateMs: number | null
}

/** An answer that is about to leave. */
export interface Draft {
  readonly case: Case
  /** Of the message of the timeline that it becomes (it may not be there yet). */
  readonly messageId: string
  readonly origin: Origin
  /** Agent id, where one wrote it. */
  readonly agent: string | null
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
  /** Whom the writer meant: everybody in the case, its requester, or people whom he named himself. */
  readonly audience: 'everybody' | 'requester' | 'named'
  readonly subject: string
  readonly text: string
  /** The message that the writer answered, where it is known. */
  readonly answers: string | null
  /** Case version that the writer saw, where it is known. */
  readonly seenVersion: number | null
  /** When the writer was shown the case (ms UTC), where that is known and the version is not. */
  readonly seenAt: number | null
  /** now: an answer of this moment; deferred: its planned time has come; release: an agent says, knowing what holds it, that it shall leave. */
  readonly occasion: 'now' | 'deferred' | 'release'
}

/** Why an answer is kept back, and what may be done about it. */
export interface Hold {
  /** A code: recipients_changed | private_reply | near_miss | ... */
  readonly reason: string
  /** Nothing is wrong with it: it stays deferred, and the plugin that says so has ordered that it leaves later (`reply.leave`). */
  readonly later?: true
  /** Raised for the agents, tied to the held message. */
  readonly notice?: {
    readonly kind: string
    readonly data?: Readonly<Record<string, unknown>>
    readonly actions: readonly NoticeAction[]
    readonly expiresAt?: number
  }
}

/** A named action: what rules, commands, templates, API, links and CLI order. */
export interface ActionDefinition {
  readonly description: string
  /** TypeBox object schema of the arguments; in the OpenAPI document as well. */
  readonly args: TSchema
  /** `case` (default): acts on one case, whose lock is taken first. `none`: needs no case. */
  readonly on?: 'case' | 'none'
  /** Must take effect before an answer in the same mail is sent (subject, recipients). */
  readonly beforeSend?: boolean
  /** Runs with checked arguments. Throw PosternError `invalid` with a sentence to refuse. */
  run(tx: Tx, call: ActionCall): Promise<ActionResult | void>
}

export interface ActionCall {
  /** The locked case; for `on: 'none'` undefined. */
  readonly case: Case | undefined
  // Checked against `args` before the call; typed by the caller with `Static<typeof args>`.
  readonly args: never
  readonly origin: Origin
}

/** A question that rules may ask of a case (and the message that is the occasion). */
export interface ConditionDefinition {
  readonly description: string
  /** Schema of the value in YAML. */
  readonly value: TSchema
  /** `seen` is shown by `postern explain`. */
  test(tx: Tx, subject: ConditionSubject, value: never): Promise<{ readonly holds: boolean; readonly seen: string }>
}

export interface ConditionSubject {
  readonly case: Case
  readonly message: Message | null
  readonly event: PosternEvent | null
}

/** Durable work at a time. */
export interface JobDefinition {
  /** Work outside the database, before the transaction: HTTP, files. Its result is handed to `run`. */
  readonly io?: (payload: never, signal: AbortSignal) => Promise<unknown>
  /** Effects, in one transaction with the end of the job. Answer `{ againAt }` to be called again later (ms UTC) without counting as a failure. */
  run(tx: Tx, payload: never, result: unknown): Promise<void | { readonly againAt: number }>
  /** How many at once on this node; default 4. */
  readonly concurrency?: number
  /** Most jobs a second that this node begins of those overdue by more than a minute, oldest first; what is on time is not slowed. Default: no limit. */
  readonly overduePerSecond?: number
  /** Tries before it is parked; default 25. */
  readonly attempts?: number
  /** ms before the next try after `attempt` failures; default exponential from 5 s to 1 h. */
  readonly retryIn?: (attempt: number) => number
}

/** Recurring work; a tick runs once over all nodes. */
export interface CronDefinition {
  /** Cron pattern (croner), five or six fields. */
  readonly pattern: string
  /** IANA zone; UTC by default. */
  readonly timezone?: string
  run(tx: Tx, tick: number): Promise<void>
  /**
   * For ticks of no consequence to anybody, where the clock is in somebody's hand (scenarios): days in which nothing else is due are
   * passed over, and at their end `run` comes once ('once'), or this instead; it must leave what all the ticks would have left.
   * Default: every tick is run at its time.
   */
  readonly passOver?: 'once' | ((tx: Tx, tick: number) => Promise<void>)
}

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

// What plugins need of the layers below, so that this file is all they import.
export { PosternError, describeError } from './base/errors.ts'
export { agentOrigin, systemOrigin } from './contract/origin.ts'
export { event } from './contract/events.ts'
export { checkedAddress, domainOf, parseAddressList, requireAddress } from './mail/address.ts'
export { agentsOf, caseFor, mayAct } from './contract/access.ts'
export { isForAgents } from './contract/letter-kinds.ts'
export { escapeHtml } from './base/escape.ts'
export { defineMessages, localeProblems, t } from './base/locale.ts'
export type { Locale } from './base/locale.ts'
export { formatDateTime, formatDuration, formatSize } from './base/locale-format.ts'
export { nameFlags } from './mail/names.ts'
export { headHtml } from './mail/reply/head.ts'
export { htmlToText } from './mail/reply/html-text.ts'
export { markerHtml, markerLine } from './mail/reply/marker.ts'
export { dmarcVerdict } from './mail/auth-results.ts'
export type { AuthVerdict } from './mail/auth-results.ts'
export { makeLink, readLink } from './mail/link-token.ts'
export type { SafeHtml } from './mail/safe-html.ts'
export { compileSchema } from './base/schema.ts'
export type { Issue, Path } from './base/schema.ts'
export { readYaml } from './base/config/positions.ts'
export type { YamlFile } from './base/config/positions.ts'
export { nearest } from './base/suggest.ts'
export { cursorSchema, cutPage, nextSchema, readCursor } from './base/page.ts'
export { parseDuration } from './base/units.ts'
/** For I/O that a person waits for; everything durable takes `tx.now` or the clock that a worker is handed. */
export { systemClock } from './base/clock.ts'
export type { Clock, Timer }
export type { ChannelDefinition, PluginWorker, WorkerContext, WorkerDefinition } from './contract/channels.ts'
export type { Rate } from './base/units.ts'
export type { ExplainEntry } from './contract/tx.ts'
export { extractPlusToken, readOwnMessageId, readToken, verifyToken } from './mail/token.ts'
export { canonicalRecipient } from './mail/recipient.ts'
export type {
  Address,
  ReadMail,
  Tx,
  ActionResult,
  Origin,
  Case,
  Message,
  Migration,
  EventType,
  PosternEvent,
  EventDefinition,
  AgentConfig,
  Config,
  MailboxConfig,
  Tables,
  ThreadKeyRow,
  TokenKeys,
  NoticeAction,
}
export type { CaseStatus, Note, Notice, StoredAttachment, Mention, Recipients } from './engine/transaction/from-rows.ts'
export type { Letter, LetterAttachment, NewMessage, SendOutcome } from './contract/tx.ts'
/** Schemas for settings with units: "4h" becomes ms, "25MB" bytes, ids are checked against the config. */
export { duration, durationOrOff, filePath, idOf, rate, secret, size, zone } from './base/formats.ts'
export type { CommandDefinition, RouteAnswer, RouteDefinition, RouteRequest } from './contract/endpoints.ts'
export type { FilterDefinition, FilterQuery, SortDefinition, Viewer } from './contract/case-lists.ts'
