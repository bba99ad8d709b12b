// The plugin contract (`postern/plugin` for packages outside of this repository). A plugin is the default export of one file or folder:
//
//   export default definePlugin({
//     name: 'greeter',
//     apiVersion: 1,
//     description: 'Greets.',
//     config: Type.Object({ text: Type.String({ default: 'Hello', description: 'What to say.' }) }),
//     migrations: [],                                  // its own line of tables
//     setup: (host) => ({                              // plain hooks; no I/O, nothing kept running
//       on: { 'case.created': async (tx, event) => { await tx.notes.add({ caseId: event.caseId, text: host.settings.text }) } },
//       actions: { 'greeter.greet': defineAction({ description: 'Greets.', args: Type.Object({}), run: async (tx, { case: c }) => ... }) },
//     }),
//   })
//
// WHAT MAY BE COUNTED ON
//
//   Stable        what stands below under "Stable". What worked with one `apiVersion` works with each later one that still serves it: a field or
//                 a name may be added, nothing is taken away and no meaning changes. What goes is announced in the CHANGELOG a release before.
//   Experimental  meant to stay, its shape may still change in a release; the CHANGELOG tells how to follow.
//   Internal      for the plugins of this repository; not in the types that the package ships, and may change or go at any time.
//
//   A plugin that states an `apiVersion` which this Postern does not offer is refused when the configuration is read (exit code 78), with a
//   sentence that says what to update. Tables of the core are internal: ask `tx.read` and `host.look`. Events and settings of other plugins are theirs.
//
// THE LIFE OF A MAIL, where a plugin takes part (hook names on the right), and what an error leads to (on the left)
//
//   config refused: exit 78 at start,   <── check · config (schema) · setup · verify            at start and at each reload
//   at a reload the old one stays               │
//                                       RCPT TO, DATA, commit, "250": the mail is ours          no plugin takes part
//                                               │
//   a degraded case, the raw mail       <── parse, in a thread that can be killed
//   attached; hooks see it too                  │
//                                           BEGIN ─────────────────────────────────────────────────────────────────────────────┐
//                    ┌───────────────── <── which case?            route    in YAML order, the first answer wins               │
//                    │                      what is it?            intake   in YAML order until one takes or drops it          │
//   throws, or takes │                      case, message          (the core) -> events                                        │
//   longer than      │                      events                 on[...]  in YAML order, breadth first; at depth 8 an event  │
//   `hook_timeout`   │                                                      is stored, counted and no longer heard             │
//                    │                      may it leave?          guard    before each answer; the first that holds, holds    │
//                    │                      the result             finish   once, with all events; what it emits is heard      │
//                    ├───────────────── <── all events             written  once, last; must not emit                          │
//                    │                      COMMIT ────────────────────────────────────────────────────────────────────────────┘
//                    │                          └──> workers send what stands in the outbox; `jobs` and `crons` run at their time
//                    ▼
//   ROLLBACK: nothing of it remains, nothing goes on "without" the plugin. The error names plugin and hook in the log and in
//   postern_hook_seconds{plugin,hook,failed}. Who began the transaction decides what follows:
//     a mail     is tried again, with growing pauses, `intake.attempts` times, then parked: kept, counted, shown, never dropped
//     a job      (io, run) is tried again, from 5 s to 1 h apart, `attempts` times (25), then parked
//     a cron     is counted (postern_cron_failures_total); the next tick tries again
//     an action  by API, CLI, link or rule: a PosternError `invalid` is told to the one who ordered it, as its sentence; any other error too,
//                without its reason, which the log has
//     a route    answers 500 without the reason
//
// Inside a transaction only the database is awaited: on SQLite it holds the one writer, and is broken off after 200 ms of waiting for anything
// else. I/O belongs to `io` of a job, to a route, or to a worker. After a timeout the hook still runs, but its `tx` refuses whatever it asks.
// Plugins never call one another: they hear events (past facts) and order actions. Order is the order in YAML; `postern plugins` prints it.
// Plugins are trusted code: they run in this process with its rights.

// ---------------------------------------------------------------------------------------------------------------------- Stable

export { apiVersion, definePlugin } from './contract/plugin.ts'
export { defineAction, defineCondition, defineJob } from './contract/define.ts'
export { event } from './contract/events.ts'
export { refersTo } from './contract/references.ts'
export type { Hooks, Host, PluginDefinition, SettingsProblem } from './contract/plugin.ts'
export type { ActionResult, Tx } from './contract/tx.ts'
export type { CasePeople, CaseQuery, Reading } from './contract/reading.ts'
export type { Case, Message, Note, Notice, Recipients } from './contract/model.ts'
export type { EventDefinition, EventType, PosternEvent } from './contract/events.ts'
/** `PluginEvents` and `PluginTables`: where a plugin adds the types of its own. By *, which alone lets a package merge into them. */
export type * from './contract/plugin-events.ts'
export type * from './store/plugin-tables.ts'
export type { ActionDefinition, ArgumentProblem, ArgumentsAsked, ConditionDefinition } from './contract/actions.ts'
export type { CronDefinition, JobDefinition } from './contract/jobs.ts'
export type { RouteAnswer, RouteDefinition, RouteRequest } from './contract/endpoints.ts'
export type { Arrival, Intake, Route } from './contract/intake.ts'
export type { Origin } from './contract/origin.ts'
export { agentOrigin, systemOrigin } from './contract/origin.ts'
export { PosternError } from './base/errors.ts'
export { escapeHtml } from './base/escape.ts'
export type { Config } from './base/config/types.ts'
/** Schemas for settings with units: "4h" becomes ms, "25MB" bytes, ids are checked against the config. */
export { duration, idOf, secret, size } from './base/formats.ts'
export { canBeSentTo, checkedAddress, requireAddress } from './mail/address.ts'
export type { Address } from './mail/address.ts'
export type { Migration } from './store/migrate.ts'
export type { CaseStatus, Tables } from './store/tables.ts'

// ---------------------------------------------------------------------------------------------------------------- Experimental

export type { RegistryView } from './contract/plugin.ts'
export type { Draft, Hold } from './contract/guard.ts'
export type { ActionLink, Compared, NoticeTexts } from './contract/notices.ts'
export type { NoticeAction, StoredAttachment } from './contract/model.ts'
export type { Letter, SendOutcome } from './contract/tx.ts'
export type { ChannelDefinition, PluginWorker, WorkerContext } from './contract/channels.ts'
export type { CallbackDefinition, CommandDefinition } from './contract/endpoints.ts'
export type { CounterDefinition, GaugeDefinition } from './contract/metrics.ts'
export type { FilterDefinition, SortDefinition, Viewer } from './contract/case-lists.ts'
export { defineMessages } from './base/locale.ts'
export type { Locale } from './base/locale.ts'
export { filePath, rate, zone } from './base/formats.ts'

// -------------------------------------------------------------------------------------------------------------------- Internal

/** @internal */
export type { Mention } from './contract/model.ts'
/** @internal */
export type { LetterAttachment, MergedPart } from './contract/tx.ts'
/** @internal */
export { agentsOf, caseFor, mayAct } from './contract/access.ts'
/** @internal */
export { addressProblems, agentProblems, asking, checkArguments, groupProblems, languageOf, peopleProblems } from './contract/arguments.ts'
/** @internal */
export { followerIds } from './contract/followers.ts'
/** @internal */
export { keysHere } from './contract/keys-here.ts'
/** @internal */
export { unsentAnswer, withFirst, withLater, withOrdered } from './contract/unsent-answer.ts'
/** @internal */
export type { ShownUntil } from './contract/unsent-answer.ts'
/** @internal */
export { goesAlong, hasArgument, joinArguments } from './contract/along.ts'
/** @internal */
export type { Arguments } from './contract/along.ts'
/** @internal */
export type { Occasion } from './contract/occasion.ts'
/** @internal */
export { isForAgents } from './contract/letter-kinds.ts'
/** @internal */
export { describeError } from './base/errors.ts'
/** @internal */
export { t } from './base/locale.ts'
/** @internal */
export { batchesOf } from './base/batches.ts'
/** @internal */
export { publicUrl } from './base/public-url.ts'
/** @internal */
export { mailAgents } from './contract/mail-agents.ts'
/** @internal */
export { plainLine } from './base/escape.ts'
/** @internal */
export { pageAnswer } from './base/html-page.ts'
/** @internal */
export type { Page } from './base/html-page.ts'
/** @internal */
export { formatDateTime, formatDuration, formatSize } from './base/locale-format.ts'
/** @internal */
export { compileSchema } from './base/schema.ts'
/** @internal */
export type { Issue, Path } from './base/schema.ts'
/** @internal */
export { readYaml } from './base/config/positions.ts'
/** @internal */
export type { YamlFile } from './base/config/positions.ts'
/** @internal */
export type { AgentConfig } from './base/config/types.ts'
/** @internal */
export { businessHours, businessHoursSchema } from './base/business-hours.ts'
/** @internal */
export type { Hours } from './base/business-hours.ts'
/** @internal */
export { addressMatcher } from './base/cidr.ts'
/** @internal */
export { nearest } from './base/suggest.ts'
/** @internal */
export { cursorSchema, cutPage, nextSchema, readCursor } from './base/page.ts'
/** @internal */
export { parseDuration, parseSpan } from './base/units.ts'
/** @internal */
export type { Rate } from './base/units.ts'
/** @internal For I/O that a person waits for; everything durable takes `tx.now` or the clock that a worker is handed. */
export { systemClock } from './base/clock.ts'
/** @internal */
export type { Clock } from './base/clock.ts'
/** @internal */
export { PollLoop } from './base/poll-loop.ts'
/** @internal */
export { domainOf, parseAddressList, withoutTag } from './mail/address.ts'
/** @internal */
export { isNoReply } from './mail/no-reply.ts'
export { canonicalRecipient } from './mail/recipient.ts'
/** @internal */
export { nameFlags } from './mail/names.ts'
/** @internal */
export { headHtml } from './mail/reply/head.ts'
/** @internal */
export { isMobileLine } from './mail/reply/mobile-line.ts'
/** @internal */
export { unexplainedLines } from './mail/reply/unexplained.ts'
/** @internal */
export { htmlToText } from './mail/reply/html-text.ts'
/** @internal */
export { htmlForMail } from './mail/html-document.ts'
/** @internal */
export { comparedHtml, comparedText } from './mail/compared.ts'
/** @internal */
export { markerHtml, markerLine, signatureHtml } from './mail/reply/marker.ts'
/** @internal */
export { dmarcVerdict } from './mail/auth-results.ts'
/** @internal */
export type { AuthVerdict } from './mail/auth-results.ts'
/** @internal */
export { makeLink, readLink } from './mail/link-token.ts'
/** @internal */
export type { ReadMail } from './mail/read.ts'
/** @internal */
export { extractPlusToken, makeToken, newTokenRef, plusAddress, readOwnMessageId, readToken, verifyToken } from './mail/token.ts'
/** @internal */
export type { TokenKeys } from './mail/token.ts'
/** @internal */
export type { ThreadKeyRow } from './store/tables.ts'
