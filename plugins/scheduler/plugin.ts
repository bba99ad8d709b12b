// Time: reopens that agents and rules plan, and messages that leave later. Everything planned is a row and a durable job; a job finds
// under the case's lock whether it is still meant, so a change never has to catch a job that is running.
import { definePlugin } from '../../core/plugin.ts'
import type { Hooks } from '../../core/plugin.ts'
import { clockJumped, checkHeartbeat, heartbeatPattern, renewHeartbeat } from './heartbeat.ts'
import { schedulerCommands } from './commands.ts'
import { deferredActions } from './deferred/actions.ts'
import { deferredHooks, sendJob, undoWindow } from './deferred/send.ts'
import { schedulerEvents } from './events.ts'
import { schedulerConditions, schedulerFilters, schedulerSorts } from './filters.ts'
import { schedulerNotices } from './notices.ts'
import { offerTexts } from './reopen/offer.ts'
import { reopenActions } from './reopen/actions.ts'
import { fireJob, reopenHooks } from './reopen/fire.ts'
import { schedulerRoutes } from './routes.ts'
import { presetProblems } from './presets.ts'
import { schedulerConfig } from './settings.ts'
import { dropDeferredOf } from './deferred/store.ts'
import { migrations } from './tables.ts'

export default definePlugin({
  name: 'scheduler',
  description: 'Reopens at a planned time, and answers that leave later.',
  requires: ['desk'],
  config: schedulerConfig,
  check: presetProblems,
  migrations,
  events: schedulerEvents,
  counters: {
    postern_scheduler_due_total: { help: 'Reopens and planned messages whose time came', labels: { what: ['reopen', 'message'] } },
    postern_scheduler_late_total: { help: 'Those of them that were done late', labels: { what: ['reopen', 'message'] } },
    postern_scheduler_held_total: { help: 'Planned messages that were held when their time came', labels: { reason: [] } },
    postern_scheduler_downtimes_total: { help: 'Times without any sign of life of a node that were longer than `downtime`' },
  },
  setup: (host) => ({
    actions: { ...reopenActions(host), ...deferredActions(host) },
    jobs: { fire: fireJob(host), send: sendJob(host) },
    // `alive` is the name under which the database keeps this cron.
    crons: {
      alive: { pattern: heartbeatPattern, run: async (tx) => void (await checkHeartbeat(tx, host, true)), passOver: renewHeartbeat },
    },
    deleted: (tx, { caseId }) => dropDeferredOf(tx, caseId),
    guard: (tx, draft) => undoWindow(tx, host, draft),
    clockJumped: (tx, byMs) => clockJumped(tx, host, byMs),
    notices: { ...schedulerNotices, reopen_offer: offerTexts(host) },
    conditions: schedulerConditions,
    filters: schedulerFilters,
    sorts: schedulerSorts,
    commands: schedulerCommands(host),
    routes: schedulerRoutes(host),
    on: both(reopenHooks(host), deferredHooks(host)),
  }),
})

type On = NonNullable<Hooks['on']>

/** Both listen to messages: a deferred answer becomes a note before the agents are asked about the reopen. */
function both(reopens: On, deferred: On): On {
  return {
    ...deferred,
    ...reopens,
    async 'message.received'(tx, event) {
      await deferred['message.received']?.(tx, event)
      await reopens['message.received']?.(tx, event)
    },
    async 'message.sent'(tx, event) {
      await deferred['message.sent']?.(tx, event)
      await reopens['message.sent']?.(tx, event)
    },
    async 'case.unmerged'(tx, event) {
      await deferred['case.unmerged']?.(tx, event)
      await reopens['case.unmerged']?.(tx, event)
    },
  }
}
