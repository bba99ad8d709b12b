// The time of a reopen has come; what is offered about it, and when an offer ends.
import Type from 'typebox'
import { defineJob } from '../../../core/plugin.ts'
import type { Case, JobDefinition, Hooks, NoticeAction, Tx } from '../../../core/plugin.ts'
import { endOffer, raiseOffer } from './offer.ts'
import type { SchedulerHost } from '../person.ts'
import {
  authorOf,
  changeReopen,
  concerned,
  endReopenNotices,
  factsOf,
  mentionsOf,
  nameOf,
  offeredReopens,
  openReopens,
  plannedReopens,
  reopenById,
} from './store.ts'
import type { Reopen } from './store.ts'
import { say } from '../texts.ts'

/** Lateness that is worth a count: what is planned takes effect at most 5 s late. */
const lateMs = 5000

const payload = Type.Object({ reopen: Type.String(), rev: Type.Integer({ description: 'The revision that was planned' }) })

/** The job that reopens a case when the time has come, or puts itself off. What was changed, cancelled or deleted since is left alone. */
export function fireJob(host: SchedulerHost): JobDefinition {
  return defineJob({
    payload,
    // Claimed in batches: half of the work of a short job is its claim.
    concurrency: 16,
    overduePerSecond: host.settings.overdue_per_second,
    async run(tx, { reopen, rev }) {
      const found = await reopenById(tx, reopen)
      // Gone with its case, which was deleted.
      const c = found && (await tx.cases.get(found.case_id))
      if (!found || !c) return
      const locked = await tx.cases.lock(c.id)
      const row = await reopenById(tx, reopen)
      if (!row || row.rev !== rev || row.state !== 'planned') return
      // Merged into another case while the lock was waited for.
      if (row.case_id !== c.id) return { againAt: tx.now }
      // The clock was put back after the job was claimed.
      if (row.due_at > tx.now) return { againAt: row.due_at }
      host.count('postern_scheduler_due_total', { what: 'reopen' })
      if (tx.now - row.due_at > lateMs) host.count('postern_scheduler_late_total', { what: 'reopen' })
      await fire(tx, host, locked, row)
    },
  })
}

/** Does what was planned, under the case's lock. */
export async function fire(tx: Tx, _host: SchedulerHost, c: Case, row: Reopen): Promise<void> {
  const { id, due_at: due, owner } = row
  const who = nameOf(tx, owner)
  const { locale } = tx.config
  const addNote = async (first: string): Promise<string> => {
    const note = await tx.notes.add({
      caseId: c.id,
      kind: 'reopen',
      text: [first, row.note].filter(Boolean).join('\n\n'),
      mentions: mentionsOf(row),
      author: authorOf(owner),
      data: { ...factsOf(tx, row), tell: concerned(row) },
    })
    return note.id
  }
  // It is not reopened; who relied on being reminded hears why nothing happened.
  const skip = async (reason: 'assignee' | 'spam' | 'trash', why: string): Promise<void> => {
    await changeReopen(tx, row, { state: 'skipped', note_id: await addNote(why) })
    await endReopenNotices(tx, row, 'reopen_planned', 'overtaken')
    await tx.emit('reopen.skipped', c.id, { reopen: id, due, owner, reason })
  }
  if (row.any_assignee !== 1 && row.assignee !== c.assignee)
    return skip(
      'assignee',
      c.assignee === null
        ? say(locale, 'note.skipped.nobody', { who })
        : say(locale, 'note.skipped.assignee', { who, assignee: nameOf(tx, c.assignee) }),
    )
  if (c.status === 'spam' || c.status === 'trash') return skip(c.status, say(locale, `note.skipped.${c.status}`, { who }))
  await endReopenNotices(tx, row, 'reopen_planned', 'overtaken')
  if (c.status === 'open') {
    const spoken = row.note !== '' || mentionsOf(row).length > 0
    await changeReopen(tx, row, { state: 'fired', note_id: spoken ? await addNote(say(locale, 'note.reminder', { who })) : null })
    return tx.emit('reopen.fired', c.id, { reopen: id, due, owner, reopened: false })
  }
  await tx.cases.set(c.id, { status: 'open' })
  const noteId = await addNote(say(locale, 'note.fired', { who }))
  await changeReopen(tx, row, { state: 'fired', before_status: c.status, offered: 1, note_id: noteId })
  await tx.notices.raise({ caseId: c.id, kind: 'reopen_fired', data: factsOf(tx, row), actions: postponing(id) })
  await tx.emit('reopen.fired', c.id, { reopen: id, due, owner, reopened: true })
}

const postponing = (reopen: string): readonly NoticeAction[] =>
  (
    [
      ['postpone_hour', '1 hour'],
      ['postpone', '1 day'],
      ['postpone_week', '1 week'],
    ] as const
  ).map(([name, span]) => ({ name, action: 'reopen.postpone', args: { reopen, in: span } }))

/** A message of the customer asks what is to become of a planned reopen; an answer, or laying the case aside, ends the question. */
export const reopenHooks = (host: SchedulerHost): NonNullable<Hooks['on']> => ({
  async 'message.received'(tx, event) {
    if (event.caseId === null || event.data.kind !== 'normal') return
    // Most cases have none, and this is asked at every mail.
    const there = await openReopens(tx, event.caseId)
    for (const row of there.filter(({ offered }) => offered === 1)) await endOfferOf(tx, row)
    await raiseOffer(tx, host, event.caseId, event.data.message)
    for (const row of there.filter(({ state }) => state === 'planned')) {
      await endReopenNotices(tx, row, 'reopen_planned', 'overtaken')
      const args = { reopen: row.id }
      await tx.notices.raise({
        caseId: event.caseId,
        kind: 'reopen_planned',
        messageId: event.data.message,
        data: factsOf(tx, row),
        actions: [
          { name: 'keep', action: 'reopen.keep', args },
          { name: 'cancel', action: 'reopen.cancel', args },
        ],
      })
    }
  },
  async 'message.sent'(tx, event) {
    if (event.caseId === null || event.data.author !== 'agent') return
    await endOffers(tx, event.caseId)
    await endQuestions(tx, event.caseId)
  },
  async 'case.status_changed'(tx, event) {
    if (event.caseId === null || event.data.to === 'open') return
    await endOffers(tx, event.caseId)
    await endQuestions(tx, event.caseId)
  },
  // A case that was merged into another hands its plans over; where the agent has one there already, both are his.
  async 'case.linked'(tx, event) {
    if (event.caseId === null || event.data.kind !== 'merged-into') return
    await tx.cases.lock(event.data.other)
    await endOffers(tx, event.caseId, event.data.other)
    for (const row of await plannedReopens(tx, event.caseId)) await handOver(tx, row, event.data.other)
  },
  // And gets them back where it is a case of its own again.
  async 'case.unmerged'(tx, event) {
    if (event.caseId === null) return
    await tx.cases.lock(event.data.source)
    for (const row of await plannedReopens(tx, event.caseId)) {
      const came = cameFrom(row)
      const last = came.at(-1)
      if (last?.case !== event.data.source) continue
      await changeReopen(tx, row, { case_id: last.case, slot: last.slot, came_from: JSON.stringify(came.slice(0, -1)) })
    }
  },
})

/** Goes to another case, beside what the agent may have planned there himself. */
async function handOver(tx: Tx, row: Reopen, to: string): Promise<void> {
  // What was asked about it has gone there already, where the whole timeline has.
  for (const case_id of [row.case_id, to]) await endReopenNotices(tx, { id: row.id, case_id }, 'reopen_planned', 'overtaken')
  const came_from = JSON.stringify([...cameFrom(row), { case: row.case_id, slot: row.slot }])
  await changeReopen(tx, row, { case_id: to, slot: `${row.slot}:${row.id}`, came_from })
}

const cameFrom = (row: Reopen) => JSON.parse(row.came_from ?? '[]') as readonly { readonly case: string; readonly slot: string }[] // written by handOver

/** The chance to postpone is over. `asked`: the case in which it is asked about. */
async function endOffers(tx: Tx, caseId: string, asked = caseId): Promise<void> {
  for (const row of await offeredReopens(tx, caseId)) await endOfferOf(tx, row, asked)
}

async function endOfferOf(tx: Tx, row: Reopen, asked = row.case_id): Promise<void> {
  await changeReopen(tx, row, { offered: 0 })
  await endReopenNotices(tx, { id: row.id, case_id: asked }, 'reopen_fired', 'overtaken')
}

/** Nobody decided; the reopen stays in force. */
async function endQuestions(tx: Tx, caseId: string): Promise<void> {
  for (const notice of await tx.notices.open(caseId, 'reopen_planned')) await tx.notices.resolve(notice.id, { state: 'dismissed' })
  await endOffer(tx, caseId, 'dismissed')
}
