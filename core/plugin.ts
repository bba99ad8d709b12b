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

export { definePlugin } from './contract/plugin.ts'
export type { Hooks, Host, PluginDefinition, RegistryView, SettingsProblem } from './contract/plugin.ts'
export type { Arrival, Intake, Recast, Route } from './contract/intake.ts'
export type { Draft, Hold } from './contract/guard.ts'
export type { ActionCall, ActionDefinition, ConditionDefinition, ConditionSubject } from './contract/actions.ts'
export type { CronDefinition, JobDefinition } from './contract/jobs.ts'
export type { ActionLink, NoticeTexts } from './contract/notices.ts'
export type { Case, Mention, Message, Note, Notice, NoticeAction, Recipients, StoredAttachment } from './contract/model.ts'
export type { ActionResult, ExplainEntry, Letter, LetterAttachment, NewMessage, SendOutcome, Tx } from './contract/tx.ts'
export { event } from './contract/events.ts'
export type { EventDefinition, EventType, PosternEvent } from './contract/events.ts'
export { agentOrigin, systemOrigin } from './contract/origin.ts'
export type { Origin } from './contract/origin.ts'
export type { ChannelDefinition, PluginWorker, WorkerContext, WorkerDefinition } from './contract/channels.ts'
export type { CommandDefinition, RouteAnswer, RouteDefinition, RouteRequest } from './contract/endpoints.ts'
export type { FilterDefinition, FilterQuery, SortDefinition, Viewer } from './contract/case-lists.ts'
export { agentsOf, caseFor, mayAct } from './contract/access.ts'
export { isForAgents } from './contract/letter-kinds.ts'

// What plugins need of the layers below, so that this file is all they import.
export { PosternError, describeError } from './base/errors.ts'
export { escapeHtml } from './base/escape.ts'
export { defineMessages, localeProblems, t } from './base/locale.ts'
export type { Locale } from './base/locale.ts'
export { formatDateTime, formatDuration, formatSize } from './base/locale-format.ts'
export { compileSchema } from './base/schema.ts'
export type { Issue, Path } from './base/schema.ts'
export { readYaml } from './base/config/positions.ts'
export type { YamlFile } from './base/config/positions.ts'
export type { AgentConfig, Config, MailboxConfig } from './base/config/types.ts'
export { nearest } from './base/suggest.ts'
export { cursorSchema, cutPage, nextSchema, readCursor } from './base/page.ts'
export { parseDuration } from './base/units.ts'
export type { Rate } from './base/units.ts'
/** For I/O that a person waits for; everything durable takes `tx.now` or the clock that a worker is handed. */
export { systemClock } from './base/clock.ts'
export type { Clock, Timer } from './base/clock.ts'
export { PollLoop } from './base/poll-loop.ts'
/** Schemas for settings with units: "4h" becomes ms, "25MB" bytes, ids are checked against the config. */
export { duration, durationOrOff, filePath, idOf, rate, secret, size, zone } from './base/formats.ts'
export { checkedAddress, domainOf, parseAddressList, requireAddress } from './mail/address.ts'
export type { Address } from './mail/address.ts'
export { canonicalRecipient } from './mail/recipient.ts'
export { nameFlags } from './mail/names.ts'
export { headHtml } from './mail/reply/head.ts'
export { isMobileLine } from './mail/reply/mobile-line.ts'
export { unexplainedLines } from './mail/reply/unexplained.ts'
export { htmlToText } from './mail/reply/html-text.ts'
export { htmlForMail } from './mail/html-document.ts'
export { markerHtml, markerLine } from './mail/reply/marker.ts'
export { dmarcVerdict } from './mail/auth-results.ts'
export type { AuthVerdict } from './mail/auth-results.ts'
export { makeLink, readLink } from './mail/link-token.ts'
export type { SafeHtml } from './mail/safe-html.ts'
export type { ReadMail } from './mail/read.ts'
export { extractPlusToken, readOwnMessageId, readToken, verifyToken } from './mail/token.ts'
export type { TokenKeys } from './mail/token.ts'
export type { Migration } from './store/migrate.ts'
export type { CaseStatus, Tables, ThreadKeyRow } from './store/tables.ts'
