// Following a case: who follows it hears of its messages and notes although others answer for it, and may answer like any agent of its mailbox.
import Type from 'typebox'
import {
  PosternError,
  agentProblems,
  agentsOf,
  defineAction,
  defineCondition,
  followerIds,
  languageOf,
  mayAct,
  peopleProblems,
} from '../../core/plugin.ts'
import type {
  ActionDefinition,
  ActionResult,
  AgentConfig,
  ArgumentProblem,
  ArgumentsAsked,
  Case,
  ConditionDefinition,
  FilterDefinition,
  PosternEvent,
  Tx,
} from '../../core/plugin.ts'
import { followed } from './store.ts'
import { texts } from './texts.ts'

const id = Type.String({ minLength: 1, maxLength: 100 })
const args = Type.Object({
  who: Type.Union([id, Type.Array(id, { minItems: 1, maxItems: 50 })], {
    description: 'Ids of agents or groups; of a group all who may act in the mailbox now',
  }),
})
interface Args {
  readonly who: string | readonly string[]
}

/** The actions by name. They throw `invalid` for who does not exist or may not act in the mailbox. */
export const followActions: Readonly<Record<string, ActionDefinition>> = {
  'case.follow': defineAction({
    description: 'Lets agents follow the case: they are told of its messages and notes. case.unfollow takes it back.',
    args,
    check: followWrong,
    run: (tx, { case: c, args: given }) => follow(tx, c, given, true),
  }),
  'case.unfollow': defineAction({
    description: 'Lets agents no longer follow the case, those too who have left. case.follow takes it back.',
    args,
    run: (tx, { case: c, args: given }) => follow(tx, c, given, false),
  }),
}

function followWrong({ who }: Args, asked: ArgumentsAsked): readonly ArgumentProblem[] {
  const { config, case: c, locale } = asked
  return [who].flat().flatMap((one) => {
    if (config.agents.has(one)) return agentProblems(['who'], one, asked)
    const group = config.groups.get(one)
    if (!group) return peopleProblems(['who'], one, asked)
    const may = agentsOf(config, [one]).some((a) => c === undefined || mayAct(config, a.id, c.mailbox))
    return may ? [] : [{ path: ['who'], message: texts(locale, 'refused.group', { about: group.name }) }]
  })
}

async function follow(tx: Tx, c: Case, { who }: Args, follows: boolean): Promise<ActionResult> {
  const { config, origin } = tx
  const named = [who].flat()
  const ids = follows
    ? agentsOf(config, named).flatMap((a) => (mayAct(config, a.id, c.mailbox) ? [a.id] : []))
    : [...new Set(named.flatMap((one) => (config.agents.has(one) ? [one] : (config.groups.get(one)?.members ?? [one]))))]
  for (const one of ids) await tx.cases.watch(c.id, one, { follows })
  const locale = languageOf(tx, c)
  const own = ids.length === 1 && origin.kind === 'agent' && ids[0] === origin.id
  const word = follows ? 'said.follow' : 'said.unfollow'
  const names = ids.map((one) => config.agents.get(one)?.name ?? one).join(', ')
  return {
    said: own ? texts(locale, `${word}.own`) : texts(locale, word, { names }),
    data: { agents: ids, followers: (await followers(tx, c.id)).map((a) => a.id) },
  }
}

/** The active agents who follow a case, whether they may act in its mailbox or not. */
export async function followers(tx: Tx, caseId: string): Promise<readonly AgentConfig[]> {
  return agentsOf(tx.config, await followerIds(tx, caseId))
}

/** Who is mentioned in a note follows its case from then on; members of a group that is mentioned do not. */
export async function followMentioned(tx: Tx, { data, caseId }: PosternEvent<'note.added'>): Promise<void> {
  const note = await tx.notes.get(data.note)
  const c = caseId === null ? undefined : await tx.cases.get(caseId)
  for (const { kind, id } of note?.mentions ?? [])
    if (c && kind === 'agent' && id !== note?.agent && mayAct(tx.config, id, c.mailbox)) await tx.cases.watch(c.id, id, { follows: true })
}

/** The condition `follower`, by name. */
export const followConditions: Readonly<Record<string, ConditionDefinition>> = {
  follower: defineCondition({
    description: 'Who follows the case: an agent id, any or none.',
    value: Type.String({ minLength: 1 }),
    async test(tx, { case: c }, value) {
      const ids = await followerIds(tx, c.id)
      const holds = value === 'any' ? ids.length > 0 : value === 'none' ? ids.length === 0 : ids.includes(value)
      return { holds, seen: ids.join(', ') || 'nobody' }
    },
  }),
}

/** The filter `follower` of case lists, by name. */
export const followFilters: Readonly<Record<string, FilterDefinition>> = {
  follower: {
    description: 'By who follows the case: an agent id, me, any or none.',
    value: Type.String({ minLength: 1 }),
    where(db, value, viewer) {
      const rows = followed(db)
      if (value === 'any' || value === 'none') return { caseIds: rows, not: value === 'none' }
      if (value === 'me' && viewer.agent === null)
        throw new PosternError('invalid', 'filter follower: "me" is the agent who asks, and none does: name him')
      return { caseIds: rows.where('agent', '=', value === 'me' ? (viewer.agent ?? '') : value) }
    },
  },
}
