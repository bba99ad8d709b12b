// Finding cases by what is planned in them: filters and orders of lists, and conditions for rules.
import Type from 'typebox'
import { PosternError, defineCondition } from '../../core/plugin.ts'
import type { ConditionDefinition, FilterDefinition, SortDefinition, Tx } from '../../core/plugin.ts'
import { periodOf, periodPattern, periodWords, within } from './periods.ts'
import type { Period } from './periods.ts'
import { plannedMessages } from './deferred/store.ts'
import { personOf } from './person.ts'
import { mentionsOf, plannedReopens } from './reopen/store.ts'
import type { Reopen } from './reopen/store.ts'
import { deferred, reopens } from './lists-store.ts'

const period = Type.String({ pattern: periodPattern, description: `One of ${periodWords}` })

/** Filters of case lists, by name. */
export const schedulerFilters: Readonly<Record<string, FilterDefinition>> = {
  reopen: {
    description: 'By when a reopen is planned.',
    value: period,
    where: (db, value, viewer) => ask(asked(value, viewer), reopens(db), 'scheduler_reopens.due_at'),
  },
  reopen_owner: {
    description: 'By whose reopen is planned: an agent id, or none for rules and programs.',
    value: Type.String({ minLength: 1 }),
    where: (db, value) => ({ caseIds: value === 'none' ? reopens(db).where('owner', 'is', null) : reopens(db).where('owner', '=', value) }),
  },
  reopen_mention: {
    description: 'By who is mentioned in the note of a planned reopen: the id of an agent or a group.',
    value: Type.String({ minLength: 1 }),
    where: (db, value) => ({
      caseIds: reopens(db)
        .innerJoin('scheduler_mentions', 'reopen_id', 'scheduler_reopens.id')
        .where('who', 'in', [`agent:${value}`, `group:${value}`]),
    }),
  },
  deferred: {
    description: 'By when a deferred message leaves.',
    value: period,
    where: (db, value, viewer) => ask(asked(value, viewer), deferred(db), 'scheduler_deferred.due_at'),
  },
}

/** Orders of case lists, by name; keys are ms UTC. */
export const schedulerSorts: Readonly<Record<string, SortDefinition>> = {
  deferred_at: {
    description: 'By when the next deferred message leaves.',
    keys: (db) =>
      deferred(db)
        .select((eb) => eb.fn.min<number>('scheduler_deferred.due_at').as('sort_key'))
        .groupBy('messages.case_id'),
  },
  reopen_at: {
    description: 'By when the case is next reopened.',
    keys: (db) =>
      reopens(db)
        .select((eb) => eb.fn.min<number>('scheduler_reopens.due_at').as('sort_key'))
        .groupBy('case_id'),
  },
}

const wanted = Type.Union([Type.Boolean(), period])
const id = Type.String({ minLength: 1 })

/** Conditions of rules, by name. */
export const schedulerConditions: Readonly<Record<string, ConditionDefinition>> = {
  reopen: condition('A reopen is planned (true), is not (false), or is due then.', plannedReopens),
  reopen_owner: whose(
    'Whose reopen is planned: an agent id, or none for rules and programs.',
    (row, wanted_) => row.owner === (wanted_ === 'none' ? null : wanted_),
    (row) => row.owner ?? 'none',
  ),
  reopen_mention: whose(
    'Who is mentioned in the note of a planned reopen: the id of an agent or a group.',
    (row, wanted_) => mentionsOf(row).some((m) => m.id === wanted_),
    (row) =>
      mentionsOf(row)
        .map((m) => m.id)
        .join(', '),
  ),
  // What an agent may still take back is as good as sent.
  deferred: condition('A deferred message is planned (true), is not (false), or leaves then.', async (tx, caseId) =>
    (await plannedMessages(tx, caseId)).filter((m) => m.kind === 'deferred'),
  ),
}

function whose(description: string, fits: (row: Reopen, wanted: string) => boolean, seen: (row: Reopen) => string): ConditionDefinition {
  return defineCondition({
    description,
    value: id,
    async test(tx, { case: c }, value) {
      const rows = await plannedReopens(tx, c.id)
      return { holds: rows.some((row) => fits(row, value)), seen: rows.map(seen).filter(Boolean).join(', ') || 'nobody' }
    },
  })
}

function condition(
  description: string,
  planned: (tx: Tx, caseId: string) => Promise<readonly { readonly due_at: number }[]>,
): ConditionDefinition {
  return defineCondition({
    description,
    value: wanted,
    async test(tx, { case: c }, value) {
      const dues = (await planned(tx, c.id)).map((r) => r.due_at)
      const { zone, locale } = personOf(tx, c.mailbox, null)
      const asks = typeof value === 'boolean' ? (value ? 'planned' : 'none') : asked(value, { now: tx.now, timezone: zone, locale })
      return { holds: within(asks, dues), seen: dues.length === 0 ? 'none' : dues.map((d) => new Date(d).toISOString()).join(', ') }
    },
  })
}

function asked(value: string, viewer: Parameters<typeof periodOf>[1]): Period {
  const found = periodOf(value, viewer)
  if (!found) throw new PosternError('invalid', `"${value}" is no period; ${periodWords}`)
  return found
}

interface Query<C extends string> {
  where(column: C, op: '>=' | '<', value: number): Query<C>
}

function ask<C extends string>(period_: Period, query: Query<C>, due: C) {
  if (typeof period_ === 'string') return { caseIds: query, not: period_ === 'none' }
  return { caseIds: query.where(due, '>=', period_.from).where(due, '<', period_.to) }
}
