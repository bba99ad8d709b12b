// The time of a deferred message has come: everything is looked at again, then it leaves, or is held for an agent to see.
import { PosternError, mayAct, unsentAnswer } from '../../../core/plugin.ts'
import type { ActionResult, Case, Draft, Hold, Hooks, JobDefinition, Message, Tx } from '../../../core/plugin.ts'
import { checkHeartbeat, waitsUntil } from '../heartbeat.ts'
import { planAgain } from './unmerged.ts'
import {
  becomeNotes,
  becomeNotesOfMerge,
  blobIsThere,
  changeDeferred,
  copiesAction,
  copiesOf,
  deferredById,
  planMessage,
  withCopies,
} from './store.ts'
import type { Deferred } from './store.ts'
import { lateEnoughMs, tellLate } from './tell.ts'
import { personOf } from '../person.ts'
import type { SchedulerHost } from '../person.ts'

const lateMs = 5000
/** Mail that is waiting to be taken in is taken in within this, as a rule. */
const drainMs = 1000

/** The job that sends a deferred message when it is due, or puts itself off. What was changed, cancelled or deleted since is left alone. */
export function sendJob(host: SchedulerHost): JobDefinition {
  return {
    // Claimed in batches: half of the work of a short job is its claim.
    concurrency: 16,
    overduePerSecond: host.settings.overdue_per_second,
    async run(tx, payload: { readonly message: string; readonly rev: number }) {
      const before = await tx.messages.get(payload.message)
      // Gone with its case, or cancelled.
      if (!before) return
      // The lock comes before everything that is decided upon: mail that is being taken in now has it, or waits for it.
      const c = await tx.cases.lock(before.caseId)
      const [row, message] = [await deferredById(tx, payload.message), await tx.messages.get(payload.message)]
      if (!row || !message || row.rev !== payload.rev || row.state !== 'planned') return
      if (message.caseId !== c.id) return { againAt: tx.now }
      if (row.due_at > tx.now) return { againAt: row.due_at }
      if (message.state !== 'deferred') return void (await changeDeferred(tx, row, { state: 'cancelled' }))
      if (row.kind === 'deferred') {
        const wait = waitsUntil(await checkHeartbeat(tx, host, false), row.due_at, tx.now)
        if (wait !== null) return { againAt: wait }
      }
      if (await tx.jobs.mailWaiting(c.mailbox)) return { againAt: tx.now + drainMs }
      host.count('postern_scheduler_due_total', { what: 'message' })
      if (tx.now - row.due_at > lateMs) host.count('postern_scheduler_late_total', { what: 'message' })
      await release(tx, host, c, row, message)
    },
  }
}

/** Sends it, or holds it with a notice; never anything else. Under the case's lock. */
export async function release(tx: Tx, host: SchedulerHost, c: Case, row: Deferred, message: Message): Promise<ActionResult> {
  const reason = await unfit(tx, c, message)
  const copies = copiesOf(message)
  // One that was planned before its copies were ordered by its leaving.
  if (copies !== undefined && !unsentAnswer(message).first.includes(copiesAction))
    await tx.messages.update(message.id, { data: withCopies(message.data, copies) })
  const result = await leave(tx, c, message, reason)
  const held = typeof result.data?.held === 'string' ? result.data.held : null
  await changeDeferred(tx, row, { state: held === null ? 'sent' : 'held' })
  const facts = { message: message.id, due: row.due_at, agent: message.agent }
  if (held === null) {
    const late = Math.max(0, tx.now - row.due_at)
    if (late >= lateEnoughMs) await tellLate(tx, c, row, message)
    await tx.emit('deferred.sent', c.id, { ...facts, late })
  } else {
    host.count('postern_scheduler_held_total', { reason: reason ?? 'guard' })
    await tx.emit('deferred.held', c.id, { ...facts, reason: held })
  }
  return result
}

async function leave(tx: Tx, c: Case, message: Message, reason: string | null): Promise<ActionResult> {
  const order = { message: message.id }
  if (reason !== null) return tx.act('reply.leave', c.id, { ...order, hold: reason })
  try {
    return await tx.act('reply.leave', c.id, order)
  } catch (error) {
    // Refused for what it says or to whom it goes: an agent has to look at it.
    if (!(error instanceof PosternError) || (error.code !== 'invalid' && error.code !== 'not_found')) throw error
    return tx.act('reply.leave', c.id, { ...order, hold: `refused: ${error.detail}`.slice(0, 100) })
  }
}

const unfilled = /\{\{[^{}]{1,200}\}\}|\{%[^{}%]{1,200}%\}/u

/** Why it must not leave by itself any more, or null. Recipients and words are the guards' business. */
async function unfit(tx: Tx, c: Case, message: Message): Promise<string | null> {
  if (c.status === 'spam' || c.status === 'trash') return `case_${c.status}`
  if (!tx.config.mailboxes.has(c.mailbox)) return 'mailbox_gone'
  if (message.agent !== null) {
    if (tx.config.agents.get(message.agent)?.active !== true) return 'agent_inactive'
    if (!mayAct(tx.config, message.agent, c.mailbox)) return 'agent_may_not_act_here'
  }
  // A variable that nothing was put into must not reach a customer while nobody looks.
  if (unfilled.test(message.text) || unfilled.test(message.subject)) return 'template_variable'
  for (const { blob } of await tx.messages.attachments(message.id)) {
    if (!blob || !(await blobIsThere(tx, blob.id))) return 'attachment_gone'
  }
  return null
}

/** An ordinary answer of an agent waits for a moment in which he can take it back. */
export async function undoWindow(tx: Tx, host: SchedulerHost, draft: Draft): Promise<Hold | null> {
  if (host.settings.undo === 0 || draft.occasion !== 'now' || draft.agent === null || draft.origin.kind !== 'agent') return null
  const row = await planMessage(tx, draft.messageId, {
    kind: 'undo',
    due: tx.now + host.settings.undo,
    zone: personOf(tx, draft.case.mailbox, draft.agent).zone,
  })
  await tx.emit('deferred.planned', draft.case.id, { message: draft.messageId, due: row.due_at, agent: draft.agent, kind: 'undo' })
  return { reason: 'undo', later: true }
}

/** A new message of the customer or of an agent makes what was planned before it a note. */
export function deferredHooks(host: SchedulerHost): NonNullable<Hooks['on']> {
  return {
    async 'message.received'(tx, event) {
      if (event.caseId === null) return
      if (event.data.kind === 'normal' || (host.settings.automatic_mail && event.data.kind !== 'bounce' && event.data.kind !== 'report'))
        await becomeNotes(tx, event.caseId, event.data.message, event.caseSeq ?? 0)
    },
    async 'message.sent'(tx, event) {
      if (event.caseId !== null && event.data.author === 'agent')
        await becomeNotes(tx, event.caseId, event.data.message, event.caseSeq ?? 0)
    },
    async 'case.merged'(tx, event) {
      if (event.caseId !== null) await becomeNotesOfMerge(tx, event.caseId, host.settings.automatic_mail)
    },
    async 'case.unmerged'(tx, event) {
      if (event.caseId !== null) await planAgain(tx, { target: event.caseId, source: event.data.source }, host.settings.automatic_mail)
    },
  }
}
