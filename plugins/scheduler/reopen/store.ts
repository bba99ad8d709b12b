// Rows of planned reopens, and the words in which one is spoken of.
import type { Selectable } from 'kysely'
import { PosternError } from '../../../core/plugin.ts'
import type { Case, Mention, Tx } from '../../../core/plugin.ts'
import type { Person } from '../person.ts'
import { personOf, timeFor } from '../person.ts'
import type { ReopenTable } from '../tables.ts'
import { say } from '../texts.ts'
import { whoOf } from './mentions.ts'

/** A planned reopen as it is read; times are ms UTC. */
export type Reopen = Selectable<ReopenTable>

/** The row of an id, or undefined. */
export async function reopenById(tx: Tx, id: string): Promise<Reopen | undefined> {
  return tx.db.selectFrom('scheduler_reopens').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Those to come, the next one first. */
export async function plannedReopens(tx: Tx, caseId: string): Promise<readonly Reopen[]> {
  return tx.db
    .selectFrom('scheduler_reopens')
    .selectAll()
    .where('case_id', '=', caseId)
    .where('state', '=', 'planned')
    .orderBy('due_at')
    .orderBy('id')
    .execute()
}

/** The one of a slot (see `slotOf`), which has at most one to come. */
export async function plannedInSlot(tx: Tx, caseId: string, slot: string): Promise<Reopen | undefined> {
  return tx.db
    .selectFrom('scheduler_reopens')
    .selectAll()
    .where('case_id', '=', caseId)
    .where('slot', '=', slot)
    .where('state', '=', 'planned')
    .executeTakeFirst()
}

/** Those that may still be postponed. */
export async function offeredReopens(tx: Tx, caseId: string): Promise<readonly Reopen[]> {
  return tx.db.selectFrom('scheduler_reopens').selectAll().where('case_id', '=', caseId).where('offered', '=', 1).execute()
}

/** Those to come and those that may still be postponed, the next one first. */
export async function openReopens(tx: Tx, caseId: string): Promise<readonly Reopen[]> {
  return tx.db
    .selectFrom('scheduler_reopens')
    .selectAll()
    .where('case_id', '=', caseId)
    .where((eb) => eb.or([eb('state', '=', 'planned'), eb('offered', '=', 1)]))
    .orderBy('due_at')
    .orderBy('id')
    .execute()
}

/** The one that is meant: by its id, else the agent's own, else the only one of a colleague. Throws where there is none, or more than one to choose from. */
export async function theReopen(tx: Tx, c: Case, id: string | undefined): Promise<Reopen> {
  if (id !== undefined) {
    const row = await reopenById(tx, id)
    if (!row || row.case_id !== c.id)
      throw new PosternError('not_found', say(personOf(tx, c.mailbox).locale, 'which.notReopen', { number: c.number }))
    return row
  }
  const planned = await plannedReopens(tx, c.id)
  const own = planned.filter((r) => (tx.origin.kind === 'agent' ? r.owner === tx.origin.id : r.slot === slotOf(tx)))
  const [one, ...others] = own.length > 0 || tx.origin.kind !== 'agent' ? own : planned
  const { locale } = personOf(tx, c.mailbox)
  if (!one) throw new PosternError('not_found', say(locale, 'which.noReopen', { number: c.number }))
  if (others.length > 0) throw new PosternError('invalid', say(locale, 'which.several', { list: listed(tx, c, planned) }))
  return one
}

/** A number before a time, "#2 tomorrow" or "2) -1 day": which of several planned things is meant; null: none is named. */
export function numberBefore(text: string): { readonly number: string | null; readonly rest: string } {
  const m = /^\s*(?:[#№] ?(\d{1,3})[):,.]?|(\d{1,3})\))\s+(?=\S)/u.exec(text)
  return m ? { number: m[1] ?? m[2] ?? null, rest: text.slice(m[0].length) } : { number: null, rest: text }
}

/** The one of this number, in the order of their times. Throws where there is none. */
export function numbered<P extends Parameters<typeof listed>[2][number]>(tx: Tx, c: Case, plans: readonly P[], number: string): P {
  const meant = /^\s*(?:[#№] ?)?(\d{1,3})\)?\s*$/u.exec(number)?.[1]
  const one = meant === undefined ? undefined : plans[Number(meant) - 1]
  if (one) return one
  const { locale } = personOf(tx, c.mailbox)
  if (plans.length === 0) throw new PosternError('not_found', say(locale, 'which.nothing', { number: c.number }))
  throw new PosternError('invalid', say(locale, 'which.unknown', { which: number, list: listed(tx, c, plans) }))
}

/** What is planned, each with its number in the order of its times, who planned it, and when it comes. */
export function listed(
  tx: Tx,
  c: Case,
  plans: readonly { readonly due_at: number; readonly agent?: string | null; readonly owner?: string | null }[],
): string {
  const person = personOf(tx, c.mailbox)
  return plans.map((plan, i) => `${i + 1}) ${nameOf(tx, plan.agent ?? plan.owner ?? null)}, ${timeFor(person, plan.due_at)}`).join('; ')
}

/** Whose plan it is: each agent and each rule has one of his own in a case. */
export function slotOf(tx: Tx): string {
  return `${tx.origin.kind}:${tx.origin.id ?? ''}`
}

/** Stores a reopen with the people it mentions and orders its job. Fails where the slot already has a planned one. */
export async function insertReopen(tx: Tx, row: Reopen, mentions: readonly Mention[]): Promise<void> {
  await tx.db.insertInto('scheduler_reopens').values(row).execute()
  await setMentions(tx, row.id, mentions)
  await orderReopen(tx, row)
}

/** Changes a row; a new time is a new job, and the job of the old one will find that it is not meant. */
export async function changeReopen(
  tx: Tx,
  row: Reopen,
  patch: Partial<Omit<Reopen, 'id' | 'mentions'>>,
  mentions?: readonly Mention[],
): Promise<Reopen> {
  const moved = patch.due_at !== undefined && (patch.due_at !== row.due_at || patch.state === 'planned')
  const next = {
    ...row,
    ...patch,
    ...(mentions && { mentions: JSON.stringify(mentions) }),
    rev: row.rev + Number(moved),
    updated_at: tx.now,
  }
  await tx.db.updateTable('scheduler_reopens').set(next).where('id', '=', row.id).execute()
  if (mentions) await setMentions(tx, row.id, mentions)
  if (moved) await orderReopen(tx, next)
  return next
}

/** Never moved or dropped: a job that is running holds its row, and the case's lock comes first. */
async function orderReopen(tx: Tx, row: Reopen): Promise<void> {
  await tx.jobs.put('scheduler.fire', `scheduler.fire:${row.id}:${row.rev}`, row.due_at, { reopen: row.id, rev: row.rev })
}

async function setMentions(tx: Tx, reopen: string, mentions: readonly Mention[]): Promise<void> {
  await tx.db.deleteFrom('scheduler_mentions').where('reopen_id', '=', reopen).execute()
  if (mentions.length > 0)
    await tx.db
      .insertInto('scheduler_mentions')
      .values(mentions.map((m) => ({ reopen_id: reopen, who: whoOf(m) })))
      .execute()
}

/** Who is mentioned in the note of a reopen. */
export function mentionsOf(row: Reopen): readonly Mention[] {
  return JSON.parse(row.mentions) as readonly Mention[] // written by this file only
}

/** Notes are written in the language of the installation; times are in the zone in which they were said. */
export function installationView(tx: Tx, row: Pick<Reopen, 'zone'>): Pick<Person, 'locale' | 'zone'> {
  return { locale: tx.config.locale, zone: row.zone }
}

/** Name of an agent, or Postern for rules and programs. */
export function nameOf(tx: Tx, agent: string | null): string {
  return (agent !== null && tx.config.agents.get(agent)?.name) || say(tx.config.locale, 'postern')
}

/** Author of a note on behalf of the owner. */
export function authorOf(agent: string | null): { readonly kind: 'agent'; readonly agent: string } | { readonly kind: 'system' } {
  return agent === null ? { kind: 'system' } : { kind: 'agent', agent }
}

/** What programs are told of a reopen with a note or a notice. */
export function factsOf(tx: Tx, row: Reopen) {
  return {
    reopen: row.id,
    due: row.due_at,
    zone: row.zone,
    owner: row.owner,
    who: nameOf(tx, row.owner),
    note: row.note,
    assignee: row.assignee,
  }
}

/** Who hears what becomes of it: who planned it and whose it is now. */
export function concerned(...rows: readonly Pick<Reopen, 'planner' | 'owner'>[]): readonly string[] {
  return [...new Set(rows.flatMap((r) => [r.planner, r.owner]))].filter((id) => id !== null)
}

/** Those of them who have not done it themselves. */
export function othersThan(tx: Tx, ...rows: readonly Reopen[]): readonly string[] {
  return concerned(...rows).filter((id) => tx.origin.kind !== 'agent' || tx.origin.id !== id)
}

/** The sentence about the plan that colleagues read. */
export function planSentence(tx: Tx, row: Reopen, key: 'note.planned' | 'note.edited'): string {
  const view = installationView(tx, row)
  const time = timeFor(view, row.due_at)
  const who = nameOf(tx, row.owner)
  if (row.any_assignee === 1 || row.assignee === null) return say(view.locale, key, { who, time })
  return say(view.locale, `${key}If`, { who, time, assignee: nameOf(tx, row.assignee) })
}

/** Ends the open notices of a kind that speak of one reopen. */
export async function endReopenNotices(
  tx: Tx,
  row: Pick<Reopen, 'id' | 'case_id'>,
  kind: 'reopen_planned' | 'reopen_fired',
  state: 'taken' | 'dismissed' | 'overtaken',
  action?: string,
): Promise<void> {
  for (const notice of await tx.notices.open(row.case_id, kind)) {
    if (notice.data.reopen === row.id) await tx.notices.resolve(notice.id, { state, ...(action !== undefined && { action }) })
  }
}
